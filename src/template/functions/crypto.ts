// sprig's cryptography whose result depends on nothing but its input; what the reference salts at random is salted by its input here.

import { cbc } from '@noble/ciphers/aes.js';
import { hmac } from '@noble/hashes/hmac.js';
import { sha1 } from '@noble/hashes/legacy.js';
import { scrypt } from '@noble/hashes/scrypt.js';
import { sha256 } from '@noble/hashes/sha2.js';
import { concatBytes } from '@noble/hashes/utils.js';
import { encodeBase64, hashSync } from 'bcryptjs';
import { base64Decode, base64Encode } from '../../encoding/base64.ts';
import type { Budget } from '../budget.ts';
import { bytesFromText, stringFromText, type Text, textFromBytes, textFromString } from '../bytes.ts';
import { FunctionFailure } from '../errors.ts';
import { type FunctionTable, fn } from '../functions.ts';
import { passwordCharacters, passwordTemplates } from './password-templates.ts';

export const cryptoFunctions: FunctionTable = {
  bcrypt: fn(['string'], ([password], budget) => bcryptHash(password, '', budget)),
  // External Secrets names the algorithm as a third argument; whatever is not "sha" is bcrypt.
  htpasswd: fn(
    ['string', 'string'],
    ([user, password, ...rest], budget) => {
      // The reference would write its message, with the name in it, into the Secret.
      if (user.includes(':')) throw new FunctionFailure('a user name of htpasswd cannot hold a colon');
      if (rest.length > 1) throw new FunctionFailure('wrong number of args for htpasswd: want 3 at most');
      if (rest[0] === 'sha') return `${user}:{SHA}${base64Encode(sha1(bytesFromText(password)))}`;
      return `${user}:${bcryptHash(password, user, budget)}`;
    },
    'string',
  ),
  derivePassword: fn(['int', 'string', 'string', 'string', 'string'], ([counter, kind, password, user, site], budget) =>
    derivedPassword([counter, kind, password, user, site], budget),
  ),
  encryptAES: fn(['string', 'string'], ([password, text]) => encrypted(password, text)),
  decryptAES: fn(['string', 'string'], ([password, text]) => decrypted(password, text)),
};

/**
 * So many bytes that look random to whoever does not know the secret, and are the same for the same input.
 * A salt only has to differ where inputs differ.
 */
export function saltOf(secret: Text, purpose: string, input: Text, length: number): Uint8Array {
  const framed = `${purpose}:${input.length}:${input}`;
  return hmac(sha256, bytesFromText(secret), bytesFromText(framed)).slice(0, length);
}

/** bcrypt, cost 10 as Go's default. */
function bcryptHash(password: Text, user: Text, budget: Budget): Text {
  // Five of them take as long as a rendering may.
  budget.spend(200_000);
  if (password.length > 72) throw new FunctionFailure('bcrypt: a password of more than 72 bytes');
  const readable = stringFromText(password);
  if (textFromString(readable) !== password) throw new FunctionFailure('bcrypt: a password that is no UTF-8');
  return hashSync(readable, `$2a$10$${encodeBase64([...saltOf(password, 'bcrypt', user, 16)], 16)}`).replace(
    /^\$2[aby]/,
    '$2a',
  );
}

const seed = 'com.lyndir.masterpassword';

function uint32(value: number): Uint8Array {
  return Uint8Array.of(value >>> 24, value >>> 16, value >>> 8, value);
}

/** The Master Password algorithm. */
function derivedPassword(
  [counter, kind, password, user, site]: readonly [bigint, Text, Text, Text, Text],
  budget: Budget,
): Text {
  const templates = passwordTemplates[kind];
  if (counter < 0n || counter > 0xffffffffn) throw new FunctionFailure('the counter is no 32-bit number');
  if (templates === undefined) throw new FunctionFailure('there is no password template of that name');
  // Two of them take as long as a rendering may.
  budget.spend(400_000);
  const salt = concatBytes(bytesFromText(seed), uint32(user.length), bytesFromText(user));
  const key = scrypt(bytesFromText(password), salt, { N: 32768, r: 8, p: 2, dkLen: 64 });
  const message = concatBytes(bytesFromText(seed), uint32(site.length), bytesFromText(site), uint32(Number(counter)));
  const [first = 0, ...bytes] = hmac(sha256, key, message);
  const template = templates[first % templates.length] ?? '';
  return [...template]
    .map((mark, at) => {
      const characters = passwordCharacters[mark] ?? '';
      return characters[(bytes[at] ?? 0) % characters.length] ?? '';
    })
    .join('');
}

function aesKey(password: Text): Uint8Array {
  return bytesFromText(password.slice(0, 32).padEnd(32, '\0'));
}

/** AES-256 in CBC mode, the vector before the text, in base64. */
function encrypted(password: Text, text: Text): Text {
  if (text === '') return '';
  const vector = saltOf(password, 'encryptAES', text, 16);
  return base64Encode(concatBytes(vector, cbc(aesKey(password), vector).encrypt(bytesFromText(text))));
}

function decrypted(password: Text, text: Text): Text {
  if (text === '') return '';
  try {
    const bytes = base64Decode(text);
    return textFromBytes(cbc(aesKey(password), bytes.slice(0, 16)).decrypt(bytes.slice(16)));
  } catch {
    throw new FunctionFailure('what is given was not encrypted with this password');
  }
}
