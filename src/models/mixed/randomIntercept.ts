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
 * With weights nⱼ is the sum of weights and sⱼ the weighted sums.
 */
export interface InterceptSums {
  readonly clusters: number;
  /** s = p + 1 columns [X y]. */
  readonly columns: number;
  readonly rows: number;
  readonly logWeights: number;
  /** nⱼ (sums of weights). */
  readonly sizes: Float64Array;
  readonly largest: number;
  /** sⱼ, clusters × s. */
  readonly sums: Float64Array;
  /** E, s × s. */
  readonly within: Float64Array;
}

export function interceptSums({ moments, coefficients: p, rows, logWeights }: MixedStructure): InterceptSums {
  const q = moments.columns.length;
  const s = p + 1;
  const J = moments.groups;
  const sizes = new Float64Array(J);
  const sums = new Float64Array(J * s);
  const within = new Float64Array(s * s);
  let largest = 0;
  for (let j = 0; j < J; j++) {
    const base = j * q * q;
    const n = moments.cross[base]!;
    sizes[j] = n;
    largest = Math.max(largest, n);
    for (let a = 0; a < s; a++) sums[j * s + a] = moments.cross[base + (a < p ? a : q - 1)]!;
    for (let a = 1; a < s; a++) {
      const row = base + (a < p ? a : q - 1) * q;
      const scaled = sums[j * s + a]! / n;
      for (let b = 1; b <= a; b++) {
        within[a * s + b]! += moments.cross[row + (b < p ? b : q - 1)]! - scaled * sums[j * s + b]!;
      }
    }
  }
  for (let a = 1; a < s; a++) for (let b = 1; b < a; b++) within[b * s + a] = within[a * s + b]!;
  return { clusters: J, columns: s, rows, logWeights, sizes, largest, sums, within };
}

/** E + Σ weightⱼ sⱼsⱼᵀ, with `start` null for a zero E. */
function weightedTotal(at: InterceptSums, weight: (n: number) => number, start: Float64Array | null): Float64Array {
  const { clusters, columns: s, sizes, sums } = at;
  const out = start === null ? new Float64Array(s * s) : start.slice();
  for (let j = 0; j < clusters; j++) {
    const w = weight(sizes[j]!);
    const base = j * s;
    for (let a = 0; a < s; a++) {
      const wa = w * sums[base + a]!;
      for (let b = 0; b <= a; b++) out[a * s + b]! += wa * sums[base + b]!;
    }
  }
  for (let a = 0; a < s; a++) for (let b = 0; b < a; b++) out[b * s + a] = out[a * s + b]!;
  return out;
}

function logDeterminantAt({ clusters, sizes }: InterceptSums, psi: number): number {
  let value = 0;
  for (let j = 0; j < clusters; j++) value += Math.log1p(sizes[j]! * psi);
  return value;
}

/** The generalised least squares solution at ψ. */
export function solveAt(sums: InterceptSums, psi: number) {
  const total = weightedTotal(sums, (n) => 1 / (n * (1 + n * psi)), sums.within);
  return { total, logDeterminant: logDeterminantAt(sums, psi), ...solveTotal(total, sums.columns) };
}

/** −2 × log-likelihood with β and σ² profiled out, and its derivative in ψ. */
export function profileAt(sums: InterceptSums, psi: number, estimation: Estimation): { value: number; slope: number } {
  const { columns: s, clusters, sizes, rows } = sums;
  const p = s - 1;
  const at = solveAt(sums, psi);
  const df = estimation === "reml" ? rows - p : rows;
  const sigma2 = at.residual / df;
  let trace = 0;
  let explained = 0;
  let restricted = 0;
  for (let j = 0; j < clusters; j++) {
    const n = sizes[j]!;
    const scale = 1 / (1 + n * psi);
    trace += n * scale;
    let e = sums.sums[j * s + p]!;
    for (let a = 0; a < p; a++) e -= sums.sums[j * s + a]! * at.beta[a]!;
    explained += (e * scale) ** 2;
    if (estimation === "reml") {
      let form = 0;
      for (let a = 0; a < p; a++) {
        const sa = sums.sums[j * s + a]!;
        let row = 0;
        for (let b = 0; b < p; b++) row += at.covariance[a * p + b]! * sums.sums[j * s + b]!;
        form += sa * row;
      }
      restricted += form * scale * scale;
    }
  }
  const value = minusTwoLogLikelihood({ ...at, coefficients: p }, sigma2, rows, sums.logWeights, estimation);
  return { value, slope: trace - restricted - explained / sigma2 };
}

/** The smallest ψ allowed: 0, or just above −1/max nⱼ under compound symmetry, where V stays positive definite. */
const lowestRatio = (sums: InterceptSums, negative: boolean) => (negative ? -(1 - 1e-9) / sums.largest : 0);

/**
 * ψ that maximises the (restricted) likelihood. The criterion is scanned on a grid of the intracluster correlation
 * ψ/(1 + ψ), since it can have two minima; the best bracket is then solved for a zero slope.
 */
export function bestRatio(
  sums: InterceptSums,
  estimation: Estimation,
  negative: boolean,
): { psi: number; iterations: number } {
  const low = lowestRatio(sums, negative);
  const grid = [low];
  if (negative) for (const share of [0.9, 0.6, 0.3, 0]) grid.push(low * share);
  for (const icc of [0.003, 0.01, 0.03, 0.1, 0.2, 0.4, 0.7, 0.9, 0.99, 0.9999, 0.999999]) grid.push(icc / (1 - icc));
  let best = { psi: low, value: Number.POSITIVE_INFINITY };
  let evaluations = 0;
  const slope = (psi: number) => {
    evaluations += 1;
    return profileAt(sums, psi, estimation).slope;
  };
  let before: { psi: number; slope: number } | null = null;
  for (const psi of grid) {
    const { value, slope: here } = profileAt(sums, psi, estimation);
    evaluations += 1;
    if (before === null && here >= 0) best = { psi, value };
    if (before !== null && before.slope < 0 && here >= 0) {
      const root = findRoot(slope, before.psi, psi, { tolerance: 1e-15 }).argument[0]!;
      const there = profileAt(sums, root, estimation).value;
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
        const there = profileAt(sums, root, estimation).value;
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
  const { columns: s, clusters, sizes, rows } = sums;
  const { beta, covariance, residual, logInformation, logDeterminant } = solveAt(sums, psi);
  const at: InterceptSums = { ...sums, sums: residualColumns(sums, beta), within: sums.within.slice() };
  toResiduals(at.within, beta, s);
  const power = (n: number, k: number) => (1 + n * psi) ** k;
  const first = [
    weightedTotal(at, (n) => 1 / power(n, 2), null).map((v) => -v),
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
  for (let j = 0; j < clusters; j++) {
    const n = sizes[j]!;
    const scale = 1 / power(n, 1);
    traces[0]! += n * scale;
    traces[1]! += scale;
    tracePairs[0]! += (n * scale) ** 2;
    tracePairs[1]! += n * scale * scale;
    tracePairs[3]! += scale * scale;
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

/** sⱼ for the columns [X e]. */
function residualColumns({ clusters, columns: s, sums }: InterceptSums, beta: Float64Array): Float64Array {
  const out = sums.slice();
  const p = s - 1;
  for (let j = 0; j < clusters; j++) {
    for (let a = 0; a < p; a++) out[j * s + p]! -= sums[j * s + a]! * beta[a]!;
  }
  return out;
}
