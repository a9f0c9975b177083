import type { Outcome } from "../../data/frame.ts";
import { binomial, negativeBinomial, poisson } from "../../numerics/distributions/index.ts";
import { minimiseOnInterval } from "../../numerics/optimize/minimiseOnInterval.ts";
import { logGamma } from "../../numerics/special/logGamma.ts";

/** A maximised log-likelihood and the parameters beside β that were maximised over. */
export interface MaximisedLikelihood {
  readonly logLikelihood: number;
  readonly others: number;
}

/** Largest mean count of which there is a density. */
const MOST = 1e12;

interface FittedMeans {
  readonly observations: number;
  /** Σ deviance over rows. */
  readonly deviance: number;
  /** μ of every row, of the outcome as modelled. */
  means(): Float64Array;
}

/**
 * The log-likelihood of a generalised linear model without prior weights, every constant included:
 *
 *   binomial, Poisson, negative binomial: Σ log P(y)    gaussian: −N/2 (log(2πD/N) + 1)
 *   gamma: N(k log k − k − log Γ(k)) − kD/2 − Σ log y at the shape k where it is highest (R's `logLik` takes 1/k = D/N)
 *
 * with D the deviance. null where the family is not a distribution of such an outcome: it is a quasi-likelihood then.
 *
 * @param exposed does the mean of a count stand for one unit of exposure (any link but log)?
 * @param theta of the negative binomial
 */
export function logLikelihood(
  outcome: Outcome,
  family: "gaussian" | "binomial" | "poisson" | "gamma" | "negative-binomial",
  fit: FittedMeans,
  exposed: boolean,
  theta: number | null,
): MaximisedLikelihood | null {
  const { values, kind } = outcome;
  const { observations: n, deviance } = fit;
  if (family === "gaussian")
    return kind === "continuous"
      ? { logLikelihood: (-n / 2) * (Math.log((2 * Math.PI * deviance) / n) + 1), others: 1 }
      : null;
  if (family === "gamma") return { logLikelihood: gammaLikelihood(values, deviance), others: 1 };
  const means = fit.means();
  const sum = (density: (i: number) => number): number => {
    let total = 0;
    for (let i = 0; i < n; i++) total += density(i);
    return total;
  };
  if (family === "binomial") {
    if (kind === "binary")
      return { logLikelihood: sum((i) => binomial.logDensity(values[i]!, 1, means[i]!)), others: 0 };
    if (kind === "grouped")
      return { logLikelihood: sum((i) => binomial.logDensity(values[i]!, outcome.trials[i]!, means[i]!)), others: 0 };
    return null;
  }
  if (kind !== "count" && kind !== "grouped") return null;
  const exposure = kind === "count" ? outcome.exposure : outcome.trials;
  // Densities are not written for more; such "counts" are amounts.
  if (means.some((each) => each > MOST)) return null;
  const mean = (i: number) => (exposed && exposure !== null ? exposure[i]! * means[i]! : means[i]!);
  if (family === "poisson" || theta === null)
    return { logLikelihood: sum((i) => poisson.logDensity(values[i]!, mean(i))), others: family === "poisson" ? 0 : 1 };
  return { logLikelihood: sum((i) => negativeBinomial.logDensity(values[i]!, theta, mean(i))), others: 1 };
}

function gammaLikelihood(values: Float64Array, deviance: number): number {
  const n = values.length;
  const half = deviance / (2 * n);
  let logs = 0;
  for (let i = 0; i < n; i++) logs += Math.log(values[i]!);
  const perRow = (shape: number) => shape * Math.log(shape) - shape - logGamma(shape) - shape * half;
  // log k − ψ(k) = D/2N lies between 1/2k and 1/k: so does k between half and once its inverse.
  const best = minimiseOnInterval((shape) => -perRow(shape), 0.5 / half, 1 / half);
  return n * perRow(best.argument[0]!) - logs;
}
