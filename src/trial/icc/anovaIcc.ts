import { DesignProblem } from "../../contract/problem.ts";
import type { OneWayAnova } from "./oneWayAnova.ts";

/**
 * Intracluster correlation from mean squares (Fisher 1925; Donner 1986):
 *
 *   ρ = (MSB − MSW)/(MSB + (n₀ − 1) MSW)
 *
 * In [−1/(n₀ − 1), 1]: 1 when members of a cluster are identical, negative when they differ more than chance. Unbiased
 * in numerator and denominator for any distribution and sizes; about arm means when the table is.
 *
 * @throws DesignProblem `outcome-without-variation` when nothing varies at all.
 */
export function anovaIcc({ msBetween, msWithin, effectiveSize }: OneWayAnova): number {
  const total = msBetween + (effectiveSize - 1) * msWithin;
  if (!(total > 0)) throw new DesignProblem("outcome-without-variation", {});
  return (msBetween - msWithin) / total;
}
