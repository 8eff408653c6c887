// The public API: what other programs may build on. The only file that re-exports.

export {
  CertificateError,
  type ErrorOutcome,
  FormatError,
  isSealError,
  OpenError,
  SealError,
  type SealErrorOptions,
  UsageError,
} from './errors.ts';
export type { ObjectMeta, SealedSecret, SealedSecretSpec, Secret } from './kube/objects.ts';
export { SecretBytes } from './redact.ts';
export {
  type Certificate,
  type ChooseOptions,
  chooseCertificate,
  isExpired,
  parseCertificates,
  sealingCertificate,
} from './seal/certificate.ts';
export { type Envelope, parseEnvelope, serializeEnvelope } from './seal/envelope.ts';
export type { Opened, Opener, OpenRequest } from './seal/opener.ts';
export {
  parseRecord,
  type RecordLine,
  recordAnnotation,
  recordLine,
  type SealRecord,
  serializeRecord,
} from './seal/record.ts';
export { annotationsOfScope, labelOf, type Scope, type SealedFor, scopeOf, scopes } from './seal/scope.ts';
export { type SealOptions, sealRaw, sealSecret } from './seal/seal.ts';
export { sealedForOf } from './seal/sealed-secret.ts';
export {
  type OpenedItems,
  type OpenOptions,
  openItems,
  secretFrom,
} from './seal/unseal.ts';
export { openValue, sealValue } from './seal/value.ts';
