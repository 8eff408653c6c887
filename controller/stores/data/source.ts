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
const mostNames = 5;

/** A name as messages show it: never so long that it hides the message, and of characters that every reader shows alike. */
export function quoted(name: string): string {
  const characters = [...name.slice(0, 2 * longest + 1)];
  const shown = characters.length > longest ? `${characters.slice(0, longest).join('')}…` : name;
  return `'${shown.replace(/\p{C}/gu, '\ufffd')}'`;
}

/** Some of many names, and how many more there are. */
export function quotedList(names: readonly string[]): string {
  const more = names.length - mostNames;
  return names.slice(0, mostNames).map(quoted).join(', ') + (more > 0 ? ` and ${more} more` : '');
}
