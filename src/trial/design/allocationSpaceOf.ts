import { DesignProblem, InputProblem } from "../../contract/problem.ts";
import { crossFactors } from "../../data/clusterFactor.ts";
import type { ClusterFactor, Frame } from "../../data/frame.ts";
import type { AllocationPlan } from "./allocationPlan.ts";
import type { AllocationScheme, AllocationSpace } from "./allocationSpace.ts";
import type { SpaceNames } from "./spaceNames.ts";
import { armSizesOf, fixedSizesSpace } from "./stratifiedSpace.ts";

/** What of a frame decides which allocations were possible. */
export type AllocationFrame = Pick<Frame, "cluster" | "arm" | "stratum" | "pair" | "clusterColumns">;

/**
 * The allocations that the randomisation of the analysed clusters could have made.
 *
 * Without a plan: one of each pair where clusters were matched, else the arm sizes found within each stratum, else the
 * arm sizes found. Arm sizes are those of the analysed clusters, which the analysis takes as given: a test that holds its
 * level for every outcome of the sizes holds it.
 *
 * @param allocation `trial.allocation` of the plan; absent or null: what strata and pairs imply
 * @throws InputProblem `allocation-needs-arm`, `missing-key`
 * @throws DesignProblem `allocation-impossible` when the allocation that was made is not among them
 */
export function allocationSpaceOf(frame: AllocationFrame, allocation?: AllocationPlan | null): AllocationSpace {
  const { arm } = frame;
  if (arm === null) throw new InputProblem("allocation-needs-arm", {});
  const scheme = allocation?.scheme ?? impliedScheme(frame);
  const space = fixedSizes(frame, arm.ofCluster, scheme, allocation ?? { scheme });
  const refusal = space.refusal(arm.ofCluster);
  if (refusal !== null) throw new DesignProblem("allocation-impossible", { scheme, reason: refusal });
  return space;
}

const impliedScheme = ({ pair, stratum }: AllocationFrame): AllocationScheme =>
  pair !== null ? "paired" : stratum !== null ? "stratified" : "simple";

function fixedSizes(
  frame: AllocationFrame,
  observed: Int32Array,
  scheme: AllocationScheme,
  plan: AllocationPlan,
): AllocationSpace {
  const factor = factorOf(frame, scheme, plan);
  const arms = frame.arm!.levels.length;
  return fixedSizesSpace(
    scheme,
    factor?.ofCluster ?? new Int32Array(observed.length),
    armSizesOf(observed, arms, factor?.ofCluster ?? null),
    namesOf(frame, factor),
  );
}

/** Within which groups of clusters the arms were dealt out; null: among all. */
function factorOf(frame: AllocationFrame, scheme: AllocationScheme, { block }: AllocationPlan): ClusterFactor | null {
  switch (scheme) {
    case "paired":
      return frame.pair ?? missing("trial.pairs", "the column that names the pair");
    case "stratified":
      return frame.stratum ?? missing("trial.strata", "the factors of the randomisation");
    case "blocked": {
      const found = block === undefined ? undefined : frame.clusterColumns.get(block)?.factor;
      const blocks = found ?? missing("trial.allocation.block", "the column that names the block");
      return crossFactors(frame.stratum === null ? [blocks] : [frame.stratum, blocks]);
    }
    default:
      return null;
  }
}

function missing(path: string, expected: string): never {
  throw new InputProblem("missing-key", { path, expected });
}

const namesOf = ({ cluster, arm }: AllocationFrame, factor: ClusterFactor | null): SpaceNames => ({
  clusters: cluster.labels,
  arms: arm!.levels,
  ...(factor === null ? {} : { strata: factor.levels }),
});
