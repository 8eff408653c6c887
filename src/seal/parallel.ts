// Many small jobs with a bound on how many run at once, results in the order of their inputs; and what is made ready ahead.

/**
 * Runs `job` for every item, at most `limit` at a time. After a failure no further job starts; of several failures the one
 * of the earliest item rejects, so that the same input fails in the same way every time.
 */
export async function mapBounded<T, R>(items: readonly T[], limit: number, job: (item: T) => Promise<R>): Promise<R[]> {
  const results: R[] = [];
  const failures: { index: number; error: unknown }[] = [];
  const pending = items.entries();
  async function worker(): Promise<void> {
    // Workers share one iterator: each takes the next item that nobody has.
    for (const [index, item] of pending) {
      if (failures.length > 0) return;
      try {
        results[index] = await job(item);
      } catch (error) {
        failures.push({ index, error });
      }
    }
  }
  await Promise.all(Array.from({ length: Math.min(limit, items.length) }, worker));
  const [first] = failures.sort((a, b) => a.index - b.index);
  if (first) throw first.error;
  return results;
}

/**
 * Gives what `prepare` makes of each item, in their order, and prepares the next ones before they are asked for: as many as
 * `room` holds by their sizes. Who takes them slowly keeps little in memory.
 */
export async function* preparedAhead<T, R>(
  items: Iterable<T>,
  { room, sizeOf }: { room: number; sizeOf: (item: T) => number },
  prepare: (item: T) => Promise<R>,
): AsyncGenerator<R, void, undefined> {
  const waiting: { prepared: R; size: number }[] = [];
  let left = room;
  for (const item of items) {
    const size = sizeOf(item);
    waiting.push({ prepared: await prepare(item), size });
    left -= size;
    while (left < 0) {
      const first = waiting.shift();
      if (!first) break;
      left += first.size;
      yield first.prepared;
    }
  }
  for (const { prepared } of waiting) yield prepared;
}
