// What the file system refuses is told with the way out where there is one.

import { expect, test } from 'vitest';
import { readError, writeError } from '../../cli/file-errors.ts';

test.each([
  ['EACCES', 'permission denied', ['who may: ls -ld a a/b.yaml']],
  ['ENOENT', 'its folder does not exist', ['mkdir -p a']],
  ['ENOSPC', 'no space left', ['what is full: df -h a']],
  ['EROFS', 'the file system is read-only', []],
])('a write that ends with %s', (code, reason, hints) => {
  const error = writeError('a/b.yaml', Object.assign(new Error('refused'), { code }));
  expect([error.message, error.hints]).toEqual([`cannot write a/b.yaml: ${reason}`, hints]);
});

test.each([
  ['EACCES', 'permission denied', ['who may: ls -ld a a/b.yaml']],
  ['ELOOP', 'too many symbolic links', ['where it leads: ls -l a/b.yaml']],
  ['EIO', 'the disk failed', []],
])('a read that ends with %s', (code, reason, hints) => {
  const error = readError('a/b.yaml', Object.assign(new Error('refused'), { code }));
  expect([error.message, error.hints]).toEqual([`cannot read a/b.yaml: ${reason}`, hints]);
});

test('what is to be run takes a path with blanks for one', () => {
  const hints = (code: string) => writeError('my env/b.yaml', Object.assign(new Error('refused'), { code })).hints;
  expect(hints('ENOENT')).toEqual(["mkdir -p 'my env'"]);
  expect(hints('EACCES')).toEqual(["who may: ls -ld 'my env' 'my env/b.yaml'"]);
});
