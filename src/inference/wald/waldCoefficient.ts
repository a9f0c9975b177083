import type { Coefficient } from "../../contract/analysis.ts";
import { waldTest } from "./waldTest.ts";

/**
 * A coefficient on the link scale with its Wald test against zero and its interval.
 *
 * @param df of the t reference; null for the normal
 * @throws as {@link waldTest}
 */
export function waldCoefficient(
  term: string,
  value: number,
  standardError: number,
  df: number | null,
  level: number,
): Coefficient {
  const { statistic, pValue, lower, upper } = waldTest(term, value, standardError, df, level);
  return { term, value, standardError, df, statistic, pValue, lower, upper };
}
