import type { ArmSample, ClusterSize, Sample } from "../contract/analysis.ts";
import type { Arm, Frame } from "./frame.ts";

/**
 * Who was analysed: clusters, participants, outcome by arm, cluster sizes in participants, exclusions.
 *
 * Participants are the distinct ones where a participant column is given, the trials of a grouped outcome, else rows.
 * The standard deviation has divisor n − 1 and is that of all outcomes of an arm, clusters ignored.
 */
export function describeSample(frame: Frame): Sample {
  const { cluster, arm, rows } = frame;
  const clusters = cluster.labels.length;
  const perCluster = participantsPerCluster(frame);
  return {
    clusters,
    participants: perCluster.reduce((sum, size) => sum + size, 0),
    rows,
    control: arm === null ? null : arm.levels[0]!,
    byArm: arm === null ? [] : armSamples(frame, arm, perCluster),
    clusterSize: clusterSizes(perCluster),
    excluded: frame.excluded,
  };
}

/** Participants of each cluster: the distinct ones where rows name them, the trials of a grouped outcome, else rows. */
export function participantsPerCluster({
  cluster,
  participant,
  outcome,
}: Pick<Frame, "cluster" | "participant" | "outcome">): Float64Array {
  const sizes = new Float64Array(cluster.labels.length);
  if (participant !== null) {
    const seen = new Uint8Array(participant.labels.length);
    for (let i = 0; i < participant.codes.length; i++) {
      const code = participant.codes[i]!;
      const j = cluster.codes[i]!;
      if (seen[code] === 0) sizes[j] = sizes[j]! + 1;
      seen[code] = 1;
    }
  } else if (outcome.kind === "grouped") {
    for (let i = 0; i < cluster.codes.length; i++) {
      const j = cluster.codes[i]!;
      sizes[j] = sizes[j]! + outcome.trials[i]!;
    }
  } else {
    sizes.set(cluster.sizes);
  }
  return sizes;
}

function clusterSizes(sizes: Float64Array): ClusterSize {
  const spread = meansByArm(sizes, 1, () => 0);
  const mean = spread.mean[0]!;
  const sd = spread.sd[0]!;
  return {
    min: sizes.reduce((a, b) => Math.min(a, b)),
    mean,
    max: sizes.reduce((a, b) => Math.max(a, b)),
    cv: sd === null ? null : sd / mean,
  };
}

function armSamples(frame: Frame, arm: Arm, perCluster: Float64Array): readonly ArmSample[] {
  const { outcome, cluster } = frame;
  const arms = arm.levels.length;
  const clusters = new Int32Array(arms);
  const participants = new Float64Array(arms);
  for (let j = 0; j < perCluster.length; j++) {
    const level = arm.ofCluster[j]!;
    clusters[level] = clusters[level]! + 1;
    participants[level] = participants[level]! + perCluster[j]!;
  }
  const units = unitsOf(frame);
  const { mean, sd, sum } = meansByArm(units.values, arms, (i) => arm.ofCluster[cluster.codes[units.row(i)]!]!);
  const dichotomous = outcome.kind === "binary" || outcome.kind === "grouped";
  return arm.levels.map((level, k) => ({
    arm: level,
    clusters: clusters[k]!,
    participants: participants[k]!,
    mean: outcome.kind === "grouped" ? sum[k]! / participants[k]! : mean[k]!,
    sd: dichotomous ? null : sd[k]!,
    events: outcome.kind === "continuous" ? null : sum[k]!,
  }));
}

/** What a mean by arm is taken over: rows, but for counts participants, their rows added up. */
function unitsOf({ outcome, participant }: Frame): { values: Float64Array; row: (unit: number) => number } {
  if (outcome.kind !== "count" || participant === null) return { values: outcome.values, row: (i) => i };
  const totals = new Float64Array(participant.labels.length);
  const rowOf = new Int32Array(participant.labels.length);
  for (let i = 0; i < outcome.values.length; i++) {
    const code = participant.codes[i]!;
    totals[code] = totals[code]! + outcome.values[i]!;
    rowOf[code] = i;
  }
  return { values: totals, row: (unit) => rowOf[unit]! };
}

interface Means {
  readonly mean: Float64Array;
  readonly sum: Float64Array;
  readonly sd: readonly (number | null)[];
}

/** Two passes, so that a large mean does not swallow the deviations. */
function meansByArm(values: Float64Array, arms: number, armAt: (index: number) => number): Means {
  const n = new Float64Array(arms);
  const sum = new Float64Array(arms);
  for (let i = 0; i < values.length; i++) {
    const k = armAt(i);
    n[k] = n[k]! + 1;
    sum[k] = sum[k]! + values[i]!;
  }
  const pilot = sum.map((total, k) => total / n[k]!);
  const rest = new Float64Array(arms);
  const squares = new Float64Array(arms);
  for (let i = 0; i < values.length; i++) {
    const k = armAt(i);
    const d = values[i]! - pilot[k]!;
    rest[k] = rest[k]! + d;
    squares[k] = squares[k]! + d * d;
  }
  const mean = pilot.map((value, k) => value + rest[k]! / n[k]!);
  const sd = Array.from(squares, (ss, k) =>
    n[k]! < 2 ? null : Math.sqrt(Math.max(0, ss - rest[k]! ** 2 / n[k]!) / (n[k]! - 1)),
  );
  return { mean, sum, sd };
}
