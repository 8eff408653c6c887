// `seal kubeseal` where it meets files and clusters that are not as they should be.

import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { systemClock } from '../../src/kube/system-clock.ts';
import { Folder } from './harness.ts';

const secret = 'kind: Secret\nmetadata: {name: other}\nstringData: {token: s3cret}\n';
const sealed = (rest = '') =>
  `apiVersion: bitnami.com/v1alpha1\nkind: SealedSecret\nmetadata: {name: db, namespace: shop}\nspec:\n  encryptedData:\n    a: AQB\n${rest}`;

let folder: Folder;
beforeEach(() => {
  folder = new Folder();
});
afterEach(() => folder.remove());

const path = (name: string) => join(folder.path, name);
const read = (name: string) => readFileSync(path(name), 'utf8');
const merge = (name: string, stdin = secret) =>
  folder.seal(['kubeseal', '--cert', 'certs/rsa2048.crt', '--merge-into', name], { stdin });
const withoutToken = (text: string) => text.replace(/\r?\n {4}token: .*(?=\r?\n)/, '');

describe('merging into a file', () => {
  test.each([
    ['Windows line ends', sealed().replaceAll('\n', '\r\n')],
    ['a byte order mark', `\uFEFF${sealed()}`],
    ['a document that is a template of Helm beside it', `{{ if .Values.x }}\n---\n${sealed()}`],
    ['comments and another document', `# first\n${sealed('# last\n')}---\nkind: ConfigMap\n`],
  ])('keeps %s', async (_, text) => {
    writeFileSync(path('a.yaml'), text);
    expect(await merge('a.yaml')).toEqual({ code: 0, stdout: '', stderr: '' });
    const bytes = read('a.yaml');
    expect(bytes).toMatch(/\n {4}token: AQ/);
    expect(withoutToken(bytes)).toBe(text);
  });

  test('writes through a link', async () => {
    writeFileSync(path('real.yaml'), sealed());
    symlinkSync('real.yaml', path('link.yaml'));
    expect((await merge('link.yaml')).code).toBe(0);
    expect(withoutToken(read('real.yaml'))).toBe(sealed());
  });

  test.each<[what: string, text: string, message: RegExp]>([
    ['several SealedSecrets', `${sealed()}---\n${sealed()}`, /holds 2 SealedSecrets\nhint: .*seal set FILE KEY --name/],
    ['the first format', sealed().replace('encryptedData:\n    a: AQB', 'data: AQB'), /one sealed value \(spec.data\)/],
    ['half a document', `${sealed()}  template: {`, /error: a\.yaml:\d+/],
    ['nothing', '', /error: a\.yaml is empty/],
  ])('ends with 1 on %s, and leaves the file', async (_, text, message) => {
    writeFileSync(path('a.yaml'), text);
    const { code, stdout, stderr } = await merge('a.yaml');
    expect({ code, stdout, now: read('a.yaml') }).toEqual({ code: 1, stdout: '', now: text });
    expect(stderr).toMatch(message);
  });

  test('ends with 1 on a folder', async () => {
    mkdirSync(path('folder'));
    expect(await merge('folder')).toMatchObject({ code: 1, stdout: '' });
  });

  test('shows no value when the Secret cannot be read', async () => {
    writeFileSync(path('a.yaml'), sealed());
    const { code, stderr } = await merge('a.yaml', `${secret}data: {token: s3cret!}\n`);
    expect(code).toBe(1);
    expect(stderr).not.toContain('s3cret');
  });

  test('seals for a namespace that the Secret has where the file has none', async () => {
    writeFileSync(path('a.yaml'), sealed().replace(', namespace: shop', ''));
    expect((await merge('a.yaml', secret.replace('other', 'other, namespace: team'))).code).toBe(0);
    writeFileSync(
      path('b.yaml'),
      read('a.yaml').replace('name: db', 'name: db, namespace: team').replace('    a: AQB\n', ''),
    );
    const open = ['kubeseal', '--recovery-unseal', '--recovery-private-key', 'keys/rsa2048-pkcs1.key', '-f', 'b.yaml'];
    expect((await folder.seal(open)).stdout).toContain(Buffer.from('s3cret').toString('base64'));
  });
});

describe('what is read', () => {
  const head = 'apiVersion: v1\nkind: Secret\nmetadata: {name: db, namespace: shop}\n';
  const call = ['kubeseal', '--cert', 'certs/rsa2048.crt'];
  const open = ['kubeseal', '--recovery-unseal', '--recovery-private-key', 'keys/rsa2048-pkcs1.key'];

  async function opened(stdin: string) {
    const { code, stdout, stderr } = await folder.seal(call, { stdin });
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    return JSON.parse((await folder.seal(open, { stdin: stdout })).stdout);
  }

  async function refused(stdin: string): Promise<string> {
    const { code, stdout, stderr } = await folder.seal(call, { stdin });
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    return stderr;
  }

  test.each([
    ['after the last one', `${secret}---\n`],
    ['before the first one', `# Source: chart/templates/secret.yaml\n---\n---\n${secret}`],
    ['that says null', `${secret}---\nnull\n`],
    ['that is an empty mapping', `{}\n---\n${secret}`],
    ['between JSON', `${JSON.stringify({})}\n---\n${secret}`],
  ])('an empty document %s is passed over', async (_, text) => {
    const { code, stdout, stderr } = await folder.seal([...call, '--name', 'db', '-n', 'shop'], { stdin: text });
    expect({ code, stderr, name: JSON.parse(stdout).metadata.name }).toEqual({ code: 0, stderr: '', name: 'db' });
  });

  test('nothing but empty documents is nothing to seal', async () => {
    expect(await refused('---\n# nothing\n---\n{}\n')).toMatch(/^error: standard input is empty/);
  });

  test('numbers and booleans are text where it is the text that stands there', async () => {
    const metadata = '{name: 7, namespace: 42, labels: {x: 1}, annotations: {b: true}}';
    const text = `${head.replace(/\{.*\}/, metadata)}stringData: {port: 5432, on.e: false, ratio: 0.5, less: -1, none: }\n`;
    const { metadata: got, data } = await opened(text);
    expect(got).toMatchObject({ name: '7', namespace: '42', labels: { x: '1' }, annotations: { b: 'true' } });
    const texts = Object.entries(data as Record<string, string>).map(([key, value]) => [key, atob(value)]);
    expect(Object.fromEntries(texts)).toEqual({ port: '5432', 'on.e': 'false', ratio: '0.5', less: '-1', none: '' });
    const json = '{"metadata":{"name":"db","namespace":"shop"},"stringData":{"port":5432}}';
    expect((await opened(json)).data).toEqual({ port: btoa('5432') });
  });

  test('the annotation of a scope may stand without quotes', async () => {
    const annotations = 'annotations: {sealedsecrets.bitnami.com/cluster-wide: true}';
    const stdin = `${head.replace('shop', `shop, ${annotations}`)}stringData: {a: b}\n`;
    const { metadata } = JSON.parse((await folder.seal(call, { stdin })).stdout);
    expect(metadata.annotations).toEqual({ 'sealedsecrets.bitnami.com/cluster-wide': 'true' });
  });

  test.each([
    '010',
    '0x10',
    '1.50',
    '1e3',
    '1_000',
    '1234567.5',
    '123456.789',
    'yes',
    'True',
    '.5',
    '99999999999999999999',
  ])('a value %s, of which kubeseal makes another text, is refused', async (value) => {
    expect(await refused(`${head}stringData: {s3cret: ${value}}\n`)).toMatch(
      /standard input:4:\d+: Secret db: stringData\.s3cret is a (?:number|boolean), not text\nhint: .*quotes/,
    );
  });

  test.each(['1234', 'true'])('base64 that is %s without quotes is refused, as by kubeseal', async (value) => {
    expect(await refused(`${head}data: {a: ${value}}\n`)).toMatch(/data\.a is a (?:number|boolean), not text/);
  });

  test.each(['y', 'on', 'True', '010', '0x10', '1.50', 'null', '1234567.5', '99999.1234'])(
    'an item named %s without quotes, of which kubeseal makes another name, is refused',
    async (key) => {
      for (const field of ['data', 'stringData', 'metadata.labels']) {
        const text = field.startsWith('metadata')
          ? `${head.replace('shop', `shop, labels: {${key}: x}`)}stringData: {a: b}\n`
          : `${head}${field}:\n  ${key}: YQ==\n`;
        expect(await refused(text)).toContain(`${field}.${key} has a key that YAML reads as`);
      }
    },
  );

  test.each(['Data: {b: Yg==}', 'stringdata: {b: c}', 'Type: Opaque', 'METADATA: {name: x}'])(
    'a field in other capitals (%s), which kubeseal takes for that field, is refused',
    async (field) => {
      expect(await refused(`${head}stringData: {a: b}\n${field}\n`)).toMatch(
        /is not a field of Secrets\nhint: did you/,
      );
    },
  );

  test('other fields are passed over', async () => {
    const text = `x-common: &c {a: b}\n${head}status: {}\nstringData:\n  <<: *c\n`;
    expect((await opened(text)).data).toEqual({ a: btoa('b') });
  });

  test('a label without a value is an empty one', async () => {
    const text = `${head.replace('shop', 'shop, labels: {a: }, annotations: {b: null}')}stringData: {a: b}\n`;
    expect((await opened(text)).metadata).toMatchObject({ labels: { a: '' }, annotations: { b: '' } });
  });
});

test('an empty format is the default one', async () => {
  const stdin = secret.replace('other', 'other, namespace: shop');
  const { code, stdout } = await folder.seal(['kubeseal', '--cert', 'certs/rsa2048.crt', '-o', ''], { stdin });
  expect({ code, kind: JSON.parse(stdout).kind }).toEqual({ code: 0, kind: 'SealedSecret' });
});

test('no namespace is guessed where the kubeconfig does not know the context', async () => {
  writeFileSync(
    path('kubeconfig'),
    'current-context: a\ncontexts: [{name: a, context: {cluster: c, namespace: team}}]\n',
  );
  const call = ['kubeseal', '--cert', 'certs/rsa2048.crt', '--kubeconfig', 'kubeconfig'];
  const sealed = await folder.seal(call, { stdin: secret });
  expect(JSON.parse(sealed.stdout).metadata.namespace).toBe('team');
  for (const more of [[], ['--raw', '--name', 'db']]) {
    const { code, stdout, stderr } = await folder.seal([...call, '--context', 'b', ...more], { stdin: secret });
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toContain('namespace');
  }
});

test('items named by numbers stand in the order of their letters, as in the JSON of kubeseal', async () => {
  const stdin = secret.replace('token: s3cret', '"10": a, "9": b, -x: c, a: d').replace('other', 'db, namespace: shop');
  const { stdout } = await folder.seal(['kubeseal', '--cert', 'certs/rsa2048.crt'], { stdin });
  expect([...stdout.matchAll(/^ {6}"(.*)": "A/gm)].map(([, item]) => item)).toEqual(['-x', '10', '9', 'a']);
  expect(JSON.parse(stdout).kind).toBe('SealedSecret');
});

describe('the file of a raw value', () => {
  const raw = (...from: string[]) =>
    folder.seal(['kubeseal', '--cert', 'certs/rsa2048.crt', '--raw', '--scope', 'cluster-wide', ...from], {
      stdin: 'in',
    });
  const opens = async (stdout: string) => {
    writeFileSync(
      path('raw.yaml'),
      sealed()
        .replace('a: AQB', `a: ${stdout}`)
        .replace('shop}', `shop, annotations: {sealedsecrets.bitnami.com/cluster-wide: "true"}}`),
    );
    const open = [
      'kubeseal',
      '--recovery-unseal',
      '--recovery-private-key',
      'keys/rsa2048-pkcs1.key',
      '-f',
      'raw.yaml',
    ];
    return atob(JSON.parse((await folder.seal(open)).stdout).data.a);
  };

  test.each([
    ['PATH', 'value'],
    ['KEY=PATH', 'key=value'],
    ['=PATH', '=value'],
    ['a key with a slash', 'a/b=value'],
  ])('may be %s', async (_, from) => {
    writeFileSync(path('value'), 'file');
    expect(await opens((await raw('--from-file', from)).stdout)).toBe('file');
  });

  test('is standard input where it is empty', async () => {
    expect(await opens((await raw('--from-file', '')).stdout)).toBe('in');
  });

  test('is never standard input where a key alone is given', async () => {
    expect(await raw('--from-file', 'key=')).toMatchObject({ code: 1, stdout: '' });
  });
});

test('one SealedSecret is opened, empty documents beside it or not; of several none is', async () => {
  const stdin = secret.replace('other', 'other, namespace: shop');
  const { stdout: yaml } = await folder.seal(['kubeseal', '--cert', 'certs/rsa2048.crt', '-o', 'yaml'], { stdin });
  const open = (text: string) =>
    folder.seal(['kubeseal', '--recovery-unseal', '--recovery-private-key', 'keys/rsa2048-pkcs1.key'], { stdin: text });
  for (const text of [yaml, `${yaml}---\n`, `# chart\n---\n${yaml}`])
    expect(JSON.parse((await open(text)).stdout).data).toEqual({ token: btoa('s3cret') });
  expect(await open(yaml + yaml)).toMatchObject({ code: 1, stdout: '' });
});

test('a private key that opens nothing is told of on a terminal, as by kubeseal', async () => {
  const argv = ['kubeseal', '--cert', 'certs/rsa2048.crt', '--recovery-private-key', 'key.pem', '--fetch-cert'];
  expect((await folder.seal(argv, { terminal: { err: true } })).stderr).toContain('--recovery-unseal');
  expect((await folder.seal(argv)).stderr).toBe('');
});

describe('the flags of client-go', () => {
  let server: Server;
  let asked: IncomingHttpHeaders[];
  let answers = true;
  beforeEach(async () => {
    asked = [];
    server = createServer(({ headers }, response) => {
      asked.push(headers);
      if (answers) response.writeHead(403, { 'content-type': 'application/json' }).end('{"kind":"Status","code":403}');
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  });
  afterEach(() => {
    server.closeAllConnections();
    server.close();
  });
  const fetchCert = (...flags: string[]) => {
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    return folder.seal(['kubeseal', '--fetch-cert', '--server', url, ...flags], { clock: systemClock });
  };

  test('a name and a password are sent as such', async () => {
    answers = true;
    expect((await fetchCert('--username', 'me', '--password', 'hunter2')).code).toBe(1);
    expect(asked[0]?.authorization).toBe(`Basic ${Buffer.from('me:hunter2').toString('base64')}`);
  });

  test('whom to act as is sent', async () => {
    answers = true;
    await fetchCert('--token', 't', '--as', 'you', '--as-group', 'a', '--as-group', 'b', '--as-uid', '7');
    expect(asked[0]).toMatchObject({ authorization: 'Bearer t', 'impersonate-user': 'you', 'impersonate-uid': '7' });
    expect(asked[0]?.['impersonate-group']).toBe('a, b');
  });

  test('a server that says nothing is waited for no longer than asked', async () => {
    answers = false;
    const { code, stderr } = await fetchCert('--request-timeout', '50ms');
    expect(code).toBe(1);
    expect(stderr).toMatch(/^error: /);
  });

  test.each(['soon', '-5s', '5 s'])('a time limit of %s is refused', async (limit) => {
    const { code, stderr } = await fetchCert(`--request-timeout=${limit}`);
    expect(code).toBe(1);
    expect(stderr).toContain(`--request-timeout cannot be "${limit}"`);
    expect(asked).toEqual([]);
  });

  test('a bare number is seconds', async () => {
    answers = true;
    expect((await fetchCert('--request-timeout', '30')).stderr).not.toContain('request-timeout');
    expect(asked.length).toBeGreaterThan(0);
  });
});
