import type { ArmSample, ClusterSize, Sample } from "../contract/analysis.ts";
import type { Frame } from "./frame.ts";

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
    byArm: arm === null ? [] : arm.levels.map((_, level) => armSample(frame, level, perCluster)),
    clusterSize: clusterSizes(perCluster),
    excluded: frame.excluded,
  };
}

function participantsPerCluster({ cluster, participant, outcome }: Frame): Float64Array {
  const sizes = new Float64Array(cluster.labels.length);
  if (participant !== null) {
    const seen = new Uint8Array(participant.labels.length);
    participant.codes.forEach((code, i) => {
      if (seen[code] === 0) sizes[cluster.codes[i]!] = sizes[cluster.codes[i]!]! + 1;
      seen[code] = 1;
    });
  } else {
    cluster.codes.forEach((code, i) => {
      sizes[code] = sizes[code]! + (outcome.kind === "grouped" ? outcome.trials[i]! : 1);
    });
  }
  return sizes;
}

function clusterSizes(sizes: Float64Array): ClusterSize {
  const { mean, sd } = meanAndSd(sizes);
  return {
    min: sizes.reduce((a, b) => Math.min(a, b)),
    mean,
    max: sizes.reduce((a, b) => Math.max(a, b)),
    cv: sd === null ? null : sd / mean,
  };
}

function armSample(frame: Frame, level: number, perCluster: Float64Array): ArmSample {
  const { outcome } = frame;
  const arm = frame.arm!;
  let clusters = 0;
  let participants = 0;
  arm.ofCluster.forEach((code, j) => {
    if (code !== level) return;
    clusters++;
    participants += perCluster[j]!;
  });
  const inArm = { arm: arm.levels[level]!, clusters, participants };
  const values = valuesOf(frame, level, frame.outcome.values);
  const sum = values.reduce((total, value) => total + value, 0);
  switch (outcome.kind) {
    case "continuous":
      return { ...inArm, ...meanAndSd(values), events: null };
    case "binary":
      return { ...inArm, mean: sum / values.length, sd: null, events: sum };
    case "grouped":
      return { ...inArm, mean: sum / participants, sd: null, events: sum };
    case "count":
      return { ...inArm, ...meanAndSd(perParticipant(frame, level, values)), events: sum };
  }
}

function valuesOf({ arm, cluster }: Frame, level: number, values: Float64Array): Float64Array {
  return values.filter((_, i) => arm!.ofCluster[cluster.codes[i]!] === level);
}

/** Counts of a participant's rows added up. */
function perParticipant(frame: Frame, level: number, counts: Float64Array): Float64Array {
  const { participant } = frame;
  if (participant === null) return counts;
  const totals = new Float64Array(participant.labels.length);
  const present = new Uint8Array(participant.labels.length);
  frame.outcome.values.forEach((value, i) => {
    if (frame.arm!.ofCluster[frame.cluster.codes[i]!] !== level) return;
    totals[participant.codes[i]!] = totals[participant.codes[i]!]! + value;
    present[participant.codes[i]!] = 1;
  });
  return totals.filter((_, code) => present[code] === 1);
}

/** Two passes, so that a large mean does not swallow the deviations. */
function meanAndSd(values: Float64Array): { mean: number; sd: number | null } {
  const n = values.length;
  const pilot = values.reduce((sum, value) => sum + value, 0) / n;
  const rest = values.reduce((sum, value) => sum + (value - pilot), 0) / n;
  const mean = pilot + rest;
  if (n < 2) return { mean, sd: null };
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return { mean, sd: Math.sqrt(squares / (n - 1)) };
}
