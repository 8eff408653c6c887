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
