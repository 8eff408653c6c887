// The facts of an X.509 certificate (RFC 5280) that people ask for. It verifies nothing.

import { FormatError } from '../errors.ts';
import { type DerElement, derChildren, derTime, objectIdentifierText, tags } from './der.ts';

/** What `parseX509` finds. */
export interface X509Facts {
  /** SubjectPublicKeyInfo, DER; a view into the certificate. */
  spki: Uint8Array;
  /** As `CN=…, O=…`, in the certificate's order; empty for an empty name. */
  subject: string;
  notBefore: Date;
  notAfter: Date;
}

const attributeNames: Readonly<Record<string, string>> = {
  '2.5.4.3': 'CN',
  '2.5.4.5': 'serialNumber',
  '2.5.4.6': 'C',
  '2.5.4.7': 'L',
  '2.5.4.8': 'ST',
  '2.5.4.10': 'O',
  '2.5.4.11': 'OU',
};

/** Reads a DER certificate. Throws `FormatError` (`DER_DAMAGED`) when it is not one. */
export function parseX509(der: Uint8Array): X509Facts {
  const [certificate, , signature] = derChildren(der);
  if (certificate === undefined || signature?.tag !== tags.bitString) throw damaged();
  const fields = derChildren(certificate.bytes);
  // The version is left out by certificates of version 1.
  if (fields[0]?.tag === tags.context0) fields.shift();
  const [serial, , , validity, subject, spki] = fields;
  if (serial?.tag !== tags.integer || validity === undefined) throw damaged();
  if (subject === undefined || spki?.tag !== tags.sequence) throw damaged();
  const [notBefore, notAfter] = derChildren(validity.bytes);
  if (notBefore === undefined || notAfter === undefined) throw damaged();
  return {
    spki: spki.bytes,
    subject: nameText(subject),
    notBefore: derTime(notBefore),
    notAfter: derTime(notAfter),
  };
}

function nameText(name: DerElement): string {
  return derChildren(name.bytes)
    .flatMap((set) => derChildren(set.bytes, tags.set))
    .map((attribute) => attributeText(attribute))
    .join(', ');
}

function attributeText(attribute: DerElement): string {
  const [type, value] = derChildren(attribute.bytes);
  if (type?.tag !== tags.objectIdentifier || value === undefined) throw damaged();
  const oid = objectIdentifierText(type.content);
  return `${attributeNames[oid] ?? oid}=${new TextDecoder().decode(value.content)}`;
}

function damaged(): FormatError {
  return new FormatError('DER_DAMAGED', 'the certificate is damaged');
}
