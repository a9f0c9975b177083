import type { Analysis } from "../../contract/analysis.ts";
import { DesignProblem } from "../../contract/problem.ts";
import { tableFromColumns } from "../../data/tableFromColumns.ts";
import { type Plan, parsePlan } from "../../plan/parsePlan.ts";
import { runPlan } from "../../plan/runPlan.ts";
import type { Layout } from "./layout.ts";
import type { OutcomeTarget, Recipe } from "./recipe.ts";

/** Values per row of the layout; NaN where there is none. */
export type Values = Float64Array;

/** What the analysis found, as far as published figures speak of it. */
export interface Found {
  readonly estimate: number;
  /** Half the length of the interval. */
  readonly halfWidth: number;
  readonly p: number;
  /** Infinity for a normal reference. */
  readonly df: number;
  readonly analysis: Analysis;
}

/** How one outcome of the rebuilt trial is analysed, as it will stand in plan.yaml. */
export function analysisOf({ name, assumed, published }: OutcomeTarget, { figures }: Recipe) {
  const { analysis, baseline } = assumed;
  const covariates = analysis?.covariates ?? [
    ...(baseline === undefined ? [] : [baseline.name]),
    ...Object.keys(figures.assumed.factors),
  ];
  const method = analysis?.method ?? "linear-mixed-model";
  return {
    id: name,
    outcome: name,
    ...(covariates.length > 0 ? { covariates } : {}),
    method,
    ...(analysis?.measure === undefined ? {} : { measure: analysis.measure }),
    ...(Object.keys(analysis?.options ?? {}).length > 0 ? { options: analysis?.options } : {}),
    ...(published.effect === undefined || published.effect.level === 0.95 ? {} : { level: published.effect.level }),
  };
}

/** What every analysis of the rebuilt trial shares, as it will stand in plan.yaml. */
export function planFrame({ figures }: Recipe) {
  const { columns, control, assumed, seed } = figures;
  const factors = Object.keys(assumed.factors);
  return {
    clustrial: 1,
    data: "data.csv",
    trial: { cluster: columns.cluster, arm: columns.arm, control },
    ...(factors.length > 0
      ? { columns: Object.fromEntries(factors.map((name) => [name, { type: "categorical" }])) }
      : {}),
    seed,
  };
}

/**
 * A function that analyses candidate rows of one outcome.
 *
 * @throws DesignProblem `figures-infeasible` when the method cannot answer, or gives no test and interval to match.
 */
export function analyser(
  recipe: Recipe,
  layout: Layout,
  outcome: OutcomeTarget,
): (y: Values, baseline: Values | null) => Found {
  const { columns } = recipe.figures;
  const plan: Plan = parsePlan({ ...planFrame(recipe), analyses: [analysisOf(outcome, recipe)] });
  return (y, baseline) => {
    const table = tableFromColumns({
      [columns.cluster]: layout.cluster,
      [columns.arm]: layout.arm,
      ...layout.factors,
      ...(baseline === null || outcome.assumed.baseline === undefined
        ? {}
        : { [outcome.assumed.baseline.name]: baseline }),
      [outcome.name]: y,
    });
    const analysis = runPlan(plan, table).analyses[0]!;
    if (analysis.problem !== null) {
      throw new DesignProblem("figures-infeasible", { what: outcome.name, reason: analysis.problem.message });
    }
    const estimate = analysis.estimates[0];
    if (estimate?.interval == null || estimate.test == null) {
      const { id } = analysis.method;
      throw new DesignProblem("figures-infeasible", {
        what: outcome.name,
        reason: `the method ${id} gives no interval and P value that could be matched`,
      });
    }
    const { lower, upper } = estimate.interval;
    const { df } = estimate.test.reference;
    return {
      estimate: estimate.value,
      halfWidth: (upper - lower) / 2,
      p: estimate.test.pValue,
      df: typeof df === "number" ? df : Number.POSITIVE_INFINITY,
      analysis,
    };
  };
}
