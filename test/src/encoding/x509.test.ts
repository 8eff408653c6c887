// The facts of certificates, beside Node's.

import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { parsePem } from '../../../src/encoding/pem.ts';
import { parseX509 } from '../../../src/encoding/x509.ts';

const read = (file: string) => readFileSync(new URL(`../../vectors/certs/${file}`, import.meta.url), 'utf8');

describe('certificate facts', () => {
  test.each(['rsa2048.crt', 'rsa3072.crt', 'rsa4096.crt', 'expired.crt', 'not-yet-valid.crt', 'ec.crt'])(
    '%s says what OpenSSL says',
    (file) => {
      const [block] = parsePem(read(file));
      const theirs = new X509Certificate(read(file));
      const ours = parseX509(block!.bytes);
      expect(ours.notBefore).toEqual(new Date(theirs.validFrom));
      expect(ours.notAfter).toEqual(new Date(theirs.validTo));
      expect(ours.subject).toBe(theirs.subject?.replaceAll('\n', ', ') ?? '');
      expect(ours.spki).toEqual(new Uint8Array(theirs.publicKey.export({ type: 'spki', format: 'der' })));
    },
  );

  test('a certificate cut anywhere is refused', () => {
    const der = parsePem(read('rsa2048.crt'))[0]!.bytes;
    for (let length = 0; length < der.byteLength; length += 7) {
      expect(() => parseX509(der.subarray(0, length))).toThrow(expect.objectContaining({ code: 'DER_DAMAGED' }));
    }
  });
});
