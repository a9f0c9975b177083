import { NumericalProblem } from "../../contract/problem.ts";
import { cholesky, choleskyInverse, choleskyLogDeterminant, choleskySolve } from "../../numerics/matrix/cholesky.ts";
import { quadraticForm } from "../../numerics/matrix/product.ts";
import { findRoot } from "../../numerics/optimize/findRoot.ts";
import { type Estimation, minusTwoLogLikelihood } from "./likelihood.ts";
import { type MixedAlgebra, solveTotal, toResiduals } from "./mixedAlgebra.ts";
import type { MixedStructure } from "./mixedStructure.ts";

/**
 * The random-intercept model V = σ²(I + ψ blockdiag 11ᵀ), ψ = σ²ᵤ/σ² > −1/max nⱼ, in closed form by cluster. With sⱼ the
 * column sums of [X y], and E = Σⱼ [X y]ᵀ(I − 11ᵀ/nⱼ)[X y] the part that never meets ψ:
 *
 *   [X y]ᵀV*⁻¹[X y] = E + Σ sⱼsⱼᵀ / (nⱼ(1 + nⱼψ)),     log|V*| = Σ log(1 + nⱼψ)
 *
 * Only nⱼ enters the weights, so that clusters of one size n are kept as one sum Sₙ = Σ sⱼsⱼᵀ: an evaluation costs
 * O(distinct sizes · p²) however many clusters there are. With row weights nⱼ is the sum of weights, sⱼ the weighted sums.
 */
export interface InterceptSums {
  readonly clusters: number;
  /** s = p + 1 columns [X y]. */
  readonly columns: number;
  readonly rows: number;
  readonly logWeights: number;
  /** Distinct cluster sizes n. */
  readonly sizes: Float64Array;
  /** Clusters of each size. */
  readonly counts: Float64Array;
  readonly largest: number;
  /** Sₙ of each size, s × s each. */
  readonly squares: readonly Float64Array[];
  /** E, s × s. */
  readonly within: Float64Array;
  readonly scratch: Scratch;
}

/** Room for one evaluation after another: a search makes a hundred of them, and small arrays cost more than their sums. */
interface Scratch {
  readonly total: Float64Array;
  readonly factor: Float64Array;
  /** β̂ of the last evaluation. */
  readonly beta: Float64Array;
  /** (XᵀV*⁻¹X)⁻¹ of the last evaluation that asked for it. */
  readonly covariance: Float64Array;
  readonly direction: Float64Array;
  /** Σ eⱼ² over the clusters of each size, at the last β̂. */
  readonly squared: Float64Array;
}

export function interceptSums({ moments, coefficients: p, rows, logWeights }: MixedStructure): InterceptSums {
  const q = moments.columns.length;
  const s = p + 1;
  const sizes: number[] = [];
  const counts: number[] = [];
  const squares: Float64Array[] = [];
  const position = new Map<number, number>();
  const within = new Float64Array(s * s);
  const sum = new Float64Array(s);
  const columnOf = (a: number) => (a < p ? a : q - 1);
  for (let j = 0; j < moments.groups; j++) {
    const base = j * q * q;
    const n = moments.cross[base]!;
    let at = position.get(n);
    if (at === undefined) {
      at = sizes.push(n) - 1;
      counts.push(0);
      squares.push(new Float64Array(s * s));
      position.set(n, at);
    }
    counts[at]! += 1;
    const square = squares[at]!;
    for (let a = 0; a < s; a++) sum[a] = moments.cross[base + columnOf(a)]!;
    for (let a = 0; a < s; a++) {
      const row = base + columnOf(a) * q;
      for (let b = 0; b <= a; b++) {
        const product = sum[a]! * sum[b]!;
        square[a * s + b]! += product;
        if (b > 0) within[a * s + b]! += moments.cross[row + columnOf(b)]! - product / n;
      }
    }
  }
  for (const matrix of [within, ...squares]) mirror(matrix, s);
  return {
    clusters: moments.groups,
    columns: s,
    rows,
    logWeights,
    sizes: Float64Array.from(sizes),
    counts: Float64Array.from(counts),
    largest: sizes.reduce((most, n) => Math.max(most, n), 0),
    squares,
    within,
    scratch: {
      total: new Float64Array(s * s),
      factor: new Float64Array(p * p),
      beta: new Float64Array(p),
      covariance: new Float64Array(p * p),
      direction: new Float64Array(s).fill(1),
      squared: new Float64Array(sizes.length),
    },
  };
}

function mirror(matrix: Float64Array, s: number): void {
  for (let a = 0; a < s; a++) for (let b = 0; b < a; b++) matrix[b * s + a] = matrix[a * s + b]!;
}

/** E + Σ weight(n) Sₙ, with `start` null for a zero E. */
function weightedTotal(
  { sizes, squares, columns: s }: InterceptSums,
  weight: (n: number) => number,
  start: Float64Array | null,
): Float64Array {
  const out = start === null ? new Float64Array(s * s) : start.slice();
  for (let k = 0; k < sizes.length; k++) {
    const w = weight(sizes[k]!);
    const square = squares[k]!;
    for (let e = 0; e < s * s; e++) out[e]! += w * square[e]!;
  }
  return out;
}

/** The generalised least squares solution at ψ. */
function solveAt(sums: InterceptSums, psi: number) {
  const total = weightedTotal(sums, (n) => 1 / (n * (1 + n * psi)), sums.within);
  let logDeterminant = 0;
  for (let k = 0; k < sums.sizes.length; k++) logDeterminant += sums.counts[k]! * Math.log1p(sums.sizes[k]! * psi);
  return { logDeterminant, ...solveTotal(total, sums.columns) };
}

/** What a search needs of the solution at ψ; β̂ (and the covariance on request) are left in `scratch`. */
interface Trial {
  readonly logDeterminant: number;
  readonly logInformation: number;
  readonly residual: number;
}

function tryAt(sums: InterceptSums, psi: number, withCovariance = false): Trial {
  const { columns: s, sizes, counts, squares, scratch } = sums;
  const { total, factor, beta, covariance } = scratch;
  const p = s - 1;
  total.set(sums.within);
  let logDeterminant = 0;
  for (let k = 0; k < sizes.length; k++) {
    const n = sizes[k]!;
    const weight = 1 / (n * (1 + n * psi));
    const square = squares[k]!;
    for (let e = 0; e < s * s; e++) total[e]! += weight * square[e]!;
    logDeterminant += counts[k]! * Math.log1p(n * psi);
  }
  for (let a = 0; a < p; a++) {
    beta[a] = total[a * s + p]!;
    for (let b = 0; b < p; b++) factor[a * p + b] = total[a * s + b]!;
  }
  if (!cholesky(factor, p, factor)) throw new NumericalProblem("information-not-positive", { coefficients: p });
  choleskySolve(factor, p, beta, beta);
  if (withCovariance) choleskyInverse(factor, p, covariance);
  let residual = total[p * s + p]!;
  for (let a = 0; a < p; a++) residual -= beta[a]! * total[a * s + p]!;
  return { logDeterminant, logInformation: choleskyLogDeterminant(factor, p), residual: Math.max(0, residual) };
}

/** Σ over clusters of eⱼ², the squared sums of residuals at the β̂ in `scratch`, for each size: (−β, 1)ᵀSₙ(−β, 1). */
function squaredResidualSums({ squares, columns: s, scratch }: InterceptSums): Float64Array {
  const { beta, direction, squared } = scratch;
  for (let a = 0; a < s - 1; a++) direction[a] = -beta[a]!;
  for (let k = 0; k < squares.length; k++) squared[k] = quadraticForm(squares[k]!, direction, s);
  return squared;
}

/** tr(V*⁻¹G) − eᵀV*⁻¹GV*⁻¹e/σ² at the β̂ in `scratch`: slope in ψ of the ML deviance at fixed σ². */
function ratioSlope(sums: InterceptSums, psi: number, sigma2: number): number {
  const squared = squaredResidualSums(sums);
  let slope = 0;
  for (let k = 0; k < sums.sizes.length; k++) {
    const n = sums.sizes[k]!;
    const scale = 1 / (1 + n * psi);
    slope += sums.counts[k]! * n * scale - (squared[k]! * scale * scale) / sigma2;
  }
  return slope;
}

/** −2 × log-likelihood with β and (unless `known`) σ² profiled out, and its derivative in ψ. */
export function profileAt(
  sums: InterceptSums,
  psi: number,
  estimation: Estimation,
  known: number | null = null,
): { value: number; slope: number } {
  const { columns: s, sizes, squares, rows, scratch } = sums;
  const p = s - 1;
  const at = tryAt(sums, psi, estimation === "reml");
  const sigma2 = known ?? at.residual / (estimation === "reml" ? rows - p : rows);
  let slope = ratioSlope(sums, psi, sigma2);
  if (estimation === "reml") {
    for (let k = 0; k < sizes.length; k++) {
      const square = squares[k]!;
      let trace = 0;
      for (let a = 0; a < p; a++)
        for (let b = 0; b < p; b++) trace += scratch.covariance[a * p + b]! * square[b * s + a]!;
      slope -= trace / (1 + sizes[k]! * psi) ** 2;
    }
  }
  return { value: minusTwoLogLikelihood({ ...at, coefficients: p }, sigma2, rows, sums.logWeights, estimation), slope };
}

/** ML deviance at given ψ and σ², β profiled out. */
const devianceAt = (sums: InterceptSums, at: Trial, sigma2: number): number =>
  minusTwoLogLikelihood({ ...at, coefficients: sums.columns - 1 }, sigma2, sums.rows, sums.logWeights, "ml");

/** A point of a ridge: residual variance and ML deviance. */
export interface RidgePoint {
  readonly sigma2: number;
  readonly value: number;
}

/**
 * Where the profile deviances of σ²ᵤ and of σ² run, for each ψ: given σ²ᵤ (or σ²), the ML deviance has its slope in the
 * other parameter zero at this ψ when
 *
 *   along σ²ᵤ = ψσ²   σ² = eᵀV*⁻²e / tr V*⁻¹           along σ²   σ² = eᵀV*⁻¹GV*⁻¹e / tr V*⁻¹G
 *
 * so that a profile needs no search inside the search. The second is infinite where no residual sum differs from 0.
 */
export function ridgeAt(sums: InterceptSums, psi: number): { between: RidgePoint; residual: RidgePoint } {
  const at = tryAt(sums, psi);
  const squared = squaredResidualSums(sums);
  let trace = 0;
  let sum = 0;
  for (let k = 0; k < sums.sizes.length; k++) {
    const n = sums.sizes[k]!;
    const scale = 1 / (1 + n * psi);
    trace += sums.counts[k]! * n * scale;
    sum += squared[k]! * scale * scale;
  }
  const point = (sigma2: number): RidgePoint => ({ sigma2, value: devianceAt(sums, at, sigma2) });
  return {
    between: point((at.residual - psi * sum) / (sums.rows - psi * trace)),
    residual: point(sum / trace),
  };
}

/** ML deviance at ψ = 0 and the given σ². */
export const devianceAtNoRatio = (sums: InterceptSums, sigma2: number): number =>
  devianceAt(sums, tryAt(sums, 0), sigma2);

/** ML deviance at a between-cluster variance τ, minimised over σ²: the zero of its slope in log σ². */
export function devianceAtBetween(
  sums: InterceptSums,
  between: number,
  nearby: number,
): { value: number; sigma2: number } {
  const slope = (logSigma2: number) => {
    const sigma2 = Math.exp(logSigma2);
    const psi = between / sigma2;
    const { residual } = tryAt(sums, psi);
    // d/dlog σ² of n log σ² + log|V*| + eᵀV*⁻¹e/σ² along ψ = τ/σ²
    return sums.rows - residual / sigma2 - psi * ratioSlope(sums, psi, sigma2);
  };
  let low = Math.log(nearby) - 0.5;
  let high = low + 1;
  while (slope(low) > 0) low -= 1;
  while (slope(high) < 0) high += 1;
  const sigma2 = Math.exp(findRoot(slope, low, high, { tolerance: 1e-13 }).argument[0]!);
  return { value: devianceAt(sums, tryAt(sums, between / sigma2), sigma2), sigma2 };
}

/** ML deviance at a residual variance σ², minimised over ψ ≥ 0. */
export function devianceAtResidual(
  sums: InterceptSums,
  sigma2: number,
  nearby: number,
): { value: number; psi: number } {
  const slope = (psi: number) => {
    tryAt(sums, psi);
    return ratioSlope(sums, psi, sigma2);
  };
  const solved = (psi: number) => ({ value: devianceAt(sums, tryAt(sums, psi), sigma2), psi });
  if (slope(0) >= 0) return solved(0);
  let high = Math.max(2 * nearby, 1 / sums.largest);
  while (slope(high) < 0) high *= 4;
  return solved(findRoot(slope, 0, high, { tolerance: 1e-13 }).argument[0]!);
}

/** The smallest ψ allowed: 0, or just above −1/max nⱼ under compound symmetry, where V stays positive definite. */
const lowestRatio = (sums: InterceptSums, negative: boolean) => (negative ? -(1 - 1e-9) / sums.largest : 0);

/** Σ w / n */
function meanWeight({ sizes, counts, rows }: InterceptSums): number {
  let total = 0;
  for (let k = 0; k < sizes.length; k++) total += sizes[k]! * counts[k]!;
  return total / rows;
}

/**
 * ψ that maximises the (restricted) likelihood. The criterion is scanned on a grid of the intracluster correlation
 * ψ/(1 + ψ), since it can have two minima; the best bracket is then solved for a zero slope. With a `known` residual
 * variance rows may weigh anything (working weights of counts): the grid is that of a row of mean weight.
 */
export function bestRatio(
  sums: InterceptSums,
  estimation: Estimation,
  negative: boolean,
  known: number | null = null,
): { psi: number; iterations: number } {
  const low = lowestRatio(sums, negative);
  const grid = [low];
  if (negative) for (const share of [0.9, 0.6, 0.3, 0]) grid.push(low * share);
  const unit = known === null ? 1 : 1 / meanWeight(sums);
  for (const icc of [0.003, 0.01, 0.03, 0.1, 0.2, 0.4, 0.7, 0.9, 0.99, 0.9999, 0.999999])
    grid.push((icc / (1 - icc)) * unit);
  let best = { psi: low, value: Number.POSITIVE_INFINITY };
  let evaluations = 0;
  const slope = (psi: number) => {
    evaluations += 1;
    return profileAt(sums, psi, estimation, known).slope;
  };
  let before: { psi: number; slope: number } | null = null;
  for (const psi of grid) {
    const { value, slope: here } = profileAt(sums, psi, estimation, known);
    evaluations += 1;
    if (before === null && here >= 0) best = { psi, value };
    if (before !== null && before.slope < 0 && here >= 0) {
      const root = findRoot(slope, before.psi, psi, { tolerance: 1e-15 }).argument[0]!;
      const there = profileAt(sums, root, estimation, known).value;
      if (there < best.value) best = { psi: root, value: there };
    }
    before = { psi, slope: here };
  }
  // Still falling at the end of the grid: nearly all variance lies between clusters.
  if (before !== null && before.slope < 0) {
    let upper = before.psi;
    for (let k = 0; k < 12; k++) {
      const lower = upper;
      upper *= 100;
      if (slope(upper) >= 0) {
        const root = findRoot(slope, lower, upper, { tolerance: 1e-15 }).argument[0]!;
        const there = profileAt(sums, root, estimation, known).value;
        if (there < best.value) best = { psi: root, value: there };
        break;
      }
    }
  }
  return { psi: best.psi, iterations: evaluations };
}

/**
 * Every sum that variance derivatives and Kenward–Roger need at ψ (DERIVATIONS §3 in units of σ²), λ = 1 + nψ, s and E
 * over the columns [X e]:
 *
 *   P₁ = −Σ ssᵀ/λ²      P₂ = −E − Σ ssᵀ/(nλ²)
 *   Q₁₁ = Σ n ssᵀ/λ³    Q₁₂ = Σ ssᵀ/λ³          Q₂₂ = E + Σ ssᵀ/(nλ³)
 */
export function interceptAlgebra(sums: InterceptSums, psi: number): MixedAlgebra {
  const { columns: s, clusters, sizes, counts, rows } = sums;
  const { beta, covariance, residual, logInformation, logDeterminant } = solveAt(sums, psi);
  const at: InterceptSums = {
    ...sums,
    squares: sums.squares.map((square) => turned(square, beta, s)),
    within: turned(sums.within, beta, s),
  };
  const power = (n: number, k: number) => (1 + n * psi) ** k;
  const first = [
    weightedTotal(at, (n) => -1 / power(n, 2), null),
    weightedTotal(at, (n) => 1 / (n * power(n, 2)), at.within).map((v) => -v),
  ];
  const mixed = weightedTotal(at, (n) => 1 / power(n, 3), null);
  const second = [
    weightedTotal(at, (n) => n / power(n, 3), null),
    mixed,
    mixed,
    weightedTotal(at, (n) => 1 / (n * power(n, 3)), at.within),
  ];
  const traces = Float64Array.of(0, rows - clusters);
  const tracePairs = Float64Array.of(0, 0, 0, rows - clusters);
  for (let k = 0; k < sizes.length; k++) {
    const n = sizes[k]!;
    const scale = 1 / power(n, 1);
    traces[0]! += counts[k]! * n * scale;
    traces[1]! += counts[k]! * scale;
    tracePairs[0]! += counts[k]! * (n * scale) ** 2;
    tracePairs[1]! += counts[k]! * n * scale * scale;
    tracePairs[3]! += counts[k]! * scale * scale;
  }
  tracePairs[2] = tracePairs[1]!;
  return {
    coefficients: s - 1,
    components: 2,
    logDeterminant,
    logInformation,
    beta,
    covariance,
    residual,
    first,
    second,
    traces,
    tracePairs,
  };
}

function turned(matrix: Float64Array, beta: Float64Array, s: number): Float64Array {
  const out = matrix.slice();
  toResiduals(out, beta, s);
  return out;
}
