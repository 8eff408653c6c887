// Many small jobs with a bound on how many run at once, results in the order of their inputs.

/** Runs `job` for every item, at most `limit` at a time. The first failure rejects, and no further job starts. */
export async function mapBounded<T, R>(items: readonly T[], limit: number, job: (item: T) => Promise<R>): Promise<R[]> {
  const results: R[] = [];
  const pending = items.entries();
  let failed = false;
  async function worker(): Promise<void> {
    // Workers share one iterator: each takes the next item that nobody has.
    for (const [index, item] of pending) {
      if (failed) return;
      results[index] = await job(item);
    }
  }
  const workers = Array.from({ length: Math.min(limit, items.length) }, () =>
    worker().catch((error) => {
      failed = true;
      throw error;
    }),
  );
  await Promise.all(workers);
  return results;
}
