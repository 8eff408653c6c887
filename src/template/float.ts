// Go's strconv.FormatFloat for float64: e, f and g, with a precision or as short as reads back the same.

/** The number as Go prints it with verb `e`, `f` or `g`; precision -1 is the shortest that reads back the same. */
export function formatFloat(value: number, verb: 'e' | 'f' | 'g', precision: number): string {
  if (Number.isNaN(value)) return 'NaN';
  if (!Number.isFinite(value)) return value > 0 ? '+Inf' : '-Inf';
  const sign = value < 0 || Object.is(value, -0) ? '-' : '';
  const magnitude = Math.abs(value);
  if (verb === 'e') return sign + exponential(magnitude, precision);
  if (verb === 'f') return sign + fixed(magnitude, precision);
  return sign + general(magnitude, precision);
}

/** Shortest decimal digits and the exponent of the first: 0.00123 → `['123', -3]`. */
function shortest(magnitude: number): [digits: string, exponent: number] {
  const [mantissa = '0', exponent = '0'] = magnitude.toExponential().split('e');
  return [mantissa.replace('.', ''), Number(exponent)];
}

function exponential(magnitude: number, precision: number): string {
  if (precision < 0) return twoDigitExponent(magnitude.toExponential());
  const [digits, exponent] = significant(magnitude, precision + 1);
  const tail = precision > 0 ? `.${digits.slice(1)}` : '';
  return twoDigitExponent(`${digits[0]}${tail}e${exponent < 0 ? '-' : '+'}${Math.abs(exponent)}`);
}

/** `1e+5` → `1e+05`. */
function twoDigitExponent(text: string): string {
  return text.replace(/e([+-])(\d)$/, 'e$10$2');
}

function fixed(magnitude: number, precision: number): string {
  if (precision >= 0) return exactFixed(magnitude, precision);
  const [digits, exponent] = shortest(magnitude);
  if (exponent < 0) return `0.${'0'.repeat(-exponent - 1)}${digits}`;
  const whole = digits.padEnd(exponent + 1, '0');
  return whole.length > exponent + 1 ? `${whole.slice(0, exponent + 1)}.${whole.slice(exponent + 1)}` : whole;
}

function exactFixed(magnitude: number, places: number): string {
  const digits = scaled(magnitude, places)
    .toString()
    .padStart(places + 1, '0');
  return places > 0 ? `${digits.slice(0, -places)}.${digits.slice(-places)}` : digits;
}

/** The exact binary value × 10^places as an integer, rounded half to even; JavaScript's own rounding takes ties up. */
function scaled(magnitude: number, places: number): bigint {
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, magnitude);
  const bits = view.getBigUint64(0);
  const biased = bits >> 52n;
  const fraction = bits & 0xf_ffff_ffff_ffffn;
  const [mantissa, exponent] = biased === 0n ? [fraction, -1074n] : [fraction | (1n << 52n), biased - 1075n];
  const up = 10n ** BigInt(Math.max(places, 0)) * 2n ** (exponent > 0n ? exponent : 0n);
  const down = 10n ** BigInt(Math.max(-places, 0)) * 2n ** (exponent < 0n ? -exponent : 0n);
  const quotient = (mantissa * up) / down;
  const twice = ((mantissa * up) % down) * 2n;
  const isUp = twice > down || (twice === down && quotient % 2n === 1n);
  return isUp ? quotient + 1n : quotient;
}

/** So many significant digits, and the exponent of the first. */
function significant(magnitude: number, count: number): [digits: string, exponent: number] {
  if (magnitude === 0) return ['0'.repeat(count), 0];
  const [, exponent] = shortest(magnitude);
  const digits = scaled(magnitude, count - 1 - exponent).toString();
  return digits.length > count ? [digits.slice(0, count), exponent + 1] : [digits, exponent];
}

function general(magnitude: number, precision: number): string {
  if (magnitude === 0) return '0';
  const isShortest = precision < 0;
  const [digits, exponent] = isShortest ? shortest(magnitude) : trimmed(significant(magnitude, Math.max(precision, 1)));
  // strconv: the shortest form switches to an exponent as if its precision were 6.
  const limit = isShortest ? 6 : Math.max(precision, 1);
  if (exponent < -4 || exponent >= limit) {
    const tail = digits.length > 1 ? `.${digits.slice(1)}` : '';
    return twoDigitExponent(`${digits[0]}${tail}e${exponent < 0 ? '-' : '+'}${Math.abs(exponent)}`);
  }
  if (exponent < 0) return `0.${'0'.repeat(-exponent - 1)}${digits}`;
  const whole = digits.padEnd(exponent + 1, '0');
  return whole.length > exponent + 1 ? `${whole.slice(0, exponent + 1)}.${whole.slice(exponent + 1)}` : whole;
}

function trimmed([digits, exponent]: [string, number]): [digits: string, exponent: number] {
  return [digits.replace(/0+$/, '') || '0', exponent];
}
