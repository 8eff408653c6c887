// What a server's Retry-After header asks for.

/** Milliseconds to wait by RFC 9110 §10.2.3 (seconds, or a date), or undefined where the header says nothing that can be read. */
export function parseRetryAfter(value: string | undefined, now: Date): number | undefined {
  if (value === undefined) return undefined;
  if (/^\d{1,9}$/.test(value)) return Number(value) * 1000;
  const at = Date.parse(value);
  return Number.isNaN(at) ? undefined : Math.max(0, at - now.getTime());
}
