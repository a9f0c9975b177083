import { stirlingSeries } from "./stirlingSeries.ts";

const HALF_LOG_2PI = 0.91893853320467274178;

/**
 * log Γ(2 + w) = w(1 − γ) + Σ_{k ≥ 2} (−1)ᵏ (ζ(k) − 1) wᵏ/k: the coefficients from k = 1
 * (fixtures/oracles/specialCoefficients.py).
 */
const aboutTwo = Float64Array.of(
  4.2278433509846713939e-1,
  3.2246703342411321824e-1,
  -6.7352301053198095133e-2,
  2.0580808427784547879e-2,
  -7.3855510286739852663e-3,
  2.8905103307415232858e-3,
  -1.1927539117032609771e-3,
  5.0966952474304242234e-4,
  -2.2315475845357937976e-4,
  9.9457512781808533715e-5,
  -4.49262367381331417e-5,
  2.0507212775670691553e-5,
  -9.439488275268395904e-6,
  4.3748667899074878042e-6,
  -2.0392157538013662368e-6,
  9.5514121304074198329e-7,
  -4.4924691987645660433e-7,
  2.1207184805554665869e-7,
  -1.0043224823968099609e-7,
  4.7698101693639805658e-8,
  -2.271109460894316491e-8,
  1.0838659214896954091e-8,
  -5.1834750419700466551e-9,
  2.4836745438024783172e-9,
  -1.1921401405860912074e-9,
  5.7313672416788620133e-10,
);

/** log Γ(2 + w) for |w| ≤ 1/2. */
function logGammaAboutTwo(w: number): number {
  let sum = 0;
  for (let k = aboutTwo.length - 1; k >= 0; k--) sum = aboutTwo[k]! + w * sum;
  return w * sum;
}

/**
 * log Γ(1 + z), z > −1, with small relative error also where it vanishes (z = 0 and z = 1).
 */
export function logGammaOnePlus(z: number): number {
  if (z < -0.5) return logGammaOnePlus(z + 1) - Math.log1p(z);
  if (z <= 0.5) return logGammaAboutTwo(z) - Math.log1p(z);
  if (z <= 1.5) return logGammaAboutTwo(z - 1);
  const x = z + 1;
  if (x >= 10) return (x - 0.5) * Math.log(x) - x + HALF_LOG_2PI + stirlingSeries(x);
  let product = 1;
  let rest = z;
  for (; rest > 1.5; rest -= 1) product *= rest;
  return Math.log(product) + logGammaAboutTwo(rest - 1);
}

/**
 * log Γ(x), the logarithm of the gamma function, x > 0; relative error about 1e-15, near the zeros at 1 and 2 too.
 *
 * Taylor series about 2 (whose coefficients are ζ(k) − 1) after shifts by the recurrence; Stirling's series from 10 on.
 * +∞ at 0; for x < 0 it is not defined here and the result is NaN.
 */
export function logGamma(x: number): number {
  if (x < 0.5) return x < 0 ? Number.NaN : logGammaOnePlus(x) - Math.log(x);
  return x > 2.5 ? logGammaOnePlus(x - 1) : x > 1.5 ? logGammaAboutTwo(x - 2) : logGammaOnePlus(x - 1);
}
