import { logitLink } from "../../models/family/link.ts";
import { findRoot } from "../../numerics/optimize/findRoot.ts";
import { gaussHermite } from "../../numerics/quadrature/gaussHermite.ts";

/** What a logistic model with a normal intercept per cluster amounts to, for clusters and for the population. */
export interface LogisticTruth {
  readonly intercept: number;
  /** Standard deviation of the random intercept on the logit scale. */
  readonly deviation: number;
  readonly conditionalLogOddsRatio: number;
  readonly marginalLogOddsRatio: number;
  readonly logRiskRatio: number;
  readonly riskDifference: number;
}

const { nodes, weights } = gaussHermite(61);

/** E g(σz) over standard normal z. */
const average = (deviation: number, g: (shift: number) => number): number =>
  nodes.reduce((sum, node, k) => sum + weights[k]! * g(Math.SQRT2 * deviation * node), 0) / Math.sqrt(Math.PI);

const marginalRisk = (intercept: number, deviation: number): number =>
  average(deviation, (shift) => logitLink.mean(intercept + shift));

const interceptFor = (risk: number, deviation: number): number =>
  findRoot((intercept) => marginalRisk(intercept, deviation) - risk, -40, 40, { tolerance: 1e-13 }).argument[0]!;

function proportionIcc(risk: number, deviation: number): number {
  const intercept = interceptFor(risk, deviation);
  const square = average(deviation, (shift) => logitLink.mean(intercept + shift) ** 2);
  return (square - risk ** 2) / (risk * (1 - risk));
}

/** Standard deviations of the intercept between which one is sought; below, the intracluster correlation is 0 to 6 decimals. */
const DEVIATIONS = [1e-3, 20] as const;

/**
 * The parameters that give the control arm that marginal risk and that intracluster correlation on the proportion scale,
 * and the marginal effects that follow, by Gauss–Hermite quadrature.
 *
 * @param risk in (0, 1)
 * @param icc in [0, 0.9]
 * @param effect log odds ratio given the cluster
 */
export function logisticTruth(risk: number, icc: number, effect: number): LogisticTruth {
  const [least, most] = DEVIATIONS;
  const deviation =
    icc <= proportionIcc(risk, least)
      ? 0
      : findRoot((sd) => proportionIcc(risk, sd) - icc, least, most, { tolerance: 1e-12 }).argument[0]!;
  const intercept = interceptFor(risk, deviation);
  const treated = marginalRisk(intercept + effect, deviation);
  return {
    intercept,
    deviation,
    conditionalLogOddsRatio: effect,
    marginalLogOddsRatio: logitLink.predictor(treated) - logitLink.predictor(risk),
    logRiskRatio: Math.log(treated / risk),
    riskDifference: treated - risk,
  };
}
