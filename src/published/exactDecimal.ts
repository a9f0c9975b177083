/** A decimal number held exactly: digits · 10^(−scale), scale ≥ 0. */
export interface ExactDecimal {
  readonly digits: bigint;
  readonly scale: number;
}

const bits = new DataView(new ArrayBuffer(8));

/** 10ⁿ for n ≥ 0. */
export const powerOfTen = (n: number): bigint => 10n ** BigInt(n);

/**
 * The decimal expansion of a double, exact: every double is m · 2ᵉ, and 2^(−k) = 5ᵏ · 10^(−k).
 *
 * @param x finite; the caller has checked.
 */
export function exactDecimal(x: number): ExactDecimal {
  bits.setFloat64(0, x);
  const word = bits.getBigUint64(0);
  const biased = Number((word >> 52n) & 0x7ffn);
  const fraction = word & 0xfffffffffffffn;
  let mantissa = biased === 0 ? fraction : fraction | 0x10000000000000n;
  let exponent = (biased === 0 ? 1 : biased) - 1075;
  // Even mantissas are halved first: fewer digits, same value.
  while (exponent < 0 && mantissa !== 0n && (mantissa & 1n) === 0n) {
    mantissa >>= 1n;
    exponent++;
  }
  const signed = x < 0 ? -mantissa : mantissa;
  if (mantissa === 0n) return { digits: 0n, scale: 0 };
  return exponent >= 0
    ? { digits: signed << BigInt(exponent), scale: 0 }
    : { digits: signed * 5n ** BigInt(-exponent), scale: -exponent };
}

/** −1, 0 or 1 as a is below, at or above b. */
export function compareDecimals(a: ExactDecimal, b: ExactDecimal): -1 | 0 | 1 {
  const scale = Math.max(a.scale, b.scale);
  const left = a.digits * powerOfTen(scale - a.scale);
  const right = b.digits * powerOfTen(scale - b.scale);
  return left < right ? -1 : left > right ? 1 : 0;
}

/**
 * The integer n such that n · 10^(−decimals) is the value rounded half away from zero.
 *
 * @param decimals may be negative: −2 rounds to hundreds.
 */
export function roundHalfAway(value: ExactDecimal, decimals: number): bigint {
  const drop = value.scale - decimals;
  if (drop <= 0) return value.digits * powerOfTen(-drop);
  const divisor = powerOfTen(drop);
  const size = value.digits < 0n ? -value.digits : value.digits;
  const rounded = (2n * size + divisor) / (2n * divisor);
  return value.digits < 0n ? -rounded : rounded;
}

/** "−0.245" as "-0.245": digits with exactly `scale` decimals. */
export function decimalText(value: ExactDecimal): string {
  const size = (value.digits < 0n ? -value.digits : value.digits).toString().padStart(value.scale + 1, "0");
  const whole = size.slice(0, size.length - value.scale);
  const fraction = value.scale === 0 ? "" : `.${size.slice(size.length - value.scale)}`;
  return `${value.digits < 0n ? "-" : ""}${whole}${fraction}`;
}
