// A long stream through `seal`: all of it is checked before a byte is printed, and then it comes document after document.

import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { sealedPieces } from '../../cli/sealing.ts';
import { planDocument, type Sealing, sealPlan } from '../../cli/sealing-plan.ts';
import { sealingCipher } from '../../keys/sealing-cipher.ts';
import { parseManifest } from '../../src/manifest/documents.ts';
import { sealingCertificate } from '../../src/seal/certificate.ts';
import { FakeClock } from '../support/clock.ts';
import { Folder, today } from './harness.ts';

const withCert = ['--cert', 'certs/rsa2048.crt'];
const head = 'apiVersion: v1\nkind: Secret\n';

function secret(name: string, value = 's3cret'): string {
  return `${head}metadata:\n  name: ${name}\n  namespace: shop\nstringData:\n  password: ${value}\n`;
}

/** Documents with something between them that is to stay as it is. */
function stream(count: number, text = secret): string {
  return Array.from({ length: count }, (_, index) => `# number ${index}\n${text(`db-${index}`)}`).join('---\n');
}

const namesIn = (text: string) => [...text.matchAll(/^ {2}name: (\S+)$/gm)].map(([, name]) => name);
const namesOf = (count: number) => Array.from({ length: count }, (_, index) => `db-${index}`);

let folder: Folder;
beforeEach(() => {
  folder = new Folder();
});
afterEach(() => folder.remove());

describe('a stream of many documents', () => {
  test('comes out in its order, comments and separators where they were', async () => {
    const { code, stdout } = await folder.seal(withCert, { stdin: stream(1000) });
    expect(code).toBe(0);
    expect(namesIn(stdout)).toEqual(namesOf(1000));
    expect(stdout.match(/^(---|# number \d+)$/gm)).toEqual(stream(1000).match(/^(---|# number \d+)$/gm));
    expect(stdout.match(/^kind: SealedSecret$/gm)).toHaveLength(1000);
  });

  test('opens wholly, with every value under its own name', async () => {
    const texts = stream(700, (name) => secret(name, `of ${name}`));
    const { stdout } = await folder.seal(withCert, { stdin: texts });
    const opened = await folder.seal(['unseal', '--private-key', 'keys/rsa2048-pkcs8.key'], { stdin: stdout });
    expect(opened.code).toBe(0);
    const passwords = [...opened.stdout.matchAll(/^ {2}password: (\S+)$/gm)];
    expect(passwords.map(([, value]) => Buffer.from(value ?? '', 'base64').toString())).toEqual(
      namesOf(700).map((name) => `of ${name}`),
    );
  });

  test('is sealed for several clusters, each with its own certificate', async () => {
    folder.write(
      '.sealwright.yaml',
      `version: 1
clusters:
  one: {certificates: [certs/rsa2048.crt]}
  two: {certificates: [certs/rsa3072.crt]}
rules:
  - {path: one.yaml, cluster: one}
  - {path: two.yaml, cluster: two}
`,
    );
    folder.write('all.yaml', stream(700));
    expect((await folder.seal(['all.yaml', '-w', '{cluster}.yaml', '--cluster', 'one,two'])).code).toBe(0);
    for (const [file, key] of [
      ['one.yaml', 'rsa2048-pkcs8.key'],
      ['two.yaml', 'rsa3072-pkcs8.key'],
    ] as const) {
      const { code, stdout } = await folder.seal(['unseal', file, '--private-key', `keys/${key}`]);
      expect([code, namesIn(stdout).length]).toEqual([0, 700]);
    }
  });

  test('comes out in another format as one value after another', async () => {
    const { stdout } = await folder.seal([...withCert, '-o', 'json'], { stdin: stream(100) });
    const names = JSON.parse(`[${stdout.replaceAll('}\n{', '},{')}]`).map(
      (one: { kind: string; metadata: { name: string } }) => [one.kind, one.metadata.name],
    );
    expect(names).toEqual(namesOf(100).map((name) => ['SealedSecret', name]));
  });

  test('is the same as a file, whether printed or written', async () => {
    writeFileSync(join(folder.path, 'all.yaml'), stream(40));
    const printed = await folder.seal(['all.yaml', ...withCert]);
    await folder.seal(['all.yaml', ...withCert, '-w', 'sealed.yaml']);
    const written = Buffer.from(folder.snapshot()['sealed.yaml']?.split(' ').at(-1) ?? '', 'base64').toString();
    const shape = (text: string) => text.replace(/[A-Za-z0-9+/]{300,}=*/g, ({ length }) => `<${length}>`);
    expect(shape(written)).toBe(shape(printed.stdout));
  });

  test('is printed before what is said about it, which keeps the order of the Secrets', async () => {
    const written: string[] = [];
    const stdin = stream(30, (name) => secret(name, 'changeme'));
    await folder.seal(withCert, { stdin, onWrite: (text) => written.push(text) });
    const firstWarning = written.findIndex((text) => text.startsWith('warning:'));
    expect(written.slice(0, firstWarning).join('')).toContain('name: db-29');
    const warned = written
      .slice(firstWarning)
      .join('')
      .matchAll(/Secret (db-\d+): password looks like/g);
    expect([...warned].map(([, name]) => name)).toEqual(namesOf(30));
  });
});

describe('one bad document at the end of a thousand', () => {
  test.each([
    ['a name that no Secret can have', secret('Not_A_Name'), 'cannot be the name of a Secret'],
    ['a name of an item that no Secret can have', secret('last').replace('password', '"a b"'), 'name of an item'],
    ['a value that is no base64', secret('last').replace('stringData', 'data'), 'is not standard base64'],
    ['a Secret that is no YAML', `${head}metadata: [\n`, 'not valid YAML'],
    ['a Secret without items', `${head}metadata: {name: last, namespace: shop}\n`, 'neither data nor stringData'],
    ['a Secret of another namespace', secret('last').replace('shop', 'other'), 'is in namespace other, not in shop'],
    [
      'a Secret that shares an anchor with its neighbour',
      'kind: List\napiVersion: v1\nitems:\n- apiVersion: v1\n  kind: Secret\n  metadata: {name: &n last, namespace: shop}\n' +
        '  stringData: {a: b}\n- apiVersion: v1\n  kind: ConfigMap\n  metadata: {name: *n}\n',
      'cannot be replaced without changing something beside it',
    ],
  ])('%s: nothing is printed', async (_, last, message) => {
    const stdin = `${stream(1000)}---\n${last}`;
    const { code, stdout, stderr } = await folder.seal([...withCert, '-n', 'shop'], { stdin });
    expect([code, stdout]).toEqual([1, '']);
    expect(stderr).toContain(message);
    expect(stderr).toMatch(/standard input:900\d/);
  });

  test('of two the first is told', async () => {
    const stdin = `${stream(10)}---\n${secret('A_A')}---\n${stream(10)}---\n${secret('B_B')}`;
    const { stdout, stderr } = await folder.seal(withCert, { stdin });
    expect(stdout).toBe('');
    expect(stderr).toContain('"A_A" cannot be the name');
  });

  test('in the second of two files: nothing of the first is printed', async () => {
    writeFileSync(join(folder.path, 'good.yaml'), stream(100));
    writeFileSync(join(folder.path, 'bad.yaml'), secret('Not_A_Name'));
    const { code, stdout, stderr } = await folder.seal(['good.yaml', 'bad.yaml', ...withCert]);
    expect([code, stdout]).toEqual([1, '']);
    expect(stderr).toContain('bad.yaml:1: "Not_A_Name" cannot be the name');
  });

  test('that is no Secret keeps the stream from being converted, and is named by its line in the input', async () => {
    const stdin = `${secret('db')}---\nfoo: [1\nbar: 2\n`;
    expect((await folder.seal(withCert, { stdin })).code).toBe(0);
    const { code, stdout, stderr } = await folder.seal([...withCert, '-o', 'json'], { stdin });
    expect([code, stdout]).toEqual([1, '']);
    expect(stderr).toMatch(/standard input:(9|10):\d+: not valid YAML/);
  });
});

const input = { name: 'all.yaml', relative: '', found: false, isStdin: false, read: async () => new Uint8Array() };

async function sealing(): Promise<Sealing> {
  const text = readFileSync(join(folder.path, 'certs/rsa2048.crt'), 'utf8');
  return {
    certificate: await sealingCertificate(text, { now: today }),
    now: today,
    defaultNamespace: () => Promise.reject(new Error('never asked')),
    allowEmptyData: false,
    record: true,
    templateData: {},
  };
}

test('each Secret of a List is sealed with what was ordered for it', async () => {
  const items = ['a', 'b', 'c'].map((name) => ({
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name, namespace: 'shop' },
    data: { k: '' },
  }));
  const { documents } = parseManifest(JSON.stringify({ apiVersion: 'v1', kind: 'List', items }), { file: 'all.yaml' });
  const plans = await Promise.all(documents.map(async (document) => planDocument(document, input, await sealing())));
  const labels: string[][] = items.map(() => []);
  const ciphers = labels.map((seen) => ({
    ...sealingCipher,
    sessionKey(spki: Uint8Array, label: Uint8Array) {
      seen.push(Buffer.from(label).toString());
      return sealingCipher.sessionKey(spki, label);
    },
  }));
  for (const plan of plans) await sealPlan(plan, { ciphers });
  expect(labels).toEqual([['shop/a'], ['shop/b'], ['shop/c']]);
});

describe('while a stream is printed', () => {
  test('nothing is sealed beyond what was taken', async () => {
    let sealed = 0;
    const pieces = sealedPieces({
      manifest: parseManifest(stream(100), { file: 'all.yaml' }),
      input,
      sealing: { ...(await sealing()), onSealed: () => sealed++ },
    });
    for (let taken = 1; taken <= 90; taken++) {
      await pieces.next();
      for (let turn = 0; turn < 100; turn++) await Promise.resolve();
      expect(sealed).toBe(taken);
    }
  });

  test('an interrupt ends it, with 130', async () => {
    const interruption = new AbortController();
    const sent: string[] = [];
    const { code, stdout, stderr } = await folder.seal(withCert, {
      stdin: stream(1000),
      signal: interruption.signal,
      async onSend(text) {
        sent.push(text);
        interruption.abort(new Error('interrupted'));
      },
    });
    expect([code, stderr, sent.length]).toEqual([130, '', 1]);
    expect(namesIn(stdout).length).toBeLessThan(200);
  });

  test('its progress is drawn where the result is not', async () => {
    const late = { stdin: stream(5) };
    const clock = () => {
      const clock = new FakeClock(today);
      let asked = 0;
      return Object.assign(Object.create(clock), { now: () => new Date(today.getTime() + 700 * asked++) });
    };
    const piped = await folder.seal(withCert, { ...late, clock: clock(), terminal: { err: true } });
    expect(piped.stderr).toContain('sealing █');
    const shown = await folder.seal(withCert, { ...late, clock: clock(), terminal: { err: true, out: true } });
    expect(shown.stderr).not.toContain('sealing');
  });
});
