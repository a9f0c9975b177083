import { DesignProblem, NumericalProblem } from "../../contract/problem.ts";
import { normal, studentT } from "../../numerics/distributions/index.ts";

/** An estimate compared with zero and given an interval, by its standard error and a t (or normal) reference. */
export interface WaldTest {
  readonly statistic: number;
  /** Two-sided, in [0, 1]. */
  readonly pValue: number;
  readonly lower: number;
  readonly upper: number;
}

/** Just below the log of the largest number. */
const LARGEST_LOG = 700;

/**
 * Wald test and interval of an estimate b with standard error s:
 *
 *   statistic = (b − null)/s,   P = 2 P(T > |statistic|),   interval b ± q s
 *
 * with T on t with `df` degrees of freedom (any positive real), or standard normal when `df` is null, and q its upper
 * (1 − level)/2 quantile. Exact when b is normal and df s²/σ² is an independent χ²; the approximation everywhere else
 * lies in `df`.
 *
 * @param term names the estimate in problems
 * @param nullValue default 0
 * @throws DesignProblem `no-variation` when s is zero, `no-degrees-of-freedom-left` when df ≤ 0 or too small for an interval.
 * @throws NumericalProblem `not-finite` when b or s is not a finite number.
 */
export function waldTest(
  term: string,
  value: number,
  standardError: number,
  df: number | null,
  level: number,
  nullValue = 0,
): WaldTest {
  if (!Number.isFinite(value)) throw new NumericalProblem("not-finite", { what: `The estimate of ${term}` });
  if (!Number.isFinite(standardError))
    throw new NumericalProblem("not-finite", { what: `The standard error of ${term}` });
  if (standardError <= 0) throw new DesignProblem("no-variation", { term });
  const tail = (1 - level) / 2;
  // The quantile grows like tail^(−1/df): below this it is beyond the largest number.
  if (df !== null && !(df * LARGEST_LOG > -Math.log(tail)))
    throw new DesignProblem("no-degrees-of-freedom-left", { term, df });
  const statistic = (value - nullValue) / standardError;
  const quantile = df === null ? normal.quantileUpper(tail) : studentT.quantileUpper(tail, df);
  const upperTail = df === null ? normal.upper(Math.abs(statistic)) : studentT.upper(Math.abs(statistic), df);
  const margin = quantile * standardError;
  return { statistic, pValue: Math.min(1, 2 * upperTail), lower: value - margin, upper: value + margin };
}
