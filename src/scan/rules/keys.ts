// Private keys: SW301 to SW309.

import { base64Decode } from '../../encoding/base64.ts';
import { isMadeUp } from '../made-up.ts';
import type { TextRule } from '../rule.ts';
import { sample } from '../samples.ts';

const dashes = '-'.repeat(5);
const begin = (label: string) => `${dashes}BEGIN ${label}${dashes}`;
const end = (label: string) => `${dashes}END ${label}${dashes}`;
const pem = (label: string, body: string, lineEnd = '\n') => [begin(label), body, end(label), ''].join(lineEnd);

/** The first line and as much of what follows as tells what it is. Line ends may be written as `\n`. */
const pemStart = /-----BEGIN (?<label>[A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?)-----(?=(?<secret>[\s\S]{0,600}))/g;

/** The same, encoded as one value, as Kubernetes does it. */
const encodedStart = /(?<![A-Za-z0-9+/])(?<secret>LS0tLS1CRUdJTi[A-Za-z0-9+/]{66,800})/g;

const openssh = 'b3BlbnNzaC1rZXktdjEA';
const withoutCipher = `${openssh}AAAABG5vbmU`;

type Protection = 'none' | 'passphrase' | 'no key';

function protectionOf(label: string, text: string): Protection {
  // Whatever a string in a program, a YAML block or a comment puts around the lines.
  const lines = text.split(/\\[nr]|[\r\n]/).map((line) => line.replace(/[\s"'`+|>#*,;\\]/g, ''));
  const headers = lines.filter((line) => line.includes(':'));
  const body = lines.find((line) => line !== '' && !line.includes(':')) ?? '';
  if (!isKeyText(body)) return 'no key';
  if (label.startsWith('ENCRYPTED') || headers.some((line) => line.startsWith('Proc-Type:4ENCRYPTED')))
    return 'passphrase';
  return body.startsWith(openssh) && !body.startsWith(withoutCipher) ? 'passphrase' : 'none';
}

// Words without the blanks between them are letters of base64 too, but hardly any of them capitals or digits; of a key more than
// half are.
function isKeyText(line: string): boolean {
  const [start] = /^[A-Za-z0-9+/]{48}/.exec(line) ?? [];
  return start !== undefined && start.replace(/[a-z]/g, '').length >= 8 && !isMadeUp(start.slice(0, 12));
}

function encodedProtection(text: string): Protection {
  const decoded = new TextDecoder().decode(base64Decode(text.slice(0, text.length - (text.length % 4))));
  const { label = '', secret = '' } = decoded.matchAll(pemStart).next().value?.groups ?? {};
  return label === '' ? 'no key' : protectionOf(label, secret);
}

const revoke =
  'Make a new key pair, replace the public key wherever it is trusted, and revoke certificates made for it.';
const labels = ['', 'RSA ', 'EC ', 'DSA ', 'OPENSSH '].map((kind) => `${kind}PRIVATE KEY`);
const unprotected = {
  code: 'SW301',
  severity: 'error',
  title: 'a private key',
  shape:
    'A PEM block `BEGIN … PRIVATE KEY` (PKCS#1, PKCS#8, SEC 1, OpenSSH, OpenPGP) without a passphrase, also with `\\n` instead of line ends, as in JSON, or encoded in base64 as a whole; a PuTTY key.',
  opens: 'can act as the server, user or service that the key stands for, and read what is encrypted to it',
  revoke,
} as const;
const passphrase = {
  code: 'SW302',
  severity: 'warning',
  title: 'a private key behind a passphrase',
  says: 'a private key behind a passphrase',
  shape:
    'A PEM block `BEGIN ENCRYPTED PRIVATE KEY`, one with `Proc-Type: 4,ENCRYPTED`, or an OpenSSH key with a cipher.',
  opens: 'can try passphrases for as long as they like, without anybody noticing',
  revoke,
} as const;

/** In the order of their codes. */
export const keyRules: readonly TextRule[] = [
  {
    ...unprotected,
    words: ['PRIVATE KEY'],
    pattern: pemStart,
    isReal: (secret, match) => protectionOf(match.groups?.label ?? '', secret) === 'none',
    matches: () => [
      ...labels.map((label) => pem(label, `MIIE${sample(160, 'base64')}`)),
      pem('PRIVATE KEY', `MIIE${sample(160, 'base64')}`, '\\n'),
      pem('PRIVATE KEY', `MIIE${sample(160, 'base64')}`, '\r\n'),
      pem('OPENSSH PRIVATE KEY', `${withoutCipher}${sample(160, 'base64')}`),
      pem('PGP PRIVATE KEY BLOCK', `Version: GnuPG v2\n\n${sample(160, 'base64')}`),
    ],
    passes: () => [
      pem('PUBLIC KEY', sample(160, 'base64')),
      pem('ENCRYPTED PRIVATE KEY', sample(160, 'base64')),
      pem('RSA PRIVATE KEY', '...'),
      pem('RSA PRIVATE KEY', '<your key here>'),
      `if (text.includes('${begin('PRIVATE KEY')}')) return parse(text) // whatever comes now is code and no key`,
    ],
  },
  {
    ...unprotected,
    words: ['LS0tLS1CRUdJTi'],
    pattern: encodedStart,
    isReal: (secret) => encodedProtection(secret) === 'none',
    matches: () => [btoa(pem('RSA PRIVATE KEY', `MIIE${sample(300, 'base64')}`))],
    passes: () => [btoa(pem('CERTIFICATE', sample(300, 'base64')))],
  },
  {
    ...unprotected,
    words: ['PuTTY-User-Key-File'],
    pattern: /PuTTY-User-Key-File-[23]: [^\r\n]{1,60}\r?\nEncryption: none\r?\n/g,
    isReal: () => true,
    matches: () => ['PuTTY-User-Key-File-3: ssh-ed25519\nEncryption: none\nComment: me\n'],
    passes: () => ['PuTTY-User-Key-File-3: ssh-ed25519\nEncryption: aes256-cbc\nComment: me\n'],
  },
  {
    ...passphrase,
    words: ['PRIVATE KEY'],
    pattern: pemStart,
    isReal: (secret, match) => protectionOf(match.groups?.label ?? '', secret) === 'passphrase',
    matches: () => [
      pem('ENCRYPTED PRIVATE KEY', `MIIE${sample(160, 'base64')}`),
      pem('RSA PRIVATE KEY', `Proc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,AA\n\n${sample(160, 'base64')}`),
      pem('OPENSSH PRIVATE KEY', `${openssh}AAAACmFlczI1Ni1jdHI${sample(160, 'base64')}`),
    ],
    passes: () => [
      pem('RSA PRIVATE KEY', `MIIE${sample(160, 'base64')}`),
      `if (/${begin('ENCRYPTED PRIVATE KEY')}/.test(text) || /^Proc-Type: 4,ENCRYPTED/m.test(text)) {\n  return 'is encrypted with a passphrase that no cluster has'`,
      pem('ENCRYPTED PRIVATE KEY', 'Here belongs the private key of the server behind its passphrase'),
    ],
  },
  {
    ...passphrase,
    words: ['LS0tLS1CRUdJTi'],
    pattern: encodedStart,
    isReal: (secret) => encodedProtection(secret) === 'passphrase',
    matches: () => [btoa(pem('ENCRYPTED PRIVATE KEY', `MIIE${sample(300, 'base64')}`))],
    passes: () => [btoa(pem('RSA PRIVATE KEY', `MIIE${sample(300, 'base64')}`))],
  },
  {
    code: 'SW303',
    severity: 'error',
    title: 'an age secret key',
    shape: '`AGE-SECRET-KEY-1` or `AGE-SECRET-KEY-PQ-1` and the key in capital letters.',
    opens: 'can open every file that is encrypted to this recipient, such as SOPS files, in the whole history',
    revoke: 'Encrypt again to another recipient, and change every value that was encrypted to this one.',
    words: ['AGE-SECRET-KEY-'],
    pattern: /AGE-SECRET-KEY-(?:PQ-)?1(?<secret>[QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L]{58})/g,
    matches: () => [`AGE-SECRET-KEY-1${sample(58, 'bech32')}`],
    passes: () => [`AGE-SECRET-KEY-1${'Q'.repeat(58)}`, `age1${sample(58, 'bech32').toLowerCase()}`],
  },
];
