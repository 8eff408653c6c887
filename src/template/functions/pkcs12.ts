// External Secrets' functions on PKCS#12: PEM to a file in base64, and a file's key and certificates to PEM.

import { base64Encode } from '../../encoding/base64.ts';
import { derChildren, derEncode, tags } from '../../encoding/der.ts';
import { pkcs8FromPkcs1 } from '../../encoding/rsa-key.ts';
import { isSealError } from '../../errors.ts';
import type { Budget } from '../budget.ts';
import { bytesFromText, stringFromText, type Text, textFromBytes } from '../bytes.ts';
import { FunctionFailure } from '../errors.ts';
import { type FunctionTable, fn } from '../functions.ts';
import { readCertificate } from './certificates.ts';
import { saltOf } from './crypto.ts';
import { chainText } from './pem.ts';
import { firstBlock, pemBlocks, pemOf } from './pem-blocks.ts';
import { oid } from './pkcs12-forms.ts';
import { readPkcs12 } from './pkcs12-read.ts';
import { writePkcs12 } from './pkcs12-write.ts';

const two = ['string', 'string'] as const;
const three = ['string', 'string', 'string'] as const;

export const pkcs12Functions: FunctionTable = {
  pkcs12key: fn(['string'], ([file], budget) => keyText('', file, budget)),
  pkcs12keyPass: fn(two, ([password, file], budget) => keyText(password, file, budget)),
  pkcs12cert: fn(['string'], ([file], budget) => certificateText('', file, budget)),
  pkcs12certPass: fn(two, ([password, file], budget) => certificateText(password, file, budget)),
  pemToPkcs12: fn(two, ([cert, key], budget) => fileOf(certificatesOf(cert).slice(0, 1), key, '', budget)),
  pemToPkcs12Pass: fn(three, ([cert, key, password], budget) =>
    fileOf(certificatesOf(cert).slice(0, 1), key, password, budget),
  ),
  fullPemToPkcs12: fn(two, ([cert, key], budget) => fileOf(certificatesOf(cert), key, '', budget)),
  fullPemToPkcs12Pass: fn(three, ([cert, key, password], budget) =>
    fileOf(certificatesOf(cert), key, password, budget),
  ),
  pemTruststoreToPKCS12: fn(['string'], ([cert], budget) => fileOf(certificatesOf(cert), undefined, '', budget)),
  pemTruststoreToPKCS12Pass: fn(two, ([cert, password], budget) =>
    fileOf(certificatesOf(cert), undefined, password, budget),
  ),
};

function keyText(password: Text, file: Text, budget: Budget): Text {
  return pemOf('PRIVATE KEY', readPkcs12(bytesFromText(file), stringFromText(password), budget).key);
}

function certificateText(password: Text, file: Text, budget: Budget): Text {
  const { certificates } = readPkcs12(bytesFromText(file), stringFromText(password), budget);
  return chainText(certificates.map(readCertificate), budget);
}

function certificatesOf(text: Text): Uint8Array[] {
  const { blocks } = pemBlocks(text);
  if (blocks.length === 0) throw new FunctionFailure('the certificate is not PEM');
  return blocks.map(({ bytes }) => readCertificate(bytes).der);
}

function fileOf(certificates: readonly Uint8Array[], keyPem: Text | undefined, password: Text, budget: Budget): Text {
  budget.spend(150_000);
  const key = keyPem === undefined ? undefined : pkcs8(firstBlock(keyPem, 'private key').bytes);
  const content = [...certificates, key ?? new Uint8Array()].map(textFromBytes).join('');
  const salt = (purpose: string, length: number) => saltOf(password + content, `pkcs12 ${purpose}`, content, length);
  const parts = { certificates, password: stringFromText(password), salt };
  return base64Encode(writePkcs12(key === undefined ? parts : { ...parts, key }));
}

/** PKCS#8 of a key in PKCS#1, PKCS#8 or SEC 1. */
function pkcs8(der: Uint8Array): Uint8Array {
  try {
    const [version, second, third] = derChildren(der);
    if (second?.tag === tags.sequence && third?.tag === tags.octetString) return der;
    if (second?.tag === tags.integer) return pkcs8FromPkcs1(der);
    const members = derChildren(der);
    const curve = members.find(({ tag }) => tag === 0xa0);
    if (version !== undefined && second?.tag === tags.octetString && curve !== undefined) {
      const algorithm = derEncode(tags.sequence, oid('1.2.840.10045.2.1'), curve.content);
      const own = derEncode(tags.sequence, ...members.filter((one) => one !== curve).map(({ bytes }) => bytes));
      return derEncode(tags.sequence, Uint8Array.of(tags.integer, 1, 0), algorithm, derEncode(tags.octetString, own));
    }
  } catch (error) {
    if (!isSealError(error)) throw error;
  }
  throw new FunctionFailure('unable to parse private key type');
}
