import type { Measure } from "../../contract/estimate.ts";
import type { Assumption, SolvedValue } from "../rebuild/about.ts";
import type { AssumedIntervals } from "./assumedIntervals.ts";
import type { ReproducedClaim } from "./checkFigures.ts";
import type { FewEvents } from "./fewEvents.ts";

/** One method, in one variant, on the same synthetic rows. */
export interface ComparedMethod {
  /** Method and the option that was changed: "linear-mixed-model, inference satterthwaite". */
  readonly label: string;
  readonly method: string;
  readonly measure: Measure;
  readonly options: { readonly [option: string]: unknown };
  /** Is it the one for which the rows were solved? */
  readonly solvedFor: boolean;
  /** "participant-average", …; null when not estimable. */
  readonly population: string | null;
  readonly estimate: number | null;
  readonly interval: readonly [number, number] | null;
  readonly p: number | null;
  /** Degrees of freedom of a t reference; null for others. */
  readonly df: number | null;
  /** "t", "normal", "permutation"; null when there is no test. */
  readonly reference: string | null;
  /** Published figures of the effect that it does not print ("effect.p"); empty when all agree. */
  readonly disagrees: readonly string[];
  /** Why it could not answer; null when it did. */
  readonly problem: string | null;
}

/** A headline effect by every method that can estimate it. */
export interface MethodComparison {
  readonly outcome: string;
  readonly published: {
    readonly value: string | null;
    readonly interval: readonly [string, string] | null;
    readonly p: string | null;
  };
  readonly methods: readonly ComparedMethod[];
}

/** Published figures of one trial beside what synthetic rows give. */
export interface Reproduction {
  readonly trial: string;
  readonly title: string;
  readonly synthetic: true;
  readonly warning: string;
  readonly source: string;
  readonly rows: number;
  readonly claims: readonly ReproducedClaim[];
  /** Outcomes with so few events that their number decides what can be said. */
  readonly fewEvents: readonly FewEvents[];
  readonly comparisons: readonly MethodComparison[];
  /** Differences of means printed without interval, under a range of assumptions. */
  readonly assumedIntervals: readonly AssumedIntervals[];
  readonly assumptions: readonly Assumption[];
  readonly solved: readonly SolvedValue[];
  readonly unknown: readonly string[];
}

/** A published figure that follows from other published figures, without any rows. */
export interface DerivedClaim {
  /** "king-2002/bdi icc.adjusted" */
  readonly id: string;
  readonly published: string;
  /** All values that the other figures allow under rounding; one number twice where they allow one. */
  readonly computed: readonly [number, number];
  readonly agrees: boolean;
  /** From what, and how. */
  readonly basis: string;
  /** What the file of published figures says about it; null when nothing. */
  readonly remark: string | null;
}
