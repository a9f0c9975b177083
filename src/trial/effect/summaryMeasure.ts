import type { Measure } from "../../contract/estimate.ts";
import { InputProblem } from "../../contract/problem.ts";
import type { Frame } from "../../data/frame.ts";
import { isRatio } from "./linkMeasure.ts";
import { measureOfOutcome, type OutcomeMeasure, outcomeMeasures } from "./outcomeMeasures.ts";

/**
 * The measure to report: as asked, or the difference by kind of outcome.
 *
 * Hayes & Moulton define summaries given covariates as (O − E)/n and log(O/E); there is none for odds, nor for means
 * compared as a ratio, so those are refused with covariates.
 *
 * @throws InputProblem `measure-not-for-outcome`, `summary-measure-with-covariates`
 */
export function summaryMeasure({ outcome, design }: Frame, asked: Measure | null): OutcomeMeasure {
  const measure = measureOfOutcome(outcome, asked);
  const adjusted = design.terms.some(({ role }) => role === "covariate");
  if (adjusted && (measure === "odds-ratio" || measure === "mean-ratio"))
    throw new InputProblem("summary-measure-with-covariates", {
      measure,
      alternatives: outcomeMeasures[outcome.kind].filter((each) => each !== measure),
    });
  return measure;
}

/** What is compared, in words that survive JSON: part of the variant of a result. */
export function summaryName(measure: OutcomeMeasure, adjusted: boolean): string {
  if (adjusted) return isRatio(measure) ? "log-observed-over-expected" : "observed-minus-expected";
  const names = {
    "mean-difference": "mean",
    "mean-ratio": "log-mean",
    "risk-difference": "proportion",
    "risk-ratio": "log-proportion",
    "odds-ratio": "log-odds",
    "rate-difference": "rate",
    "rate-ratio": "log-rate",
  } as const satisfies Readonly<Record<OutcomeMeasure, string>>;
  return names[measure];
}
