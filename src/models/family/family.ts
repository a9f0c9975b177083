import { logOnePlusMinus } from "../../numerics/special/logOnePlus.ts";
import type { LinkName } from "./link.ts";

/** How the variance of an outcome depends on its mean, as a value: Var(y) = φ V(μ)/w for prior weight w. */
export interface Family {
  readonly id: FamilyName;
  readonly canonicalLink: LinkName;
  /** V(μ) */
  variance(mean: number): number;
  /** V′(μ) */
  varianceSlope(mean: number): number;
  /** Means lie strictly between these. */
  readonly lowest: number;
  readonly highest: number;
  /** Does the family itself fix φ = 1 (binomial, Poisson, negative binomial)? */
  readonly fixedDispersion: boolean;
  /** A mean to start from for outcome y with prior weight w, inside the range. */
  start(outcome: number, weight: number): number;
  /** 2(ℓ(y; y) − ℓ(μ; y)) for weight 1 and φ = 1; at least 0. */
  deviance(outcome: number, mean: number): number;
}

export const familyNames = ["gaussian", "binomial", "poisson", "gamma", "negative-binomial"] as const;
export type FamilyName = (typeof familyNames)[number];

/** x/y − 1 − log(x/y), which is 0 at x = y: written so that neither nearly equal nor very unequal x and y lose digits. */
const excess = (x: number, y: number): number =>
  x < y / 2 ? x / y - 1 - Math.log(x / y) : -logOnePlusMinus((x - y) / y);

/** y log(y/μ) − (y − μ) */
const divergence = (outcome: number, mean: number): number => (outcome === 0 ? mean : outcome * excess(mean, outcome));

export const gaussian: Family = {
  id: "gaussian",
  canonicalLink: "identity",
  variance: () => 1,
  varianceSlope: () => 0,
  lowest: Number.NEGATIVE_INFINITY,
  highest: Number.POSITIVE_INFINITY,
  fixedDispersion: false,
  start: (outcome) => outcome,
  deviance: (outcome, mean) => (outcome - mean) ** 2,
};

/** Outcomes are proportions in [0, 1], weights the trials behind them. */
export const binomial: Family = {
  id: "binomial",
  canonicalLink: "logit",
  variance: (mean) => mean * (1 - mean),
  varianceSlope: (mean) => 1 - 2 * mean,
  lowest: 0,
  highest: 1,
  fixedDispersion: true,
  start: (outcome, weight) => (weight * outcome + 0.5) / (weight + 1),
  deviance: (outcome, mean) => 2 * (divergence(outcome, mean) + divergence(1 - outcome, 1 - mean)),
};

export const poisson: Family = {
  id: "poisson",
  canonicalLink: "log",
  variance: (mean) => mean,
  varianceSlope: () => 1,
  lowest: 0,
  highest: Number.POSITIVE_INFINITY,
  fixedDispersion: true,
  start: (outcome) => outcome + 0.1,
  deviance: (outcome, mean) => 2 * divergence(outcome, mean),
};

/**
 * Positive outcomes with constant coefficient of variation. The link is the log unless stated: the canonical reciprocal
 * has no measure that anyone reports.
 */
export const gamma: Family = {
  id: "gamma",
  canonicalLink: "log",
  variance: (mean) => mean * mean,
  varianceSlope: (mean) => 2 * mean,
  lowest: 0,
  highest: Number.POSITIVE_INFINITY,
  fixedDispersion: false,
  start: (outcome) => outcome,
  deviance: (outcome, mean) => 2 * excess(outcome, mean),
};

/** Counts with Var(y) = μ + μ²/θ (NB2); θ > 0. */
export function negativeBinomialFamily(theta: number): Family {
  return {
    id: "negative-binomial",
    canonicalLink: "log",
    variance: (mean) => mean + (mean * mean) / theta,
    varianceSlope: (mean) => 1 + (2 * mean) / theta,
    lowest: 0,
    highest: Number.POSITIVE_INFINITY,
    fixedDispersion: true,
    start: (outcome) => outcome + 0.1,
    // y log(y/μ) − (y + θ) log((y + θ)/(μ + θ)) = y log(1 + u) − θ log(1 + v), u = θ(y − μ)/(μ(y + θ)), v = (y − μ)/(μ + θ);
    // near y in terms of second order in y − μ, so that it does not cancel however large or small θ is beside y.
    deviance(outcome, mean) {
      if (outcome === 0) return 2 * theta * Math.log1p(mean / theta);
      const gap = outcome - mean;
      const relative = (theta * gap) / (mean * (outcome + theta));
      const share = gap / (mean + theta);
      if (mean < outcome / 2) return 2 * (outcome * Math.log1p(relative) - theta * Math.log1p(share));
      return 2 * (outcome * logOnePlusMinus(relative) - theta * logOnePlusMinus(share) + theta * relative * share);
    },
  };
}
