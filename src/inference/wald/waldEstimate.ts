import type { Estimate, Quantity } from "../../contract/estimate.ts";
import { DesignProblem, NumericalProblem } from "../../contract/problem.ts";
import { waldTest } from "./waldTest.ts";

/** Degrees of freedom below which it is they that make an interval endless. */
const FEW = 2;

/**
 * An estimate with its Wald test and interval, from its value on the working scale: identity, or the log when the
 * quantity is a ratio. Then value and limits are exponentials of the working ones and the null value is 1.
 *
 * @param df of the t reference; null for the normal
 * @throws as {@link waldTest}, and in the same words when the interval of a ratio leaves the range of numbers
 */
export function waldEstimate(
  quantity: Quantity,
  value: number,
  standardError: number,
  df: number | null,
  level: number,
): Estimate {
  const { statistic, pValue, lower, upper } = waldTest(quantity.term, value, standardError, df, level);
  const ratio = quantity.scale === "ratio";
  const reported = ratio ? Math.exp : (x: number) => x;
  if (!(reported(upper) < Number.POSITIVE_INFINITY)) {
    if (df !== null && df < FEW) throw new DesignProblem("no-degrees-of-freedom-left", { term: quantity.term, df });
    throw new NumericalProblem("not-finite", { what: `The upper limit of ${quantity.term}` });
  }
  return {
    quantity,
    value: reported(value),
    working: { scale: ratio ? "log" : "identity", value, standardError },
    interval: {
      level,
      lower: reported(lower),
      upper: reported(upper),
      method: df === null ? "wald-normal" : "wald-t",
    },
    test: {
      nullValue: ratio ? 1 : 0,
      alternative: "two-sided",
      statistic,
      reference: df === null ? { name: "normal", df } : { name: "t", df },
      pValue,
    },
  };
}
