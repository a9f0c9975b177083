import type { EffectContrast, Frame } from "./frame.ts";

type Averaging = Pick<Frame, "cluster" | "participant" | "outcome" | "design" | "effects" | "compared" | "rows">;

/** Of effects that are averages over participants: what each cluster adds to them. */
export interface ClusterAverages {
  /** Participants of each cluster. */
  readonly participants: Float64Array;
  /** Σ over a cluster's participants of x(level) − x(reference), one J × p matrix per effect; null where nothing is averaged. */
  readonly sums: readonly (Float64Array | null)[];
}

/**
 * With an arm-by-covariate interaction the contrast of an effect is the mean over participants of their rows under one
 * level less their rows under the reference; this takes that mean apart by cluster. null when no effect is such a mean, or
 * the effect is that of a measurement (its contrast then stays as it is for the participants analysed).
 */
export function clusterAverages({
  cluster,
  participant,
  outcome,
  design,
  effects,
  compared,
  rows,
}: Averaging): ClusterAverages | null {
  if (compared === null || !effects.some(({ averagedOverInteraction }) => averagedOverInteraction)) return null;
  const p = design.terms.length;
  const clusters = cluster.labels.length;
  const share = (i: number) =>
    participant !== null
      ? 1 / participant.sizes[participant.codes[i]!]!
      : outcome.kind === "grouped"
        ? outcome.trials[i]!
        : 1;
  const participants = new Float64Array(clusters);
  for (let i = 0; i < rows; i++) participants[cluster.codes[i]!]! += share(i);
  const reference = design.under(0);
  const row = new Float64Array(p);
  const sums = effects.map(({ averagedOverInteraction }, e) => {
    if (!averagedOverInteraction) return null;
    const treated = design.under(e + 1);
    const sum = new Float64Array(clusters * p);
    for (let i = 0; i < rows; i++) {
      const home = cluster.codes[i]! * p;
      treated.fill(i, i + 1, row, p, 0);
      for (let k = 0; k < p; k++) sum[home + k]! += share(i) * row[k]!;
      reference.fill(i, i + 1, row, p, 0);
      for (let k = 0; k < p; k++) sum[home + k]! -= share(i) * row[k]!;
    }
    return sum;
  });
  return { participants, sums };
}

/** The contrasts of effects when cluster j counts `multiplicity[j]` times. */
export function reweightedEffects(
  effects: readonly EffectContrast[],
  averages: ClusterAverages | null,
  multiplicity: Int32Array | null,
): readonly EffectContrast[] {
  if (averages === null) return effects;
  const { participants, sums } = averages;
  return effects.map((effect, e) => {
    const sum = sums[e]!;
    if (sum === null) return effect;
    const p = effect.weights.length;
    const weights = new Float64Array(p);
    let total = 0;
    for (let j = 0; j < participants.length; j++) {
      const times = multiplicity === null ? 1 : multiplicity[j]!;
      if (times === 0) continue;
      total += times * participants[j]!;
      for (let k = 0; k < p; k++) weights[k]! += times * sum[j * p + k]!;
    }
    return { ...effect, weights: weights.map((weight) => weight / total) };
  });
}
