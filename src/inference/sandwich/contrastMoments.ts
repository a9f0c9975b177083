import { multiply, traceOfProduct } from "../../numerics/matrix/product.ts";
import type { SandwichVariance } from "./sandwichVariance.ts";

/**
 * Cluster by cluster, what q contrasts need of the matrices Pⱼₖ (see {@link SandwichVariance}): the q × q matrices
 * Dⱼ[s, t] = γₛᵀΔⱼγₜ, the reaches bⱼₛ = Bⱼγₛ and the diagonal blocks Pⱼⱼ[s, t] = Dⱼ[s, t] − bⱼₛᵀ 𝒬 bⱼₜ.
 */
export interface ContrastMoments {
  /** q */
  readonly contrasts: number;
  /** J × q × q. */
  readonly own: Float64Array;
  /** bⱼₛᵀ 𝒬 bⱼₜ, J × q × q. */
  readonly shared: Float64Array;
  /** 𝒬 Γₛₜ, with Γₛₜ = Σⱼ bⱼₛbⱼₜᵀ, w × w each, at index s · q + t. */
  readonly reach: readonly Float64Array[];
  /** w */
  readonly reachWidth: number;
}

/**
 * @param gamma q × p, row s is γₛ = Tᵀcₛ
 */
export function contrastMoments(variance: SandwichVariance, gamma: Float64Array, q: number): ContrastMoments {
  const { clusters, coefficients: p, reachWidth: w, kernel, reach: reaches, own: owns } = variance;
  const own = new Float64Array(clusters * q * q);
  const shared = new Float64Array(clusters * q * q);
  const gammaMatrices = Array.from({ length: q * q }, () => new Float64Array(w * w));
  const b = new Float64Array(q * w);
  const kernelB = new Float64Array(q * w);
  const spread = new Float64Array(p);

  for (let j = 0; j < clusters; j++) {
    const at = j * p * p;
    for (let s = 0; s < q; s++) {
      for (let a = 0; a < w; a++) {
        let value = 0;
        for (let k = 0; k < p; k++) value += reaches[(j * w + a) * p + k]! * gamma[s * p + k]!;
        b[s * w + a] = value;
      }
      for (let a = 0; a < p; a++) {
        let value = 0;
        for (let k = 0; k < p; k++) value += owns[at + a * p + k]! * gamma[s * p + k]!;
        spread[a] = value;
      }
      for (let t = 0; t < q; t++) {
        let value = 0;
        for (let a = 0; a < p; a++) value += gamma[t * p + a]! * spread[a]!;
        own[(j * q + t) * q + s] = value;
      }
    }
    for (let s = 0; s < q; s++)
      for (let a = 0; a < w; a++) {
        let value = 0;
        if (kernel === null) value = b[s * w + a]!;
        else for (let k = 0; k < w; k++) value += kernel[a * w + k]! * b[s * w + k]!;
        kernelB[s * w + a] = value;
      }
    for (let s = 0; s < q; s++)
      for (let t = 0; t < q; t++) {
        const reach = gammaMatrices[s * q + t]!;
        let value = 0;
        for (let a = 0; a < w; a++) {
          value += b[s * w + a]! * kernelB[t * w + a]!;
          const factor = kernelB[s * w + a]!;
          for (let c = 0; c < w; c++) reach[a * w + c]! += factor * b[t * w + c]!;
        }
        shared[(j * q + s) * q + t] = value;
      }
  }
  return { contrasts: q, own, shared, reach: gammaMatrices, reachWidth: w };
}

/** Σⱼ Pⱼⱼ[s, t], the expected variance of the contrasts under the target; q × q. */
export function expectedVariance(moments: ContrastMoments): Float64Array {
  const { contrasts: q, own, shared } = moments;
  const out = new Float64Array(q * q);
  for (let i = 0; i < own.length; i++) out[i % (q * q)]! += own[i]! - shared[i]!;
  return out;
}

/**
 * Σⱼₖ Pⱼₖ[s, t] Pⱼₖ[t, s] and Σⱼₖ Pⱼₖ[s, s] Pⱼₖ[t, t], summed: without any J × J matrix, since off the diagonal Pⱼₖ
 * has rank w and Σⱼₖ (bⱼₛᵀ𝒬bₖₜ)(bⱼₜᵀ𝒬bₖₛ) = tr(𝒬Γₛₜ𝒬Γₛₜ).
 */
export function squaredSum(moments: ContrastMoments, s: number, t: number): number {
  const { contrasts: q, own, shared, reach, reachWidth: w } = moments;
  let value =
    traceOfProduct(reach[s * q + t]!, reach[s * q + t]!, w) + traceOfProduct(reach[s * q + t]!, reach[t * q + s]!, w);
  for (let at = 0; at < own.length; at += q * q) {
    const crossOwn = own[at + s * q + t]!;
    const ownS = own[at + s * q + s]!;
    const ownT = own[at + t * q + t]!;
    value += crossOwn * (crossOwn - 2 * shared[at + s * q + t]!);
    value += ownS * ownT - ownS * shared[at + t * q + t]! - ownT * shared[at + s * q + s]!;
  }
  return value;
}

/** The rows of C (q × p) in the coordinates of the scores: C T. */
export function inScoreCoordinates(variance: SandwichVariance, contrasts: Float64Array, q: number): Float64Array {
  const { coefficients: p, root } = variance;
  const gamma = new Float64Array(q * p);
  multiply(contrasts, root, q, p, p, gamma);
  return gamma;
}
