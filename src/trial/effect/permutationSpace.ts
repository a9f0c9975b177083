import { DesignProblem } from "../../contract/problem.ts";
import type { ClusterFactor, Frame } from "../../data/frame.ts";
import type { AllocationPlan } from "../design/allocationPlan.ts";
import type { AllocationSpace } from "../design/allocationSpace.ts";
import { type AllocationFrame, allocationSpaceOf } from "../design/allocationSpaceOf.ts";
import { listedSpace } from "../design/listedSpace.ts";

/** Which clusters are compared. */
export interface ComparedArm {
  /** "arm[intervention]" */
  readonly term: string;
  /** Index of the arm among the levels, control being 0; null for all arms at once. */
  readonly arm: number | null;
  /** Clusters compared, among all. */
  readonly clusters: Int32Array;
}

/** The clusters of the control and of one other arm, and how they could have been exchanged between the two. */
export interface Comparison extends ComparedArm {
  readonly arm: number;
  /** 1 for the arm, 0 for control. */
  readonly observed: Int32Array;
  readonly strata: Int32Array | null;
  /** Allocations of these clusters given those of the others; null where these cannot be drawn. */
  readonly space: AllocationSpace | null;
}

/** Spaces are searched through for what they allow up to this size; beyond it they are drawn from. */
const LARGEST_SEARCH = 2_000_000n;

/** Clusters of a trial in the order in which they are dealt out, and what decides how. */
export interface Dealt {
  /** Place k holds this cluster of the frame. */
  readonly order: Int32Array;
  /** What of the frame decides the allocation, in that order. */
  readonly frame: AllocationFrame;
  /** Arm at each place. */
  readonly arms: Int32Array;
  /** Pair, stratum or block at each place, within which arms are compared; null for none. */
  readonly strata: Int32Array | null;
}

export function dealtIn(order: Int32Array, frame: Frame, within: ClusterFactor | null): Dealt {
  return {
    order,
    frame: framePart(frame, order, null),
    arms: Int32Array.from(order, (j) => frame.arm!.ofCluster[j]!),
    strata: within === null ? null : Int32Array.from(order, (j) => within.ofCluster[j]!),
  };
}

/**
 * One comparison per arm but control. With two arms its allocations are those of the trial; with more, those of the two
 * arms' clusters among themselves, every other cluster keeping its arm: that these two arms do not differ says nothing
 * about the others.
 *
 * @param space of all arms
 * @param within the factor within which arms are compared
 * @throws DesignProblem `strata-without-comparison`
 */
export function comparisonsOf(
  frame: Frame,
  { order, arms, strata }: Dealt,
  space: AllocationSpace,
  allocation: AllocationPlan | null,
  within: ClusterFactor | null,
): readonly Comparison[] {
  const { name, levels, ofCluster } = frame.arm!;
  return levels.slice(1).map((level, k) => {
    const arm = k + 1;
    if (within !== null) requireBoth(within, ofCluster, arm, [levels[0]!, level]);
    const places = Int32Array.from(Array.from(arms.keys()).filter((place) => arms[place] === 0 || arms[place] === arm));
    return {
      term: `${name}[${level}]`,
      arm,
      clusters: Int32Array.from(places, (place) => order[place]!),
      observed: Int32Array.from(places, (place) => (arms[place] === arm ? 1 : 0)),
      strata: strata && Int32Array.from(places, (place) => strata[place]!),
      space: levels.length === 2 ? space : conditionalSpace(frame, { arms, order }, space, allocation, places, arm),
    };
  });
}

function requireBoth(
  { name, ofCluster }: ClusterFactor,
  armOf: Int32Array,
  arm: number,
  arms: readonly string[],
): void {
  const having = (code: number) => new Set(ofCluster.filter((_, j) => armOf[j] === code));
  const control = having(0);
  if (![...having(arm)].some((level) => control.has(level)))
    throw new DesignProblem("strata-without-comparison", { factor: name, arms });
}

function conditionalSpace(
  frame: Frame,
  { arms, order }: Pick<Dealt, "arms" | "order">,
  space: AllocationSpace,
  allocation: AllocationPlan | null,
  places: Int32Array,
  arm: number,
): AllocationSpace | null {
  if (space.scheme === "minimised") return null;
  const clusters = places.length;
  const own = framePart(
    frame,
    Int32Array.from(places, (place) => order[place]!),
    arm,
  );
  if (space.scheme !== "constrained") return allocationSpaceOf(own, allocation);
  const all = arms.slice();
  const names = { clusters: own.cluster.labels, arms: own.arm!.levels };
  if (allocation?.allocations !== undefined) {
    const list: number[] = [];
    space.enumerate!((given) => {
      const held = arms.every((observed, place) => observed === 0 || observed === arm || given[place] === observed);
      if (held) for (const place of places) list.push(given[place] === arm ? 1 : 0);
    });
    return listedSpace(Int32Array.from(list), clusters, 2, names);
  }
  // The constraint scores all arms at once: allocations of the two among which it allows.
  const free = allocationSpaceOf(own, null);
  const allows = (given: Int32Array): boolean => {
    places.forEach((place, k) => {
      all[place] = given[k] === 1 ? arm : 0;
    });
    return space.refusal(all) === null;
  };
  if (free.enumerate !== null && free.count !== null && free.count <= LARGEST_SEARCH) {
    const list: number[] = [];
    free.enumerate((given) => {
      if (allows(given)) for (const one of given) list.push(one);
    });
    return { ...listedSpace(Int32Array.from(list), clusters, 2, names), details: space.details };
  }
  return {
    ...free,
    scheme: "constrained",
    count: null,
    details: space.details,
    enumerate: null,
    draw(stream, out) {
      do free.draw(stream, out);
      while (!allows(out));
    },
  };
}

/** What decides an allocation, of some clusters in an order of their own, and of control and one arm unless of all. */
function framePart(frame: Frame, clusters: Int32Array, arm: number | null): AllocationFrame {
  const part = (factor: ClusterFactor): ClusterFactor => ({
    ...factor,
    ofCluster: Int32Array.from(clusters, (j) => factor.ofCluster[j]!),
  });
  const { name, levels, ofCluster } = frame.arm!;
  return {
    cluster: {
      ...frame.cluster,
      labels: Array.from(clusters, (j) => frame.cluster.labels[j]!),
      sizes: Int32Array.from(clusters, (j) => frame.cluster.sizes[j]!),
    },
    arm: {
      name,
      levels: arm === null ? levels : [levels[0]!, levels[arm]!],
      ofCluster: Int32Array.from(clusters, (j) => (arm === null ? ofCluster[j]! : ofCluster[j] === arm ? 1 : 0)),
    },
    stratum: frame.stratum === null ? null : part(frame.stratum),
    pair: frame.pair === null ? null : part(frame.pair),
    clusterColumns: new Map(
      [...frame.clusterColumns].map(([column, { factor, values }]) => [
        column,
        { factor: part(factor), values: values && Float64Array.from(clusters, (j) => values[j]!) },
      ]),
    ),
  };
}
