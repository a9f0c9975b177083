import type { VarianceParts } from "../../contract/varianceParts.ts";
import { traceOfProduct } from "../../numerics/matrix/product.ts";
import type { MixedAlgebra } from "./mixedAlgebra.ts";

export type Estimation = "reml" | "ml";

const LOG_2PI = Math.log(2 * Math.PI);

/**
 * −2 × log-likelihood at V = σ²V*, constants as lme4 prints them:
 *
 *   ML    n log 2πσ² + log|V*| + eᵀV*⁻¹e/σ² − Σ log w
 *   REML  (n − p) log 2πσ² + log|V*| + log|XᵀV*⁻¹X| + eᵀV*⁻¹e/σ² − Σ log w
 */
export function minusTwoLogLikelihood(
  at: Pick<MixedAlgebra, "coefficients" | "logDeterminant" | "logInformation" | "residual">,
  sigma2: number,
  rows: number,
  logWeights: number,
  estimation: Estimation,
): number {
  const n = estimation === "reml" ? rows - at.coefficients : rows;
  const information = estimation === "reml" ? at.logInformation : 0;
  return n * (LOG_2PI + Math.log(sigma2)) + at.logDeterminant + information + at.residual / sigma2 - logWeights;
}

/** Gradient and Hessian of −2 log-likelihood in the variance parameters γ = (Σ elements, σ²), and the expected Hessian. */
export interface VarianceDerivatives {
  readonly gradient: Float64Array;
  readonly hessian: Float64Array;
  readonly expected: Float64Array;
}

/**
 * With P = V⁻¹ − V⁻¹XΦXᵀV⁻¹:
 *
 *   gradient  tr(P̃Gᵢ) − eᵀV⁻¹GᵢV⁻¹e              Hessian  −tr(P̃GᵢP̃Gₖ) + 2eᵀV⁻¹GᵢPGₖV⁻¹e     expected  tr(P̃GᵢP̃Gₖ)
 *
 * where P̃ is P for REML and V⁻¹ for ML.
 */
export function varianceDerivatives(at: MixedAlgebra, sigma2: number, estimation: Estimation): VarianceDerivatives {
  const { coefficients: p, components: c, covariance, first, second, traces, tracePairs } = at;
  const s = p + 1;
  const restricted = estimation === "reml";
  const small = first.map((m) => block(m, p, s));
  const turned = small.map((m) => product(covariance, m, p));
  const gradient = new Float64Array(c);
  const hessian = new Float64Array(c * c);
  const expected = new Float64Array(c * c);
  for (let i = 0; i < c; i++) {
    const trace = traces[i]! + (restricted ? traceOfProduct(covariance, small[i]!, p) : 0);
    gradient[i] = trace / sigma2 + first[i]![p * s + p]! / sigma2 ** 2;
    for (let k = 0; k <= i; k++) {
      const both = second[i * c + k]!;
      let information = tracePairs[i * c + k]!;
      if (restricted) {
        information += traceOfProduct(turned[i]!, turned[k]!, p) - 2 * traceOfProduct(covariance, block(both, p, s), p);
      }
      let score = both[p * s + p]!;
      for (let a = 0; a < p; a++) {
        for (let b = 0; b < p; b++) score -= first[i]![p * s + a]! * covariance[a * p + b]! * first[k]![b * s + p]!;
      }
      const value = information / sigma2 ** 2;
      expected[i * c + k] = value;
      expected[k * c + i] = value;
      const curvature = -value + (2 * score) / sigma2 ** 3;
      hessian[i * c + k] = curvature;
      hessian[k * c + i] = curvature;
    }
  }
  return { gradient, hessian, expected };
}

/**
 * The parts on the scale of V = σ²V*, for Kenward–Roger and Satterthwaite. A known residual variance is no parameter: its
 * component is left out.
 */
export function toVarianceParts(
  at: MixedAlgebra,
  sigma2: number,
  estimation: Estimation,
  atBoundary: boolean,
  residualIsKnown = false,
): VarianceParts {
  const { coefficients: p, components } = at;
  const c = residualIsKnown ? components - 1 : components;
  const s = p + 1;
  const { hessian, expected } = varianceDerivatives(at, sigma2, estimation);
  const leading = (matrix: Float64Array) => block(matrix, c, components);
  const pairs = at.second.filter((_, ik) => ik % components < c && ik < c * components);
  return {
    coefficients: p,
    components: c,
    covariance: at.covariance.map((v) => v * sigma2),
    first: at.first.slice(0, c).map((m) => block(m, p, s).map((v) => v / sigma2 ** 2)),
    second: pairs.map((m) => block(m, p, s).map((v) => v / sigma2 ** 3)),
    expectedInformation: leading(expected),
    observedInformation: leading(hessian),
    atBoundary,
  };
}

/** The leading p × p block of an s × s matrix. */
function block(matrix: Float64Array, p: number, s: number): Float64Array {
  const out = new Float64Array(p * p);
  for (let a = 0; a < p; a++) for (let b = 0; b < p; b++) out[a * p + b] = matrix[a * s + b]!;
  return out;
}

function product(a: Float64Array, b: Float64Array, p: number): Float64Array {
  const out = new Float64Array(p * p);
  for (let i = 0; i < p; i++) {
    for (let j = 0; j < p; j++) {
      let value = 0;
      for (let k = 0; k < p; k++) value += a[i * p + k]! * b[k * p + j]!;
      out[i * p + j] = value;
    }
  }
  return out;
}
