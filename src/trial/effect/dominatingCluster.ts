import type { Findings } from "../../contract/analysis.ts";
import { type Notice, notice } from "../../contract/notice.ts";
import type { Question, RegisteredMethod } from "../method.ts";

/**
 * Standard errors, of the effect without it, by which a cluster may move an effect before it counts as dominating: |DFBETAS|
 * > 1, the rule for samples of small and medium size (Belsley, Kuh & Welsch 1980; Bollen & Jackman 1990). The 2/√J of large
 * samples is exceeded by some cluster of nearly every trial. Standard errors of few clusters are themselves uncertain: below
 * 20 clusters the bar is 20/J, with which at most one ordinary trial in twenty has a notice (200 simulated trials each of 6,
 * 8, 12, 20 and 39 clusters, three methods: 0 to 4.5 %).
 */
const barOf = (clusters: number): number => Math.max(1, 20 / clusters);

/** Standard errors of the effect with all clusters from which it is worth while to estimate anew: an outlier inflates them. */
const WORTH_A_LOOK = 0.5;

/** More clusters, or rows, than these are not gone through once more for a notice. */
const MOST_CLUSTERS = 200;
const MOST_ROWS = 100_000;

/**
 * A notice when the effect without one cluster lies far from the effect with it (`barOf`). Asked only where the
 * method can tell from sums over clusters, without going through the rows again, so that it costs next to nothing.
 */
export function dominatingCluster(
  method: RegisteredMethod,
  question: Question<unknown>,
  { estimates }: Findings,
): readonly Notice[] {
  const { frame } = question;
  const { cluster, effects, pair } = frame;
  const clusters = cluster.labels.length;
  if (method.reweighted === undefined || clusters < 4 || clusters > MOST_CLUSTERS || frame.rows > MOST_ROWS) return [];
  // Without one of a pair the other says nothing either.
  if (pair !== null && method.accepts.includes("pairs")) return [];
  const reweighted = method.reweighted(question);
  if (reweighted === null || reweighted.nearlyWithout === null || estimates.length < effects.length) return [];
  const multiplicity = new Int32Array(clusters).fill(1);
  const out = new Float64Array(2 * effects.length);
  const bar = barOf(clusters);
  let worst: {
    readonly cluster: number;
    readonly effect: number;
    readonly errors: number;
    readonly without: number;
  } | null = null;
  for (let j = 0; j < clusters; j++) {
    if (!(reweighted.nearlyWithout(j, out) && largest(out) > WORTH_A_LOOK)) continue;
    multiplicity[j] = 0;
    if (reweighted.estimate(multiplicity, out) === true)
      effects.forEach((_, e) => {
        const errors = (out[e]! - estimates[e]!.working!.value) / out[effects.length + e]!;
        if (Number.isFinite(errors) && Math.abs(errors) > Math.max(bar, Math.abs(worst?.errors ?? 0)))
          worst = { cluster: j, effect: e, errors, without: out[e]! };
      });
    multiplicity[j] = 1;
  }
  if (worst === null) return [];
  const { cluster: j, effect, errors, without } = worst as NonNullable<typeof worst>;
  const { quantity, value, working } = estimates[effect]!;
  return [
    notice("dominating-cluster", {
      cluster: cluster.labels[j]!,
      term: quantity.term,
      value,
      without: working!.scale === "log" ? Math.exp(without) : without,
      errors,
    }),
  ];

  function largest(values: Float64Array): number {
    let most = 0;
    for (let e = 0; e < effects.length; e++) {
      const { working } = estimates[e]!;
      if (working !== null && working.standardError > 0)
        most = Math.max(most, Math.abs(values[e]! - working.value) / working.standardError);
    }
    return most;
  }
}
