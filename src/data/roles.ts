import type { OutcomeKind } from "./frame.ts";

/** A value of a column as a plan writes it. */
export type Level = string | number;

/** What is measured, and on which kind of scale. A bare name takes the first of `outcomeKinds` that a column of numbers can be. */
export type OutcomeRole =
  | string
  | { readonly name: string }
  /** Binary: `event` is the level that counts as 1. */
  | { readonly name: string; readonly event: Level }
  /** Count: `exposure` is a column of time at risk, or of any size to divide by. */
  | { readonly name: string; readonly exposure: string }
  /** Grouped: columns with events and trials per row. */
  | { readonly events: string; readonly trials: string };

export interface ColumnDeclaration {
  readonly type?: "categorical" | "continuous";
  /** Reference level of a categorical column; default the first in natural sorted order. */
  readonly reference?: Level;
}

/** An outcome beside the analysis' own. */
export interface FurtherEquation {
  readonly outcome: string;
  readonly covariates: readonly string[];
}

/** Which column plays which part in one analysis: names only, resolved against a table by `buildFrame`. */
export interface Roles {
  readonly outcome: OutcomeRole;
  /** Kinds of outcome that will do, the preferred one first; default any, a bare name being continuous. */
  readonly outcomeKinds?: readonly OutcomeKind[];
  readonly cluster: string;
  /** null or absent: clustered data that are not a trial. */
  readonly arm?: string | null;
  /** Reference level of the arm; default the one declared for its column, else "0", else the level named control, else the first in natural sorted order. */
  readonly control?: Level | null;
  /** Covariate of interest where there is no arm; default the first covariate, or the intercept when there is none. */
  readonly effect?: string | null;
  /** Factors of the randomisation. */
  readonly strata?: readonly string[];
  readonly pairs?: string | null;
  /** Column that names participants within their cluster, when one participant has several rows; the same name in two clusters is two participants. */
  readonly participant?: string | null;
  /** Columns, and "a:b" for an interaction; the arm may appear in an interaction only. */
  readonly covariates?: readonly string[];
  readonly weights?: string | null;
  readonly offset?: string | null;
  /** Rows to analyse: column = value, or one of several values. */
  readonly where?: Readonly<Record<string, Level | readonly Level[]>>;
  readonly columns?: Readonly<Record<string, ColumnDeclaration>>;
  /** Numeric columns that a method's options name (random slopes). */
  readonly extraColumns?: readonly string[];
  /** Nested groupings that a method's options name, such as [["practice", "id"]]. */
  readonly groupings?: readonly (readonly string[])[];
  /** Further continuous outcomes of the same participants, each with covariates of its own (the effects beside the costs). */
  readonly further?: readonly FurtherEquation[];
  /** Columns that must be the same throughout each cluster, kept per cluster (what a randomisation balanced). */
  readonly clusterColumns?: readonly string[];
}
