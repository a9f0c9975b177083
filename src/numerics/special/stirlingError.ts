import { chebyshev } from "./chebyshev.ts";
import { logGammaOnePlus } from "./logGamma.ts";
import { stirlingSeries } from "./stirlingSeries.ts";

const HALF_LOG_2PI = 0.9189385332046728;

/** δ(1/s) on 0.1 ≤ s ≤ 1 (fixtures/oracles/specialCoefficients.py). */
const middle = Float64Array.of(
  0.09009300988768579,
  0.036397795259676916,
  -0.0003542164604129062,
  -3.221886451080481e-5,
  3.754428029137886e-6,
  -1.312089263943324e-7,
  -2.7123836030565848e-8,
  6.505023575405017e-9,
  -6.941278554681826e-10,
  -5.240951926577772e-12,
  2.0170713064795356e-11,
  -5.029022134293805e-12,
  7.032118947431531e-13,
  -1.9495815292412172e-14,
  -2.2348709448642823e-14,
  8.162663482813105e-15,
  -1.7606880523016587e-15,
  2.2765512010530837e-16,
  6.694582365522956e-18,
  -1.486587843370496e-17,
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
