// Work gathered by whom it is for, and done in portions.

/** Gathers until a portion is full; every key has its own. */
export class Portions<K, T> {
  readonly #size: number;
  readonly #act: (key: K, portion: readonly T[]) => Promise<void>;
  readonly #gathered = new Map<K, { items: T[]; weight: number }>();

  /** `act` is called with what was gathered once it weighs `size` or more. */
  constructor(size: number, act: (key: K, portion: readonly T[]) => Promise<void>) {
    this.#size = size;
    this.#act = act;
  }

  async add(key: K, item: T, weight: number): Promise<void> {
    const gathered = this.#gathered.get(key) ?? { items: [], weight: 0 };
    this.#gathered.set(key, gathered);
    gathered.items.push(item);
    gathered.weight += weight;
    if (gathered.weight >= this.#size) await this.#do(key);
  }

  /** Does what is left. */
  async flush(): Promise<void> {
    for (const key of [...this.#gathered.keys()]) await this.#do(key);
  }

  async #do(key: K): Promise<void> {
    const { items = [] } = this.#gathered.get(key) ?? {};
    this.#gathered.delete(key);
    await this.#act(key, items);
  }
}
