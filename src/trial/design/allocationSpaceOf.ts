import { DesignProblem, InputProblem } from "../../contract/problem.ts";
import { crossFactors } from "../../data/clusterFactor.ts";
import type { Arm, ClusterColumn, ClusterFactor, Frame } from "../../data/frame.ts";
import type { AllocationPlan } from "./allocationPlan.ts";
import type { AllocationScheme, AllocationSpace } from "./allocationSpace.ts";
import { type BalanceTerms, balanceScore } from "./balanceScore.ts";
import { type Cutoff, constrainedSpace } from "./constrainedSpace.ts";
import { listedAllocations } from "./listedAllocations.ts";
import { listedSpace } from "./listedSpace.ts";
import { type Minimisation, minimisedSpace } from "./minimisedSpace.ts";
import type { SpaceNames } from "./spaceNames.ts";
import { armSizesOf, fixedSizesSpace } from "./stratifiedSpace.ts";

/** What of a frame decides which allocations were possible. */
export type AllocationFrame = Pick<Frame, "cluster" | "arm" | "stratum" | "pair" | "clusterColumns">;

/**
 * The allocations that the randomisation of the analysed clusters could have made.
 *
 * Without a plan: one of each pair where clusters were matched, else the arm sizes found within each stratum, else the
 * arm sizes found. Arm sizes, and the scores of a constraint, are those of the analysed clusters: given which clusters
 * are analysed, allocations of the same sizes were equally probable.
 *
 * @param allocation `trial.allocation` of the plan; absent or null: what strata and pairs imply
 * @throws InputProblem `allocation-needs-arm`, `missing-key`, `minimisation`, `entry-order-tied`, `allocations-empty`,
 *   `allocations-cluster-missing`, `allocations-cell`
 * @throws DesignProblem `allocation-impossible` when the allocation that was made is not among them;
 *   `constraint-too-tight`, `constraint-constant`
 */
export function allocationSpaceOf(frame: AllocationFrame, allocation?: AllocationPlan | null): AllocationSpace {
  const { arm } = frame;
  if (arm === null) throw new InputProblem("allocation-needs-arm", {});
  const plan = allocation ?? { scheme: impliedScheme(frame) };
  const space = spaceOf(frame, arm, plan);
  const refusal = space.refusal(arm.ofCluster);
  if (refusal !== null) throw new DesignProblem("allocation-impossible", { scheme: plan.scheme, reason: refusal });
  return space;
}

/**
 * Within which groups of clusters the arms were dealt out: pairs, strata, or blocks within strata; null for none. Where the
 * scheme says nothing of them (an explicit `simple`, a minimisation) the pairs or strata of the trial.
 *
 * @throws InputProblem `missing-key`
 */
export function randomisedWithin(frame: AllocationFrame, allocation?: AllocationPlan | null): ClusterFactor | null {
  const plan = allocation ?? { scheme: impliedScheme(frame) };
  return factorOf(frame, plan.scheme, plan) ?? frame.pair ?? frame.stratum;
}

const impliedScheme = ({ pair, stratum }: AllocationFrame): AllocationScheme =>
  pair !== null ? "paired" : stratum !== null ? "stratified" : "simple";

function spaceOf(frame: AllocationFrame, arm: Arm, plan: AllocationPlan): AllocationSpace {
  const { scheme, allocations } = plan;
  const names: SpaceNames = { clusters: frame.cluster.labels, arms: arm.levels };
  const arms = arm.levels.length;
  if (scheme === "minimised") return minimisedSpace(minimisationOf(frame, arms, plan), names);
  if (scheme === "constrained" && allocations !== undefined) {
    return listedSpace(listedAllocations(allocations, frame.cluster, arm), frame.cluster.labels.length, arms, names);
  }
  const within = scheme === "constrained" ? impliedScheme(frame) : scheme;
  const factor = factorOf(frame, within, plan);
  const space = fixedSizesSpace(
    within,
    factor?.ofCluster ?? new Int32Array(arm.ofCluster.length),
    armSizesOf(arm.ofCluster, arms, factor?.ofCluster ?? null),
    factor === null ? names : { ...names, strata: factor.levels },
  );
  if (scheme !== "constrained") return space;
  const score = balanceScore(termsOf(frame, plan), arm.ofCluster, arms, factor?.ofCluster ?? null);
  return constrainedSpace(space, score, cutoffOf(plan), names);
}

/** Within which groups of clusters the arms were dealt out; null: among all. */
function factorOf(frame: AllocationFrame, scheme: AllocationScheme, { block }: AllocationPlan): ClusterFactor | null {
  switch (scheme) {
    case "paired":
      return frame.pair ?? missing("trial.pairs", "the column that names the pair");
    case "stratified":
      return frame.stratum ?? missing("trial.strata", "the factors of the randomisation");
    case "blocked": {
      const name = block ?? missing("trial.allocation.block", "the column that names the block");
      const blocks = columnOf(frame, name, "trial.allocation.block").factor;
      return crossFactors(frame.stratum === null ? [blocks] : [frame.stratum, blocks]);
    }
    default:
      return null;
  }
}

/** A number is one column; categories are an indicator for every level but the first, all with the covariate's weight. */
function termsOf(frame: AllocationFrame, { covariates = [], weights, metric = "l2" }: AllocationPlan): BalanceTerms {
  const terms = covariates.flatMap((name, k) => {
    const { factor, values } = columnOf(frame, name, "trial.allocation.covariates");
    const { levels, ofCluster } = factor;
    if (levels.length < 2) throw new DesignProblem("constraint-constant", { column: name, value: levels[0] ?? "" });
    const columns = values !== null ? [values] : levels.slice(1).map((_, level) => indicator(ofCluster, level + 1));
    return columns.map((column) => ({ column, weight: weights?.[k] ?? 1 }));
  });
  if (terms.length === 0) missing("trial.allocation.covariates", "a list of columns of clusters");
  return { columns: terms.map(({ column }) => column), weights: terms.map(({ weight }) => weight), metric };
}

const indicator = (codes: Int32Array, level: number) => Float64Array.from(codes, (code) => (code === level ? 1 : 0));

function cutoffOf({ cutoff, score }: AllocationPlan): Cutoff {
  if (score !== undefined) return { score };
  return { quantile: cutoff ?? missing("trial.allocation.cutoff", "the share of allocations that were allowed") };
}

function minimisationOf(
  frame: AllocationFrame,
  arms: number,
  { factors = [], weights, probability, order, imbalance }: AllocationPlan,
): Minimisation {
  return {
    arms,
    factors: factors.map((name) => columnOf(frame, name, "trial.allocation.factors").factor.ofCluster),
    probability:
      probability ?? missing("trial.allocation.probability", "the probability of the arm that balances best"),
    order: entryOrder(frame, order ?? missing("trial.allocation.order", "the column of the order of entry")),
    ...(weights === undefined ? {} : { weights }),
    ...(imbalance === undefined ? {} : { imbalance }),
  };
}

/** Clusters in the natural order of a column. */
function entryOrder(frame: AllocationFrame, name: string): Int32Array {
  const { levels, ofCluster } = columnOf(frame, name, "trial.allocation.order").factor;
  const order = Int32Array.from(ofCluster.keys()).sort((i, j) => ofCluster[i]! - ofCluster[j]!);
  const tie = order.findIndex((cluster, k) => k > 0 && ofCluster[cluster] === ofCluster[order[k - 1]!]);
  if (tie < 0) return order;
  const clusters = [order[tie - 1]!, order[tie]!].map((cluster) => frame.cluster.labels[cluster]!);
  throw new InputProblem("entry-order-tied", { column: name, clusters, value: levels[ofCluster[order[tie]!]!]! });
}

const columnOf = ({ clusterColumns }: AllocationFrame, name: string, path: string): ClusterColumn =>
  clusterColumns.get(name) ?? missing(path, `a column of clusters in the frame, and "${name}" is none`);

function missing(path: string, expected: string): never {
  throw new InputProblem("missing-key", { path, expected });
}
