import type { ZodType } from "zod";
import type { Findings } from "../contract/analysis.ts";
import type { Measure } from "../contract/estimate.ts";
import type { Frame, OutcomeKind } from "../data/frame.ts";

/** One analysis as asked, names resolved to values. */
export interface Question<Options> {
  readonly frame: Frame;
  readonly options: Options;
  /** null: the measure that the method's link gives directly. */
  readonly measure: Measure | null;
  /** Coverage of intervals, in (0, 1). */
  readonly level: number;
  readonly seed: number;
}

/** What a method needs from the data beyond outcome and covariates. */
export interface Needs {
  /** Column lists that define nested groupings, such as [["practice", "id"]]. */
  readonly groupings: readonly (readonly string[])[];
  /** Numeric columns used by options (random slopes). */
  readonly columns: readonly string[];
}

/** A way to answer a trial's question. Adding one is adding a file and a line in the list. */
export interface Method<Options = never> {
  readonly id: string;
  readonly title: string;
  /** One sentence: what it estimates and when to use it. */
  readonly purpose: string;
  /** Kinds of outcome it is defined for; shared code reads this instead of asking the id. */
  readonly outcomes: readonly OutcomeKind[];
  readonly measures: readonly Measure[];
  readonly options: ZodType<Options>;
  readonly references: readonly string[];
  /** Data features it makes use of; anything given but not listed is refused by name, never ignored. */
  readonly accepts: readonly ("weights" | "offset" | "strata" | "pairs" | "covariates" | "no-arm")[];
  /** Extra columns and groupings its options name. */
  needs?(options: Options): Needs;
  analyse(question: Question<Options>): Findings;
}
