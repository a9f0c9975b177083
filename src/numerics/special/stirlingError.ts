import { chebyshev } from "./chebyshev.ts";
import { logGammaOnePlus } from "./logGamma.ts";
import { stirlingSeries } from "./stirlingSeries.ts";

const HALF_LOG_2PI = 0.91893853320467274178;

/** δ(1/s) on 0.1 ≤ s ≤ 1 (fixtures/oracles/specialCoefficients.py). */
const middle = Float64Array.of(
  9.0093009887685782205e-2,
  3.6397795259676912984e-2,
  -3.542164604129061544e-4,
  -3.2218864510804808582e-5,
  3.7544280291378860297e-6,
  -1.3120892639433240636e-7,
  -2.7123836030565847848e-8,
  6.505023575405016871e-9,
  -6.9412785546818260459e-10,
  -5.2409519265777724224e-12,
  2.0170713064795356085e-11,
  -5.029022134293804729e-12,
  7.0321189474315306046e-13,
  -1.949581529241217215e-14,
  -2.234870944864282313e-14,
  8.1626634828131051493e-15,
  -1.7606880523016587204e-15,
  2.2765512010530835798e-16,
  6.6945823655229560894e-18,
  -1.4865878433704960472e-17,
);

/**
 * δ(a) = log Γ(a + 1) − (a + ½) log a + a − ½ log 2π, a > 0: what Stirling's formula leaves out.
 *
 * Absolute error about 1e-16 for a ≥ 1. Densities and tails with large parameters are written with it so that
 * the large logarithms cancel on paper, not in floating point (C. Loader, 2000).
 */
export function stirlingError(a: number): number {
  if (a >= 10) return stirlingSeries(a);
  if (a >= 1) return chebyshev(middle, (20 / a - 11) / 9);
  return logGammaOnePlus(a) - (a + 0.5) * Math.log(a) + a - HALF_LOG_2PI;
}
