import { DesignProblem } from "../../contract/problem.ts";
import { accumulateMoments } from "../../data/accumulateMoments.ts";
import { columnSource, concatenateColumns } from "../../data/columnSource.ts";
import type { ColumnSource, Design } from "../../data/design.ts";
import { findDependencies } from "../../data/findDependencies.ts";
import { sayDependency } from "../../data/fullRank.ts";
import type { Grouping } from "../../data/grouping.ts";
import { type CanonicalBasis, canonicalStep, startingBasis } from "../linear/canonicalBasis.ts";
import { canonicalSource } from "../linear/canonicalSource.ts";

/** One of two regressions of the same rows, with covariates of its own. */
export interface EquationRows {
  /** Names its outcome in problems. */
  readonly column: string;
  /** y, length N. */
  readonly values: Float64Array;
  /** X, N × p, intercept first. */
  readonly design: Design;
}

/** An equation in canonical coordinates: y = Xβ₀ + unit · e with β = β₀ + unit · root · γ for the coefficients γ of e on x̂. */
export interface CanonicalEquation {
  readonly column: string;
  /** p */
  readonly coefficients: number;
  /** Where its columns x̂ begin among those of the moments. */
  readonly at: number;
  /** Where its e is; it follows x̂. */
  readonly residual: number;
  /** β₀, least squares. */
  readonly leastSquares: Float64Array;
  /** p × p: from coordinates of x̂ to coefficients. */
  readonly root: Float64Array;
  /** log |det root| */
  readonly logRoot: number;
  /** Root mean square of the least-squares residuals, in the unit of y. */
  readonly unit: number;
}

/**
 * Cluster cross-products of two regressions of the same rows: columns [x̂₁ e₁ x̂₂ e₂], where x̂ₖ are the columns of
 * equation k made orthonormal (over all rows, weighted) and eₖ its least-squares residuals of mean square 1. Column 0 is a
 * constant. Sufficient for least squares and seemingly unrelated regressions with cluster-robust variances, and for the
 * bivariate mixed model.
 */
export interface JointMoments {
  readonly equations: readonly [CanonicalEquation, CanonicalEquation];
  /** q = p₁ + p₂ + 2 */
  readonly columns: number;
  /** J */
  readonly clusters: number;
  /** nⱼ */
  readonly sizes: Int32Array;
  /** N */
  readonly rows: number;
  /** Value of column 0. */
  readonly constant: number;
  /** J × q × q with weights to the power 0 (`plain`), 1 and 2; all the same array without weights. */
  readonly plain: Float64Array;
  readonly once: Float64Array;
  readonly twice: Float64Array;
  readonly weighted: boolean;
}

/** Relative size of residuals that are rounding of recomputed rows. */
const ROUNDING = 64 * Number.EPSILON;

/** Wider than the threshold at which a step gives up, so that the culprit is always found. */
const NEARLY_DEPENDENT = 1e-10;

/**
 * One pass over the rows finds a basis per equation, a second recomputes every row in it, so that neither collinear
 * columns nor amounts in the millions beside utilities below 1 cost digits. Memory O(J (p₁ + p₂)²).
 *
 * @param weights positive row weights, of which only the ratios matter; null for none
 * @throws DesignProblem `too-few-rows`, `rank-deficient`, `no-variation` for an outcome that is fitted exactly.
 */
export function jointMoments(
  equations: readonly [EquationRows, EquationRows],
  cluster: Grouping,
  weights: Float64Array | null = null,
): JointMoments {
  const scaled = weights === null ? null : toMeanOne(weights);
  const [first, second] = [canonical(equations[0], cluster, scaled), canonical(equations[1], cluster, scaled)];
  const source = concatenateColumns(first.source, second.source);
  const q = source.width;
  const names = Array.from({ length: q }, (_, k) => (k === 0 ? "intercept" : String(k)));
  const accumulate = (power: 0 | 1 | 2) =>
    accumulateMoments(names, source, cluster, { weights: scaled, power, shift: new Float64Array(q) }).cross;
  const plain = accumulate(0);
  const once = scaled === null ? plain : accumulate(1);
  const twice = scaled === null ? plain : accumulate(2);

  const rows = cluster.codes.length;
  const p = first.basis.coefficients;
  const places = [p, q - 1] as const;
  const units = places.map((at, k) => unitOf(once, q, at, rows, equations[k]!, [first, second][k]!.size));
  for (const moments of new Set([plain, once, twice])) toUnits(moments, q, places, units);
  const describe = (k: 0 | 1): CanonicalEquation => {
    const { basis, centre } = k === 0 ? first : second;
    const size = basis.coefficients;
    const leastSquares = aboutOrigin(basis.aboutCentre, size, 1, centre);
    leastSquares[0]! += centre[size]!;
    let logRoot = 0;
    for (let a = 0; a < size; a++) logRoot += Math.log(Math.abs(basis.root[a * size + a]!));
    return {
      column: equations[k].column,
      coefficients: size,
      at: k === 0 ? 0 : p + 1,
      residual: places[k],
      leastSquares,
      root: aboutOrigin(basis.root, size, size, centre),
      logRoot,
      unit: units[k]!,
    };
  };
  return {
    equations: [describe(0), describe(1)],
    columns: q,
    clusters: cluster.labels.length,
    sizes: cluster.sizes,
    rows,
    constant: first.basis.root[0]!,
    plain,
    once,
    twice,
    weighted: scaled !== null,
  };
}

/** Σⱼ Cⱼ, q × q. */
export function totalMoments(cross: Float64Array, columns: number): Float64Array {
  const block = columns * columns;
  const total = new Float64Array(block);
  for (let at = 0; at < cross.length; at += block) for (let i = 0; i < block; i++) total[i]! += cross[at + i]!;
  return total;
}

interface CanonicalRows {
  readonly basis: CanonicalBasis;
  readonly centre: Float64Array;
  /** [x̂ e] */
  readonly source: ColumnSource;
  /** Σ w (y − c)² */
  readonly size: number;
}

function canonical({ design, values }: EquationRows, cluster: Grouping, weights: Float64Array | null): CanonicalRows {
  const names = [...design.terms.map(({ name }) => name), "outcome"];
  const p = design.terms.length;
  if (values.length <= p) throw new DesignProblem("too-few-rows", { rows: values.length, coefficients: p });
  const source = concatenateColumns(design, columnSource([values]));
  const moments = accumulateMoments(names, source, cluster, { weights });
  const total = totalMoments(moments.cross, p + 1);
  const step = canonicalStep(total, startingBasis(p));
  if (step === null) {
    const ofDesign = Float64Array.from({ length: p * p }, (_, i) => total[Math.floor(i / p) * (p + 1) + (i % p)]!);
    const found = findDependencies(names.slice(0, p), ofDesign, moments.shift, NEARLY_DEPENDENT);
    throw new DesignProblem("rank-deficient", {
      columns: found.map(({ column }) => column),
      dependencies: found.map(sayDependency),
    });
  }
  const { basis } = step;
  return {
    basis,
    centre: moments.shift,
    source: canonicalSource(source, basis, moments.shift),
    size: total[(p + 1) ** 2 - 1]!,
  };
}

function unitOf(
  cross: Float64Array,
  q: number,
  at: number,
  rows: number,
  { column }: EquationRows,
  size: number,
): number {
  let squares = 0;
  for (let base = 0; base < cross.length; base += q * q) squares += cross[base + at * q + at]!;
  if (!(squares > ROUNDING ** 2 * size)) throw new DesignProblem("no-variation", { term: column });
  return Math.sqrt(squares / rows);
}

/** Divides the columns at `places` by their units. */
function toUnits(cross: Float64Array, q: number, places: readonly number[], units: readonly number[]): void {
  places.forEach((at, k) => {
    const scale = 1 / units[k]!;
    for (let base = 0; base < cross.length; base += q * q)
      for (let a = 0; a < q; a++) {
        cross[base + at * q + a]! *= scale;
        cross[base + a * q + at]! *= scale;
      }
  });
}

function toMeanOne(weights: Float64Array): Float64Array {
  const scale = weights.length / weights.reduce((sum, w) => sum + w, 0);
  return weights.map((w) => w * scale);
}

/** Rows of a p × m matrix about the centre, moved to the origin: intercept row − Σ cₖ · row k. */
function aboutOrigin(matrix: Float64Array, p: number, m: number, centre: Float64Array): Float64Array {
  const out = matrix.slice();
  for (let k = 1; k < p; k++) for (let l = 0; l < m; l++) out[l]! -= centre[k]! * matrix[k * m + l]!;
  return out;
}
