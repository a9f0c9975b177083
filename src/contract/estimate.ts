/** One unknown number, what we say about it, and how sure we are. */
export interface Estimate {
  readonly quantity: Quantity;
  readonly value: number;
  /** Where normal theory was applied, for pooling and contrasts; null when the method used none. */
  readonly working: Working | null;
  readonly interval: Interval | null;
  readonly test: Test | null;
}

/** What kind of contrast or quantity a number is, in the field's words. */
export type Measure =
  | "mean-difference"
  | "risk-difference"
  | "rate-difference"
  | "risk-ratio"
  | "odds-ratio"
  | "rate-ratio"
  | "mean-ratio"
  | "coefficient"
  | "icc"
  | "coefficient-of-variation";

/** What follows from differences in mean cost and mean effect together. */
type EconomicMeasure =
  | "cost-effectiveness-ratio"
  | "net-benefit"
  | "probability"
  | "value-of-information"
  | "covariance"
  | "correlation";

/** What the mean of one arm is called, by kind of outcome. */
export type ArmMeasure = "mean" | "risk" | "rate";

/** The name, scale and unit of a number: everything a table heading or an axis needs. */
export interface Quantity {
  /** Stable identifier, e.g. "icc", "arm[intervention]". */
  readonly term: string;
  readonly measure: Measure | ArmMeasure | EconomicMeasure;
  /** Scale on which `value` is reported. Ratios are stored as ratios, never as logs. */
  readonly scale: "identity" | "ratio" | "probability" | "correlation";
  /** Unit of `value`: the outcome column's name for a difference, "1" for a pure number. */
  readonly unit: string;
}

/** The estimate on its working scale, e.g. the log of a risk ratio and its standard error. */
export interface Working {
  readonly scale: "identity" | "log" | "logit" | "fisher-z";
  readonly value: number;
  readonly standardError: number;
}

export interface Interval {
  /** Coverage in (0, 1). */
  readonly level: number;
  readonly lower: number;
  readonly upper: number;
  /** How it was built: "wald-t", "searle", "profile", "bootstrap-percentile", … */
  readonly method: string;
}

export interface Test {
  readonly nullValue: number;
  readonly alternative: "two-sided" | "less" | "greater";
  readonly statistic: number;
  readonly reference: Reference;
  readonly pValue: number;
}

/** The distribution a statistic was compared with; `df` is null for the normal and for replicates. */
export type Reference =
  | { readonly name: "normal"; readonly df: null }
  | { readonly name: "t"; readonly df: number }
  | { readonly name: "F"; readonly df: readonly [number, number] }
  | { readonly name: "chi-squared"; readonly df: number }
  /** Replicates compared with: every one that could be (`complete`), or as many as were drawn. */
  | {
      readonly name: "permutation" | "bootstrap";
      readonly df: null;
      readonly draws: number;
      readonly complete: boolean;
    };
