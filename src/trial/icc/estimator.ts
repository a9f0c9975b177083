import type { Estimand, MethodRecord, summaryOf, VarianceComponent } from "../../contract/analysis.ts";
import type { Test, Working } from "../../contract/estimate.ts";
import type { Notice } from "../../contract/notice.ts";
import type { Frame, OutcomeKind } from "../../data/frame.ts";
import type { Strata } from "./oneWayAnova.ts";

export const estimatorNames = [
  "anova-within-arm",
  "anova",
  "reml",
  "fleiss-cuzick",
  "pearson",
  "latent",
  "proportion",
  "rate-k",
  "nakagawa",
] as const;
export const intervalNames = ["searle", "smith", "swiger", "fisher", "bootstrap-t", "profile", "zou-donner"] as const;

export type EstimatorName = (typeof estimatorNames)[number];
export type IntervalName = (typeof intervalNames)[number];

/** One number found; `interval` is null where none is defined. */
interface FoundNumber {
  /** "icc", "icc[delta]", "k". */
  readonly term: string;
  readonly value: number;
  readonly interval: { readonly lower: number; readonly upper: number } | null;
  readonly working: Working | null;
  readonly test: Test | null;
}

/** What an estimator finds. */
export interface Found {
  /** The one that is "the" intracluster correlation first. */
  readonly numbers: readonly [FoundNumber, ...FoundNumber[]];
  /** What the numbers are correlations of: "identity", "proportion", "latent", "coefficient-of-variation". */
  readonly scale: string;
  /** What a variant should say beside estimator and interval. */
  readonly variant: MethodRecord["variant"];
  readonly variances: readonly VarianceComponent[];
  readonly summary: Parameters<typeof summaryOf>[0];
  readonly notices: readonly Notice[];
}

/** What an estimator reads. */
export interface IccQuestion {
  readonly frame: Frame;
  readonly level: number;
  readonly seed: number;
}

/** An estimator as a value: the method asks for its properties, never for its name. */
export interface IccEstimator {
  /** Kinds of outcome it is defined for, the one that a bare column name is taken for first. */
  readonly outcomes: readonly OutcomeKind[];
  readonly measure: "icc" | "coefficient-of-variation";
  readonly estimand: Pick<Estimand, "population" | "contrast">;
  readonly needsArm: boolean;
  /** Are the means of arms taken out where there are arms? */
  readonly aboutArms: boolean;
  /** Intervals it has; some only for a yes-or-no outcome. */
  intervals(dichotomous: boolean): readonly IntervalName[];
  /** The one that is made unless another is asked for; null where none can be had without resampling. */
  defaultInterval(dichotomous: boolean): IntervalName | null;
  find(question: IccQuestion, interval: IntervalName | null): Found;
}

export const strataOf = ({ arm }: Pick<Frame, "arm">): Strata | null =>
  arm === null ? null : { levels: arm.levels.length, ofCluster: arm.ofCluster };

export const component = (group: string, variance: number): VarianceComponent => ({
  group,
  term: "intercept",
  with: null,
  variance,
  standardDeviation: variance < 0 ? null : Math.sqrt(variance),
  correlation: null,
  interval: null,
});
