// Which keys name which things: a map of many to many, for finding who has to be looked at when something changes.

/** Key → the names that it stands for, and back. */
export class NameIndex {
  readonly #names = new Map<string, readonly string[]>();
  // Most names have one key: a set for it alone would be larger than all the rest.
  readonly #keys = new Map<string, string | Set<string>>();

  /** From now on `key` stands under exactly these names. */
  set(key: string, names: Iterable<string>): void {
    this.delete(key);
    const all = [...new Set(names)];
    if (all.length === 0) return;
    this.#names.set(key, all);
    for (const name of all) {
      const keys = this.#keys.get(name);
      if (keys === undefined) this.#keys.set(name, key);
      else if (typeof keys === 'string') this.#keys.set(name, new Set([keys, key]));
      else keys.add(key);
    }
  }

  delete(key: string): void {
    for (const name of this.#names.get(key) ?? []) {
      const keys = this.#keys.get(name);
      if (typeof keys === 'object' && keys.size > 1) keys.delete(key);
      else this.#keys.delete(name);
    }
    this.#names.delete(key);
  }

  /** What `key` stands under. */
  namesOf(key: string): readonly string[] {
    return this.#names.get(key) ?? [];
  }

  /** The keys under `name`, as they are now. */
  keysOf(name: string): readonly string[] {
    const keys = this.#keys.get(name) ?? [];
    return typeof keys === 'string' ? [keys] : [...keys];
  }
}
