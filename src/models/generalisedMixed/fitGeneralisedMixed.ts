import type { GeneralisedMixedFit, GeneralisedMixedOptions, MixedFrame } from "./generalisedMixedFit.ts";
import { interceptFit } from "./interceptFit.ts";
import { maximiseIntercept } from "./maximiseIntercept.ts";

/**
 * Fits a generalised linear mixed model with one normal random intercept per cluster by maximum likelihood,
 *
 *   y | v ~ family(g⁻¹(xᵀβ + offset + σvⱼ)),   vⱼ ~ N(0, 1)
 *
 * with the integrals over vⱼ by adaptive Gauss–Hermite quadrature (see `quadratureLikelihood`; `quadrature` 1 is the Laplace
 * approximation). Newton's method with exact first and second derivatives, until the step is rounding (below 1e-9 standard
 * errors). Weights count rows; rows of a cluster that look alike are grouped first, which changes nothing.
 *
 * σ = 0 is an ordinary answer: it is taken where the likelihood does not rise in σ² there and no higher maximum is found
 * inside; so is a negative binomial dispersion at its Poisson limit, where the estimates are those of the Poisson model.
 *
 * @throws InputProblem `quadrature-order-even`, `quadrature-order`, `family-not-available`
 * @throws DesignProblem `separation`, `cluster-variance-unbounded`, `clusters-of-one`
 * @throws NumericalProblem `not-converged`, `information-not-positive`
 */
export const fitGeneralisedMixed = (frame: MixedFrame, options: GeneralisedMixedOptions): GeneralisedMixedFit =>
  interceptFit(maximiseIntercept(frame, options));
