import type { Exclusion } from "../contract/analysis.ts";
import type { Design } from "./design.ts";
import type { Grouping } from "./grouping.ts";

export type Outcome =
  | { readonly kind: "continuous"; readonly name: string; readonly values: Float64Array }
  /** values are 0 or 1; `event` is the level that counts as 1. */
  | { readonly kind: "binary"; readonly name: string; readonly event: string; readonly values: Float64Array }
  /** values are counts; exposure in its own unit, or null for one unit each. */
  | {
      readonly kind: "count";
      readonly name: string;
      readonly values: Float64Array;
      readonly exposure: Float64Array | null;
    }
  /** events out of trials per row. */
  | { readonly kind: "grouped"; readonly name: string; readonly values: Float64Array; readonly trials: Float64Array };

export type OutcomeKind = Outcome["kind"];

/** The randomised arms, seen from the clusters. */
export interface Arm {
  readonly name: string;
  /** Control first, then the others in natural sorted order. */
  readonly levels: readonly string[];
  /** Index into `levels` per cluster: an arm never varies within a cluster. */
  readonly ofCluster: Int32Array;
}

/** A factor of the randomisation, constant within clusters. */
export interface ClusterFactor {
  readonly name: string;
  readonly levels: readonly string[];
  readonly ofCluster: Int32Array;
}

/** A column that is the same for every row of a cluster, such as one that decided the randomisation. */
export interface ClusterColumn {
  /** Its values as levels, in natural sorted order. */
  readonly factor: ClusterFactor;
  /** Its value per cluster; null for words, and for numbers declared categorical. */
  readonly values: Float64Array | null;
}

/** What the effects compare: levels of the arm, or of the covariate of interest where there is no arm. */
export interface Compared {
  readonly name: string;
  /** Reference first. */
  readonly levels: readonly string[];
}

/** The effect that was asked for, as a linear contrast of the coefficients. */
export interface EffectContrast {
  /** Term by which it is reported: "arm[intervention]", or the covariate of interest. */
  readonly term: string;
  /** Length p; one weight per coefficient. With an arm-by-covariate interaction it averages over the analysed participants. */
  readonly weights: Float64Array;
  readonly averagedOverInteraction: boolean;
}

/** An outcome of the analysed rows with the regression that explains it. */
export interface Equation {
  readonly outcome: Outcome;
  readonly design: Design;
  /** One per non-control arm, or one per column of the covariate of interest. */
  readonly effects: readonly EffectContrast[];
}

/** The analysed rows with their roles: complete cases of one analysis, exclusions counted. */
export interface Frame {
  readonly source: string;
  /** Analysed rows n. */
  readonly rows: number;
  readonly cluster: Grouping;
  /** Participants, nested in clusters; null when every row is one participant. */
  readonly participant: Grouping | null;
  /** null for clustered data that are not a trial. */
  readonly arm: Arm | null;
  /** Every combination of the stratification factors in use; null without strata. */
  readonly stratum: ClusterFactor | null;
  readonly pair: ClusterFactor | null;
  readonly outcome: Outcome;
  readonly design: Design;
  /** One per non-control arm, or one per column of the covariate of interest. */
  readonly effects: readonly EffectContrast[];
  /** One effect per level but the reference; null where the effect is that of a measurement. */
  readonly compared: Compared | null;
  /** Further outcomes of the same rows, as the options of a method name them; mostly none. */
  readonly further: readonly Equation[];
  readonly weights: Float64Array | null;
  readonly offset: Float64Array | null;
  /** Numeric columns that the method's options name (random slopes), by name. */
  readonly extraColumns: ReadonlyMap<string, Float64Array>;
  /** Groupings that the method's options name ("practice/id"), by name, each nested in the one before. */
  readonly extraGroupings: ReadonlyMap<string, Grouping>;
  /** Columns of clusters that the scheme of allocation names, by name. */
  readonly clusterColumns: ReadonlyMap<string, ClusterColumn>;
  readonly excluded: readonly Exclusion[];
  /** SHA-256 of the columns used, in hexadecimal; computed when it is first read. */
  readonly fingerprint: string;
}
