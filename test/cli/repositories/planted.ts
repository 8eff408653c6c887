// Repositories written as one text, with real sealed values in the place of words: for the checks that look at whole repositories.

import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { base64Encode } from '../../../src/encoding/base64.ts';
import { type Certificate, parseCertificates } from '../../../src/seal/certificate.ts';
import { sealValue } from '../../../src/seal/value.ts';

const files = {
  production: 'rsa2048.crt',
  staging: 'second2048.crt',
  older: 'rsa3072.crt',
  big: 'rsa4096.crt',
  lost: 'other2048.crt',
} as const;

/** What stands in the files of a repository: path → text, and the findings that its comments expect. */
export interface Planted {
  files: Map<string, string>;
  /** `FILE:LINE CODE`, in order. */
  expected: string[];
}

async function certificates(): Promise<Map<string, Certificate>> {
  const folder = join(import.meta.dirname, '..', '..', 'vectors', 'certs');
  const read = async ([name, file]: [string, string]) =>
    [name, (await parseCertificates(readFileSync(join(folder, file), 'utf8')))[0]!] as const;
  return new Map(await Promise.all(Object.entries(files).map(read)));
}

/** Reads `NAME.txt` beside this file. */
export async function plant(name: string): Promise<Planted> {
  const known = await certificates();
  const sealed = (key: string, bytes = 16) =>
    sealValue(new Uint8Array(bytes), { certificate: known.get(key)!, sealedFor: { scope: 'cluster-wide' } });
  const words: Record<string, (key: string) => Promise<string> | string> = {
    key: (key) => known.get(key)!.keyId,
    sealed: (key) => sealed(key),
    cut: async (key) => (await sealed(key)).slice(0, 200),
    twice: async (key) => base64Encode(new TextEncoder().encode(await sealed(key))),
    large: (key) => sealed(key, 160_000),
  };
  const [, ...parts] = readFileSync(join(import.meta.dirname, `${name}.txt`), 'utf8').split(/^-- (.+) --\n/m);
  const planted: Planted = { files: new Map(), expected: [] };
  for (let at = 0; at < parts.length; at += 2) {
    const path = parts[at] ?? '';
    let text = '';
    for (const [index, line] of (parts[at + 1] ?? '').split(/(?<=\n)/).entries()) {
      for (const [code] of (/ ?# (SW\d{3} ?)+$/m.exec(line)?.[0] ?? '').matchAll(/SW\d{3}/g))
        planted.expected.push(`${path}:${index + 1} ${code}`);
      // JSON has no comments.
      const clean = path.endsWith('.json') ? line.replace(/ # SW.*$/m, '') : line;
      let done = '';
      for (const part of clean.split(/(<\w+ \w+>)/)) {
        const [, word = '', key = ''] = /^<(\w+) (\w+)>$/.exec(part) ?? [];
        done += words[word] ? await words[word](key) : part;
      }
      text += done;
    }
    planted.files.set(path, text);
  }
  planted.expected.sort();
  return planted;
}

/** Writes files below a folder. */
export function write(folder: string, texts: Iterable<readonly [string, string | Uint8Array]>): void {
  for (const [path, text] of texts) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
}
