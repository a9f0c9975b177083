import { buildFrame } from "../../src/data/buildFrame.ts";
import type { Frame } from "../../src/data/frame.ts";
import { tableFromColumns } from "../../src/data/tableFromColumns.ts";
import { logitLink } from "../../src/models/family/link.ts";
import type { RandomStream } from "../../src/numerics/random/randomStream.ts";
import { type LogisticTruth, logisticTruth } from "../../src/trial/simulate/logisticTrial.ts";
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
export type BinaryTruth = LogisticTruth;

/** The parameters that give a cell its prevalence and intracluster correlation, and its marginal effects by quadrature. */
export const truthOf = ({ prevalence, icc, effect }: BinaryCell): BinaryTruth => logisticTruth(prevalence, icc, effect);

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
