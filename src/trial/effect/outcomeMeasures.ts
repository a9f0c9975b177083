import type { Measure } from "../../contract/estimate.ts";
import { InputProblem } from "../../contract/problem.ts";
import type { Outcome, OutcomeKind } from "../../data/frame.ts";

/** Measures of an effect that averages of an outcome have, the difference first. */
export const outcomeMeasures = {
  continuous: ["mean-difference", "mean-ratio"],
  binary: ["risk-difference", "risk-ratio", "odds-ratio"],
  grouped: ["risk-difference", "risk-ratio", "odds-ratio"],
  count: ["rate-difference", "rate-ratio"],
} as const satisfies Readonly<Record<OutcomeKind, readonly Measure[]>>;

export type OutcomeMeasure = (typeof outcomeMeasures)[OutcomeKind][number];

/**
 * The measure as asked, or the difference.
 *
 * @throws InputProblem `measure-not-for-outcome`
 */
export function measureOfOutcome(
  { kind, name }: Pick<Outcome, "kind" | "name">,
  asked: Measure | null,
): OutcomeMeasure {
  const possible: readonly OutcomeMeasure[] = outcomeMeasures[kind];
  const measure = asked === null ? possible[0] : possible.find((each) => each === asked);
  if (measure !== undefined) return measure;
  throw new InputProblem("measure-not-for-outcome", { measure: asked!, outcome: name, kind, accepted: possible });
}
