/**
 * Logarithm and exponential from + − × ÷ and bit patterns alone, which IEEE 754 fixes to the last bit, so that random
 * draws are the same on every engine; Math.log and Math.exp are not (engines may round them as they like).
 * Coefficients: fixtures/oracles/numerics/elementary.py.
 */

const number = new Float64Array(1);
const words = new Uint32Array(number.buffer);
number[0] = 1;
/** Index of the word with sign and exponent: 1 on little-endian machines. */
const HIGH = words[1] === 0x3ff00000 ? 1 : 0;

/** log 2 in two parts: the first has 32 bits, so that its product with an exponent is exact. */
const LOG2_HIGH = 0.6931471803691238;
const LOG2_LOW = 1.9082149292705877e-10;

/** 2^(1023 − i): multiplying by it is faster than writing an exponent and reading the number back. */
const powers = Float64Array.from({ length: 2047 }, (_, i) => 2 ** (1023 - i));

/**
 * log x, within one unit in the last place, the same bits everywhere.
 *
 * x = 2^k (1 + f) with √½ < 1 + f ≤ √2, s = f / (2 + f): log(1 + f) = 2 artanh s = f − f²/2 + s (f²/2 + s² P(s²)).
 *
 * @param x −Infinity for 0, NaN below
 */
export function portableLog(x: number): number {
  if (!(x >= 2.2250738585072014e-308 && x < Number.POSITIVE_INFINITY)) return edgeLog(x);
  number[0] = x;
  const high = words[HIGH]!;
  // Fractions above √2 (high word 0x6a09e…) count as halves of the next power of two.
  const biased = (high >>> 20) + ((high & 0xfffff) > 0x6a09e ? 1 : 0);
  const k = biased - 1023;
  const f = (biased < 2047 ? x * powers[biased]! : x * 0.5 * powers[2046]!) - 1;
  const s = f / (2 + f);
  const z = s * s;
  const z2 = z * z;
  const series =
    z * (0.666666666666667 + z * 0.39999999999899505) +
    z *
      z2 *
      (0.28571428625975487 +
        z * 0.2222221113479508 +
        z2 * (0.18182889125261723 + z * 0.15331721600556042 + z2 * 0.14616449685043406));
  const half = 0.5 * f * f;
  return k * LOG2_HIGH - (half - (s * (half + series) + k * LOG2_LOW) - f);
}

function edgeLog(x: number): number {
  if (x === Number.POSITIVE_INFINITY) return x;
  if (x > 0) return portableLog(x * 18014398509481984) - 54 * LOG2_HIGH - 54 * LOG2_LOW;
  return x === 0 ? Number.NEGATIVE_INFINITY : Number.NaN;
}

/**
 * e^x, within one unit in the last place, the same bits everywhere.
 *
 * x = k log 2 + r with |r| ≤ ½ log 2: e^x = 2^k (1 + r + r² Q(r)).
 *
 * @param x 0 below −745.2, Infinity above 709.78
 */
export function portableExp(x: number): number {
  if (Number.isNaN(x)) return x;
  if (x > 709.782712893384) return Number.POSITIVE_INFINITY;
  if (x < -745.1332191019412) return 0;
  const k = Math.floor(x * Math.LOG2E + 0.5);
  const main = x - k * LOG2_HIGH;
  const rest = k * LOG2_LOW;
  const r = main - rest;
  const lost = main - r - rest;
  const series =
    0.5 +
    r *
      (0.1666666666666667 +
        r *
          (0.04166666666666667 +
            r *
              (0.008333333333326136 +
                r *
                  (0.0013888888888883748 +
                    r *
                      (0.00019841269874820627 +
                        r *
                          (2.4801587325547743e-5 +
                            r *
                              (2.7557255400206422e-6 +
                                r *
                                  (2.75572736431103e-7 +
                                    r * (2.5105217004720745e-8 + r * 2.0914686968086876e-9)))))))));
  const fraction = 1 + (r + (lost + r * r * series));
  // Two factors, so that 2^k itself neither over- nor underflows.
  const first = k >> 1;
  return fraction * powers[1023 - first]! * powers[1023 - k + first]!;
}
