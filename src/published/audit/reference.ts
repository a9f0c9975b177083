import { normal } from "../../numerics/distributions/normal.ts";
import { studentT } from "../../numerics/distributions/studentT.ts";

/** Degrees of freedom of a t reference; Infinity is the normal distribution. */
export type Df = number;

/** Above this many degrees of freedom t and normal agree to every digit that a double has. */
const practicallyNormal = 1e15;

/** P(|T| > t) for t ≥ 0. */
export function twoSidedP(t: number, df: Df): number {
  if (t === Number.POSITIVE_INFINITY) return 0;
  return Math.min(1, 2 * (df > practicallyNormal ? normal.upper(t) : studentT.upper(t, df)));
}

/** The t ≥ 0 with P(|T| > t) = p: Infinity for p = 0, zero for p ≥ 1. */
export function criticalValue(p: number, df: Df): number {
  if (p <= 0) return Number.POSITIVE_INFINITY;
  if (p >= 1) return 0;
  return df > practicallyNormal ? normal.quantileUpper(p / 2) : studentT.quantileUpper(p / 2, df);
}
