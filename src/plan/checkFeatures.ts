import { InputProblem } from "../contract/problem.ts";
import type { OutcomeKind } from "../data/frame.ts";
import type { DataFeature, RegisteredMethod } from "../trial/method.ts";
import { keyPath } from "../trial/parseInput.ts";
import type { Plan, PlannedAnalysis } from "./parsePlan.ts";

/**
 * Refuses whatever an analysis gives to a method that makes no use of it, so that nothing is ignored in silence.
 *
 * @throws InputProblem `feature-not-accepted`, `arm-needed`, `outcome-not-for-method`, `measure-not-for-method`.
 */
export function checkFeatures(plan: Plan, index: number, list: readonly RegisteredMethod[]): void {
  const analysis = plan.analyses[index]!;
  const at = keyPath("analyses", [index]);
  const { method } = analysis;
  const accepting = (feature: DataFeature) => list.filter((each) => each.accepts.includes(feature)).map(({ id }) => id);

  const refuse = (feature: DataFeature, path: string, words: string, remedy: string) => {
    if (method.accepts.includes(feature)) return;
    const others = accepting(feature);
    throw new InputProblem("feature-not-accepted", {
      path,
      method: method.id,
      feature: words,
      remedy: others.length === 0 ? remedy : `${remedy}, or use ${others.join(" or ")}`,
    });
  };
  if (analysis.weights !== undefined)
    refuse("weights", `${at}.weights`, `weights ("${analysis.weights}")`, "leave them out");
  if (analysis.offset !== undefined)
    refuse("offset", `${at}.offset`, `an offset ("${analysis.offset}")`, "leave it out");
  if (analysis.covariates.length > 0) refuse("covariates", `${at}.covariates`, "covariates", "leave them out");
  if (plan.trial.arm === undefined && !method.accepts.includes("no-arm")) {
    throw new InputProblem("arm-needed", { path: `${at}.method`, method: method.id, methods: accepting("no-arm") });
  }
  const weighted = (each: RegisteredMethod, options: unknown) =>
    each.accepts.includes("weights") && each.needs(options).probabilityWeights === true;
  if (analysis.missing?.method === "inverse-probability" && !weighted(method, analysis.options)) {
    throw new InputProblem("weighting-not-accepted", {
      path: `${at}.missing`,
      method: method.id,
      methods: list.filter((each) => each.outcomes.length > 0 && weighted(each, {})).map(({ id }) => id),
    });
  }
  const kind = statedKind(analysis);
  if (kind !== null && !method.outcomes.includes(kind)) {
    throw new InputProblem("outcome-not-for-method", {
      path: `${at}.outcome`,
      method: method.id,
      kind,
      accepted: method.outcomes,
    });
  }
  if (analysis.measure !== undefined && !method.measures.includes(analysis.measure)) {
    throw new InputProblem("measure-not-for-method", {
      path: `${at}.measure`,
      method: method.id,
      measure: analysis.measure,
      accepted: method.measures,
    });
  }
}

/** The kind that the outcome's keys say; null for a bare name, whose column decides. */
function statedKind({ outcome }: PlannedAnalysis): OutcomeKind | null {
  if (typeof outcome === "string") return null;
  if ("event" in outcome) return "binary";
  return "exposure" in outcome ? "count" : "grouped";
}
