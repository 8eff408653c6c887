// Which key opened which value, for objects that are there now: it tells which keys may be retired.

/** Counts by key id. */
export class KeyUsage {
  readonly #byObject = new Map<string, Map<string, string>>();

  /** Item → key id of one object, to be filled anew. */
  of(objectKey: string): Map<string, string> {
    const items = new Map<string, string>();
    this.#byObject.set(objectKey, items);
    return items;
  }

  forget(objectKey: string): void {
    this.#byObject.delete(objectKey);
  }

  /** Key id → number of values. */
  counts(): Map<string, number> {
    const counts = new Map<string, number>();
    for (const items of this.#byObject.values()) {
      for (const id of items.values()) counts.set(id, (counts.get(id) ?? 0) + 1);
    }
    return counts;
  }
}
