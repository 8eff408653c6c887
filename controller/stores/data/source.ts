// What a value is called in messages, and the two refusals that everything in this room ends in.

import { type Origin, StoreError } from '../store.ts';

/** Where the values at hand come from, in the words of the object that asks for them. */
export interface Source {
  provider: Origin;
  /** The entry of the object: `spec.data[0]`, `spec.dataFrom[2]`. */
  entry: string;
  /** The remote key, where there is one. */
  key?: string | undefined;
  property?: string | undefined;
}

/** What cannot be right until a person changes the object or what the store holds. */
export function invalid({ provider, entry, key, property }: Source, what: string, hint?: string): StoreError {
  return new StoreError('Invalid', `${entry}: ${what}`, { provider, key, property, ...(hint && { hint }) });
}

/** The key is there, and what was asked for inside it is not. */
export function propertyMissing({ provider, entry, key, property }: Source, why: string): StoreError {
  const message = `${entry}: ${quoted(key ?? '')} ${why}`;
  return new StoreError('PropertyMissing', message, { provider, key, property });
}

const longest = 100;

/** A name as messages show it: never so long that it hides the message. */
export function quoted(name: string): string {
  return `'${name.length > longest ? `${name.slice(0, longest)}…` : name}'`;
}
