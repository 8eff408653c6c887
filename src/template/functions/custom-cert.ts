// sprig's `buildCustomCert`: a certificate and its key, given in base64, as one value with the fields Cert and Key.

import { base64Decode } from '../../encoding/base64.ts';
import { derChildren, tags } from '../../encoding/der.ts';
import { isSealError } from '../../errors.ts';
import { type Text, textFromBytes } from '../bytes.ts';
import { FunctionFailure } from '../errors.ts';
import { type FunctionTable, fn } from '../functions.ts';
import { GoRecord } from '../values.ts';
import { readCertificate } from './certificates.ts';
import { type Block, firstBlock } from './pem-blocks.ts';

export const customCertFunctions: FunctionTable = {
  buildCustomCert: fn(['string', 'string'], ([certificate, key]) => {
    const cert = decoded(certificate, 'certificate');
    readCertificate(firstBlock(cert, 'certificate').bytes);
    const pem = decoded(key, 'private key');
    checkKey(firstBlock(pem, 'private key'));
    return new GoRecord('sprig.certificate', [
      ['Cert', cert],
      ['Key', pem],
    ]);
  }),
};

function decoded(text: Text, what: string): Text {
  try {
    // Go's decoder passes over line ends, and over nothing else.
    return textFromBytes(base64Decode(text.replace(/[\r\n]/g, '')));
  } catch {
    throw new FunctionFailure(`the ${what} is not base64`);
  }
}

const { integer, sequence, octetString } = tags;
const numbers = (count: number) => Array.from({ length: count }, () => integer);

/** How each form of a key begins, by the label of its PEM: PKCS#8, PKCS#1, SEC 1 and OpenSSL's DSA. */
const forms: Readonly<Record<string, readonly number[]>> = {
  'PRIVATE KEY': [integer, sequence, octetString],
  'RSA PRIVATE KEY': numbers(9),
  'EC PRIVATE KEY': [integer, octetString],
  'DSA PRIVATE KEY': numbers(6),
};

function checkKey({ label, bytes }: Block): void {
  const form = Object.hasOwn(forms, label) ? forms[label] : undefined;
  if (!form?.every((tag, at) => tagsOf(bytes)[at] === tag)) throw new FunctionFailure('the private key is none');
}

function tagsOf(bytes: Uint8Array): number[] {
  try {
    return derChildren(bytes).map(({ tag }) => tag);
  } catch (error) {
    if (!isSealError(error)) throw error;
    return [];
  }
}
