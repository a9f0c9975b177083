import { DesignProblem } from "../../contract/problem.ts";
import { accumulateMoments } from "../../data/accumulateMoments.ts";
import { columnSource, concatenateColumns } from "../../data/columnSource.ts";
import type { ColumnSource } from "../../data/design.ts";
import { findDependencies } from "../../data/findDependencies.ts";
import { sayDependency } from "../../data/fullRank.ts";
import type { Grouping } from "../../data/grouping.ts";
import type { Moments } from "../../data/moments.ts";
import { type CanonicalBasis, type CanonicalStep, canonicalStep, startingBasis } from "./canonicalBasis.ts";
import { canonicalSource } from "./canonicalSource.ts";
import { type CanonicalMoments, linearClusterParts } from "./linearClusterParts.ts";
import type { LinearFit } from "./linearFit.ts";

/** Cross-products that keep this share of themselves through centring and projection have lost one digit: no second pass. */
const BENIGN = 0.05;

/** Wider than the threshold at which a step gives up, so that the culprit is always found. */
const NEARLY_DEPENDENT = 1e-10;

/** What least squares needs of the rows. */
export interface LinearData {
  /** Names of the design's columns, "intercept" first. */
  readonly terms: readonly string[];
  /** X, intercept first. */
  readonly design: ColumnSource;
  /** y */
  readonly outcome: Float64Array;
  readonly cluster: Grouping;
  /** Positive row weights; only their ratios matter. Default none. */
  readonly weights?: Float64Array | null;
}

/** Cluster moments of [X y] with row weights to the power 0, 1 and 2, about one shift; `plain` alone without weights. */
export interface LinearMoments {
  readonly plain: Moments;
  readonly weighted?: { readonly once: Moments; readonly twice: Moments };
}

/** Relative size of residuals that are rounding: of rows recomputed one by one, and of differences of cross-products. */
const ROUNDING = { rows: (64 * Number.EPSILON) ** 2, moments: 64 * Number.EPSILON };

/**
 * Least squares, β = argmin Σ wᵢ (yᵢ − xᵢᵀβ)², from rows in one pass or two.
 *
 * The first pass accumulates cluster moments about a shift and solves the normal equations. Where these cost more than a
 * digit (collinear columns, a close fit), a second pass recomputes every row in the orthonormal basis found, with its
 * residual, and corrects basis and coefficients. So the digits are those of a QR of the centred design, while memory
 * stays O(J p²).
 *
 * @throws DesignProblem `rank-deficient` when a column of X depends on others, `too-few-rows` when N < p.
 */
export function fitLinear({ terms, design, outcome, cluster, weights }: LinearData): LinearFit {
  const source = concatenateColumns(design, columnSource([outcome]));
  const columns = [...terms, "outcome"];
  const scaled = weights === undefined || weights === null ? null : toMeanOne(weights);
  const rough = accumulateMoments(columns, source, cluster, { weights: scaled });
  const first = stepOrRefuse(rough, startingBasis(terms.length), terms);
  const accumulate = (from: ColumnSource, shift: Float64Array): LinearMoments => {
    const power = (k: 0 | 1 | 2) => accumulateMoments(columns, from, cluster, { weights: scaled, power: k, shift });
    return scaled === null ? { plain: power(1) } : { plain: power(0), weighted: { once: power(1), twice: power(2) } };
  };
  if (first.leastShare > BENIGN) {
    const moments = scaled === null ? { plain: rough } : accumulate(source, rough.shift);
    return finish(moments, startingBasis(terms.length), rough.shift, terms, ROUNDING.moments);
  }
  const rows = canonicalSource(source, first.basis, rough.shift);
  return finish(accumulate(rows, new Float64Array(columns.length)), first.basis, rough.shift, terms, ROUNDING.rows);
}

/**
 * The same from cluster moments alone, where the rows are elsewhere: correct to about 15 digits less twice the digits
 * that collinearity of the centred columns costs. The outcome is the last column.
 *
 * @throws as {@link fitLinear}
 */
export function fitLinearFromMoments(moments: LinearMoments): LinearFit {
  const { columns, shift } = moments.plain;
  const terms = columns.slice(0, -1);
  return finish(moments, startingBasis(terms.length), shift, terms, ROUNDING.moments);
}

function finish(
  moments: LinearMoments,
  previous: CanonicalBasis,
  centre: Float64Array,
  terms: readonly string[],
  rounding: number,
): LinearFit {
  const p = terms.length;
  const { groups: clusters, sizes } = moments.plain;
  const observations = sizes.reduce((total, size) => total + size, 0);
  if (observations < p) throw new DesignProblem("too-few-rows", { rows: observations, coefficients: p });
  const step = stepOrRefuse(moments.weighted?.once ?? moments.plain, previous, terms);
  const canonical = transformAll(moments, step);
  const { basis } = step;
  const root = aboutOrigin(basis.root, p, p, centre);
  const coefficients = aboutOrigin(basis.aboutCentre, p, 1, centre);
  coefficients[0]! += centre[p]!;

  let explained = 0;
  for (let k = 1; k < p; k++) explained += basis.projection[k]! ** 2;
  const residual = step.residualSumOfSquares;
  const size = explained + residual + observations * (2 ** -6 * centre[p]!) ** 2 * (rounding === ROUNDING.rows ? 1 : 0);
  const residualSumOfSquares = residual <= rounding * size ? 0 : residual;
  const residualDf = observations - p;
  const total = explained + residualSumOfSquares;
  return {
    terms,
    observations,
    clusters,
    coefficients,
    root,
    residualSumOfSquares,
    explainedSumOfSquares: explained,
    residualDf,
    residualStandardDeviation: residualDf > 0 ? Math.sqrt(residualSumOfSquares / residualDf) : null,
    rSquared: total > 0 ? explained / total : null,
    fStatistic:
      p > 1 && residualDf > 0 && residualSumOfSquares > 0
        ? explained / (p - 1) / (residualSumOfSquares / residualDf)
        : null,
    ...clusterResiduals(canonical, clusters, basis.root[0]!, p),
    clusterParts: linearClusterParts(canonical, clusters, observations, root),
  };
}

function stepOrRefuse(moments: Moments, previous: CanonicalBasis, terms: readonly string[]): CanonicalStep {
  const total = totalOf(moments);
  const step = canonicalStep(total, previous);
  if (step !== null) return step;
  const p = terms.length;
  const design = Float64Array.from({ length: p * p }, (_, i) => total[Math.floor(i / p) * (p + 1) + (i % p)]!);
  const found = findDependencies(terms, design, moments.shift, NEARLY_DEPENDENT);
  throw new DesignProblem("rank-deficient", {
    columns: found.map(({ column }) => column),
    dependencies: found.map(sayDependency),
  });
}

/** Weights scaled to mean 1, so that no result depends on their unit. */
function toMeanOne(weights: Float64Array): Float64Array {
  let total = 0;
  for (let i = 0; i < weights.length; i++) total += weights[i]!;
  const scale = weights.length / total;
  return weights.map((w) => w * scale);
}

/** Moments of all clusters together, q × q. */
function totalOf({ cross, columns, groups }: Moments): Float64Array {
  const block = columns.length ** 2;
  const total = new Float64Array(block);
  for (let j = 0; j < groups; j++) for (let i = 0; i < block; i++) total[i]! += cross[j * block + i]!;
  return total;
}

function transformAll({ plain, weighted }: LinearMoments, step: CanonicalStep): CanonicalMoments {
  if (weighted === undefined) return { weighted: false, plain: transformed(plain, step) };
  return {
    weighted: true,
    plain: transformed(plain, step),
    once: transformed(weighted.once, step),
    twice: transformed(weighted.twice, step),
  };
}

/** A C Aᵀ of every cluster's block C; A is lower triangular. */
function transformed({ cross, columns, groups }: Moments, { transform }: CanonicalStep): Float64Array {
  const q = columns.length;
  const out = new Float64Array(cross.length);
  const row = new Float64Array(q);
  for (let base = 0; base < groups * q * q; base += q * q)
    for (let i = 0; i < q; i++) {
      for (let l = 0; l < q; l++) {
        let value = 0;
        for (let k = 0; k <= i; k++) value += transform[i * q + k]! * cross[base + k * q + l]!;
        row[l] = value;
      }
      for (let j = 0; j <= i; j++) {
        let value = 0;
        for (let l = 0; l <= j; l++) value += row[l]! * transform[j * q + l]!;
        out[base + i * q + j] = value;
        out[base + j * q + i] = value;
      }
    }
  return out;
}

/** Rows of a p × m matrix about the centre, moved to the origin: intercept row − Σ cₖ · row k. */
function aboutOrigin(matrix: Float64Array, p: number, m: number, centre: Float64Array): Float64Array {
  const out = matrix.slice();
  for (let k = 1; k < p; k++) for (let l = 0; l < m; l++) out[l]! -= centre[k]! * matrix[k * m + l]!;
  return out;
}

/** Σ w e and Σ w e² per cluster; the first canonical column is the constant T₀₀. */
function clusterResiduals(moments: CanonicalMoments, clusters: number, constant: number, p: number) {
  const q = p + 1;
  const blocks = moments.weighted ? moments.once : moments.plain;
  const clusterResidualSums = new Float64Array(clusters);
  const clusterResidualSquares = new Float64Array(clusters);
  for (let j = 0, base = 0; j < clusters; j++, base += q * q) {
    clusterResidualSums[j] = blocks[base + p]! / constant;
    clusterResidualSquares[j] = blocks[base + q * q - 1]!;
  }
  return { clusterResidualSums, clusterResidualSquares };
}
