// When something is due that secrets.hashicorp.com asks for so often.

/**
 * How long to wait for something that is to happen every `intervalMs`: 80 to 90 % of it, so that it has happened before the interval
 * is over, and not everything happens at once (as Vault Secrets Operator 1.4). `random` is from 0 up to 1.
 */
export function dueAfterMs(intervalMs: number, random: number): number {
  return intervalMs * (0.9 - 0.1 * random);
}
