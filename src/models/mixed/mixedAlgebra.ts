import { NumericalProblem } from "../../contract/problem.ts";
import { cholesky, choleskyInverse, choleskyLogDeterminant, choleskySolve } from "../../numerics/matrix/cholesky.ts";

/**
 * One evaluation of V* = V/σ² = I + Σᵣ ψᵣGᵣ, as sums over clusters. The c "components" are the variance parameters ψᵣ
 * followed by the residual (G = I). Matrices are (p + 1) × (p + 1) over the columns [X e] with e = y − Xβ̂.
 */
export interface MixedAlgebra {
  readonly coefficients: number;
  readonly components: number;
  /** log|V*| */
  readonly logDeterminant: number;
  /** log|XᵀV*⁻¹X| */
  readonly logInformation: number;
  /** Generalised least squares estimate, on the shifted columns. */
  readonly beta: Float64Array;
  /** (XᵀV*⁻¹X)⁻¹, p × p. */
  readonly covariance: Float64Array;
  /** eᵀV*⁻¹e */
  readonly residual: number;
  /** −[X e]ᵀV*⁻¹GᵢV*⁻¹[X e] */
  readonly first: readonly Float64Array[];
  /** [X e]ᵀV*⁻¹GᵢV*⁻¹GₖV*⁻¹[X e] at index i · c + k */
  readonly second: readonly Float64Array[];
  /** tr(V*⁻¹Gᵢ) */
  readonly traces: Float64Array;
  /** tr(V*⁻¹GᵢV*⁻¹Gₖ), c × c */
  readonly tracePairs: Float64Array;
}

/** The same sums in the columns [X y], before β̂ is known; `total` is [X y]ᵀV*⁻¹[X y]. */
export interface RawAlgebra {
  readonly total: Float64Array;
  readonly logDeterminant: number;
  readonly first: readonly Float64Array[];
  readonly second: readonly Float64Array[];
  readonly traces: Float64Array;
  readonly tracePairs: Float64Array;
}

/** β̂, its unscaled covariance and the residual sum from [X y]ᵀV*⁻¹[X y] (s × s, s = p + 1). */
export function solveTotal(total: Float64Array, s: number) {
  const p = s - 1;
  const information = new Float64Array(p * p);
  const beta = new Float64Array(p);
  for (let a = 0; a < p; a++) {
    beta[a] = total[a * s + p]!;
    for (let b = 0; b < p; b++) information[a * p + b] = total[a * s + b]!;
  }
  const factor = new Float64Array(p * p);
  if (!cholesky(information, p, factor)) throw new NumericalProblem("information-not-positive", { coefficients: p });
  choleskySolve(factor, p, beta, beta);
  const covariance = new Float64Array(p * p);
  choleskyInverse(factor, p, covariance);
  let residual = total[p * s + p]!;
  for (let a = 0; a < p; a++) residual -= beta[a]! * total[a * s + p]!;
  return { beta, covariance, residual: Math.max(0, residual), logInformation: choleskyLogDeterminant(factor, p) };
}

/** Columns [X y] → [X e]: M ← TᵀMT with T = [I −β; 0 1]. In place; `turned` is Mᵀ-aware, M need not be symmetric. */
export function toResiduals(matrix: Float64Array, beta: Float64Array, s: number): void {
  const p = s - 1;
  for (let a = 0; a < s; a++) {
    let value = matrix[a * s + p]!;
    for (let b = 0; b < p; b++) value -= matrix[a * s + b]! * beta[b]!;
    matrix[a * s + p] = value;
  }
  for (let b = 0; b < s; b++) {
    let value = matrix[p * s + b]!;
    for (let a = 0; a < p; a++) value -= beta[a]! * matrix[a * s + b]!;
    matrix[p * s + b] = value;
  }
}

/**
 * Completes the sums of the variance parameters with those of the residual. Since V*⁻¹(I + Σ ψᵣGᵣ) = I, each factor
 * V*⁻¹ alone equals the product that has G = I there, less the ψ-weighted ones.
 */
export function withResidual(
  raw: RawAlgebra,
  relative: Float64Array,
  rows: number,
  solved: ReturnType<typeof solveTotal>,
  s: number,
): MixedAlgebra {
  const v = relative.length;
  const c = v + 1;
  const size = s * s;
  const total = raw.total.slice();
  toResiduals(total, solved.beta, s);
  const first = raw.first.map((m) => m.slice());
  for (const m of first) toResiduals(m, solved.beta, s);
  const given = raw.second.map((m) => m.slice());
  for (const m of given) toResiduals(m, solved.beta, s);

  const traces = new Float64Array(c);
  const tracePairs = new Float64Array(c * c);
  const residualFirst = new Float64Array(size);
  for (let e = 0; e < size; e++) {
    let value = total[e]!;
    for (let r = 0; r < v; r++) value += relative[r]! * first[r]![e]!;
    residualFirst[e] = -value;
  }
  traces[v] = rows;
  for (let r = 0; r < v; r++) {
    traces[r] = raw.traces[r]!;
    traces[v]! -= relative[r]! * raw.traces[r]!;
  }
  const second: Float64Array[] = new Array<Float64Array>(c * c);
  for (let i = 0; i < v; i++) {
    const withIdentity = new Float64Array(size);
    let trace = raw.traces[i]!;
    for (let k = 0; k < v; k++) {
      second[i * c + k] = given[i * v + k]!;
      tracePairs[i * c + k] = raw.tracePairs[i * v + k]!;
      trace -= relative[k]! * raw.tracePairs[i * v + k]!;
    }
    for (let e = 0; e < size; e++) {
      let value = -first[i]![e]!;
      for (let k = 0; k < v; k++) value -= relative[k]! * given[i * v + k]![e]!;
      withIdentity[e] = value;
    }
    second[i * c + v] = withIdentity;
    second[v * c + i] = transposed(withIdentity, s);
    tracePairs[i * c + v] = trace;
    tracePairs[v * c + i] = trace;
  }
  const both = new Float64Array(size);
  let trace = traces[v]!;
  for (let r = 0; r < v; r++) trace -= relative[r]! * tracePairs[r * c + v]!;
  for (let e = 0; e < size; e++) {
    let value = -residualFirst[e]!;
    for (let r = 0; r < v; r++) value -= relative[r]! * second[r * c + v]![e]!;
    both[e] = value;
  }
  second[v * c + v] = both;
  tracePairs[v * c + v] = trace;
  return {
    coefficients: s - 1,
    components: c,
    logDeterminant: raw.logDeterminant,
    logInformation: solved.logInformation,
    beta: solved.beta,
    covariance: solved.covariance,
    residual: solved.residual,
    first: [...first, residualFirst],
    second,
    traces,
    tracePairs,
  };
}

function transposed(matrix: Float64Array, s: number): Float64Array {
  const out = new Float64Array(s * s);
  for (let a = 0; a < s; a++) for (let b = 0; b < s; b++) out[b * s + a] = matrix[a * s + b]!;
  return out;
}
