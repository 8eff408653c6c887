// `--validate` and `--re-encrypt` of the reference CLI: SealedSecrets that the controller is asked about, one after another.

import { type Rotated, SealingClient, valuesToAsk } from '../keys/sealing-client.ts';
import { findController } from '../keys/sealing-controller.ts';
import { FormatError, SealError } from '../src/errors.ts';
import type { KubeObject, SealedSecret } from '../src/kube/objects.ts';
import { type Manifest, type ManifestDocument, parseManifest } from '../src/manifest/documents.ts';
import { editObjects, type ObjectEdits } from '../src/manifest/edit.ts';
import { type ManifestObject, objectsOf } from '../src/manifest/objects.ts';
import { applySplices } from '../src/manifest/splice.ts';
import { checkSealedSecret, sealedValuesOf, wholeItem } from '../src/seal/sealed-secret.ts';
import { type ClusterOptions, withCluster } from './cluster.ts';
import type { Context } from './context.ts';
import { refused } from './controllers.ts';
import { located } from './located.ts';

/** Which controller is asked, and from where. */
export interface Asking {
  options: ClusterOptions;
  context: Context;
}

interface Sealed {
  object: ManifestObject;
  sealedSecret: SealedSecret;
}

/** Throws `SealError` (`NOT_OPENED`) that names the first SealedSecret which does not open; `ApiError`, `FormatError`. */
export async function validateAll(bytes: Uint8Array, file: string, asking: Asking): Promise<void> {
  const { sealed } = readSealed(bytes, file);
  await withClient(asking, async (client) => {
    for (const { sealedSecret } of sealed) {
      const asked = valuesToAsk(sealedSecret);
      const [opens = new Map<string, boolean>()] = await client.verify([asked]).catch(refused);
      if (asked.values.size < sealedValuesOf(sealedSecret).length || ![...opens.values()].every(Boolean))
        throw new SealError('NOT_OPENED', `unable to decrypt sealed secret: ${sealedSecret.metadata.name}`);
    }
  });
}

/** What came back. */
export interface ReEncrypted {
  /** Every SealedSecret, with its new values. */
  objects: KubeObject[];
  /** The input with these values, and otherwise as it was. */
  text: string;
}

/** Throws `SealError` (`NOT_OPENED`) for the first SealedSecret with a value that does not open; nothing comes out then. */
export async function reEncryptAll(bytes: Uint8Array, file: string, asking: Asking): Promise<ReEncrypted> {
  const { manifest, sealed } = readSealed(bytes, file);
  const rotated = await withClient(asking, async (client) => {
    const certificate = await client
      .certificate({ now: asking.context.clock.now(), allowExpired: true })
      .catch(refused);
    const results: Rotated[] = [];
    for (const { sealedSecret } of sealed) {
      const [result] = await client.rotate([valuesToAsk(sealedSecret)], certificate).catch(refused);
      checkAll(sealedSecret, result);
      if (result) results.push(result);
    }
    return results;
  });
  const text = withValues(manifest, sealed, rotated);
  const objects = readSealed(new TextEncoder().encode(text), file).sealed.map(({ sealedSecret }) => sealedSecret);
  return { objects, text };
}

function checkAll(sealedSecret: SealedSecret, result: Rotated | undefined): void {
  const isWhole = valuesToAsk(sealedSecret).values.size === sealedValuesOf(sealedSecret).length;
  if (isWhole && result?.failed.length === 0) return;
  throw new SealError('NOT_OPENED', `unable to rotate secret: ${sealedSecret.metadata.name}`, {
    hint: `values that no key opens: ${result?.failed.join(', ') || 'some are no text'}`,
  });
}

// The lines of the record that belong to new values go: no record is written here.
function withValues(manifest: Manifest, sealed: readonly Sealed[], rotated: readonly Rotated[]): string {
  const edits = new Map<ManifestDocument, ObjectEdits[]>();
  for (const [index, { object, sealedSecret }] of sealed.entries()) {
    const values = rotated[index]?.values ?? new Map<string, string>();
    const isWhole = typeof sealedSecret.spec.data === 'string';
    if (values.size === 0) continue;
    edits.set(object.document, [
      ...(edits.get(object.document) ?? []),
      {
        object,
        set: isWhole ? new Map() : values,
        unset: [],
        record: [],
        whole: isWhole ? values.get(wholeItem) : undefined,
      },
    ]);
  }
  const splices = [...edits].map(([document, each]) => editObjects(document, each).splice);
  return applySplices(manifest.text, splices);
}

function readSealed(bytes: Uint8Array, file: string): { manifest: Manifest; sealed: Sealed[] } {
  const manifest = parseManifest(bytes, { file });
  try {
    return { manifest, sealed: manifest.documents.flatMap(sealedIn) };
  } catch (error) {
    throw located(error, file);
  }
}

function sealedIn(document: ManifestDocument): Sealed[] {
  const { value } = document.read();
  const objects = objectsOf(document);
  if (objects.length === 0 && value !== null && value !== undefined && typeof value !== 'object')
    throw new FormatError('NOT_A_SEALED_SECRET', 'this is not a SealedSecret');
  return objects.map((object) => ({ object, sealedSecret: checkSealedSecret(object.value) }));
}

async function withClient<T>({ options, context }: Asking, work: (client: SealingClient) => Promise<T>): Promise<T> {
  return withCluster(options, context, async (api) => {
    const { controllerName: name, controllerNamespace: namespace } = options;
    const controller = await findController(api, { name, namespace, signal: context.signal }).catch(refused);
    return work(new SealingClient(api, controller, context.signal));
  });
}
