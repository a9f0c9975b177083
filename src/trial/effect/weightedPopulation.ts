import type { Estimand } from "../../contract/analysis.ts";
import type { Frame } from "../../data/frame.ts";

/**
 * Whose average a regression that takes rows as independent estimates: that of participants (as weighted), or that of
 * clusters where weights of one over the cluster's size make every cluster count alike. The size is in what the rows
 * stand for: participants, trials, or exposure.
 */
export function weightedPopulation({
  weights,
  cluster,
  outcome,
}: Pick<Frame, "weights" | "cluster" | "outcome">): Exclude<Estimand["population"], "precision-weighted"> {
  if (weights === null) return "participant-average";
  const unit = outcome.kind === "grouped" ? outcome.trials : outcome.kind === "count" ? outcome.exposure : null;
  const sizes = unit === null ? Float64Array.from(cluster.sizes) : new Float64Array(cluster.sizes.length);
  if (unit !== null)
    for (let i = 0; i < unit.length; i++) {
      const code = cluster.codes[i]!;
      sizes[code] = sizes[code]! + unit[i]!;
    }
  const constant = weights[0]! * sizes[cluster.codes[0]!]!;
  const alike = weights.every((w, i) => Math.abs(w * sizes[cluster.codes[i]!]! - constant) < 1e-9 * constant);
  const sizesAlike = sizes.every((size) => size === sizes[0]);
  return alike && !sizesAlike ? "cluster-average" : "participant-average";
}
