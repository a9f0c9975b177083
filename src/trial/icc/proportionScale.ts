import type { ModelQuantity } from "./profileQuantity.ts";

/** Mean and variance between clusters of a probability. */
interface ProbabilityMoments {
  readonly mean: number;
  readonly variance: number;
}

/** Beyond this the normal density is below 1e-17 of its total. */
const REACH = 8.6;
const ROOT_TWO_PI = Math.sqrt(2 * Math.PI);

const expit = (x: number) => (x >= 0 ? 1 / (1 + Math.exp(-x)) : Math.exp(x) / (1 + Math.exp(x)));

/**
 * E p(u) and Var p(u) of p(u) = expit(η + u), u ~ N(0, σ²), by the trapezium rule with the step of `meanOverNormal`, good to
 * 15 digits of either: the variance is summed from differences to p(0), so that a small one keeps its digits,
 *
 *   p(u) − p(0) = (1 − e^−u) p(u) (1 − p(0)) = (e^u − 1) p(0) (1 − p(u))
 */
function probabilityMoments(predictor: number, sigma: number): ProbabilityMoments {
  const centre = expit(predictor);
  const rest = expit(-predictor);
  const step = sigma > 0 ? Math.min(0.5, (Math.PI * Math.PI) / (37 * sigma)) : 0.5;
  const nodes = Math.ceil(REACH / step);
  let first = 0;
  let second = 0;
  for (let k = -nodes; k <= nodes; k++) {
    const u = sigma * k * step;
    const weight = Math.exp(-0.5 * (k * step) ** 2);
    const away = u > 0 ? -Math.expm1(-u) * expit(predictor + u) * rest : Math.expm1(u) * centre * expit(-predictor - u);
    first += weight * away;
    second += weight * away * away;
  }
  first *= step / ROOT_TWO_PI;
  second *= step / ROOT_TWO_PI;
  return { mean: centre + first, variance: second - first * first };
}

/**
 * The intracluster correlation on the scale of proportions as a function of the model,
 *
 *   ρ = Σₐ Nₐ Var pₐ(u) / Σₐ Nₐ πₐ(1 − πₐ),   πₐ = E pₐ(u)
 *
 * @param participants Nₐ by arm
 */
export const proportionScale =
  (participants: Float64Array): ModelQuantity =>
  (predictors, sigma) => {
    let between = 0;
    let total = 0;
    for (let a = 0; a < predictors.length; a++) {
      const { mean, variance } = probabilityMoments(predictors[a]!, sigma);
      between += participants[a]! * variance;
      total += participants[a]! * mean * (1 - mean);
    }
    return sigma === 0 ? 0 : between / total;
  };
