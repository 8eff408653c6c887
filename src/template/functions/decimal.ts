// Decimal arithmetic as sprig's float functions do it (shopspring/decimal 1.4.0).

import { FunctionFailure } from '../errors.ts';

/** `digits` × 10^`exponent`. */
export interface Decimal {
  digits: bigint;
  exponent: number;
}

/** Digits behind the point that a division keeps. */
const divisionPrecision = 16;

/** The shortest decimal that reads back as the float. */
export function fromFloat(value: number): Decimal {
  if (!Number.isFinite(value)) throw new FunctionFailure('cannot make a decimal of what is no finite number');
  const [mantissa = '0', exponent = '0'] = value.toExponential().split('e');
  const [whole = '0', fraction = ''] = mantissa.split('.');
  return { digits: BigInt(whole + fraction), exponent: Number(exponent) - fraction.length };
}

/** The nearest float. */
export function toFloat({ digits, exponent }: Decimal): number {
  return Number(`${digits}e${exponent}`);
}

const tenTo = (power: number) => 10n ** BigInt(power);
const sized = (value: bigint) => (value < 0n ? -value : value);

function aligned(a: Decimal, b: Decimal): [a: bigint, b: bigint, exponent: number] {
  const exponent = Math.min(a.exponent, b.exponent);
  return [a.digits * tenTo(a.exponent - exponent), b.digits * tenTo(b.exponent - exponent), exponent];
}

/** The operations. Division by zero throws `FunctionFailure`. */
export const decimals = {
  add(a: Decimal, b: Decimal): Decimal {
    const [x, y, exponent] = aligned(a, b);
    return { digits: x + y, exponent };
  },
  subtract(a: Decimal, b: Decimal): Decimal {
    const [x, y, exponent] = aligned(a, b);
    return { digits: x - y, exponent };
  },
  multiply(a: Decimal, b: Decimal): Decimal {
    return { digits: a.digits * b.digits, exponent: a.exponent + b.exponent };
  },
  /** To 16 digits behind the point, halves away from zero. */
  divide(a: Decimal, b: Decimal): Decimal {
    if (b.digits === 0n) throw new FunctionFailure('decimal division by 0');
    const shift = divisionPrecision + a.exponent - b.exponent;
    const over = shift > 0 ? a.digits * tenTo(shift) : a.digits;
    const under = shift < 0 ? b.digits * tenTo(-shift) : b.digits;
    const quotient = over / under;
    const isHalf = 2n * sized(over % under) >= sized(under);
    const away = over < 0n === under < 0n ? 1n : -1n;
    return { digits: isHalf ? quotient + away : quotient, exponent: -divisionPrecision };
  },
};
