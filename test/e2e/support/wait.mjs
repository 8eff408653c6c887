// Waiting for a real cluster: polling, for end-to-end tests and benchmarks only. Unit tests inject a clock instead.

/** Thrown by an attempt that can no longer succeed: waiting ends at once. */
export class Hopeless extends Error {
  name = 'Hopeless';
}

/**
 * Calls `attempt` until it neither throws nor answers false, undefined or null, and returns that answer.
 *
 * @template T
 * @param {() => T | Promise<T>} attempt
 * @param {{ timeoutMs?: number, everyMs?: number, what?: string }} [options] gives up after `timeoutMs` (default 15,000),
 *   pauses `everyMs` (default 25) between attempts, and names `what` it waited for in the error
 * @returns {Promise<NonNullable<Exclude<T, false>>>} rejects with the last failure as the cause
 */
export async function eventually(attempt, { timeoutMs = 15_000, everyMs = 25, what = 'the condition' } = {}) {
  const deadline = Date.now() + timeoutMs;
  let cause;
  for (;;) {
    try {
      const answer = await attempt();
      if (answer !== false && answer !== undefined && answer !== null) return /** @type {any} */ (answer);
      cause = new Error(`the last answer was ${answer}`);
    } catch (error) {
      if (error instanceof Hopeless) throw error;
      cause = error;
    }
    if (Date.now() > deadline) {
      const last = cause instanceof Error ? cause.message : String(cause);
      throw new Error(`${what} did not come true in ${timeoutMs} ms: ${last}`, { cause });
    }
    await new Promise((resolve) => setTimeout(resolve, everyMs));
  }
}
