// Reads the values that references name, with the very code that the controller reads stores with.

import { partOf } from '../../controller/stores/data/value.ts';
import { checkProxies } from '../../controller/stores/proxy.ts';
import { isStoreError, type RemoteValue, type StoreError } from '../../controller/stores/store.ts';
import { type ErrorOutcome, SealError } from '../../src/errors.ts';
import type { Context } from '../context.ts';
import type { ItemReference } from '../store-references.ts';

/** A store as one call uses it, with the credentials of whoever calls. */
export interface StoreReader {
  /** Throws `StoreError`. */
  read(path: string): Promise<RemoteValue>;
  /** The way out, in the words of someone at a shell: the controller's own hints speak of manifests. */
  hintsFor(error: StoreError): readonly string[];
  /** Never throws. */
  close(): Promise<void>;
}

/** The store was not reached, or refuses: the call ends with 4. */
class StoreUnreachable extends SealError {
  override readonly outcome: ErrorOutcome = 'unreachable';
}

/** Item → value, byte for byte. Each place is read once. Throws `SealError`. */
export async function readStores(
  references: readonly ItemReference[],
  context: Context,
): Promise<Map<string, Uint8Array>> {
  checkProxies(context.env);
  const values = new Map<string, Uint8Array>();
  for (const store of new Set(references.map((reference) => reference.store))) {
    const reader = await readers[store](context);
    const mine = references.filter((reference) => reference.store === store);
    try {
      for (const [item, value] of await readAll(mine, reader)) values.set(item, value);
    } catch (error) {
      throw isStoreError(error) ? told(error, reader.hintsFor(error)) : error;
    } finally {
      await reader.close();
    }
  }
  return values;
}

const readers = {
  vault: async (context: Context): Promise<StoreReader> => (await import('./vault.ts')).vaultReader(context),
  aws: async (context: Context): Promise<StoreReader> => (await import('./aws.ts')).awsReader(context),
} as const;

const providers = { vault: 'vault', aws: 'aws-secrets-manager' } as const;

async function readAll(references: readonly ItemReference[], reader: StoreReader): Promise<Map<string, Uint8Array>> {
  const places = new Map<string, RemoteValue>();
  const values = new Map<string, Uint8Array>();
  for (const { store, item, path: key, part: property } of references) {
    const value = places.get(key) ?? (await reader.read(key));
    places.set(key, value);
    const source = { provider: providers[store], entry: `--from-${store}`, key, property };
    values.set(item, partOf(value, { key, ...(property !== undefined && { property }) }, source).reveal());
  }
  return values;
}

function told(error: StoreError, hint: readonly string[]): SealError {
  const isUnreachable = error.class === 'Denied' || error.class === 'Unavailable' || error.class === 'Throttled';
  const Told = isUnreachable ? StoreUnreachable : SealError;
  return new Told(error.code, error.message, { hint, cause: error });
}
