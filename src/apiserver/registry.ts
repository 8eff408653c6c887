// The kinds served at this moment: built-in ones and those of the definitions in the store.

import { compileDefinitionSchema } from './definition-schema.ts';
import { cleanupFinalizer } from './definitions.ts';
import { builtInKinds, type CustomResourceDefinition, customKinds, type Kind } from './kinds.ts';
import { type CompiledSchema, compileSchema } from './schema.ts';
import type { Store } from './store.ts';
import { hasValidationRules } from './structural.ts';
import { builtInSchema } from './types.ts';

/** A kind with what was made from its schema. */
export interface ServedKind extends Kind {
  compiled: CompiledSchema;
  /** Whether its schema has CEL rules, which are not evaluated. */
  rules: boolean;
}

const definitions = 'apiextensions.k8s.io/customresourcedefinitions';

function served(kind: Kind): ServedKind {
  const schema = kind.definition ? kind.schema : builtInSchema(kind);
  const defines = kind.collection === definitions && schema;
  const compiled = defines ? compileDefinitionSchema(schema) : compileSchema(schema);
  return { ...kind, compiled, rules: hasValidationRules(kind.schema ?? {}) };
}

const servedBuiltIns = builtInKinds.map(served);

/** Follows the store: a definition serves its kinds in the same moment that it is written. */
export class Registry {
  #custom = new Map<string, ServedKind[]>();

  constructor(store: Store) {
    store.subscribe(({ collection, type, object }) => {
      if (collection !== definitions) return;
      const name = object.metadata.name ?? '';
      if (type === 'DELETED') this.#custom.delete(name);
      else this.#custom.set(name, customKinds(object as CustomResourceDefinition).map(served));
    });
  }

  /** Every served kind; those of one group lie together. */
  kinds(): ServedKind[] {
    return [...servedBuiltIns, ...[...this.#custom.values()].flat()];
  }

  find(group: string, version: string, plural: string): ServedKind | undefined {
    return this.kinds().find((kind) => kind.group === group && kind.version === version && kind.plural === plural);
  }

  byKind(group: string, version: string, kind: string): ServedKind | undefined {
    return this.kinds().find((one) => one.group === group && one.version === version && one.kind === kind);
  }

  /** Any version of the kind whose objects lie in `collection`. */
  ofCollection(collection: string): ServedKind | undefined {
    return this.kinds().find((kind) => kind.collection === collection);
  }

  /** Whether a custom kind is going away and takes no new objects. */
  isTerminating({ definition }: Kind): boolean {
    return Boolean(
      definition?.metadata.deletionTimestamp && definition.metadata.finalizers?.includes(cleanupFinalizer),
    );
  }
}
