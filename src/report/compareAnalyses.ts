import type { Analysis, NotEstimable } from "../contract/analysis.ts";
import { type Block, heading, table } from "./block.ts";
import { limits, spreadOf, statistic } from "./describeAnalysis.ts";
import { formatP, formatWithin } from "./formatNumber.ts";

/**
 * Analyses that estimate the same quantity, each group with at least two members side by side: how much does the choice
 * of method matter? Empty when nothing can be compared.
 */
export function sideBySide(analyses: readonly (Analysis | NotEstimable)[]): readonly Block[] {
  const groups = new Map<string, Analysis[]>();
  for (const analysis of analyses) {
    const quantity = analysis.estimates?.[0]?.quantity;
    if (analysis.problem !== null || quantity === undefined) continue;
    const key = JSON.stringify(quantity);
    groups.set(key, [...(groups.get(key) ?? []), analysis]);
  }
  return [...groups.values()].flatMap((group) => {
    if (group.length < 2) return [];
    const { term, measure, unit } = group[0]!.estimates[0]!.quantity;
    const of = unit === "1" ? "" : ` (${unit})`;
    return [heading(`side by side: ${measure} of ${term}${of}`), compareAnalyses(group)];
  });
}

/** The first effect of several analyses, a row each. */
export function compareAnalyses(analyses: readonly (Analysis | NotEstimable)[]): Block {
  return table(["analysis", "estimate", "interval", "test", "P", "average over"], analyses.map(row), [2, 3, 5]);
}

function row(analysis: Analysis | NotEstimable): readonly string[] {
  const estimate = analysis.problem === null ? analysis.estimates[0] : undefined;
  if (estimate === undefined || analysis.problem !== null) {
    return [
      analysis.id,
      "–",
      "–",
      "–",
      "–",
      analysis.problem === null ? "–" : `not estimable (${analysis.problem.code})`,
    ];
  }
  const { value, interval, test } = estimate;
  return [
    analysis.id,
    formatWithin(value, spreadOf(interval)),
    interval === null ? "–" : limits(interval),
    test === null ? "–" : statistic(test),
    test === null ? "–" : formatP(test.pValue),
    averages[analysis.estimand.population],
  ];
}

const averages = {
  "participant-average": "participants",
  "cluster-average": "clusters",
  "precision-weighted": "clusters, by precision",
} as const;
