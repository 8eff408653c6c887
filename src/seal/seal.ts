// From a plain Secret to the SealedSecret that may be committed.

import { present } from '../encoding/present.ts';
import { FormatError } from '../errors.ts';
import type { ObjectMeta, SealedSecret, Secret } from '../kube/objects.ts';
import type { Certificate } from './certificate.ts';
import type { SealingCipher } from './hybrid.ts';
import { mapBounded } from './parallel.ts';
import { checkSecret, checkSize, sorted, templateMetadata, valuesOf } from './plain-secret.ts';
import { recordAnnotation, recordLine, serializeRecord } from './record.ts';
import { annotationsOfScope, type Scope, type SealedFor, scopeOf, withoutScope } from './scope.ts';
import { type SealValueOptions, sealValue, sealValueWith } from './value.ts';

/** How a Secret is sealed. */
export interface SealOptions {
  certificate: Certificate;
  /** For the day in the seal record. */
  now: Date;
  /** Replaces what the Secret's annotations say, strict included. Default: the annotations decide. */
  scope?: Scope | undefined;
  /** Replaces the Secret's name. */
  name?: string | undefined;
  /** Must be the Secret's own namespace where it has one. */
  namespace?: string | undefined;
  /** For Secrets without a namespace, after `namespace`. Never given to cluster-wide ones. */
  defaultNamespace?: string | undefined;
  /** Seal a Secret without items. Default: false. */
  allowEmptyData?: boolean | undefined;
  /** Write the seal record. Default: true. */
  record?: boolean | undefined;
  /** `spec.template.data`: item name → Go template text, not encrypted. Default: none. */
  templateData?: Readonly<Record<string, string>> | undefined;
  /** Faster ciphers than the web platform's. Default: those. */
  cipher?: SealingCipher | undefined;
}

// Enough to keep two cores busy within one Secret, few enough that memory stays flat over many.
const valuesAtOnce = 8;

/** A Secret that nothing keeps from being sealed: of the right shape, for a valid name and namespace, its values decoded. */
export interface PreparedSecret {
  /** With the name, namespace and scope annotations that it is sealed with. */
  secret: Secret;
  sealedFor: SealedFor;
  /** Item name → bytes, sorted by name. */
  values: ReadonlyMap<string, Uint8Array>;
}

/**
 * The SealedSecret of a Secret, as Sealed Secrets 0.36 makes it except that an explicit strict scope really is strict. Keys
 * stand in the order of the reference's JSON. Throws `FormatError` for anything that cannot be sealed.
 */
export async function sealSecret(object: Secret, options: SealOptions): Promise<SealedSecret> {
  return sealPrepared(prepareSecret(object, options), options);
}

/** The first half of `sealSecret`: all of it that a Secret can be at fault for. Throws `FormatError`. */
export function prepareSecret(object: Secret, options: SealOptions): PreparedSecret {
  const secret = withIdentity(checkSecret(object), options);
  const sealedFor = sealedForOf(secret);
  const values = valuesOf(secret);
  checkNotEmpty(values, options);
  return { secret, sealedFor, values };
}

/**
 * The second half, with `cipher` in place of that of the options. Throws `CertificateError` where the public key is damaged
 * (`checkPublicKey`), and nothing else.
 */
export async function sealPrepared(
  prepared: PreparedSecret,
  options: SealOptions,
  cipher: SealingCipher | undefined = options.cipher,
): Promise<SealedSecret> {
  const { values, sealedFor } = prepared;
  const { certificate } = options;
  return sealedForm(prepared, await sealItems(values, { certificate, sealedFor, cipher }), options);
}

/** What `sealPrepared` would make, with a word in place of every sealed value: to find out what becomes of a file. */
export function rehearsed(prepared: PreparedSecret, options: SealOptions): SealedSecret {
  const stand = [...prepared.values.keys()].map((item) => [item, 'AgA='] as const);
  return sealedForm(prepared, Object.fromEntries(stand), options);
}

/** Throws `CertificateError` (`CERTIFICATE_DAMAGED`) where nothing can be sealed with a certificate, by trying it. */
export async function checkPublicKey(certificate: Certificate, cipher?: SealingCipher): Promise<void> {
  await sealValue(new Uint8Array(), { certificate, sealedFor: { scope: 'cluster-wide' }, cipher });
}

function sealedForm(
  { secret, sealedFor, values }: PreparedSecret,
  encryptedData: Record<string, string>,
  options: SealOptions,
): SealedSecret {
  const { templateData = {} } = options;
  return {
    kind: 'SealedSecret',
    apiVersion: 'bitnami.com/v1alpha1',
    metadata: sealedMetadata(secret, sealedFor, [...values.keys()], options),
    spec: {
      template: present({
        metadata: templateMetadata(secret.metadata),
        type: secret.type || undefined,
        immutable: typeof secret.immutable === 'boolean' ? secret.immutable : undefined,
        data: Object.keys(templateData).length > 0 ? sorted(Object.entries(templateData)) : undefined,
      }),
      encryptedData,
    },
  };
}

/** Seals items for one Secret, several at once, in the order given. */
async function sealItems(
  values: ReadonlyMap<string, Uint8Array>,
  options: SealValueOptions,
): Promise<Record<string, string>> {
  const { cipher } = options;
  if (cipher)
    return Object.fromEntries(Array.from(values, ([item, value]) => [item, sealValueWith(cipher, value, options)]));
  const sealed = await mapBounded([...values], valuesAtOnce, async ([item, value]) => {
    return [item, await sealValue(value, options)] as const;
  });
  return Object.fromEntries(sealed);
}

/** Seals one value that stands alone (`--raw`). Throws `FormatError` where the scope needs a namespace or a name. */
export async function sealRaw(value: Uint8Array, options: SealValueOptions): Promise<string> {
  checkSealedFor(options.sealedFor);
  checkSize(value.byteLength);
  return sealValue(value, options);
}

/** Throws `FormatError` (`NO_NAME`, `NO_NAMESPACE`, `INVALID_NAME`) unless all that the scope binds to is there and valid. */
function checkSealedFor({ scope, namespace, name }: SealedFor): void {
  if (scope === 'strict' && !name) {
    throw new FormatError('NO_NAME', 'the Secret has no name, and a strict value is sealed for one', {
      hint: 'give it with --name NAME, or widen the scope with --scope namespace-wide',
    });
  }
  if (scope !== 'cluster-wide' && !namespace) {
    throw new FormatError('NO_NAMESPACE', 'the Secret has no namespace, and its values are sealed for one', {
      hint: 'give it with -n NAMESPACE, or write metadata.namespace',
    });
  }
  // A value bound to a name that no object can have would never open.
  if (scope === 'strict')
    checkName('name', name, 253, /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/);
  if (scope !== 'cluster-wide') checkName('namespace', namespace, 63, /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/);
}

// RFC 1123 subdomain and label, as Kubernetes checks them.
function checkName(what: string, text = '', longest: number, shape: RegExp): void {
  if (text.length <= longest && shape.test(text)) return;
  throw new FormatError('INVALID_NAME', `"${text}" cannot be the ${what} of a Secret`, {
    hint: `use lower-case letters, digits and "-", at most ${longest} in all`,
  });
}

function withIdentity(secret: Secret, options: SealOptions): Secret {
  const annotations =
    options.scope === undefined
      ? secret.metadata.annotations
      : { ...withoutScope(secret.metadata.annotations), ...annotationsOfScope(options.scope) };
  const name = options.name || secret.metadata.name;
  if (!name) {
    throw new FormatError('NO_NAME', 'the Secret has no name', { hint: 'write metadata.name, or give --name NAME' });
  }
  const namespace = namespaceOf(secret, scopeOf(annotations), options);
  const metadata: ObjectMeta = { ...secret.metadata, name };
  if (namespace) metadata.namespace = namespace;
  if (annotations) metadata.annotations = annotations;
  return { ...secret, metadata };
}

function namespaceOf(secret: Secret, scope: Scope, options: SealOptions): string | undefined {
  const own = secret.metadata.namespace;
  if (scope === 'cluster-wide') return own;
  if (own && options.namespace && own !== options.namespace) {
    throw new FormatError('NAMESPACE_MISMATCH', `the Secret is in namespace ${own}, not in ${options.namespace}`, {
      hint: 'leave out -n, or change metadata.namespace',
    });
  }
  return own || options.namespace || options.defaultNamespace;
}

function sealedForOf({ metadata }: Secret): SealedFor {
  const scope = scopeOf(metadata.annotations);
  const sealedFor = { scope, namespace: metadata.namespace, name: metadata.name };
  checkSealedFor(sealedFor);
  return sealedFor;
}

function checkNotEmpty(values: ReadonlyMap<string, Uint8Array>, options: SealOptions): void {
  if (values.size > 0 || options.allowEmptyData || Object.keys(options.templateData ?? {}).length > 0) return;
  throw new FormatError('NO_DATA', 'the Secret has neither data nor stringData', {
    hint: 'seal it empty with --allow-empty-data',
  });
}

function sealedMetadata(secret: Secret, sealedFor: SealedFor, items: readonly string[], options: SealOptions) {
  const { name, namespace } = secret.metadata;
  const { certificate, now, record = true } = options;
  const lines = items.map((item) => recordLine({ item, keyId: certificate.keyId, sealedFor, now }));
  const annotations = annotationsOfScope(sealedFor.scope);
  if (record && lines.length > 0) annotations[recordAnnotation] = serializeRecord(lines);
  return present({
    name: name || undefined,
    namespace: namespace || undefined,
    annotations: Object.keys(annotations).length > 0 ? annotations : undefined,
  });
}
