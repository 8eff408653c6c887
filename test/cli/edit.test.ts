// `seal edit`, with editors that are functions: what they see, what they save, and what is left of it.

import { existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Context } from '../../cli/context.ts';
import { StagedFiles } from '../../cli/staged-files.ts';
import { SealError } from '../../src/errors.ts';
import { Folder } from './harness.ts';

const keyId = 'd9cbdc76493cfe8465e1f9e8aeee0b4b';
const sealed = `# ours
apiVersion: bitnami.com/v1alpha1
kind: SealedSecret
metadata:
  name: db
  namespace: shop
  annotations:
    sealwright.dev/sealed: |
      password ${keyId} shop/db 2026-03-02
spec:
  encryptedData:
    # rotated in March
    password: AgBold+/ # why
    username: >-
      AgBuser
`;
const inMemory = existsSync('/dev/shm');

let folder: Folder;
let seen: string[];
let paths: string[];
const textOf = (name: string) => readFileSync(join(folder.path, name), 'utf8');

beforeEach(() => {
  folder = new Folder();
  seen = [];
  paths = [];
  writeFileSync(join(folder.path, 'db.yaml'), sealed);
});
afterEach(() => folder.remove());

/** An editor that makes something of the text each time it is opened. */
function editing(...steps: ((text: string) => string | undefined)[]): Context['editor'] {
  return async ({ path }) => {
    const text = readFileSync(path, 'utf8');
    const step = steps[seen.length] ?? (() => text);
    seen.push(text);
    paths.push(path);
    const saved = step(text);
    if (saved !== undefined) writeFileSync(path, saved);
  };
}

const edit = (editor: Context['editor']) =>
  folder.seal(['edit', 'db.yaml', '--cert', 'certs/rsa2048.crt'], { editor, env: { EDITOR: 'mine' } });

/** Every buffer is gone, with the folder it was in. */
const nothingIsLeft = () => paths.every((path) => !existsSync(dirname(path)));

describe('an edit', () => {
  test('shows items and placeholders, and never a sealed value', async () => {
    await edit(editing());
    expect(seen[0]).toMatch(
      /^# db\.yaml: SealedSecret shop\/db, strict\n(?:# .*\n)*password: <sealed 2026-03-02 d9cbdc76>\nusername: <sealed>\n$/,
    );
    expect(seen[0]).not.toContain('AgB');
  });

  test('happens in a private place, in memory where there is one', async () => {
    let modes: number[] = [];
    const { code } = await edit(async ({ path }) => {
      paths.push(path);
      modes = [statSync(path).mode & 0o777, statSync(dirname(path)).mode & 0o777];
      writeFileSync(`${path}~`, 'what the editor keeps for itself');
    });
    expect([code, modes]).toEqual([0, [0o600, 0o700]]);
    expect(paths[0]?.startsWith('/dev/shm/')).toBe(inMemory);
    expect(nothingIsLeft()).toBe(true);
  });

  test('that saves nothing leaves the file as it is', async () => {
    const before = folder.snapshot();
    const { code, stderr } = await edit(editing());
    expect([code, stderr]).toEqual([0, 'db.yaml: nothing was changed\n']);
    expect(folder.snapshot()).toEqual(before);
  });

  test('seals what is new and changed, removes what is gone, and keeps the bytes of the rest', async () => {
    const { code, stdout, stderr } = await edit(
      editing((text) => `${text.replace(/password: .*/, 'password: n3w')}extra: "42"\n`),
    );
    expect([code, stdout, stderr]).toEqual([0, '', 'db.yaml: 2 sealed, 1 kept as it was\n']);
    expect(textOf('db.yaml')).toMatch(
      /^# ours\n(?:.*\n)*? {6}password [0-9a-f]{32} shop\/db 2026-12-01\n {6}extra [0-9a-f]{32} shop\/db 2026-12-01\nspec:\n {2}encryptedData:\n {4}# rotated in March\n {4}password: AQ\S+ # why\n {4}username: >-\n {6}AgBuser\n {4}extra: AQ\S+\n$/,
    );
    seen = [];
    const removed = await edit(editing((text) => text.replace(/username.*\n/, '')));
    expect(removed.stderr).toBe('db.yaml: 1 removed, 2 kept as they were\n');
    const { stdout: opened } = await folder.seal(['unseal', 'db.yaml', '--private-key', 'keys/rsa2048-pkcs8.key']);
    expect(opened).toMatch(/extra: NDI=\n {2}password: bjN3\n/);
    expect(nothingIsLeft()).toBe(true);
  });

  test('with a mistake is opened again with the mistake on top, at the line where it stands then', async () => {
    const wrong = (text: string) => `${text}token: @nonsense\n`;
    const { code } = await edit(editing(wrong, (text) => text.replace('@nonsense', '"@sense"')));
    expect(code).toBe(0);
    const [, again = ''] = seen;
    const line = Number(/^# seal: line (\d+): not valid YAML/.exec(again)?.[1]);
    expect(again.split('\n')[line - 1]).toBe('token: @nonsense');
    expect(again).toContain('# SealedSecret'.slice(0, 2));
    expect(textOf('db.yaml')).toMatch(/^ {4}token: AQ/m);
    expect(textOf('db.yaml')).not.toContain('# seal:');
  });

  test('with two mistakes one after another shows the last one alone', async () => {
    await edit(
      editing(
        (text) => `${text}token: @nonsense\n`,
        (text) => text.replace('@nonsense', '{a: b}'),
        (text) => text.replace('{a: b}', 'fine'),
      ),
    );
    const marks = seen.map((text) => text.split('\n').filter((line) => line.startsWith('# seal: line')).length);
    expect(marks).toEqual([0, 1, 1]);
    expect(textOf('db.yaml')).toMatch(/^ {4}token: AQ/m);
  });

  test('that saves the same nonsense again is given up', async () => {
    const before = folder.snapshot();
    const { code, stderr } = await edit(editing((text) => `${text}hunter2: {a: hunter2}\n`));
    expect(code).toBe(1);
    expect(stderr).toMatch(/^seal: what was saved: line 6: hunter2 is no text\nhint: .*\nhint: nothing was changed\n$/);
    expect(seen).toHaveLength(2);
    expect(folder.snapshot()).toEqual(before);
    expect(nothingIsLeft()).toBe(true);
  });

  test('that saves other nonsense each time is given up too', async () => {
    const more = Array.from({ length: 99 }, () => (text: string) => `${text}again: {a: b}\n`);
    const { code, stderr } = await edit(editing(...more));
    expect(code).toBe(1);
    expect(stderr).toMatch(/^seal: what was saved: line \d+: /);
    expect(seen).toHaveLength(20);
    expect(textOf('db.yaml')).toBe(sealed);
    expect(nothingIsLeft()).toBe(true);
  });

  test.each([
    ['nothing at all', '', /the buffer is empty; nothing was changed/],
    ['bytes that are no text', '\0\0', /is not a text file/],
  ])('that saves %s changes nothing', async (_, saved, says) => {
    const { code, stderr } = await edit(editing(() => saved));
    expect(code).toBe(1);
    expect(stderr).toMatch(says);
    expect(textOf('db.yaml')).toBe(sealed);
    expect(nothingIsLeft()).toBe(true);
  });

  test('that ends in an error changes nothing', async () => {
    const { code, stderr } = await edit(async ({ path }) => {
      paths.push(path);
      writeFileSync(path, 'password: n3w\n');
      throw new SealError('EDITOR_FAILED', 'the editor (mine) ended with 1; nothing was changed');
    });
    expect([code, stderr]).toEqual([1, 'seal: the editor (mine) ended with 1; nothing was changed\n']);
    expect(textOf('db.yaml')).toBe(sealed);
    expect(nothingIsLeft()).toBe(true);
  });

  test('of a value that another item refers to is opened again', async () => {
    const shared = sealed.replace('AgBold+/', '&x AgBold').replace(/username: >-\n.*\n/, 'username: *x\n');
    writeFileSync(join(folder.path, 'db.yaml'), shared);
    const { code } = await edit(
      editing(
        (text) => text.replace(/password: .*/, 'password: n3w'),
        (text) => text.replace('n3w', '<sealed 2026-03-02 d9cbdc76>'),
      ),
    );
    expect(code).toBe(0);
    expect(seen[1]).toMatch(/^# seal: db\.yaml:2: password cannot be set without changing something beside it\n/);
    expect(textOf('db.yaml')).toBe(shared);
  });

  test('of a file that somebody else changes meanwhile is refused, and what was typed is kept in memory', async () => {
    const { code, stderr } = await edit(async ({ path }) => {
      paths.push(path);
      writeFileSync(path, 'password: typed\n');
      writeFileSync(join(folder.path, 'db.yaml'), `${sealed}# theirs\n`);
    });
    expect(code).toBe(1);
    expect(stderr).toMatch(/^seal: db\.yaml was changed by somebody else in the meantime\n/);
    expect(textOf('db.yaml')).toBe(`${sealed}# theirs\n`);
    const [path = ''] = paths;
    expect(existsSync(path)).toBe(inMemory);
    if (!inMemory) return;
    expect(stderr).toContain(`hint: what you wrote is in ${path}, in memory only\nhint: to go on: seal edit db.yaml, `);
    expect(readFileSync(path, 'utf8')).toBe('password: typed\n');
    rmSync(dirname(path), { recursive: true });
  });

  test('that finds the disk full keeps what was typed as well', async () => {
    const original = StagedFiles.prototype.add;
    StagedFiles.prototype.add = () =>
      Promise.reject(new SealError('FILE_UNWRITABLE', 'cannot write db.yaml: no space left'));
    const { code, stderr } = await edit(editing(() => 'password: typed\n')).finally(() => {
      StagedFiles.prototype.add = original;
    });
    expect([code, textOf('db.yaml')]).toEqual([1, sealed]);
    expect(stderr).toMatch(/^seal: cannot write db\.yaml: no space left\n/);
    if (inMemory) expect(stderr).toContain('in memory only');
    for (const path of paths) rmSync(dirname(path), { recursive: true, force: true });
  });

  test('finds certificate and namespace in the rules', async () => {
    writeFileSync(
      join(folder.path, '.sealwright.yaml'),
      'version: 1\nclusters: {p: {certificates: [certs/rsa2048.crt]}}\nrules: [{path: "**", cluster: p, namespace: ruled}]\n',
    );
    mkdirSync(join(folder.path, 'deep'));
    writeFileSync(join(folder.path, 'deep', 'db.yaml'), sealed.replace('  namespace: shop\n', ''));
    const editor = editing((text) => text.replace(/password: .*/, 'password: n3w'));
    const { code } = await folder.seal(['edit', 'deep/db.yaml'], { editor, env: { VISUAL: 'mine' } });
    expect(code).toBe(0);
    expect(textOf('deep/db.yaml')).toMatch(/password [0-9a-f]{32} ruled\/db 2026-12-01/);
  });
});
