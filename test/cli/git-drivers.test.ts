// What Git makes of `seal` in its hooks, diffs and merges: real Git, the real program.

import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { Folder } from './harness.ts';
import { putOnPath } from './on-path.ts';
import { buildProgram, type Program } from './program.ts';

let program: Program;
let folder: Folder;
let path: string;

beforeAll(async () => {
  program = await buildProgram();
});
afterAll(() => program.remove());

beforeEach(async () => {
  folder = new Folder();
  for (const name of ['certs', 'keys']) rmSync(join(folder.path, name), { recursive: true });
  path = putOnPath(program, folder);
  await git('init', '-q', '-b', 'main');
  write('.gitattributes', '*.yaml diff=seal merge=seal\n');
  write('.git/info/exclude', 'bin\n');
  await git('config', 'diff.seal.textconv', 'seal textconv --');
  await git('config', 'merge.seal.driver', 'seal merge-driver -- %O %A %B %P');
});
afterEach(() => folder.remove());

interface Ran {
  code: number;
  out: string;
  err: string;
}

async function tryGit(...args: string[]): Promise<Ran> {
  const names = { GIT_AUTHOR_NAME: 'a', GIT_AUTHOR_EMAIL: 'a@b', GIT_COMMITTER_NAME: 'a', GIT_COMMITTER_EMAIL: 'a@b' };
  const { code, stdout, stderr } = await folder.run('git', args, { env: { ...names, PATH: path } });
  return { code, out: new TextDecoder().decode(stdout), err: stderr };
}

async function git(...args: string[]): Promise<string> {
  const { code, out, err } = await tryGit(...args);
  if (code !== 0) throw new Error(err + out);
  return out;
}

const write = (name: string, text: string) => writeFileSync(join(folder.path, name), text);
const read = () => readFileSync(join(folder.path, 'db.yaml'), 'utf8');

const key = '9f2c66d0e1a4b7c8d35e0f1122334455';
const day = (value: string) => `2026-01-0${1 + (value.length % 9)}`;

/** A sealed file with these items and values, and a line in the record for each. */
function sealed(items: Record<string, string>): string {
  const record = Object.entries(items).map(([item, value]) => `      ${item} ${key} shop/db ${day(value)}\n`);
  const values = Object.entries(items).map(([item, value]) => `    ${item}: Ag${value}\n`);
  return `apiVersion: bitnami.com/v1alpha1
kind: SealedSecret
metadata:
  name: db
  namespace: shop
  annotations:
    sealwright.dev/sealed: |
${record.join('')}spec:
  encryptedData:
${values.join('')}  template:
    type: Opaque
`;
}

/** Commits `base`, then `ours` and `theirs` on two branches, and merges. */
async function merge(base: string, ours: string, theirs: string): Promise<Ran> {
  write('db.yaml', base);
  await git('add', '.');
  await git('commit', '-qm', 'base');
  await git('checkout', '-qb', 'theirs');
  write('db.yaml', theirs);
  await git('commit', '-qam', 'theirs', '--allow-empty');
  await git('checkout', '-q', 'main');
  write('db.yaml', ours);
  await git('commit', '-qam', 'ours', '--allow-empty');
  return tryGit('merge', '--no-edit', 'theirs');
}

describe('git diff', () => {
  it('tells which items changed, and shows neither ciphertext nor plain values', async () => {
    write('db.yaml', sealed({ user: 'one', password: 'two' }));
    write('plain.yaml', 'apiVersion: v1\nkind: Secret\nmetadata: {name: x}\nstringData:\n  password: before1\n');
    await git('add', '.');
    await git('commit', '-qm', 'x');
    write('db.yaml', sealed({ user: 'one', password: 'three3' }));
    write(
      'plain.yaml',
      'apiVersion: v1\nkind: Secret\nmetadata: {name: x}\nstringData:\n  password: after1\n  user: me\n',
    );
    const diff = await git('diff');
    expect(diff).toMatch(/^- {4}password: <sealed 2026-01-04 9f2c66d0, strict, value [0-9a-f]{8}>$/m);
    expect(diff).toMatch(/^\+ {4}password: <sealed 2026-01-07 9f2c66d0, strict, value [0-9a-f]{8}>$/m);
    expect(diff).toMatch(/^\+ {2}user: <plain value, not shown>$/m);
    expect(diff).not.toMatch(/Agtwo|Agthree3|before1|after1/);
    expect(await git('diff', '--no-textconv')).toContain('Agthree3');
  });

  it('goes on where a file is damaged', async () => {
    write('db.yaml', sealed({ user: 'one' }));
    write('odd.yaml', 'a: [\n');
    await git('add', '.');
    await git('commit', '-qm', 'x');
    write('db.yaml', `${sealed({ user: 'one' })}  - {[\n`);
    write('odd.yaml', '\tb: {{ x }}\n\u00e4');
    const { code, out } = await tryGit('diff');
    expect(code).toBe(0);
    expect(out).toMatch(/^\+ {2}- \{\[$/m);
    expect(out).toMatch(/^\+\tb: /m);
  });

  it('shows files whose names begin with a dash', async () => {
    write('-db.yaml', sealed({ user: 'one' }));
    await git('add', '.');
    await git('commit', '-qm', 'x');
    write('-db.yaml', sealed({ user: 'two' }));
    expect(await git('diff')).toMatch(/^\+ {4}user: <sealed /m);
  });

  it('shows no value in UTF-16, and nothing of what is no text', async () => {
    const plain = 'apiVersion: v1\nkind: Secret\nstringData:\n  password: hunter2\n';
    writeFileSync(join(folder.path, 'wide.yaml'), Buffer.from(`\ufeff${plain}`, 'utf16le'));
    write('binary.yaml', `${plain}\0`);
    await git('add', '.');
    const diff = await git('diff', '--staged');
    expect(diff).toMatch(/^\+ {2}password: <plain value, not shown>$/m);
    expect(diff).toMatch(/^\+<\d+ bytes, not shown>$/m);
    expect(diff).not.toMatch(/h\0?u\0?n\0?t\0?e\0?r/);
  });
});

describe('git merge', () => {
  it('leaves to people what one side sealed for another scope than the other', async () => {
    const wide = (items: Record<string, string>) =>
      sealed(items).replace(
        '  annotations:\n',
        "  annotations:\n    sealedsecrets.bitnami.com/namespace-wide: 'true'\n",
      );
    const both = sealed({ a: 'a', b: 'b' });
    const { code, err } = await merge(both, wide({ a: 'wide', b: 'also' }), sealed({ a: 'a', b: 'b', c: 'strict' }));
    expect(code).toBe(1);
    expect(err).toContain('db.yaml: c is sealed for another scope than the file has now');
    expect(await git('status', '--porcelain')).toMatch(/^UU db.yaml/m);
  });

  it('takes items that stand side by side from either side, with their lines in the record', async () => {
    const base = { a: 'a', b: 'b', c: 'c' };
    const { code, err } = await merge(sealed(base), sealed({ ...base, a: 'ours' }), sealed({ ...base, b: 'theirs' }));
    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(read()).toBe(sealed({ ...base, a: 'ours', b: 'theirs' }));
    expect(await git('status', '--porcelain')).toBe('');
  });

  it('takes additions of both sides at one place, and removals', async () => {
    const { code } = await merge(
      sealed({ a: 'a', b: 'b' }),
      sealed({ a: 'a', b: 'b', mine: 'mine' }),
      sealed({ b: 'b', yours: 'yours' }),
    );
    expect(code).toBe(0);
    expect(read()).toBe(sealed({ b: 'b', mine: 'mine', yours: 'yours' }));
  });

  it('keeps comments, other documents, Windows line ends and a missing last line end', async () => {
    const shape = (items: Record<string, string>, more: string) =>
      `# ${more}\n${sealed(items).replace('    b:', '    # about b\n    b:')}---\nkind: ConfigMap\ndata: {x: ${more}}`.replaceAll(
        '\n',
        '\r\n',
      );
    const { code } = await merge(
      shape({ a: 'a', b: 'b' }, 'one'),
      shape({ a: 'ours', b: 'b' }, 'one'),
      shape({ a: 'a', b: 'theirs' }, 'two'),
    );
    expect(code).toBe(0);
    expect(read()).toBe(shape({ a: 'ours', b: 'theirs' }, 'two'));
  });

  it('leaves a conflict only around the item that both sides changed', async () => {
    const base = { a: 'a', b: 'b', c: 'c' };
    const { code, out, err } = await merge(
      sealed(base),
      sealed({ ...base, a: 'ours1', b: 'oursB' }),
      sealed({ ...base, a: 'theirs22', c: 'theirsC' }),
    );
    expect(code).toBe(1);
    expect(out + err).toContain('db.yaml: both sides changed a');
    const marked = read();
    expect(marked.match(/^<<<<<<< ours$/gm)).toHaveLength(2);
    expect(marked).toContain(
      '<<<<<<< ours\n    a: Agours1\n=======\n    a: Agtheirs22\n>>>>>>> theirs\n    b: AgoursB\n    c: AgtheirsC\n',
    );
    expect(marked).not.toContain('seal-merge');
    expect(await git('diff', '--name-only', '--diff-filter=U')).toBe('db.yaml\n');
  });

  it('leaves a conflict where one side removed what the other changed', async () => {
    const { code, err, out } = await merge(
      sealed({ a: 'a', b: 'b' }),
      sealed({ b: 'b' }),
      sealed({ a: 'new1', b: 'b' }),
    );
    expect(code).toBe(1);
    expect(out + err).toContain('both sides changed a');
    expect(read()).toContain('>>>>>>> theirs');
  });

  it('says so where no marker shows what is wrong: one side moved an item that the other removed', async () => {
    const { code, err, out } = await merge(sealed({ a: 'a', b: 'b' }), sealed({ b: 'b' }), sealed({ b: 'b', a: 'a' }));
    expect(code).toBe(1);
    expect(read()).not.toContain('<<<<<<<');
    expect(out + err).toContain('both sides changed the same lines\nhint: no conflict marker shows where');
    expect(await git('diff', '--name-only', '--diff-filter=U')).toBe('db.yaml\n');
  });

  it('merges JSON where items have lines of their own, and never into what is no JSON', async () => {
    const json = (items: Record<string, string>) =>
      `${JSON.stringify({ apiVersion: 'bitnami.com/v1alpha1', kind: 'SealedSecret', metadata: { name: 'db' }, spec: { encryptedData: items } }, undefined, 2)}\n`;
    expect(
      (await merge(json({ a: 'a', b: 'b' }), json({ a: 'ours', b: 'b' }), json({ a: 'a', b: 'theirs' }))).code,
    ).toBe(0);
    expect(read()).toBe(json({ a: 'ours', b: 'theirs' }));
    await git('checkout', '-q', '-f', '--orphan', 'again');
    await git('branch', '-qD', 'main', 'theirs');
    await git('checkout', '-q', '-b', 'main');
    const { code } = await merge(json({ a: 'a' }), json({ a: 'a', x: 'x' }), json({ a: 'a', y: 'y' }));
    expect(code).toBe(1);
    expect(read()).toContain('<<<<<<<');
  });

  it('merges what holds nothing sealed, is damaged or is not UTF-8 as Git does', async () => {
    const lines = (first: string, last: string) => `${first}\n1\n2\n3\n4\n\u00e4{{ x }}\n${last}\n`;
    const bytes = (text: string) => Buffer.from(text, 'latin1').toString('latin1');
    const { code } = await merge(bytes(lines('a', 'b')), bytes(lines('ours', 'b')), bytes(lines('a', 'theirs')));
    expect(code).toBe(0);
    expect(read()).toBe(lines('ours', 'theirs'));
  });

  it('does not take a result that reads otherwise than both sides meant', async () => {
    // Both sides add the same item, at places that lines do not see together.
    const far = Object.fromEntries(['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'].map((name) => [name, name]));
    const { code } = await merge(sealed(far), sealed({ x: 'ours', ...far }), sealed({ ...far, x: 'theirs1' }));
    expect(code).toBe(1);
  });
});

describe('git commit', () => {
  const hook = '#!/bin/sh\nexec seal scan --staged\n';
  const secret =
    'apiVersion: v1\nkind: Secret\nmetadata: {name: db, namespace: shop}\nstringData: {password: hunter22}\n';

  beforeEach(() => {
    writeFileSync(join(folder.path, '.git/hooks/pre-commit'), hook, { mode: 0o755 });
  });

  it('is stopped by the hook while a secret is staged, whatever the work tree has', async () => {
    write('app.yaml', secret);
    write('values.yaml', 'db: postgres://shop:hunter22@db.shop.svc/shop\n');
    await git('add', '.');
    write('app.yaml', 'clean: true\n');
    const stopped = await tryGit('commit', '-qm', 'x');
    expect(stopped.code).toBe(1);
    expect(stopped.err + stopped.out).toContain('app.yaml\n  1  error  the Secret db holds plain values  [SW101]');
    expect(stopped.err + stopped.out).toContain('values.yaml\n  1  error  a database URL');
    expect(stopped.err + stopped.out).not.toContain('hunter');
    expect((await tryGit('rev-parse', 'HEAD')).code).not.toBe(0);
    await git('add', 'app.yaml');
    expect((await tryGit('commit', '-qm', 'x')).code).toBe(1);
    await git('rm', '-qf', 'values.yaml');
    await git('commit', '-qm', 'x');
  });

  it('looks at what a commit of named files takes, and at nothing else', async () => {
    write('clean.yaml', 'a: 1\n');
    write('dirty.yaml', secret);
    await git('add', '.');
    await git('commit', '-qm', 'clean', 'clean.yaml', '.gitattributes');
    expect((await tryGit('commit', '-qm', 'x', 'dirty.yaml')).code).toBe(1);
    expect((await tryGit('commit', '-qam', 'x')).code).toBe(1);
  });

  it('works from a folder below and in a linked work tree', async () => {
    write('clean.yaml', 'a: 1\n');
    await git('add', '.');
    await git('commit', '-qm', 'clean');
    await git('worktree', 'add', '-q', 'linked');
    writeFileSync(join(folder.path, 'linked/dirty.yaml'), secret);
    await git('-C', 'linked', 'add', '.');
    const { code, err, out } = await tryGit('-C', 'linked', 'commit', '-qm', 'x');
    expect(code).toBe(1);
    expect(err + out).toContain('dirty.yaml');
  });
});
