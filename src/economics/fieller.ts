/** Values of the ratio that the data do not contradict. */
export type FiellerSet =
  | { readonly form: "interval"; readonly lower: number; readonly upper: number }
  /** Everything up to the lower limit, and everything from the upper one. */
  | { readonly form: "outside"; readonly lower: number; readonly upper: number }
  | { readonly form: "everything" };

/**
 * Fieller's confidence set of a ratio C/E of two normal estimates (Fieller 1954): the R with |C − R E| ≤ q·SE(C − R E),
 *
 *   a R² + b R + c ≤ 0,   a = E² − q²V_E,   b = −2(C E − q²V_CE),   c = C² − q²V_C
 *
 * An interval when a > 0, that is when E differs from 0 at that level; otherwise all but an interval, or everything. It
 * always holds C/E.
 *
 * @param quantile q: of t or of the normal, upper (1 − level)/2
 * @param covariance V_C, V_CE, V_CE, V_E
 */
export function fieller(cost: number, effect: number, covariance: ArrayLike<number>, quantile: number): FiellerSet {
  const [vCost, vBoth, , vEffect] = Array.from(covariance) as [number, number, number, number];
  const k = quantile * quantile;
  const a = effect * effect - k * vEffect;
  const half = cost * effect - k * vBoth;
  const c = cost * cost - k * vCost;
  const discriminant = half * half - a * c;
  if (a === 0 || !(discriminant > 0)) return { form: "everything" };
  // The root of larger size first: the other follows without cancellation.
  const root = Math.sqrt(discriminant);
  const large = half + (half < 0 ? -root : root);
  const one = large / a;
  const other = large === 0 ? -one : c / large;
  return { form: a > 0 ? "interval" : "outside", lower: Math.min(one, other), upper: Math.max(one, other) };
}
