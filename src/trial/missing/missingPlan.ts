import type { ScalePlan } from "../../data/missing/workingScale.ts";

/** What is added to imputed values of a variable: an amount, or a share of the value as "10%". */
export type Shift = number | string;

/** Departures from missing at random, by arm (its level) and variable. */
export type Delta = Readonly<Record<string, Readonly<Record<string, Shift>>>>;

/** Multiple imputation as a plan asks for it, defaults filled in. */
export interface ImputationPlan {
  readonly method: "multiple-imputation";
  /** m, at least 2. */
  readonly imputations: number;
  /** Gibbs iterations of every imputation's own chain. */
  readonly iterations: number;
  /** Further columns of the imputation model. */
  readonly auxiliary: readonly string[];
  readonly scales: Readonly<Record<string, ScalePlan>>;
  /** A model for each arm, or one for all with the arm as predictor. */
  readonly byArm: boolean;
  readonly assumption: "missing-at-random" | "jump-to-reference";
  readonly delta?: Delta | undefined;
  /** The prior's guess of the intracluster correlation. */
  readonly priorIcc: number;
}

/** Inverse probability weighting of the complete cases, defaults filled in. */
export interface WeightingPlan {
  readonly method: "inverse-probability";
  /** Columns that predict who is observed; absent: the covariates of the analysis that are complete. */
  readonly covariates?: readonly string[] | undefined;
  readonly byArm: boolean;
  /** Probabilities relative to that of the arm, which gives weights of mean 1. */
  readonly stabilised: boolean;
}

export type MissingPlan = ImputationPlan | WeightingPlan;

/** The value with its shift. */
export const shifted = (value: number, shift: Shift | undefined): number => {
  if (shift === undefined) return value;
  return typeof shift === "number" ? value + shift : value * (1 + Number.parseFloat(shift) / 100);
};
