import { findRoot } from "../../numerics/optimize/findRoot.ts";
import { logOnePlusMinus } from "../../numerics/special/logOnePlus.ts";
import { negativeBinomialFamily, poisson } from "../family/family.ts";
import type { Link } from "../family/link.ts";
import { logRisingFactorial } from "../generalisedMixed/risingFactorial.ts";
import {
  fitGeneralisedLinear,
  type GeneralisedLinearData,
  type GeneralisedLinearFit,
  type GeneralisedLinearOptions,
} from "./fitGeneralisedLinear.ts";

export interface NegativeBinomialFit {
  /** The generalised linear model at θ̂; the Poisson model when θ̂ is infinite. */
  readonly fit: GeneralisedLinearFit;
  /** θ̂ of Var(y) = μ + μ²/θ; null when the likelihood is highest at θ = ∞, for counts that vary no more than Poisson counts. */
  readonly theta: number | null;
  /** Values of θ tried. */
  readonly evaluations: number;
}

/** Farthest from its moment estimate that log θ is looked for. */
const REACH = 80;

/**
 * The negative binomial regression of counts (NB2), Var(y) = μ + μ²/θ, by maximum likelihood in β and θ together: the
 * root of the profile score
 *
 *   ∂ℓ/∂log θ = Σᵢ wᵢ [R′(yᵢ, θ) − θ(log(1 + x) − x/(1 + x)) + yᵢ x/(1 + x)],   x = μᵢ/θ,  R = Σ_{k<y} log(1 + k/θ)
 *
 * with β̂(θ) refitted at every θ. As 1/θ → 0 its sign is that of Σ w [y − (y − μ̂)²] over the Poisson means, so that counts
 * which are not overdispersed are known as such before θ is looked for.
 *
 * @throws as {@link fitGeneralisedLinear}; NumericalProblem `not-bracketed` when no θ above rounding is best.
 */
export function fitNegativeBinomial(
  data: GeneralisedLinearData,
  link: Link,
  options: GeneralisedLinearOptions = {},
): NegativeBinomialFit {
  const { values, weights } = data.response;
  let fit = fitGeneralisedLinear(data, poisson, link, options);
  const means = fit.means();
  let excess = 0;
  let squares = 0;
  for (let i = 0; i < values.length; i++) {
    const weight = weights === null ? 1 : weights[i]!;
    excess += weight * ((values[i]! - means[i]!) ** 2 - values[i]!);
    squares += weight * means[i]! ** 2;
  }
  if (!(excess > 0)) return { fit, theta: null, evaluations: 1 };

  const counts = tally(values, weights);
  let evaluations = 1;
  const score = (logTheta: number): number => {
    const theta = Math.exp(logTheta);
    evaluations++;
    fit = fit.refit({ family: negativeBinomialFamily(theta) });
    return profileScore(counts, values, weights, fit.means(), theta);
  };
  // Overdispersed counts have a falling likelihood as θ → ∞; step out from the moment estimate to where it still rises.
  const moment = Math.log(squares / excess);
  let [low, high] = [moment, moment];
  if (score(moment) > 0) {
    do high += 2;
    while (score(high) > 0 && high < moment + REACH);
    low = high - 2;
  } else {
    do low -= 2;
    while (score(low) < 0 && low > moment - REACH);
    high = low + 2;
  }
  const root = findRoot(score, low, high, { what: "The dispersion θ of the negative binomial model" });
  const theta = Math.exp(root.argument[0]!);
  return { fit: fit.refit({ family: negativeBinomialFamily(theta) }), theta, evaluations };
}

/** Distinct counts with the weights behind them. */
function tally(values: Float64Array, weights: Float64Array | null): ReadonlyMap<number, number> {
  const found = new Map<number, number>();
  for (let i = 0; i < values.length; i++)
    found.set(values[i]!, (found.get(values[i]!) ?? 0) + (weights === null ? 1 : weights[i]!));
  return found;
}

function profileScore(
  counts: ReadonlyMap<number, number>,
  values: Float64Array,
  weights: Float64Array | null,
  means: Float64Array,
  theta: number,
): number {
  const rising = new Float64Array(5);
  let score = 0;
  for (const [count, weight] of counts) {
    logRisingFactorial(count, theta, rising);
    score += weight * rising[1]!;
  }
  for (let i = 0; i < values.length; i++) {
    const x = means[i]! / theta;
    const share = x / (1 + x);
    // log(1 + x) − x/(1 + x), without cancellation for small x.
    const part = logOnePlusMinus(x) + x * share;
    score += (weights === null ? 1 : weights[i]!) * (values[i]! * share - theta * part);
  }
  return score;
}
