// What a command reads: every file once, however often and under whatever names it is given.

import { linkSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { Folder } from './harness.ts';

const secret = 'apiVersion: v1\nkind: Secret\nmetadata: {name: db, namespace: shop}\nstringData: {password: s3cret}\n';

let folder: Folder;
beforeEach(() => {
  folder = new Folder();
  mkdirSync(join(folder.path, 'deep'));
  writeFileSync(join(folder.path, 'a.yaml'), secret);
  symlinkSync('a.yaml', join(folder.path, 'link.yaml'));
  linkSync(join(folder.path, 'a.yaml'), join(folder.path, 'hard.yaml'));
});
afterEach(() => folder.remove());

test.each([[['a.yaml', 'a.yaml']], [['a.yaml', './a.yaml', 'deep/../a.yaml']], [['a.yaml', 'link.yaml', 'hard.yaml']]])(
  '%j is one file and comes out once',
  async (names) => {
    for (const argv of [names, names.map((name) => join(folder.path, name))]) {
      const { code, stdout } = await folder.seal([...argv, '--cert', 'certs/rsa2048.crt']);
      expect(code).toBe(0);
      expect(stdout.match(/^kind: SealedSecret$/gm)).toHaveLength(1);
    }
  },
);
