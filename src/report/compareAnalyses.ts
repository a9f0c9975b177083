import type { Analysis, NotEstimable } from "../contract/analysis.ts";
import { type Block, table } from "./block.ts";
import { limits, spreadOf, statistic } from "./describeAnalysis.ts";
import { formatP, formatWithin } from "./formatNumber.ts";

/** The first effect of several analyses side by side, to see how much the choice of method matters. */
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
