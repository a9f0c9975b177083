import type { Estimate, Interval, Measure, Reference } from "./estimate.ts";
import type { Notice } from "./notice.ts";
import type { ProblemRecord } from "./problem.ts";

/** An option's value as resolved; it survives JSON. */
export type OptionValue =
  | string
  | number
  | boolean
  | null
  | readonly OptionValue[]
  | { readonly [key: string]: OptionValue };

export interface MethodRecord {
  readonly id: string;
  readonly title: string;
  /** Every option as resolved, and the id of the variant where software disagrees. */
  readonly variant: { readonly [option: string]: OptionValue };
  readonly references: readonly string[];
}

/** Which average over which people the effect is. */
export interface Estimand {
  readonly population: "participant-average" | "cluster-average" | "precision-weighted";
  readonly contrast: "marginal" | "cluster-specific";
  readonly measure: Measure;
}

export interface ArmSample {
  readonly arm: string;
  readonly clusters: number;
  readonly participants: number;
  /** Mean of the analysed outcome (events per participant for counts, proportion for binary). */
  readonly mean: number;
  /** Sample standard deviation (divisor n − 1); null for binary and grouped outcomes and for one participant. */
  readonly sd: number | null;
  /** Number of events; null for continuous outcomes. */
  readonly events: number | null;
}

/** Rows left out, by reason and arm: never silently. */
export interface Exclusion {
  /** "missing outcome", "missing age", … */
  readonly reason: string;
  /** The arm's level, or null where it is unknown or there is no arm. */
  readonly arm: string | null;
  readonly rows: number;
}

export interface ClusterSize {
  readonly min: number;
  readonly mean: number;
  readonly max: number;
  /** Sample standard deviation of the sizes over their mean; null for one cluster. */
  readonly cv: number | null;
}

/** Who was analysed. */
export interface Sample {
  readonly clusters: number;
  readonly participants: number;
  readonly rows: number;
  /** The reference arm; null when there is no arm. */
  readonly control: string | null;
  readonly byArm: readonly ArmSample[];
  readonly clusterSize: ClusterSize;
  readonly excluded: readonly Exclusion[];
}

/** A fixed effect on the link scale. */
export interface Coefficient {
  readonly term: string;
  readonly value: number;
  readonly standardError: number;
  /** Degrees of freedom of the t reference; null when the reference is normal. */
  readonly df: number | null;
  readonly statistic: number;
  readonly pValue: number;
  readonly lower: number;
  readonly upper: number;
}

export interface JointTest {
  readonly terms: readonly string[];
  readonly statistic: number;
  readonly reference: Extract<Reference, { readonly name: "F" | "chi-squared" | "permutation" | "bootstrap" }>;
  readonly pValue: number;
}

/** A variance component, or the covariance of two random effects of one group (`with`). */
export interface VarianceComponent {
  readonly group: string;
  readonly term: string;
  readonly with: string | null;
  readonly variance: number;
  /** √variance; null for a covariance and for a negative variance. */
  readonly standardDeviation: number | null;
  /** Correlation of `term` and `with`; null for a variance, and where a variance is zero. */
  readonly correlation: number | null;
  /** Interval of the standard deviation (of the correlation for a covariance); null when not computed. */
  readonly interval: Interval | null;
}

export interface IccRecord {
  readonly value: number;
  /** "identity", "proportion", "latent", … : never an intracluster correlation without its scale. */
  readonly scale: string;
  readonly estimator: string;
  readonly interval: Interval | null;
}

/** One cluster, without rows of patients. */
export interface ClusterRecord {
  readonly cluster: string;
  readonly arm: string | null;
  readonly size: number;
  /** Mean, proportion or rate of the outcome. */
  readonly summary: number;
  /** Predicted random intercept (BLUP); null when the method has none. */
  readonly effect: number | null;
  readonly conditionalVariance: number | null;
}

/** One number per analysis; the list is closed. Absent is null. */
export interface Summary {
  readonly logLikelihood: number | null;
  readonly criterion: number | null;
  readonly aic: number | null;
  readonly bic: number | null;
  readonly dispersion: number | null;
  readonly alpha: number | null;
  readonly nbTheta: number | null;
  readonly n0: number | null;
  readonly msBetween: number | null;
  readonly msWithin: number | null;
  readonly fStatistic: number | null;
  readonly residualStandardDeviation: number | null;
  readonly rSquared: number | null;
  readonly iterations: number | null;
  readonly draws: number | null;
  readonly failures: number | null;
}

/** A summary in which everything not given is null. */
export const summaryOf = (given: Partial<Summary>): Summary => ({
  logLikelihood: null,
  criterion: null,
  aic: null,
  bic: null,
  dispersion: null,
  alpha: null,
  nbTheta: null,
  n0: null,
  msBetween: null,
  msWithin: null,
  fStatistic: null,
  residualStandardDeviation: null,
  rSquared: null,
  iterations: null,
  draws: null,
  failures: null,
  ...given,
});

/** Draws from the joint distribution of several estimates, for figures and for whoever goes on from them. */
export interface DrawsRecord {
  readonly terms: readonly string[];
  /** A row per draw kept, numbers in the order of `terms`: the first of all that were made (`summary.draws`). */
  readonly values: readonly (readonly number[])[];
}

/** A quantity as a function of another, for figures. */
export interface Curve {
  /** "acceptability[intervention]" */
  readonly name: string;
  /** What x and y are, with their units. */
  readonly x: string;
  readonly y: string;
  readonly points: readonly (readonly [x: number, y: number])[];
  /** A name per point; null where points are only places on a line. */
  readonly labels: readonly string[] | null;
}

/** What a method found: the part of an Analysis that only the method knows. */
export interface Findings {
  /** Options as resolved, and variant ids; merged over the options into `method.variant`. */
  readonly variant: MethodRecord["variant"];
  readonly estimand: Estimand;
  /** The effect of interest first; one per non-control arm. */
  readonly estimates: readonly Estimate[];
  readonly coefficients: readonly Coefficient[];
  /** Covariance of the coefficients, row by row in their order; null when the method has none. */
  readonly covariance: readonly (readonly number[])[] | null;
  readonly tests: readonly JointTest[];
  readonly variances: readonly VarianceComponent[];
  readonly icc: IccRecord | null;
  readonly summary: Summary;
  readonly clusters: readonly ClusterRecord[];
  /** Absent: null in the Analysis. */
  readonly draws?: DrawsRecord | null;
  readonly curves?: readonly Curve[] | null;
  readonly notices: readonly Notice[];
}

export interface Provenance {
  readonly version: string;
  /** The plan's analysis as resolved, so that the result says what was asked. */
  readonly plan: OptionValue;
  /** SHA-256 of the columns used. */
  readonly dataFingerprint: string;
  readonly seed: number;
}

/** A published figure beside the computed one. */
export interface ClaimCheck {
  /** Such as "effect.interval[0]" or "byArm.control.mean". */
  readonly path: string;
  readonly published: string;
  readonly computed: number | null;
  readonly agrees: boolean;
  /** Computed values that would print as published; null marks an open end. */
  readonly allowed: readonly [number | null, number | null];
}

/** What every method returns: command line, reports and tests read this shape and no other. */
export interface Analysis extends Omit<Findings, "variant" | "draws" | "curves"> {
  readonly id: string;
  readonly draws: DrawsRecord | null;
  readonly curves: readonly Curve[] | null;
  readonly method: MethodRecord;
  readonly sample: Sample;
  readonly provenance: Provenance;
  /** With `expect` in the plan; null otherwise. */
  readonly claims: readonly ClaimCheck[] | null;
  readonly problem: null;
}

/** An analysis that was not estimable: the same keys, all null but the id and the problem. */
export type NotEstimable = { readonly [K in Exclude<keyof Analysis, "id" | "problem">]: null } & {
  readonly id: string;
  readonly problem: ProblemRecord;
};
