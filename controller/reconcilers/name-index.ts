// Which keys name which things: a map of many to many, for finding who has to be looked at when something changes.

/** Key → the names that it stands for, and back. */
export class NameIndex {
  readonly #names = new Map<string, ReadonlySet<string>>();
  readonly #keys = new Map<string, Set<string>>();

  /** From now on `key` stands under exactly these names. */
  set(key: string, names: Iterable<string>): void {
    this.delete(key);
    const all = new Set(names);
    if (all.size === 0) return;
    this.#names.set(key, all);
    for (const name of all) {
      const keys = this.#keys.get(name);
      if (keys) keys.add(key);
      else this.#keys.set(name, new Set([key]));
    }
  }

  delete(key: string): void {
    for (const name of this.#names.get(key) ?? []) {
      const keys = this.#keys.get(name);
      keys?.delete(key);
      if (keys?.size === 0) this.#keys.delete(name);
    }
    this.#names.delete(key);
  }

  /** What `key` stands under. */
  namesOf(key: string): readonly string[] {
    return [...(this.#names.get(key) ?? [])];
  }

  /** The keys under `name`, as they are now. */
  keysOf(name: string): readonly string[] {
    return [...(this.#keys.get(name) ?? [])];
  }
}
