import type { NestedLaplace } from "./nestedLaplace.ts";

/**
 * Second derivatives of −log L in the free parameters from differences of exact gradients; the other rows and columns are
 * zero. Central differences leave a relative error of about h²/6, extrapolated ones (Richardson) of about h⁴/5, for
 * a step of h standard errors.
 *
 * @param units a standard error, or its order of magnitude, for each parameter
 * @returns q × q; null where some neighbouring point has no likelihood
 */
export function nestedHessian(
  laplace: NestedLaplace,
  x: Float64Array,
  free: readonly number[],
  units: Float64Array,
  extrapolate: boolean,
): Float64Array | null {
  const { size: q } = laplace;
  const hessian = new Float64Array(q * q);
  const point = x.slice();
  const up = new Float64Array(q);
  const down = new Float64Array(q);
  const steps = extrapolate ? ([0.004, 0.008] as const) : ([0.002] as const);
  for (const k of free) {
    steps.forEach((step, at) => {
      const weight = extrapolate ? (at === 0 ? 4 / 3 : -1 / 3) : 1;
      const there = x[k]! + step * units[k]!;
      const back = x[k]! - step * units[k]!;
      point[k] = there;
      if (laplace.minus(point, up) === Number.POSITIVE_INFINITY) hessian[0] = Number.NaN;
      point[k] = back;
      if (laplace.minus(point, down) === Number.POSITIVE_INFINITY) hessian[0] = Number.NaN;
      point[k] = x[k]!;
      for (const m of free) hessian[k * q + m]! += (weight * (up[m]! - down[m]!)) / (there - back);
    });
    if (Number.isNaN(hessian[0]!)) return null;
  }
  for (const k of free)
    for (const m of free)
      if (m < k) {
        const value = (hessian[k * q + m]! + hessian[m * q + k]!) / 2;
        hessian[k * q + m] = value;
        hessian[m * q + k] = value;
      }
  return hessian;
}
