// The order in which go-yaml 2.4 writes keys: numbers inside them count as numbers, and letters come last (sorter.go).

const isDigit = (character: string | undefined) => character !== undefined && /^\p{Nd}$/u.test(character);
const isLetter = (character: string) => /^\p{L}$/u.test(character);

/** Compares two keys. */
export function compareKeys(left: string, right: string): number {
  const [a, b] = [[...left], [...right]];
  const shared = Math.min(a.length, b.length);
  for (let at = 0; at < shared; at += 1) {
    const [x = '', y = ''] = [a[at], b[at]];
    if (x === y) continue;
    if (isLetter(x) && isLetter(y)) return byCodePoint(x, y);
    if (isLetter(x) || isLetter(y)) return isLetter(y) ? -1 : 1;
    return compareNumbers(a, b, at) || byCodePoint(x, y);
  }
  return a.length - b.length;
}

const byCodePoint = (x: string, y: string) => (x.codePointAt(0) ?? 0) - (y.codePointAt(0) ?? 0);

/** Numbers from where the keys part; a digit before them makes their leading zeros count. */
function compareNumbers(a: readonly string[], b: readonly string[], at: number): number {
  const lead = a[at] === '0' || b[at] === '0' ? leadOf(a, at) : 0n;
  const [an, ai] = numberAt(a, at, lead);
  const [bn, bi] = numberAt(b, at, lead);
  if (an !== bn) return an < bn ? -1 : 1;
  return ai - bi;
}

function leadOf(characters: readonly string[], at: number): bigint {
  for (let back = at - 1; back >= 0 && isDigit(characters[back]); back -= 1) if (characters[back] !== '0') return 1n;
  return 0n;
}

function numberAt(characters: readonly string[], from: number, lead: bigint): [value: bigint, end: number] {
  let value = lead;
  let at = from;
  for (; isDigit(characters[at]); at += 1) {
    value = BigInt.asIntN(64, value * 10n + BigInt((characters[at]?.codePointAt(0) ?? 48) - 48));
  }
  return [value, at];
}
