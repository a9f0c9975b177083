import type { Findings } from "../../contract/analysis.ts";
import type { Estimate, Working } from "../../contract/estimate.ts";
import { Problem } from "../../contract/problem.ts";
import type { Frame } from "../../data/frame.ts";
import { type DrawnClusters, resampleClusters } from "../../data/resampleClusters.ts";
import type { Question, RegisteredMethod } from "../method.ts";

/** The estimates of a method on the scale on which it works, from other data than the trial's own. */
export interface ResampledEstimates {
  /** E */
  readonly estimates: number;
  /**
   * Of the trial with cluster j counted `multiplicity[j]` times: writes estimates, and after them standard errors where asked
   * for, to `out`. False when they cannot be estimated.
   */
  weighted(multiplicity: Int32Array, out: Float64Array): boolean;
  /** Of clusters and rows drawn one by one. */
  drawn(drawn: DrawnClusters, out: Float64Array): boolean;
  /** Of another frame of the same columns. */
  of(frame: Frame, out: Float64Array): boolean;
}

/** The working value of an estimate; its value where the method has no other scale. */
export const workingOf = ({ working, value }: Estimate): Pick<Working, "scale" | "value"> =>
  working ?? { scale: "identity", value };

/**
 * By the shortest way that the method offers: multiplicities alone, then its regression without tests and intervals of
 * others, then the whole analysis anew.
 *
 * @param found what the method finds in the trial itself
 * @param pairs unit of each cluster where clusters are matched
 * @param standardErrors are standard errors wanted?
 */
export function resampledEstimates(
  method: RegisteredMethod,
  question: Question<unknown>,
  found: Findings,
  standardErrors: boolean,
): ResampledEstimates {
  const { frame } = question;
  const { estimates } = found;
  const effectsAlone = estimates.length === frame.effects.length;
  const reweighted = effectsAlone ? (method.reweighted?.(question) ?? null) : null;
  const short = !standardErrors && effectsAlone ? method.workingModel : undefined;
  const ofFrame = (rows: Frame, out: Float64Array): boolean =>
    unlessNotEstimable(() => {
      if (short !== undefined) {
        const { parameters } = short({ ...question, frame: rows });
        rows.effects.forEach(({ weights }, e) => {
          out[e] = weights.reduce((sum, weight, k) => (weight === 0 ? sum : sum + weight * parameters[k]!), 0);
        });
        return allFinite(out, estimates.length);
      }
      const anew = method.analyse({ ...question, frame: rows }).estimates;
      if (anew.length !== estimates.length) return false;
      anew.forEach((estimate, e) => {
        out[e] = workingOf(estimate).value;
        if (standardErrors) out[estimates.length + e] = estimate.working?.standardError ?? Number.NaN;
      });
      return allFinite(out, estimates.length);
    });
  const drawn = (clusters: DrawnClusters, out: Float64Array): boolean => {
    const rows = resampleClusters(frame, clusters);
    return rows !== null && ofFrame(rows, out);
  };
  const rowsOf = rowsByCluster(frame);
  return {
    estimates: estimates.length,
    weighted: (multiplicity, out) => {
      const answer = reweighted === null ? null : reweighted.estimate(multiplicity, out, standardErrors);
      if (answer === null) return drawn(asOften(frame, multiplicity, rowsOf), out);
      return answer && allFinite(out, estimates.length);
    },
    drawn,
    of: ofFrame,
  };
}

/** Rows of each cluster, in the order of the frame. */
function rowsByCluster({ cluster }: Frame): readonly Int32Array[] {
  const rows = cluster.labels.map((_, j) => new Int32Array(cluster.sizes[j]!));
  const next = new Int32Array(rows.length);
  cluster.codes.forEach((j, i) => {
    rows[j]![next[j]!++] = i;
  });
  return rows;
}

/** Every cluster with all of its rows, as often as given; copies of a pair are pairs. */
function asOften({ pair }: Frame, multiplicity: Int32Array, rowsOf: readonly Int32Array[]): DrawnClusters {
  const from: number[] = [];
  const pairs: number[] = [];
  const pairOf = new Map<string, number>();
  const rows: number[] = [];
  const ends: number[] = [];
  multiplicity.forEach((times, j) => {
    for (let copy = 0; copy < times; copy++) {
      from.push(j);
      if (pair !== null) {
        const key = `${pair.ofCluster[j]!} ${copy}`;
        const known = pairOf.get(key) ?? pairOf.size;
        pairOf.set(key, known);
        pairs.push(known);
      }
      for (const row of rowsOf[j]!) rows.push(row);
      ends.push(rows.length);
    }
  });
  return {
    from: Int32Array.from(from),
    pairs: pair === null ? null : Int32Array.from(pairs),
    rows: Int32Array.from(rows),
    ends: Int32Array.from(ends),
    participants: null,
  };
}

function allFinite(values: Float64Array, count: number): boolean {
  for (let e = 0; e < count; e++) if (!Number.isFinite(values[e])) return false;
  return true;
}

/** Other data may be such that the question has no answer; anything else that goes wrong is passed on. */
export function unlessNotEstimable(answer: () => boolean): boolean {
  try {
    return answer();
  } catch (problem) {
    if (problem instanceof Problem && (problem.kind === "design" || problem.kind === "numerical")) return false;
    throw problem;
  }
}
