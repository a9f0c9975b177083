import type { Outcome } from "../../data/frame.ts";
import type { Family } from "./family.ts";
import type { LinkName } from "./link.ts";

/** The outcome as a generalised linear model takes it: Var(y) = φ V(μ)/w, g(μ) = xᵀβ + offset. */
export interface Response {
  readonly values: Float64Array;
  /** Prior weights w; null when all are 1. */
  readonly weights: Float64Array | null;
  /** On the scale of the link; null when all are 0. */
  readonly offset: Float64Array | null;
}

/**
 * Outcome, weights and offset of a generalised linear model.
 *
 * Events out of trials become proportions weighted by trials (counts with the trials as exposure in a Poisson model).
 * Exposure e is the offset log e under a log link; under any other link the outcome is the rate y/e with weight e, which
 * is the same Poisson model, μ = e g⁻¹(xᵀβ).
 */
export function responseOf(
  outcome: Outcome,
  family: Pick<Family, "id">,
  link: LinkName,
  weights: Float64Array | null,
  offset: Float64Array | null,
): Response {
  const { values } = outcome;
  const divisor = outcome.kind === "grouped" ? outcome.trials : outcome.kind === "count" ? outcome.exposure : null;
  if (divisor === null) return { values, weights, offset };
  const asCount = family.id === "poisson" || family.id === "negative-binomial";
  if (asCount && link === "log")
    return { values, weights, offset: divisor.map((e, i) => Math.log(e) + (offset === null ? 0 : offset[i]!)) };
  return {
    values: values.map((value, i) => value / divisor[i]!),
    weights: weights === null ? divisor : weights.map((weight, i) => weight * divisor[i]!),
    offset,
  };
}
