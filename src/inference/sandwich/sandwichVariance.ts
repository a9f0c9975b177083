import { type ClusterBlock, type ClusterParts, clusterBlock } from "../../contract/clusterParts.ts";
import { DesignProblem } from "../../contract/problem.ts";
import { sandwich } from "../../numerics/matrix/product.ts";
import { type Adjustment, adjustmentFor } from "./adjustment.ts";
import { type Correction, correctionFactor } from "./correction.ts";

/**
 * A cluster-robust covariance of coefficients and what is needed to judge it. With the adjusted scores
 * ŝⱼ = X̂ⱼᵀWⱼAⱼeⱼ in the coordinates γ of β = Tγ, the covariance is T (Σ ŝⱼŝⱼᵀ) Tᵀ.
 *
 * Under the target, the contribution of clusters j and k to the variance of a contrast c, γ = Tᵀc, is
 *
 *   Pⱼₖ = δⱼₖ γᵀΔⱼγ − (Bⱼγ)ᵀ 𝒬 (Bₖγ)
 *
 * where Bⱼ has w rows: X̂ⱼᵀAⱼWⱼX̂ⱼ, and below it X̂ⱼᵀWⱼΘⱼAⱼWⱼX̂ⱼ when the target is neither W⁻¹ nor I.
 */
export interface SandwichVariance {
  readonly correction: Correction;
  /** J */
  readonly clusters: number;
  /** p */
  readonly coefficients: number;
  /** T, p × p. */
  readonly root: Float64Array;
  /** Covariance of β, p × p. */
  readonly covariance: Float64Array;
  /** ŝⱼ, J × p; cluster j moves β by T ŝⱼ. */
  readonly scores: Float64Array;
  /** Δⱼ, J × p × p: variance of ŝⱼ if residuals had the target covariance. */
  readonly own: Float64Array;
  /** w: p, or 2p for a general target. */
  readonly reachWidth: number;
  /** Bⱼ, J × w × p. */
  readonly reach: Float64Array;
  /** 𝒬, w × w; null for the identity. */
  readonly kernel: Float64Array | null;
  /** Clusters that alone determine some coefficient, where the correction is a Moore–Penrose inverse. */
  readonly determiningClusters: readonly number[];
}

/**
 * The cluster-robust (sandwich) covariance of a fit's coefficients.
 *
 *   V = M (Σ XⱼᵀWⱼAⱼ eⱼeⱼᵀ AⱼᵀWⱼXⱼ) M,   M = (Σ XⱼᵀWⱼXⱼ)⁻¹
 *
 * with Aⱼ the correction's adjustment ({@link Correction}). cr2 is unbiased when residuals have the target covariance;
 * all of them are consistent as clusters grow in number. One pass over the clusters (two for a general target), O(J p²)
 * memory, no allocation per cluster.
 *
 * @throws DesignProblem `one-cluster` for fewer than two clusters, `too-few-clusters-for-correction` when cr1p has J ≤ p
 *   or cr1s N ≤ p.
 */
export function sandwichVariance(parts: ClusterParts, correction: Correction): SandwichVariance {
  const { clusters, coefficients: p, root } = parts;
  if (clusters < 2) throw new DesignProblem("one-cluster", { clusters });
  const factor = correctionFactor(correction, clusters, parts.observations, p);
  if (!(factor > 0 && Number.isFinite(factor)))
    throw new DesignProblem("too-few-clusters-for-correction", { correction, clusters, coefficients: p });

  const general = parts.target === "general";
  const block = clusterBlock(parts);
  const meat = general ? targetMeat(parts, block) : null;
  const adjust: Adjustment = adjustmentFor(correction, parts, meat);
  const w = general ? 2 * p : p;
  const scores = new Float64Array(clusters * p);
  const own = new Float64Array(clusters * p * p);
  const reach = new Float64Array(clusters * w * p);
  const spread = new Float64Array(parts.maxRows * p);
  const weightedSpread = new Float64Array(parts.maxRows * p);
  const determiningClusters: number[] = [];
  const scale = Math.sqrt(factor);

  for (let j = 0; j < clusters; j++) {
    parts.fill(j, block);
    const { rows: r, design, weightedDesign: adjusted, residual } = block;
    if (general) throughTarget(parts, block, weightedSpread);
    if (adjust(block) > 0) determiningClusters.push(j);
    if (scale !== 1) for (let i = 0; i < r * p; i++) adjusted[i]! *= scale;
    throughTarget(parts, block, spread);
    for (let a = 0; a < p; a++) {
      let score = 0;
      for (let i = 0; i < r; i++) score += adjusted[i * p + a]! * residual[i]!;
      scores[j * p + a] = score;
    }
    crossProduct(adjusted, spread, r, p, own, j * p * p);
    crossProduct(design, adjusted, r, p, reach, j * w * p);
    if (general) crossProduct(weightedSpread, adjusted, r, p, reach, j * w * p + p * p);
  }

  if (correction === "cv3j") aboutTheirMean(scores, clusters, p);
  return {
    correction,
    clusters,
    coefficients: p,
    root,
    covariance: coefficientCovariance(root, scores, clusters, p),
    scores,
    own,
    reachWidth: w,
    reach,
    kernel: meat === null ? null : generalKernel(meat, p),
    determiningClusters,
  };
}

/** −T ŝⱼ is what leaving cluster j out does to β: about the mean of the left-out β, not about β. Degrees of freedom take that mean as given. */
function aboutTheirMean(scores: Float64Array, clusters: number, p: number): void {
  for (let a = 0; a < p; a++) {
    let sum = 0;
    for (let j = 0; j < clusters; j++) sum += scores[j * p + a]!;
    for (let j = 0; j < clusters; j++) scores[j * p + a]! -= sum / clusters;
  }
}

/** Q = Σ X̂ᵀWΘWX̂, p × p. */
function targetMeat(parts: ClusterParts, block: ClusterBlock): Float64Array {
  const { coefficients: p } = parts;
  const meat = new Float64Array(p * p);
  const own = new Float64Array(p * p);
  const spread = new Float64Array(parts.maxRows * p);
  for (let j = 0; j < parts.clusters; j++) {
    parts.fill(j, block);
    throughTarget(parts, block, spread);
    crossProduct(block.weightedDesign, spread, block.rows, p, own, 0);
    for (let i = 0; i < p * p; i++) meat[i]! += own[i]!;
  }
  return meat;
}

/** out = Θ · (weighted design as it stands), r × p. */
function throughTarget(parts: ClusterParts, block: ClusterBlock, out: Float64Array): void {
  const { coefficients: p } = parts;
  const { rows: r, target, weightedDesign: wx } = block;
  if (parts.target === "identity") {
    for (let i = 0; i < r * p; i++) out[i] = wx[i]!;
    return;
  }
  if (parts.target === "inverse-diagonal") {
    for (let i = 0; i < r; i++) for (let c = 0; c < p; c++) out[i * p + c] = target[i]! * wx[i * p + c]!;
    return;
  }
  for (let i = 0; i < r; i++)
    for (let c = 0; c < p; c++) {
      let value = 0;
      for (let k = 0; k < r; k++) value += target[i * r + k]! * wx[k * p + c]!;
      out[i * p + c] = value;
    }
}

/** out[at …] = aᵀ b, both r × p. */
function crossProduct(a: Float64Array, b: Float64Array, r: number, p: number, out: Float64Array, at: number): void {
  for (let k = 0; k < p; k++)
    for (let l = 0; l < p; l++) {
      let value = 0;
      for (let i = 0; i < r; i++) value += a[i * p + k]! * b[i * p + l]!;
      out[at + k * p + l] = value;
    }
}

/** T (Σ ŝŝᵀ) Tᵀ. */
function coefficientCovariance(root: Float64Array, scores: Float64Array, clusters: number, p: number): Float64Array {
  const middle = new Float64Array(p * p);
  for (let j = 0; j < clusters; j++)
    for (let a = 0; a < p; a++) {
      const score = scores[j * p + a]!;
      for (let b = 0; b < p; b++) middle[a * p + b]! += score * scores[j * p + b]!;
    }
  const out = new Float64Array(p * p);
  sandwich(root, middle, p, p, out);
  return out;
}

/** Pⱼₖ = δ d − uⱼᵀfₖ... written as one quadratic form: [[−Q, I], [I, 0]]. */
function generalKernel(meat: Float64Array, p: number): Float64Array {
  const w = 2 * p;
  const kernel = new Float64Array(w * w);
  for (let a = 0; a < p; a++) {
    for (let b = 0; b < p; b++) kernel[a * w + b] = -meat[a * p + b]!;
    kernel[a * w + p + a] = 1;
    kernel[(p + a) * w + a] = 1;
  }
  return kernel;
}
