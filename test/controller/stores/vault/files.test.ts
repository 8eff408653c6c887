// Files that objects in the cluster may name: what is read of them, and what is not.

import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { credentialFilesIn, smallFile } from '../../../../controller/stores/vault/files.ts';
import { failureOf } from '../support/vault.ts';

const folder = mkdtempSync(join(tmpdir(), 'sealwright-files-'));
afterAll(() => rmSync(folder, { recursive: true }));

const mebibyte = 1024 * 1024;

function made(name: string, content: string | Uint8Array): string {
  writeFileSync(join(folder, name), content);
  return join(folder, name);
}

describe('a file', () => {
  it('is read whole, up to 1 MiB', async () => {
    expect(Buffer.from(await smallFile(made('small', 'hunter2'))).toString()).toBe('hunter2');
    const large = Buffer.alloc(mebibyte, 'x');
    expect(Buffer.from(await smallFile(made('large', large))).equals(large)).toBe(true);
    expect((await smallFile(made('empty', ''))).byteLength).toBe(0);
  });

  it('that is longer is refused', async () => {
    await expect(smallFile(made('longer', Buffer.alloc(mebibyte + 1)))).rejects.toThrow();
  });

  it('that is none is refused', async () => {
    await expect(smallFile(folder)).rejects.toThrow();
    await expect(smallFile(join(folder, 'absent'))).rejects.toThrow();
  });

  it('that is a pipe without a writer keeps nobody waiting', async () => {
    const pipe = join(folder, 'pipe');
    execFileSync('mkfifo', [pipe]);
    await expect(smallFile(pipe)).rejects.toThrow('no regular file');
  });

  // Its length is said to be nothing, and it goes on for terabytes.
  it.skipIf(!existsSync('/proc/self/pagemap'))('of the kernel that does not end is refused', async () => {
    await expect(smallFile('/proc/self/pagemap')).rejects.toThrow();
  });
});

describe('a credential', () => {
  const refused = async (root: string, path: string) => (await failureOf(credentialFilesIn(root)(path))).message;

  it('comes from the folder that is meant for it alone, links followed', async () => {
    const inside = mkdtempSync(join(folder, 'inside-'));
    const outside = made('outside', 'hunter2');
    writeFileSync(join(inside, 'id'), 's3cret');
    symlinkSync(outside, join(inside, 'link'));
    const value = await credentialFilesIn(inside)(join(inside, 'id'));
    expect(Buffer.from(value.reveal()).toString()).toBe('s3cret');
    for (const path of [outside, join(inside, 'link'), join(inside, '../outside'), inside]) {
      expect(await refused(inside, path)).toContain(`is no file below ${inside}`);
    }
    expect(await refused('', outside)).toContain('not allowed here');
  });
});
