import { DesignProblem } from "../../contract/problem.ts";
import { concatenateColumns, interceptSource } from "../../data/columnSource.ts";
import type { ClusterFactor, Frame } from "../../data/frame.ts";
import { binomial, poisson } from "../../models/family/family.ts";
import { clusterOutcomes } from "./clusterOutcomes.ts";
import { expectedOutcomes } from "./expectedOutcomes.ts";
import type { OutcomeMeasure } from "./outcomeMeasures.ts";
import type { ComparedArm } from "./permutationSpace.ts";
import { type Stage1Design, stage1Design, strataColumns, strataNames } from "./summaryStage1.ts";

/**
 * Mean residuals of clusters, (O_j − E_j(δ))/n_j, from a regression on covariates and strata without the arm in which the
 * arm's clusters have the known offset δ: logistic for an odds ratio, Poisson with log link for a ratio of risks or rates
 * (exposure or trials as offset). The regression is fitted anew for every δ, a logarithm of the ratio.
 *
 * @throws DesignProblem `ratio-without-events` when an arm has no events (for odds: or no others); as `expectedOutcomes`
 */
export function shiftedResiduals(
  frame: Frame,
  compared: ComparedArm,
  strata: ClusterFactor | null,
  measure: OutcomeMeasure,
): (shift: number) => Float64Array {
  const { cluster, arm } = frame;
  const { totals, denominators } = clusterOutcomes(frame);
  const odds = measure === "odds-ratio";
  for (const code of compared.arm === null ? arm!.levels.keys() : [0, compared.arm]) {
    const sum = (of: (j: number) => number) =>
      arm!.ofCluster.reduce((total, level, j) => total + (level === code ? of(j) : 0), 0);
    const lacks =
      sum((j) => totals[j]!) === 0
        ? "events"
        : odds && sum((j) => denominators[j]! - totals[j]!) === 0
          ? "non-events"
          : null;
    if (lacks !== null)
      throw new DesignProblem("ratio-without-events", { arm: arm!.levels[code]!, what: lacks, measure });
  }
  const stage1 = stage1Design(frame, strata) ?? withoutCovariates(frame, strata);
  const family = odds ? binomial : poisson;
  const inArm = Float64Array.from(cluster.codes, (j) => (arm!.ofCluster[j] === compared.arm ? 1 : 0));
  return (shift) => {
    const offset = shift === 0 ? null : inArm.map((indicator) => shift * indicator);
    const expected = expectedOutcomes(frame, stage1, { family, offset });
    return Float64Array.from(compared.clusters, (j) => (totals[j]! - expected.totals[j]!) / denominators[j]!);
  };
}

function withoutCovariates({ rows, cluster }: Frame, strata: ClusterFactor | null): Stage1Design {
  const ones = interceptSource(rows);
  if (strata === null) return { names: ["intercept"], source: ones, rows: null, clusterLevel: [] };
  const indicators = strataColumns(strata, (row) => strata.ofCluster[cluster.codes[row]!]!, rows);
  return {
    names: ["intercept", ...strataNames(strata)],
    source: concatenateColumns(ones, indicators),
    rows: null,
    clusterLevel: [],
  };
}
