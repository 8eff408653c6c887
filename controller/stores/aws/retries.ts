// Trying an AWS call again at the pace that a store asks for by `spec.retrySettings`.

/** How often a call is tried again, and with which pause. */
export interface AwsRetries {
  /** Default: 2, as External Secrets Operator's three attempts. 0: none. */
  maxRetries?: number | undefined;
  /** The pause between attempts. Default: the SDK's, which grows and varies. */
  intervalMs?: number | undefined;
}

/** What the SDK asks of a token (its `RetryToken`). */
interface RetryToken {
  getRetryCount(): number;
  getRetryDelay(): number;
}

/** As far as it is read of what the SDK tells about a failure (its `RetryErrorInfo`). */
interface Failure {
  errorType: string;
}

/** Attempts of one call in all. Without settings: 2; longer patience is the fetch layer's. */
export const attemptsOf = (retries: AwsRetries | undefined): number =>
  retries === undefined ? 2 : 1 + Math.max(0, retries.maxRetries ?? 2);

/** The SDK's `retryStrategy` with one fixed pause; it tries again what the SDK's own would. */
export function fixedPace(attempts: number, pauseMs: number) {
  const token = (count: number): RetryToken => ({
    getRetryCount: () => count,
    getRetryDelay: () => Math.max(0, pauseMs),
  });
  return {
    acquireInitialRetryToken: async () => token(0),
    async refreshRetryTokenForRetry(before: RetryToken, { errorType }: Failure): Promise<RetryToken> {
      const count = before.getRetryCount() + 1;
      // What is thrown here is not seen: the SDK then throws what the attempt came to.
      if (count >= attempts || (errorType !== 'THROTTLING' && errorType !== 'TRANSIENT')) throw new Error('no retry');
      return token(count);
    },
    recordSuccess: () => undefined,
  };
}
