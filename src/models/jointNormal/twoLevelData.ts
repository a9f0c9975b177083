import type { Grouping } from "../../data/grouping.ts";

/** Several variables of members of clusters, some values missing, with complete predictors. */
export interface TwoLevelData {
  readonly rows: number;
  /** Variables p: the yes-or-no ones first. */
  readonly variables: number;
  /** How many of them are yes-or-no. */
  readonly binaries: number;
  /** n × p, row-major; 0 or 1 for the yes-or-no ones; anything where missing. */
  readonly values: Float64Array;
  /** n × p: 1 where the value is known. */
  readonly observed: Uint8Array;
  /** Predictors k. */
  readonly predictors: number;
  /** X, n × k, of full rank; first a column of ones. */
  readonly design: Float64Array;
  readonly cluster: Pick<Grouping, "codes" | "labels">;
}

/**
 * Priors of the joint model: inverse Wishart for both covariance matrices, each with a diagonal scale; flat for
 * coefficients, normal with a large variance for those of yes-or-no variables, whose likelihood may rise for ever.
 */
export interface TwoLevelPrior {
  /** Degrees of freedom, above p − 1. */
  readonly withinDf: number;
  /** Diagonal of the scale matrix. */
  readonly withinScale: number;
  readonly betweenDf: number;
  readonly betweenScale: number;
  /** Prior variance of the coefficients of yes-or-no variables. */
  readonly binaryVariance: number;
}

/** Rows that miss the same variables. */
export interface Pattern {
  readonly missing: readonly number[];
  readonly known: readonly number[];
  readonly rows: Int32Array;
}

/** What stays the same from one iteration and one chain to the next. */
export interface TwoLevelStatistics {
  readonly data: TwoLevelData;
  /** Rows that the sampler goes through, by what they miss; complete ones only when a latent variable is to be drawn. */
  readonly patterns: readonly Pattern[];
  /** Rows that miss everything: they say nothing of the parameters and are filled in at the end. */
  readonly empty: Int32Array;
  /** Rows with some value, per cluster. */
  readonly sizes: Int32Array;
  /** Distinct sizes above 0, and which of them each cluster has; −1 for 0. */
  readonly distinct: Int32Array;
  readonly sizeOf: Int32Array;
  /** Rows with some value. */
  readonly active: number;
  /** XᵀX over active rows, k × k. */
  readonly squares: Float64Array;
  /** Σⱼ sⱼ, sⱼ = Σᵢ xᵢ of cluster j, J × k. */
  readonly clusterDesign: Float64Array;
  /** Per distinct size, Σⱼ sⱼ sⱼᵀ / nⱼ over clusters of that size. */
  readonly sizeSquares: readonly Float64Array[];
  /** Of the rows outside `patterns`: XᵀY (k × p), YᵀY (p × p), cluster sums of Y (J × p). */
  readonly fixedCross: Float64Array;
  readonly fixedSquares: Float64Array;
  readonly fixedSums: Float64Array;
}

/** Sorts rows by what they miss and adds up what no draw will change. */
export function twoLevelStatistics(data: TwoLevelData): TwoLevelStatistics {
  const { rows, variables: p, predictors: k, observed, binaries, values, design, cluster } = data;
  const clusters = cluster.labels.length;
  const byPattern = new Map<string, number[]>();
  const empty: number[] = [];
  const complete: number[] = [];
  const sizes = new Int32Array(clusters);
  for (let i = 0; i < rows; i++) {
    const mask = observed.subarray(i * p, (i + 1) * p);
    if (mask.every((seen) => seen === 0)) {
      empty.push(i);
      continue;
    }
    const j = cluster.codes[i]!;
    sizes[j] = sizes[j]! + 1;
    if (binaries === 0 && mask.every((seen) => seen === 1)) {
      complete.push(i);
      continue;
    }
    const key = mask.join("");
    const held = byPattern.get(key);
    if (held === undefined) byPattern.set(key, [i]);
    else held.push(i);
  }
  const patterns = [...byPattern]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, members]): Pattern => {
      const seen = [...key].map((mark) => mark === "1");
      const indices = seen.map((_, c) => c);
      return {
        missing: indices.filter((c) => !seen[c]!),
        known: indices.filter((c) => seen[c]!),
        rows: Int32Array.from(members),
      };
    });
  const distinct = Int32Array.from(new Set([...sizes].filter((size) => size > 0))).sort();
  const sizeOf = sizes.map((size) => distinct.indexOf(size));

  const squares = new Float64Array(k * k);
  const clusterDesign = new Float64Array(clusters * k);
  const isEmpty = new Uint8Array(rows);
  for (const i of empty) isEmpty[i] = 1;
  for (let i = 0; i < rows; i++) {
    if (isEmpty[i] === 1) continue;
    const j = cluster.codes[i]!;
    for (let a = 0; a < k; a++) {
      const x = design[i * k + a]!;
      clusterDesign[j * k + a] = clusterDesign[j * k + a]! + x;
      for (let b = 0; b < k; b++) squares[a * k + b] = squares[a * k + b]! + x * design[i * k + b]!;
    }
  }
  const sizeSquares = Array.from(distinct, () => new Float64Array(k * k));
  for (let j = 0; j < clusters; j++) {
    if (sizes[j] === 0) continue;
    const sums = sizeSquares[sizeOf[j]!]!;
    for (let a = 0; a < k; a++)
      for (let b = 0; b < k; b++)
        sums[a * k + b] = sums[a * k + b]! + (clusterDesign[j * k + a]! * clusterDesign[j * k + b]!) / sizes[j]!;
  }
  const fixedCross = new Float64Array(k * p);
  const fixedSquares = new Float64Array(p * p);
  const fixedSums = new Float64Array(clusters * p);
  for (const i of complete) addRow(values, design, i, p, k, cluster.codes[i]!, fixedCross, fixedSquares, fixedSums);
  return {
    data,
    patterns,
    empty: Int32Array.from(empty),
    sizes,
    distinct,
    sizeOf,
    active: rows - empty.length,
    squares,
    clusterDesign,
    sizeSquares,
    fixedCross,
    fixedSquares,
    fixedSums,
  };
}

/** Adds row i, whose y and x stand in n × p and n × k arrays, to XᵀY, YᵀY (lower triangle) and its cluster's sum. */
export function addRow(
  y: Float64Array,
  x: Float64Array,
  i: number,
  p: number,
  k: number,
  j: number,
  cross: Float64Array,
  squares: Float64Array,
  sums: Float64Array,
): void {
  const row = i * p;
  for (let c = 0; c < p; c++) {
    const value = y[row + c]!;
    sums[j * p + c] = sums[j * p + c]! + value;
    for (let d = 0; d <= c; d++) squares[c * p + d] = squares[c * p + d]! + value * y[row + d]!;
    for (let a = 0; a < k; a++) cross[a * p + c] = cross[a * p + c]! + x[i * k + a]! * value;
  }
}
