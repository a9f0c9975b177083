import type { Reweighted } from "../../contract/reweighted.ts";
import type { Arm, ClusterFactor } from "../../data/frame.ts";
import { comparePooled, compareWelch } from "./compareSummaries.ts";
import { unlessNotEstimable } from "./resampledEstimates.ts";

/** Summaries that do not depend on which other clusters there are. */
export interface FixedSummaries {
  readonly arm: Arm;
  /** Strata or pairs; null without. */
  readonly strata: ClusterFactor | null;
  /** Copies of a pair are pairs of their own, copies of a stratum are not strata. */
  readonly paired: boolean;
  /** Value of each cluster, given which clusters are there. */
  values(multiplicity: Int32Array): Float64Array;
  /** Weight of each cluster; null for one each. */
  readonly weights: Float64Array | null;
  readonly welch: boolean;
}

/** Effects of a comparison of cluster summaries by how often each cluster counts. */
export function reweightedSummaries({ arm, strata, paired, values, weights, welch }: FixedSummaries): Reweighted {
  const effects = arm.levels.length - 1;
  const totals = new Float64Array(effects + 1);
  const sums = new Float64Array(effects + 1);
  /** Without strata: the difference of (weighted) means. */
  const differences = (multiplicity: Int32Array, out: Float64Array): boolean => {
    totals.fill(0);
    sums.fill(0);
    const all = values(multiplicity);
    for (let j = 0; j < multiplicity.length; j++) {
      if (multiplicity[j] === 0) continue;
      const weight = multiplicity[j]! * (weights?.[j] ?? 1);
      totals[arm.ofCluster[j]!]! += weight;
      sums[arm.ofCluster[j]!]! += weight * all[j]!;
    }
    if (totals.includes(0)) return false;
    for (let e = 0; e < effects; e++) out[e] = sums[e + 1]! / totals[e + 1]! - sums[0]! / totals[0]!;
    return true;
  };
  return {
    effects,
    nearlyWithout:
      strata !== null
        ? null
        : (without, out) => {
            const ones = new Int32Array(arm.ofCluster.length).fill(1);
            ones[without] = 0;
            return differences(ones, out);
          },
    estimate: (multiplicity, out, standardErrors = true) => {
      if (!standardErrors && strata === null) return differences(multiplicity, out);
      return unlessNotEstimable(() => {
        const from: number[] = [];
        const copyOf: number[] = [];
        for (let j = 0; j < multiplicity.length; j++)
          for (let copy = 0; copy < multiplicity[j]!; copy++) {
            from.push(j);
            copyOf.push(copy);
          }
        const drawn: Arm = { ...arm, ofCluster: Int32Array.from(from, (j) => arm.ofCluster[j]!) };
        if (arm.levels.some((_, level) => !drawn.ofCluster.includes(level))) return false;
        const all = values(multiplicity);
        const own = Float64Array.from(from, (j) => all[j]!);
        const found = welch
          ? compareWelch(own, drawn, [])
          : comparePooled(
              own,
              drawn,
              strata === null ? null : repeated(strata, from, paired ? copyOf : null),
              weights === null ? null : Float64Array.from(from, (j) => weights[j]!),
              [],
            );
        const p = found.terms.length;
        for (let e = 0; e < effects; e++) {
          out[e] = found.coefficients[e + 1]!;
          out[effects + e] = Math.sqrt(found.covariance[(e + 1) * p + e + 1]!);
        }
        return true;
      });
    },
  };
}

/** The factor of the drawn clusters, levels in use alone; each copy a level of its own where `copies` are given. */
function repeated(
  { name, ofCluster }: ClusterFactor,
  from: readonly number[],
  copies: readonly number[] | null,
): ClusterFactor {
  const codes = new Map<string, number>();
  const drawn = Int32Array.from(from, (j, k) => {
    const key = copies === null ? `${ofCluster[j]!}` : `${ofCluster[j]!} ${copies[k]!}`;
    const code = codes.get(key) ?? codes.size;
    codes.set(key, code);
    return code;
  });
  return { name, levels: Array.from(codes.values(), String), ofCluster: drawn };
}
