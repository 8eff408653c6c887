// Many small jobs with a bound on how many run at once, results in the order of their inputs: all at the end, or one after another.

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
 * Runs `job` for every item and gives each result in its turn, at most `limit` of them started and not yet taken: who takes
 * them slowly keeps little in memory. After a failure no further job starts, and what runs comes to its end before it rejects.
 */
export async function* inOrder<T, R>(
  items: Iterable<T>,
  limit: number,
  job: (item: T) => Promise<R>,
): AsyncGenerator<R, void, undefined> {
  const started: Promise<R>[] = [];
  try {
    for (const item of items) {
      const running = job(item);
      // It may fail before its turn has come.
      running.catch(() => undefined);
      started.push(running);
      const first = started.length < limit ? undefined : started.shift();
      if (first) yield await first;
    }
    for (let next = started.shift(); next; next = started.shift()) yield await next;
  } finally {
    await Promise.allSettled(started);
  }
}
