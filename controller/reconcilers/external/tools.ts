// What the body of an ExternalSecret works with.

import type { ExternalSecret } from '../../../src/kube/external-secrets.ts';
import type { NamedValues } from '../../stores/data/names.ts';
import type { Fetcher } from '../../stores/store.ts';
import type { StoreTools } from '../store-tools.ts';
import type { StoreBackends } from './backends.ts';
import type { StoreDirectory } from './directory.ts';
import type { Generators } from './generators.ts';
import type { Target } from './target.ts';
import type { TemplateSources } from './templates.ts';
import type { Reading } from './values.ts';

/** Beside what all kinds work with that are read from stores. */
export interface ExternalSecretTools extends StoreTools<NamedValues, Reading> {
  directory: StoreDirectory;
  backends: Pick<StoreBackends, 'get'>;
  fetcher: Pick<Fetcher, 'read' | 'list'>;
  generators: Generators;
  /** Where `templateFrom` is read, for the objects of a namespace. */
  sourcesIn(namespace: string, signal: AbortSignal): TemplateSources;
  /** What the watches know of the object's template sources: changes when one of them does. */
  sourcesDigest(object: ExternalSecret): string | undefined;
  /** Another ExternalSecret that has the whole of the same Secret, or wants it and came before this one. */
  rivalOf(object: ExternalSecret, target: Target): string | undefined;
  /** Secrets that this ExternalSecret made under other names. */
  outgrown(target: Target): readonly string[];
  /** Has others that use the same stores, and are to be refreshed soon, refreshed now. */
  bringForward(object: ExternalSecret): void;
}
