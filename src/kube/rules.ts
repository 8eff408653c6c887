// What a rule about a part of a spec is: said twice, as CEL for the API server and as TypeScript for work without it.

/** One rule about a part of a spec. */
export interface Rule<T> {
  /** Stable, for tests and findings. */
  id: string;
  /** What the user reads, from the API server and from us. */
  message: string;
  /** For `x-kubernetes-validations`, `self` being the part. Undefined: CEL cannot say it and `schema` does. */
  cel?: string;
  /** The rule as plain OpenAPI, where CEL cannot see it. */
  schema?: Readonly<Record<string, number>>;
  /** Whether the part is right. Parts are as the schema has them: types and enums have been checked. */
  holds(part: T): boolean;
}

/** A rule that a spec breaks, and where. */
export interface Violation {
  id: string;
  /** As the API server names it: `spec.dataFrom[0].rewrite[1]`. */
  path: string;
  message: string;
}

/** Which of `rules` the part at `path` breaks; a part that is not there breaks none. */
export function broken<T>(rules: readonly Rule<T>[], part: T | null | undefined, path: string): Violation[] {
  if (part === undefined || part === null) return [];
  return rules.filter((rule) => !rule.holds(part)).map(({ id, message }) => ({ id, path, message }));
}
