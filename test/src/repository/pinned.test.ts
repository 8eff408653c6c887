// Certificates pinned into files as they are, and read back.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { pinnedText, withPinnedCluster } from '../../../src/repository/pinned.ts';
import { type Certificate, parseCertificates } from '../../../src/seal/certificate.ts';

const textOf = (name: string) => readFileSync(join(import.meta.dirname, '../../vectors/certs', name), 'utf8');
const certificateOf = async (name: string) => (await parseCertificates(textOf(name)))[0] as Certificate;
const now = new Date('2026-12-01T08:00:00Z');
const pin = async (text: string, name: string) => pinnedText(text, await certificateOf(name), now);

describe('a PEM file into which a certificate is pinned', () => {
  test('begins with it, keeps those that are valid, loses those that have expired, and keeps every other byte', async () => {
    const [old, valid] = [textOf('expired.crt'), textOf('rsa2048.crt')];
    const before = `# production\r\n${old}# the one of last year above\n${valid}\n# end`;
    const { text, isNew, dropped } = await pin(before, 'second2048.crt');
    expect(isNew).toBe(true);
    expect(dropped.map(({ pem }) => pem)).toEqual([(await certificateOf('expired.crt')).pem]);
    const added = (await certificateOf('second2048.crt')).pem.replaceAll('\n', '\r\n');
    expect(text).toBe(`# production\r\n${added}# the one of last year above\n${valid}\n# end`);
  });

  test('is the same after a second time', async () => {
    const first = await pin(textOf('two.crt'), 'rsa4096.crt');
    const second = await pin(first.text, 'rsa4096.crt');
    expect(second).toEqual({ text: first.text, isNew: false, dropped: [] });
  });

  test.each([
    ['nothing', '', ''],
    ['blank lines', '\n\n', '\n\n'],
    ['words', '# later', '# later\n'],
    ['a byte order mark', '\ufeff', '\ufeff'],
  ])('may hold %s', async (_, before, kept) => {
    expect((await pin(before, 'rsa2048.crt')).text).toBe(kept + (await certificateOf('rsa2048.crt')).pem);
  });

  test('puts one that starts earlier behind those that start later', async () => {
    const later = textOf('not-yet-valid.crt');
    expect((await pin(later.trimEnd(), 'rsa2048.crt')).text).toBe(
      `${later.trimEnd()}\n${(await certificateOf('rsa2048.crt')).pem}`,
    );
  });

  test('knows one behind a byte order mark, and with other line ends', async () => {
    const marked = `\ufeff${textOf('crlf.crt')}`;
    expect(await pin(marked, 'crlf.crt')).toEqual({ text: marked, isNew: false, dropped: [] });
  });

  test('keeps what cannot seal, such as the certificate of an authority', async () => {
    const authority = textOf('ec.crt');
    expect((await pin(authority, 'rsa2048.crt')).text.startsWith(authority)).toBe(true);
  });

  test('is left alone where it is damaged', async () => {
    await expect(pin(textOf('damaged.crt'), 'rsa2048.crt')).rejects.toMatchObject({ code: 'CERTIFICATE_DAMAGED' });
    await expect(pin(textOf('rsa2048.crt').slice(0, 200), 'second2048.crt')).rejects.toMatchObject({
      code: 'CERTIFICATE_DAMAGED',
    });
  });
});

describe('a configuration that gets a cluster', () => {
  const cluster = { name: 'staging', certificate: 'clusters/staging/sealing.pem' };
  const added = (text: string) => withPinnedCluster(text, { file: '.sealwright.yaml' }, cluster);

  test.each([
    [
      'behind the others, in their style',
      'version: 1\nclusters:\n    one:\n        certificates: [a.pem] # mine\nrules: []\n',
      'version: 1\nclusters:\n    one:\n        certificates: [a.pem] # mine\n    staging:\n      certificates:\n      - clusters/staging/sealing.pem\nrules: []\n',
    ],
    [
      'within braces',
      'version: 1\nclusters: {one: {certificates: [a.pem]}}\n',
      'version: 1\nclusters: {one: {certificates: [a.pem]}, staging: {certificates: [clusters/staging/sealing.pem]}}\n',
    ],
    [
      'as the first one, with Windows line ends and without a last one',
      '# ours\r\nversion: 1',
      '# ours\r\nversion: 1\r\nclusters:\r\n  staging:\r\n    certificates:\r\n    - clusters/staging/sealing.pem',
    ],
    [
      'where the list is empty',
      'version: 1\nclusters: {}\n# rules\n',
      'version: 1\nclusters:\n  staging:\n    certificates:\n    - clusters/staging/sealing.pem\n# rules\n',
    ],
    [
      'where it has a controller alone',
      'version: 1\nclusters:\n  staging:\n    controller: {context: s}\n',
      'version: 1\nclusters:\n  staging:\n    controller: {context: s}\n    certificates:\n    - clusters/staging/sealing.pem\n',
    ],
  ])('has it %s', (_, before, after) => {
    expect(added(before)).toBe(after);
  });

  test.each([
    ['aliases', 'version: 1\nclusters: &all\n  one: {certificates: [a.pem]}\nx: *all\n'],
    ['a mistake of its own', 'version: 1\nrules: [{path: "**", cluster: none}]\n'],
    ['nothing at all', ''],
  ])('is left alone where it has %s', (_, before) => {
    expect(() => added(before)).toThrow(
      expect.objectContaining({ code: expect.stringMatching(/^(CANNOT_EDIT|INVALID)/) }),
    );
  });
});
