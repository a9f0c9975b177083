import type { Frame } from "../../data/frame.ts";

/** Whom an estimand averages over: everybody alike, or clusters alike whatever their size. */
export type Population = "participant-average" | "cluster-average";

/** The outcome per unit, and how many units a row stands for. */
export interface OutcomeUnits {
  /** uᵢ: the outcome, the proportion of a grouped one, the rate of a count. */
  readonly outcome: Float64Array;
  /** sᵢ: units of the row, times its weight if rows are weighted. */
  readonly size: Float64Array;
  /** nⱼ = Σᵢ sᵢ per cluster. */
  readonly clusterSize: Float64Array;
}

/**
 * What one unit of a row is: a participant (a participant's rows share one unit), a trial of a grouped outcome, a unit of
 * exposure of a count.
 */
export function outcomeUnits({ outcome, participant, weights, cluster, rows }: Frame): OutcomeUnits {
  const { values } = outcome;
  const divisor = outcome.kind === "grouped" ? outcome.trials : outcome.kind === "count" ? outcome.exposure : null;
  const share = outcome.kind === "continuous" || outcome.kind === "binary" ? participant : null;
  const size = new Float64Array(rows);
  const clusterSize = new Float64Array(cluster.labels.length);
  for (let i = 0; i < rows; i++) {
    const units = divisor !== null ? divisor[i]! : share !== null ? 1 / share.sizes[share.codes[i]!]! : 1;
    size[i] = weights === null ? units : units * weights[i]!;
    clusterSize[cluster.codes[i]!]! += size[i]!;
  }
  return { outcome: divisor === null ? values : values.map((y, i) => y / divisor[i]!), size, clusterSize };
}

/** wᵢ of a population: sᵢ, or sᵢ/nⱼ. */
export function populationWeights(frame: Frame, units: OutcomeUnits, population: Population): Float64Array {
  if (population === "participant-average") return units.size;
  const { codes } = frame.cluster;
  return units.size.map((size, i) => size / units.clusterSize[codes[i]!]!);
}

/**
 * The frame with weights under which every cluster counts alike in estimating equations that take rows as independent:
 * each row's weight times n̄/nⱼ. The same frame when clusters count alike already.
 */
export function weightedAlike(frame: Frame, { clusterSize }: OutcomeUnits): Frame {
  const { codes } = frame.cluster;
  const mean = clusterSize.reduce((sum, size) => sum + size, 0) / clusterSize.length;
  if (clusterSize.every((size) => Math.abs(size - mean) <= 1e-12 * mean)) return frame;
  const weights = Float64Array.from(
    codes,
    (j, i) => (mean / clusterSize[j]!) * (frame.weights === null ? 1 : frame.weights[i]!),
  );
  return { ...frame, weights };
}
