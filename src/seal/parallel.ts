// Many small jobs with a bound on how many run at once, results in the order of their inputs.

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
