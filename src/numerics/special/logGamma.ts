import { stirlingSeries } from "./stirlingSeries.ts";

const HALF_LOG_2PI = 0.9189385332046728;

/**
 * log Γ(2 + w) = w(1 − γ) + Σ_{k ≥ 2} (−1)ᵏ (ζ(k) − 1) wᵏ/k: the coefficients from k = 1
 * (fixtures/oracles/specialCoefficients.py).
 */
const aboutTwo = Float64Array.of(
  0.42278433509846713,
  0.3224670334241132,
  -0.0673523010531981,
  0.020580808427784546,
  -0.007385551028673986,
  0.0028905103307415234,
  -0.001192753911703261,
  0.0005096695247430425,
  -0.00022315475845357939,
  9.945751278180853e-5,
  -4.492623673813314e-5,
  2.050721277567069e-5,
  -9.439488275268397e-6,
  4.374866789907488e-6,
  -2.039215753801366e-6,
  9.55141213040742e-7,
  -4.492469198764566e-7,
  2.1207184805554665e-7,
  -1.0043224823968099e-7,
  4.7698101693639804e-8,
  -2.2711094608943164e-8,
  1.0838659214896955e-8,
  -5.183475041970047e-9,
  2.4836745438024785e-9,
  -1.1921401405860912e-9,
  5.731367241678862e-10,
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
