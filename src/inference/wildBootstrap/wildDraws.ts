import { randomStream } from "../../numerics/random/randomStream.ts";

export const wildDrawNames = ["auto", "rademacher", "webb", "mammen"] as const;
export type WildDrawName = Exclude<(typeof wildDrawNames)[number], "auto">;

/** The random weights of a wild bootstrap, one per cluster, by number of replicate. */
export interface WildDraws {
  readonly name: WildDrawName;
  /** J */
  readonly clusters: number;
  /** Replicates to compute. */
  readonly count: number;
  /** How many vectors of weights one replicate stands for: 2 where the opposite vector, which gives −t*, is left out. */
  readonly each: number;
  /** Are they all vectors that there are? */
  readonly complete: boolean;
  /** Does replicate k differ from k − 1 in the sign of cluster {@link flippedBy} alone? */
  readonly gray: boolean;
  /** Writes the J weights of replicate k; depends on k alone. */
  fill(k: number, weights: Float64Array): void;
}

/** Clusters up to which `auto` takes Webb's weights: Rademacher's have too few vectors there. */
const FEW_CLUSTERS = 12;
/** Webb's six points, each equally likely. */
const webb = [Math.sqrt(1.5), 1, Math.sqrt(0.5), -Math.sqrt(0.5), -1, -Math.sqrt(1.5)];
/** Mammen's two points, with mean 0, variance 1 and third moment 1, and the probability of the first. */
const mammen = {
  low: (1 - Math.sqrt(5)) / 2,
  high: (1 + Math.sqrt(5)) / 2,
  ofLow: (Math.sqrt(5) + 1) / (2 * Math.sqrt(5)),
};

/** The cluster whose sign replicate k > 0 of a Gray code turns; the first cluster keeps its sign. */
export const flippedBy = (k: number): number => 32 - Math.clz32(k & -k);

/**
 * Weights by name. Rademacher's (2ᴶ vectors) and Webb's (6ᴶ) are enumerated when there are no more of them than `draws`,
 * half of them being the opposites of the others; otherwise replicate k is drawn from stream k of the seed, cluster by
 * cluster.
 *
 * @param asked `auto`: Webb's up to 12 clusters, Rademacher's beyond
 * @param order of the J ≥ 2 clusters, in which random weights are drawn
 */
export function wildDraws(asked: "auto" | WildDrawName, order: Int32Array, draws: number, seed: number): WildDraws {
  const clusters = order.length;
  const name = asked === "auto" ? (clusters <= FEW_CLUSTERS ? "webb" : "rademacher") : asked;
  const vectors = name === "mammen" ? Number.POSITIVE_INFINITY : (name === "webb" ? 6 : 2) ** clusters;
  if (vectors <= draws) {
    const fill = name === "webb" ? webbVector : grayCode;
    return { name, clusters, count: vectors / 2, each: 2, complete: true, gray: name === "rademacher", fill };
  }
  return { name, clusters, count: draws, each: 1, complete: false, gray: false, fill: drawn(name, order, seed) };
}

/** Bit j − 1 of the Gray code of k turns cluster j; the first cluster stays at 1. */
function grayCode(k: number, weights: Float64Array): void {
  weights[0] = 1;
  const code = k ^ (k >>> 1);
  for (let j = 1; j < weights.length; j++) weights[j] = (code >>> (j - 1)) & 1 ? -1 : 1;
}

/** Digits of k to the base of 6, the first cluster's to the base of 3. */
function webbVector(k: number, weights: Float64Array): void {
  weights[0] = webb[k % 3]!;
  let rest = Math.floor(k / 3);
  for (let j = 1; j < weights.length; j++) {
    weights[j] = webb[rest % 6]!;
    rest = Math.floor(rest / 6);
  }
}

function drawn(name: WildDrawName, order: Int32Array, seed: number): WildDraws["fill"] {
  const stream = randomStream(seed);
  switch (name) {
    case "rademacher":
      return (k, weights) => {
        stream.restart(k);
        let bits = 0;
        for (let j = 0; j < weights.length; j++) {
          if (j % 32 === 0) bits = stream.uint32();
          weights[order[j]!] = 1 - 2 * (bits & 1);
          bits >>>= 1;
        }
      };
    case "webb":
      return (k, weights) => {
        stream.restart(k);
        for (let j = 0; j < weights.length; j++) weights[order[j]!] = webb[stream.integer(6)]!;
      };
    case "mammen":
      return (k, weights) => {
        stream.restart(k);
        for (let j = 0; j < weights.length; j++)
          weights[order[j]!] = stream.uniform() < mammen.ofLow ? mammen.low : mammen.high;
      };
  }
}
