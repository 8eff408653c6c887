// Objects of which some fields may be absent, made without copying one object into another.

type Optional<T> = { [K in keyof T]-?: undefined extends T[K] ? K : never }[keyof T];

/** The same with fields that may be `undefined` turned into optional ones. */
export type Present<T> = { [K in Exclude<keyof T, Optional<T>>]: T[K] } & {
  [K in Optional<T>]?: Exclude<T[K], undefined>;
};

/**
 * The fields of an object that are not `undefined`, in their order. For what is made by the thousand: a field added to
 * what was spread (`{ ...a, b }`) costs Node 20 a hidden class each time, which lives until the next full collection.
 */
export function present<T extends object>(fields: T): Present<T> {
  const found: Partial<T> = {};
  for (const name in fields) if (fields[name] !== undefined) found[name] = fields[name];
  return found as Present<T>;
}
