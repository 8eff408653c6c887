// Files that are replaced together: all or none, with the rights that they had.

import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { Files } from '../../cli/files.ts';

let folder: string;
let files: Files;
let count = 0;
const at = (...parts: string[]) => join(folder, ...parts);
const textOf = (name: string) => readFileSync(at(name), 'utf8');

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'staged-'));
  files = new Files({ cwd: folder, random: () => `t${count++}` });
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe('files replaced together', () => {
  test('keep their old content until all are ready', async () => {
    writeFileSync(at('a'), 'old a');
    writeFileSync(at('b'), 'old b');
    await files.staging(async (staged) => {
      await staged.add('a', 'new a');
      await staged.add('b', 'new b');
      expect([textOf('a'), textOf('b')]).toEqual(['old a', 'old b']);
      await staged.commit();
    });
    expect([textOf('a'), textOf('b')]).toEqual(['new a', 'new b']);
    expect(readdirSync(folder).sort()).toEqual(['a', 'b']);
  });

  test('stay as they were when anything fails, and nothing is left over', async () => {
    writeFileSync(at('a'), 'old a');
    const failing = files.staging(async (staged) => {
      await staged.add('a', 'new a');
      await staged.add('none/b', 'new b');
      await staged.commit();
    });
    await expect(failing).rejects.toMatchObject({
      code: 'FILE_UNWRITABLE',
      message: 'cannot write none/b: its folder does not exist',
    });
    expect(textOf('a')).toBe('old a');
    expect(readdirSync(folder)).toEqual(['a']);
  });

  test('are taken away unfinished by an interrupt', async () => {
    await files.staging(async (staged) => {
      await staged.add('a', 'new a');
      files.discardAll();
      expect(readdirSync(folder)).toEqual([]);
    });
  });

  test('that are still being written when all is given up leave nothing behind either', async () => {
    let late: Promise<void> | undefined;
    await files.staging(async (staged) => {
      late = staged.add('a', 'x'.repeat(1_000_000));
    });
    await late;
    expect(readdirSync(folder)).toEqual([]);
  });

  test('are open a few at a time, however many are added at once', async () => {
    const openNow = () => readdirSync('/dev/fd').length;
    const before = openNow();
    const names = Array.from({ length: 300 }, (_, index) => `many${index}`);
    let most = 0;
    await files.staging(async (staged) => {
      const adding = names.map(async (name) => {
        await staged.add(name, name);
        most = Math.max(most, openNow() - before);
      });
      most = Math.max(most, openNow() - before);
      await Promise.all(adding);
      await staged.commit();
    });
    expect(most).toBeLessThanOrEqual(64);
    expect(openNow()).toBeLessThanOrEqual(before);
    expect(readdirSync(folder).sort()).toEqual([...names].sort());
    expect(names.every((name) => textOf(name) === name)).toBe(true);
  });

  test('keep their mode', async () => {
    writeFileSync(at('a'), 'old');
    chmodSync(at('a'), 0o640);
    await files.staging(async (staged) => {
      await staged.add('a', 'new');
      await staged.commit();
    });
    expect(statSync(at('a')).mode & 0o7777).toBe(0o640);
  });

  test('are found through links, which stay links', async () => {
    mkdirSync(at('deep'));
    writeFileSync(at('deep', 'a'), 'old');
    symlinkSync('deep/a', at('link'));
    symlinkSync('deep/new', at('dangling'));
    await files.staging(async (staged) => {
      await staged.add('link', 'through');
      await staged.add('dangling', 'made');
      await staged.commit();
    });
    expect(lstatSync(at('link')).isSymbolicLink() && lstatSync(at('dangling')).isSymbolicLink()).toBe(true);
    expect([textOf('deep/a'), textOf('deep/new')]).toEqual(['through', 'made']);
  });

  test('are private from the first moment when they are confidential', async () => {
    await files.staging(async (staged) => {
      await staged.add('tree/secret', 'x', { confidential: true, makeFolders: true });
      const [temporary = ''] = readdirSync(at('tree'));
      expect(statSync(at('tree', temporary)).mode & 0o777).toBe(0o600);
      await staged.commit();
    });
    expect(statSync(at('tree')).mode & 0o777).toBe(0o700);
    expect(statSync(at('tree', 'secret')).mode & 0o777).toBe(0o600);
  });

  test('that are devices are written to and never replaced', async () => {
    await files.staging(async (staged) => {
      await staged.add('/dev/null', 'gone');
      await staged.commit();
    });
    expect(statSync('/dev/null').isCharacterDevice()).toBe(true);
  });
});

describe('folders', () => {
  test('give their manifests in order, without what Git and npm keep there', async () => {
    for (const path of ['b.yaml', 'a.yml', 'c.JSON', 'notes.md', '.git/x.yaml', 'node_modules/y.yaml', 'deep/d.yaml']) {
      mkdirSync(at(path, '..'), { recursive: true });
      writeFileSync(at(path), '');
    }
    expect(await files.manifests('.')).toEqual(['a.yml', 'b.yaml', 'c.JSON', 'deep/d.yaml']);
  });

  test('tell the Git work tree they are in, even before they exist', async () => {
    mkdirSync(at('repository', '.git'), { recursive: true });
    mkdirSync(at('elsewhere'));
    symlinkSync('../repository', at('elsewhere', 'link'));
    expect(await files.enclosing('repository/not/there', '.git')).toMatch(/repository$/);
    expect(await files.enclosing('elsewhere/link/x', '.git')).toMatch(/repository$/);
    expect(existsSync(at('elsewhere'))).toBe(true);
    expect(await files.enclosing('elsewhere', '.git')).toBeUndefined();
  });
});
