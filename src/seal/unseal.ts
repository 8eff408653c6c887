// From a SealedSecret to its values, and from values to the Secret. Templates are rendered by the caller, in between.

import { base64Encode } from '../encoding/base64.ts';
import type { OpenError } from '../errors.ts';
import type { ObjectMeta, SealedSecret, Secret } from '../kube/objects.ts';
import { SecretBytes } from '../redact.ts';
import { parseLegacy } from './legacy.ts';
import { itemsError } from './open-failures.ts';
import type { Opener } from './opener.ts';
import { mapBounded } from './parallel.ts';
import { sorted, templateMetadata } from './plain-secret.ts';
import { labelOf } from './scope.ts';
import { checkSealedSecret, recordOf, sealedForOf } from './sealed-secret.ts';
import { isOpenError, sealedEnvelope } from './value.ts';

export interface OpenOptions {
  opener: Opener;
  /** Told of every item that opened, and under which key. Default: nobody. */
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

type ItemOpener = (item: string, sealed: unknown) => Promise<SecretBytes>;

function itemOpener(sealedSecret: SealedSecret, { opener, onOpened }: OpenOptions): ItemOpener {
  const label = labelOf(sealedForOf(sealedSecret));
  const record = recordOf(sealedSecret);
  return async (item, sealed) => {
    const envelope = sealedEnvelope(sealed);
    const { plaintext, keyId } = await opener.open({ envelope, label, keyIdHint: record.get(item)?.keyId });
    onOpened?.(item, keyId);
    return new SecretBytes(plaintext);
  };
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

function openLegacy(opened: ReadonlyMap<string, SecretBytes>): OpenedItems {
  const [plaintext] = opened.values();
  if (plaintext === undefined) throw new TypeError('spec.data was not opened');
  const { secret, values } = parseLegacy(plaintext);
  return {
    values,
    metadata: templateMetadata(secret.metadata),
    type: secret.type || undefined,
    immutable: secret.immutable ?? undefined,
    templates: new Map(),
  };
}
