import { buildFrame } from "../../src/data/buildFrame.ts";
import type { Frame } from "../../src/data/frame.ts";
import { tableFromColumns } from "../../src/data/tableFromColumns.ts";
import { logitLink } from "../../src/models/family/link.ts";
import { findRoot } from "../../src/numerics/optimize/findRoot.ts";
import { gaussHermite } from "../../src/numerics/quadrature/gaussHermite.ts";
import type { RandomStream } from "../../src/numerics/random/randomStream.ts";
import { clusterSize } from "./clusterTrialSimulator.ts";

/** One cell of the plan: a logistic model with a normal random intercept, half of the clusters treated. */
export interface BinaryCell {
  readonly clusters: number;
  /** Marginal risk in the control arm. */
  readonly prevalence: number;
  /** Intracluster correlation on the proportion scale in the control arm. */
  readonly icc: number;
  /** Conditional log odds ratio of the intervention. */
  readonly effect: number;
}

export const MEAN_SIZE = 20;

/** What the analyses of a cell are meant to find. */
export interface BinaryTruth {
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

const interceptFor = (prevalence: number, deviation: number): number =>
  findRoot((intercept) => marginalRisk(intercept, deviation) - prevalence, -20, 20, { tolerance: 1e-13 }).argument[0]!;

function proportionIcc(prevalence: number, deviation: number): number {
  const intercept = interceptFor(prevalence, deviation);
  const square = average(deviation, (shift) => logitLink.mean(intercept + shift) ** 2);
  return (square - prevalence ** 2) / (prevalence * (1 - prevalence));
}

/** The parameters that give a cell its prevalence and intracluster correlation, and its marginal effects by quadrature. */
export function truthOf({ prevalence, icc, effect }: BinaryCell): BinaryTruth {
  const deviation = findRoot((sd) => proportionIcc(prevalence, sd) - icc, 1e-3, 5, { tolerance: 1e-12 }).argument[0]!;
  const intercept = interceptFor(prevalence, deviation);
  const treated = marginalRisk(intercept + effect, deviation);
  return {
    intercept,
    deviation,
    conditionalLogOddsRatio: effect,
    marginalLogOddsRatio: logitLink.predictor(treated) - logitLink.predictor(prevalence),
    logRiskRatio: Math.log(treated / prevalence),
    riskDifference: treated - prevalence,
  };
}

/** One trial of a cell, row by row. */
export function simulateBinaryTrial({ clusters }: BinaryCell, truth: BinaryTruth, stream: RandomStream): Frame {
  const practice: number[] = [];
  const arm: number[] = [];
  const y: number[] = [];
  for (let j = 0; j < clusters; j++) {
    const treated = j < clusters / 2 ? 1 : 0;
    const size = clusterSize(stream, MEAN_SIZE);
    const predictor = truth.intercept + treated * truth.conditionalLogOddsRatio + truth.deviation * stream.normal();
    const risk = logitLink.mean(predictor);
    for (let i = 0; i < size; i++) {
      practice.push(j);
      arm.push(treated);
      y.push(stream.uniform() < risk ? 1 : 0);
    }
  }
  return buildFrame(tableFromColumns({ practice, arm, y }), {
    outcome: { name: "y", event: 1 },
    cluster: "practice",
    arm: "arm",
  });
}
