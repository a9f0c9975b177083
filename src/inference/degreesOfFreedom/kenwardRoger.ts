import type { VarianceParts } from "../../contract/varianceParts.ts";
import { cholesky, choleskyInverse } from "../../numerics/matrix/cholesky.ts";
import { multiply, traceOfProduct } from "../../numerics/matrix/product.ts";
import { pseudoInverse } from "../../numerics/matrix/pseudoInverse.ts";

/** Kenward–Roger's adjusted covariance of the coefficients, with what tests of contrasts need. */
export interface KenwardRoger {
  readonly parts: VarianceParts;
  /** W, covariance of the variance parameters, c × c. */
  readonly weights: Float64Array;
  /** Φ_A = Φ + 2ΦΛΦ, p × p. */
  readonly covariance: Float64Array;
}

/**
 * Small-sample adjustment of Kenward and Roger (1997) for V linear in its variance parameters (no second derivatives):
 *
 *   W = 2 I⁻¹,   Λ = Σᵢₖ Wᵢₖ (Qᵢₖ − PᵢΦPₖ),   Φ_A = Φ + 2ΦΛΦ
 *
 * with I the expected REML information ("kr97-linear-expected": pbkrtest, Stata's kroger with eim) or the observed one
 * ("kr97-linear-observed").
 */
export function kenwardRoger(parts: VarianceParts, information: "expected" | "observed"): KenwardRoger {
  const { coefficients: p, components: c, covariance, first, second } = parts;
  const source = information === "expected" ? parts.expectedInformation : parts.observedInformation;
  const weights = twiceInverse(source, c);
  const lambda = new Float64Array(p * p);
  const turned = first.map((m) => {
    const out = new Float64Array(p * p);
    multiply(m, covariance, p, p, p, out);
    return out;
  });
  const product = new Float64Array(p * p);
  for (let i = 0; i < c; i++) {
    for (let k = 0; k < c; k++) {
      const w = weights[i * c + k]!;
      multiply(turned[i]!, first[k]!, p, p, p, product);
      const q = second[i * c + k]!;
      for (let e = 0; e < p * p; e++) lambda[e]! += w * (q[e]! - product[e]!);
    }
  }
  const adjusted = new Float64Array(p * p);
  multiply(covariance, lambda, p, p, p, product);
  multiply(product, covariance, p, p, p, adjusted);
  for (let e = 0; e < p * p; e++) adjusted[e] = covariance[e]! + 2 * adjusted[e]!;
  for (let a = 0; a < p; a++) {
    for (let b = 0; b < a; b++) {
      const mean = (adjusted[a * p + b]! + adjusted[b * p + a]!) / 2;
      adjusted[a * p + b] = mean;
      adjusted[b * p + a] = mean;
    }
  }
  return { parts, weights, covariance: adjusted };
}

/** 2 I⁻¹, in the Moore–Penrose sense where the information is singular. */
export function twiceInverse(information: Float64Array, c: number): Float64Array {
  const factor = new Float64Array(c * c);
  if (cholesky(information, c, factor)) {
    choleskyInverse(factor, c, factor);
    return factor.map((v) => 2 * v);
  }
  return pseudoInverse(information, c, c).map((v) => 2 * v);
}

/** Denominator degrees of freedom of an F test and the factor its statistic is multiplied by. */
export interface ScaledF {
  readonly df: number;
  readonly scale: number;
}

/**
 * Kenward and Roger's approximation for the hypothesis Lβ = 0, L of q rows: the statistic scale · (Lβ)ᵀ(LΦ_ALᵀ)⁻¹Lβ / q
 * refers to F(q, df). With Θ = Lᵀ(LΦLᵀ)⁻¹L,
 *
 *   A₁ = Σ Wᵢₖ tr(ΘΦPᵢΦ) tr(ΘΦPₖΦ),   A₂ = Σ Wᵢₖ tr(ΘΦPᵢΦΘΦPₖΦ)
 *
 * and the moments of F matched to first order in W. For one row df = 2/A₂, Satterthwaite's, and scale = 1; where A₂ is
 * nil, df is infinite.
 */
export function kenwardRogerF({ parts, weights }: KenwardRoger, contrast: Float64Array, q: number): ScaledF {
  const { coefficients: p, components: c, covariance, first } = parts;
  // With M = LΦ: Θ-products reduce to q × q matrices Bᵢ = (LΦLᵀ)⁻¹ LΦPᵢΦLᵀ.
  const m = new Float64Array(q * p);
  multiply(contrast, covariance, q, p, p, m);
  const inner = new Float64Array(q * q);
  for (let a = 0; a < q; a++) {
    for (let b = 0; b < q; b++) {
      for (let k = 0; k < p; k++) inner[a * q + b]! += m[a * p + k]! * contrast[b * p + k]!;
    }
  }
  const inverse = pseudoInverse(inner, q, q);
  const blocks = first.map((matrix) => {
    const half = new Float64Array(q * p);
    multiply(m, matrix, q, p, p, half);
    const form = new Float64Array(q * q);
    for (let a = 0; a < q; a++) {
      for (let b = 0; b < q; b++) {
        for (let k = 0; k < p; k++) form[a * q + b]! += half[a * p + k]! * m[b * p + k]!;
      }
    }
    const out = new Float64Array(q * q);
    multiply(inverse, form, q, q, q, out);
    return out;
  });
  const trace = (matrix: Float64Array) => {
    let value = 0;
    for (let a = 0; a < q; a++) value += matrix[a * q + a]!;
    return value;
  };
  let a1 = 0;
  let a2 = 0;
  for (let i = 0; i < c; i++) {
    for (let k = 0; k < c; k++) {
      const w = weights[i * c + k]!;
      a1 += w * trace(blocks[i]!) * trace(blocks[k]!);
      a2 += w * traceOfProduct(blocks[i]!, blocks[k]!, q);
    }
  }
  if (a2 < NO_UNCERTAINTY) return { df: Number.POSITIVE_INFINITY, scale: 1 };
  return q === 1 ? { df: 2 / a2, scale: 1 } : matchedMoments(a1, a2, q);
}

/** Below this A₂, whose unit is 1, no estimated variance enters the contrasts' covariance but by rounding. */
const NO_UNCERTAINTY = 1e-12;

/** Below this a factor of V* counts as zero: a removable singularity of the formula, as pbkrtest treats it. */
const REMOVABLE = 1e-10;

function matchedMoments(a1: number, a2: number, q: number): ScaledF {
  const b = (a1 + 6 * a2) / (2 * q);
  const g = ((q + 1) * a1 - (q + 4) * a2) / ((q + 2) * a2);
  const denominator = 3 * q + 2 * (1 - g);
  const c1 = g / denominator;
  const c2 = (q - g) / denominator;
  const c3 = (q + 2 - g) / denominator;
  const nearZero = (value: number) => (Math.abs(value) < REMOVABLE ? 0 : value);
  const v0 = nearZero(1 + c1 * b);
  const v1 = nearZero(1 - c2 * b);
  const v2 = nearZero(1 - c3 * b);
  // ρ = V*/2E*² with E* = 1/(1 − A₂/q); 0/0 is 1 by continuity.
  const meanOver = nearZero(1 - a2 / q);
  const ratio = meanOver === 0 && v1 === 0 ? 1 : meanOver / v1;
  const rho = (ratio * ratio * v0) / v2 / q;
  const df = 4 + (q + 2) / (q * rho - 1);
  return { df, scale: Math.abs(df - 2) < 0.01 ? 1 : (df * (1 - a2 / q)) / (df - 2) };
}
