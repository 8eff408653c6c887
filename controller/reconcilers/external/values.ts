// Reads everything that an ExternalSecret names, and puts it together.

import type {
  ExternalSecret,
  ExternalSecretDataFrom,
  GeneratorRef,
  RemoteRef,
  SourceRef,
} from '../../../src/kube/external-secrets.ts';
import { Stalled } from '../../engine/outcome.ts';
import { assembled, dataValue, extractValues, findValues, generatedValues } from '../../stores/data/assemble.ts';
import type { NamedValues } from '../../stores/data/names.ts';
import {
  type Backend,
  type Fetcher,
  type FetchOptions,
  isStoreError,
  type ReadRequest,
  type StoreError,
} from '../../stores/store.ts';
import type { Reading as ReadingOf } from '../ahead.ts';

/** What values are read with. */
export interface ReadingTools {
  fetcher: Pick<Fetcher, 'read' | 'list'>;
  /** The backend of the store that an entry means. */
  backendFor(ref: SourceRef['storeRef']): Promise<Backend>;
  /** What a generator gives for this entry. */
  generate(ref: GeneratorRef, entry: string): Promise<NamedValues>;
  /** Entries whose key is certainly gone count as empty (deletionPolicy Delete and Merge). */
  allowsGone: boolean;
  options: FetchOptions;
}

/** What the stores gave. */
export interface Fetched {
  values: NamedValues;
  /** Remote keys that are gone. */
  gone: readonly string[];
}

/** What the stores gave, and when. */
export interface Read extends Fetched {
  /** When the oldest part of it was read. */
  began: Date;
}

/** One reading of all that an object names; rejects with what the first entry that failed threw. */
export type Reading = ReadingOf<Read>;

/** Throws what the first entry that failed threw: `StoreError`, `TemplateError`, `Stalled`, `Waiting`. */
export async function fetched({ spec }: ExternalSecret, tools: ReadingTools): Promise<Fetched> {
  const gone: string[] = [];
  const allowing = async <T>(read: () => Promise<T>, nothing: T): Promise<T> => {
    try {
      return await read();
    } catch (error) {
      if (!tools.allowsGone || !isGoneError(error)) throw error;
      gone.push(error.key ?? '');
      return nothing;
    }
  };
  const data = (spec.data ?? []).map(({ secretKey, remoteRef, sourceRef }, index) =>
    allowing(async () => {
      const value = await readOne(remoteRef, sourceRef, `spec.data[${index}]`, tools);
      return [[secretKey, value] as const];
    }, []),
  );
  const dataFrom = (spec.dataFrom ?? []).map((entry, index) =>
    allowing(() => readMany(entry, `spec.dataFrom[${index}]`, tools), new Map()),
  );
  const [many, single] = await allOf(dataFrom, data);
  return { values: assembled(many, single.flat()), gone };
}

// All are waited for, so that of several failures the first in the object is told, and not the fastest.
async function allOf<A, B>(first: Promise<A>[], second: Promise<B>[]): Promise<[A[], B[]]> {
  await Promise.allSettled([...first, ...second]);
  return [await Promise.all(first), await Promise.all(second)];
}

const isGoneError = (error: unknown): error is StoreError =>
  isStoreError(error) && (error.class === 'NotFound' || error.class === 'Deleted');

async function readOne(ref: RemoteRef, sourceRef: SourceRef | undefined, entry: string, tools: ReadingTools) {
  const backend = await tools.backendFor(sourceRef?.storeRef);
  const value = await tools.fetcher.read(backend, requestOf(ref), tools.options);
  return dataValue(value, ref, sourceOf(backend, ref, entry));
}

async function readMany(from: ExternalSecretDataFrom, entry: string, tools: ReadingTools): Promise<NamedValues> {
  const { extract, find, rewrite, sourceRef } = from;
  const { fetcher, options } = tools;
  if (sourceRef?.generatorRef) {
    const values = await tools.generate(sourceRef.generatorRef, entry);
    return await generatedValues(values, rewrite, { provider: 'generator', entry, key: sourceRef.generatorRef.name });
  }
  const backend = await tools.backendFor(sourceRef?.storeRef);
  if (extract) {
    const value = await fetcher.read(backend, requestOf(extract), options);
    return await extractValues(value, { extract, rewrite }, sourceOf(backend, extract, entry));
  }
  if (!find) throw new Stalled('InvalidSpec', `${entry} has neither extract, find nor a generator`);
  const asked = { path: find.path, regexp: find.name?.regexp, tags: find.tags };
  const found = await fetcher.list(backend, asked, options);
  const values = await Promise.all(
    found.map(async ({ name, key, value }) => ({
      name,
      value: value ?? (await fetcher.read(backend, { key, found: true }, options)),
    })),
  );
  return await findValues(values, { find, rewrite }, { provider: backend.provider, entry });
}

function requestOf({ key, version, metadataPolicy }: RemoteRef): ReadRequest {
  return { key, ...(version && { version }), ...(metadataPolicy === 'Fetch' && { metadata: true }) };
}

const sourceOf = ({ provider }: Backend, { key, property }: RemoteRef, entry: string) => ({
  provider,
  entry,
  key,
  property,
});
