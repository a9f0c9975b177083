import type { Quantity, Working } from "../../contract/estimate.ts";
import { DesignProblem } from "../../contract/problem.ts";
import { jackknifeVariance } from "../../inference/jackknife/clusterJackknife.ts";
import type { Question, RegisteredMethod } from "../method.ts";
import { resampledEstimates, workingOf } from "./resampledEstimates.ts";

/** One estimate with a cluster gone. */
export interface EstimateWithout {
  readonly term: string;
  /** Without the cluster, on the scale on which the quantity is reported. */
  readonly value: number;
  /** Without less with, on the working scale (logarithms of ratios). */
  readonly change: number;
  /** The change in standard errors of the estimate from all clusters; null where the method gives none. */
  readonly standardErrors: number | null;
}

/** What a cluster, or a pair where clusters are matched, does to the estimates. */
export interface ClusterInfluence {
  readonly clusters: readonly string[];
  readonly arm: string | null;
  readonly rows: number;
  /** In the order of the estimates; null where they cannot be had without it. */
  readonly without: readonly EstimateWithout[] | null;
}

/** An estimate from all clusters with its jackknife. */
export interface JackknifedEstimate {
  readonly quantity: Quantity;
  readonly value: number;
  readonly working: Pick<Working, "scale" | "value">;
  /** √ of the leave-one-out variances CV3 and CV3J on the working scale; null when some cluster could not be left out. */
  readonly cv3: number | null;
  readonly cv3j: number | null;
}

export interface LeaveOneClusterOut {
  readonly estimates: readonly JackknifedEstimate[];
  readonly influences: readonly ClusterInfluence[];
}

/**
 * Every estimate of a method without each cluster in turn (without each pair, where the method makes use of pairs): what
 * one cluster does to the result, and the jackknife standard errors that follow (`jackknifeVariance`).
 *
 * The method is applied to the other clusters as it would have been had the cluster not taken part: variances are estimated
 * anew, categories that only it had leave the design, effects averaged over participants are averaged over the others.
 *
 * @throws DesignProblem `one-cluster` for fewer than three clusters or pairs; whatever the method throws with all of them
 */
export function leaveOneClusterOut(method: RegisteredMethod, question: Question<unknown>): LeaveOneClusterOut {
  const { frame } = question;
  const { cluster, arm } = frame;
  const found = method.analyse(question);
  const estimates = resampledEstimates(method, question, found, false);
  const units = unitsOf(question, method);
  if (units.length < 3) throw new DesignProblem("one-cluster", { clusters: units.length - 1 });
  const count = estimates.estimates;
  const leftOut = new Float64Array(units.length * count).fill(Number.NaN);
  const multiplicity = new Int32Array(cluster.labels.length).fill(1);
  const out = new Float64Array(2 * count);
  const influences = units.map((members, u): ClusterInfluence => {
    for (const j of members) multiplicity[j] = 0;
    const estimable = estimates.weighted(multiplicity, out);
    for (const j of members) multiplicity[j] = 1;
    if (estimable) leftOut.set(out.subarray(0, count), u * count);
    return {
      clusters: members.map((j) => cluster.labels[j]!),
      arm: arm === null || members.length > 1 ? null : arm.levels[arm.ofCluster[members[0]!]!]!,
      rows: members.reduce((sum, j) => sum + cluster.sizes[j]!, 0),
      without: estimable
        ? found.estimates.map((estimate, e): EstimateWithout => {
            const { scale, value } = workingOf(estimate);
            const change = out[e]! - value;
            const error = estimate.working?.standardError ?? 0;
            return {
              term: estimate.quantity.term,
              value: reported[scale](out[e]!),
              change,
              standardErrors: error > 0 ? change / error : null,
            };
          })
        : null,
    };
  });
  const complete = influences.every(({ without }) => without !== null);
  const observed = Float64Array.from(found.estimates, (estimate) => workingOf(estimate).value);
  const errors = (centre: "estimate" | "mean", e: number) =>
    complete ? Math.sqrt(jackknifeVariance(leftOut, observed, centre)[e * count + e]!) : null;
  return {
    estimates: found.estimates.map((estimate, e) => ({
      quantity: estimate.quantity,
      value: estimate.value,
      working: { scale: workingOf(estimate).scale, value: workingOf(estimate).value },
      cv3: errors("estimate", e),
      cv3j: errors("mean", e),
    })),
    influences,
  };
}

const reported: Readonly<Record<Working["scale"], (x: number) => number>> = {
  identity: (x) => x,
  log: Math.exp,
  logit: (x) => 1 / (1 + Math.exp(-x)),
  "fisher-z": Math.tanh,
};

/** Clusters one by one; the two of a pair together where the method compares within pairs. */
function unitsOf({ frame: { pair, cluster } }: Question<unknown>, { accepts }: RegisteredMethod): readonly number[][] {
  if (pair === null || !accepts.includes("pairs")) return cluster.labels.map((_, j) => [j]);
  return pair.levels.map((_, level) => [...pair.ofCluster.keys()].filter((j) => pair.ofCluster[j] === level));
}
