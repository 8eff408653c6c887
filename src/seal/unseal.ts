// From a SealedSecret to its values, and from values to the Secret. Templates are rendered by the caller, in between.

import { base64Encode } from '../encoding/base64.ts';
import { concat, utf8Text } from '../encoding/bytes.ts';
import { sha256 } from '../encoding/digest.ts';
import { hexEncode } from '../encoding/hex.ts';
import { FormatError, isSealError, OpenError } from '../errors.ts';
import type { ObjectMeta, SealedSecret, Secret } from '../kube/objects.ts';
import { SecretBytes } from '../redact.ts';
import {
  checkBoolean,
  checkMap,
  checkMetadata,
  checkText,
  checkTextMap,
  describeKind,
  invalidManifest,
  isMap,
} from './fields.ts';
import type { Opener } from './opener.ts';
import { mapBounded } from './parallel.ts';
import { checkSecret, sorted, templateMetadata, valuesOf } from './plain-secret.ts';
import { parseRecord, recordAnnotation, recordLabel, type SealRecord } from './record.ts';
import { labelOf, type SealedFor, scopeOf } from './scope.ts';
import { sealedEnvelope } from './value.ts';

/** A value that was opened, and the id of the key that opened it. */
export interface OpenedValue {
  value: SecretBytes;
  keyId: string;
}

/** Remembers what opened, so that nothing opens twice. Keys are digests of label and sealed bytes; an `LRUCache` fits. */
export interface OpenMemo {
  get(key: string): OpenedValue | undefined;
  set(key: string, opened: OpenedValue): unknown;
}

export interface OpenOptions {
  opener: Opener;
  /** Default: none, everything is opened. */
  memo?: OpenMemo | undefined;
  /** Told of every item that opened, from the memo too, and under which key. Default: nobody. */
  onOpened?: ((item: string, keyId: string) => void) | undefined;
}

/** A SealedSecret opened: everything its Secret is made of, templates not rendered. */
export interface OpenedItems {
  /** Item name → value, in the order of the manifest. */
  values: Map<string, SecretBytes>;
  /** Labels, annotations and finalizers for the Secret. */
  metadata: ObjectMeta;
  type?: string | undefined;
  immutable?: boolean | undefined;
  /** Item name → Go template text, for the caller to render over `values`. Usually empty. */
  templates: Map<string, string>;
}

// Opening is bound by RSA on few cores; more at once only wait.
const openAtOnce = 4;

/**
 * Opens every item. The scope comes from the SealedSecret's own metadata and from nowhere else (CVE-2026-22728).
 * Throws one `OpenError` that names all the items that fail, and then nothing comes out; `FormatError` for an object that is
 * no SealedSecret.
 */
export async function openItems(object: SealedSecret, options: OpenOptions): Promise<OpenedItems> {
  const sealedSecret = checkSealedSecret(object);
  const { data, encryptedData, template } = sealedSecret.spec;
  const openItem = itemOpener(sealedSecret, options);
  if (typeof data === 'string') return openLegacy(await openAll([['spec.data', data]], openItem, sealedSecret));
  const values = await openAll(Object.entries(encryptedData ?? {}), openItem, sealedSecret);
  return {
    values,
    metadata: templateMetadata(template?.metadata ?? {}),
    type: template?.type || undefined,
    immutable: template?.immutable ?? undefined,
    templates: new Map(Object.entries(template?.data ?? {}).map(([item, text]) => [item, text ?? ''])),
  };
}

/**
 * The Secret that an opened SealedSecret stands for, with the SealedSecret's own name and namespace, without owner. A value
 * wins over a rendered template of the same name, as in Sealed Secrets ≥ 0.37. What it returns is secret.
 */
export function secretFrom(
  sealedSecret: Pick<SealedSecret, 'metadata'>,
  opened: OpenedItems,
  rendered: ReadonlyMap<string, SecretBytes> = new Map(),
): Secret {
  const { name, namespace } = sealedSecret.metadata;
  const { labels, annotations, finalizers } = opened.metadata;
  const data = [...new Map([...rendered, ...opened.values])].map(
    ([item, value]) => [item, base64Encode(value.reveal())] as const,
  );
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: {
      ...(name ? { name } : {}),
      ...(namespace ? { namespace } : {}),
      ...(labels ? { labels } : {}),
      ...(annotations ? { annotations } : {}),
      ...(finalizers ? { finalizers } : {}),
    },
    ...(opened.type ? { type: opened.type } : {}),
    ...(opened.immutable === undefined ? {} : { immutable: opened.immutable }),
    data: sorted(data),
  };
}

/** What the values of a SealedSecret must have been sealed for. */
export function sealedForOf({ metadata }: Pick<SealedSecret, 'metadata'>): SealedFor {
  return { scope: scopeOf(metadata.annotations), namespace: metadata.namespace, name: metadata.name };
}

/** `object` as a SealedSecret. Throws `FormatError` for another kind or group, for both forms at once, for wrong types. */
export function checkSealedSecret(object: unknown): SealedSecret {
  if (!isMap(object) || object.kind !== 'SealedSecret' || object.apiVersion !== 'bitnami.com/v1alpha1') {
    throw new FormatError('NOT_A_SEALED_SECRET', `this is not a SealedSecret but ${describeKind(object)}`);
  }
  const { metadata, spec } = object;
  checkMetadata('metadata', metadata);
  if (!isMap(metadata) || !metadata.name) throw invalidManifest('the SealedSecret has no name');
  if (!isMap(spec)) throw invalidManifest('the SealedSecret has no spec');
  checkText('spec.data', spec.data);
  const items = checkMap('spec.encryptedData', spec.encryptedData);
  if (typeof spec.data === 'string' && Object.keys(items).length > 0) {
    throw invalidManifest('spec.data and spec.encryptedData are both there');
  }
  checkTemplate(checkMap('spec.template', spec.template));
  return object as unknown as SealedSecret;
}

function checkTemplate({ metadata, type, immutable, data }: Record<string, unknown>): void {
  checkMetadata('spec.template.metadata', metadata);
  checkText('spec.template.type', type);
  checkBoolean('spec.template.immutable', immutable);
  checkTextMap('spec.template.data', data);
}

type ItemOpener = (item: string, sealed: unknown) => Promise<SecretBytes>;

function itemOpener(sealedSecret: SealedSecret, { opener, memo, onOpened }: OpenOptions): ItemOpener {
  const label = labelOf(sealedForOf(sealedSecret));
  const record = recordOf(sealedSecret);
  return async (item, sealed) => {
    const envelope = sealedEnvelope(sealed);
    const memoKey = memo && (await memoKeyOf(label, envelope.wrappedKey, envelope.ciphertext));
    const known = memoKey === undefined ? undefined : memo?.get(memoKey);
    if (known !== undefined) {
      onOpened?.(item, known.keyId);
      return known.value;
    }
    const { plaintext, keyId } = await opener.open({ envelope, label, keyIdHint: record.get(item)?.keyId });
    const value = new SecretBytes(plaintext);
    if (memoKey !== undefined) memo?.set(memoKey, { value, keyId });
    onOpened?.(item, keyId);
    return value;
  };
}

// Every part but the last has its length in front, so that no two inputs share a digest.
async function memoKeyOf(label: Uint8Array, wrappedKey: Uint8Array, ciphertext: Uint8Array): Promise<string> {
  const lengths = new Uint8Array(Uint32Array.of(label.byteLength, wrappedKey.byteLength).buffer);
  return hexEncode(await sha256(concat(lengths, label, wrappedKey, ciphertext)));
}

async function openAll(
  items: readonly (readonly [string, unknown])[],
  openItem: ItemOpener,
  sealedSecret: SealedSecret,
): Promise<Map<string, SecretBytes>> {
  const failures = new Map<string, OpenError>();
  const opened = await mapBounded(items, openAtOnce, async ([item, sealed]) => {
    try {
      return [[item, await openItem(item, sealed)] as const];
    } catch (error) {
      if (!isOpenError(error)) throw error;
      failures.set(item, error);
      return [];
    }
  });
  if (failures.size > 0) throw itemsError(sealedSecret, failures);
  return new Map(opened.flat());
}

// Only what anyone could see of a damaged value is told apart from "no key opens it".
function itemsError(sealedSecret: SealedSecret, failures: ReadonlyMap<string, OpenError>): OpenError {
  const names = [...failures.keys()].sort();
  const damaged = names.filter((item) => failures.get(item)?.code === 'VALUE_DAMAGED');
  const locked = names.filter((item) => !damaged.includes(item));
  const parts = [
    ...(locked.length > 0 ? [`no key could decrypt ${locked.join(', ')}`] : []),
    ...damaged.map((item) => `${item} cannot be opened: ${failures.get(item)?.message}`),
  ];
  const message = `${nameOf(sealedSecret)}: ${parts.join('; ')}`;
  if (locked.length === 0) return new OpenError('VALUE_DAMAGED', message, { hint: 'seal the value again' });
  return new OpenError('NO_KEY_OPENS', message, { hint: lockedHints(sealedSecret, locked) });
}

// From the manifest alone, so it tells nothing that its reader does not have.
function lockedHints(sealedSecret: SealedSecret, locked: readonly string[]): string[] {
  const sealedFor = sealedForOf(sealedSecret);
  const here = recordLabel(sealedFor);
  const record = recordOf(sealedSecret);
  const moved = locked.find((item) => (record.get(item)?.sealedFor ?? here) !== here);
  if (moved !== undefined) {
    return [
      `${moved} was sealed for ${record.get(moved)?.sealedFor}, and this is ${here}: seal it again for this place`,
    ];
  }
  if (sealedFor.scope !== 'cluster-wide' && !sealedFor.namespace) {
    return ['the SealedSecret has no metadata.namespace, and its values were sealed for one'];
  }
  return ['a value opens only under the name, namespace and scope it was sealed for, with the key of its certificate'];
}

function recordOf({ metadata }: SealedSecret): SealRecord {
  return parseRecord(metadata.annotations?.[recordAnnotation]);
}

function openLegacy(opened: ReadonlyMap<string, SecretBytes>): OpenedItems {
  const { secret, values } = parseLegacy(opened.get('spec.data'));
  return {
    values,
    metadata: templateMetadata(secret.metadata),
    type: secret.type || undefined,
    immutable: secret.immutable ?? undefined,
    templates: new Map(),
  };
}

function parseLegacy(plaintext: SecretBytes | undefined): { secret: Secret; values: Map<string, SecretBytes> } {
  try {
    const json: unknown = JSON.parse(utf8Text(plaintext?.reveal() ?? new Uint8Array()));
    // Sealers of that time left out the kind that their own type implied.
    const secret = checkSecret(isMap(json) ? { apiVersion: 'v1', kind: 'Secret', ...json } : json);
    const values = [...valuesOf(secret)].map(([item, bytes]) => [item, new SecretBytes(bytes)] as const);
    return { secret, values: new Map(values) };
  } catch {
    // No cause and no detail: whatever could be said, of its kind or of its fields, would be said of the plain text.
    throw new OpenError('VALUE_DAMAGED', 'spec.data opened, but does not hold a Secret');
  }
}

function isOpenError(error: unknown): error is OpenError {
  return isSealError(error) && (error.code === 'NO_KEY_OPENS' || error.code === 'VALUE_DAMAGED');
}

function nameOf({ metadata: { name, namespace } }: SealedSecret): string {
  return namespace ? `${namespace}/${name}` : `${name}`;
}
