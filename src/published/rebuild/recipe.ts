import { DesignProblem, InputProblem } from "../../contract/problem.ts";
import { printedInterval } from "../printedNumber.ts";
import type { AssumedOutcome, Figures, PublishedOutcome } from "./figures.ts";

/** One arm of the design, as numbers. */
interface ArmDesign {
  readonly arm: string;
  readonly clusters: number;
  readonly participants: number;
}

/** One arm of an outcome: printed figures (published, else assumed) that its rows must meet. */
interface ArmTarget {
  readonly arm: string;
  readonly analysed: number;
  readonly mean: string | null;
  readonly sd: string | null;
  readonly events: string | null;
}

export interface OutcomeTarget {
  readonly name: string;
  readonly published: PublishedOutcome;
  readonly assumed: AssumedOutcome;
  /** Treated arm, then control. */
  readonly arms: readonly [ArmTarget, ArmTarget];
}

/** Figures and assumptions merged: everything that the rows must meet, treated arm first. */
export interface Recipe {
  readonly figures: Figures;
  readonly arms: readonly [ArmDesign, ArmDesign];
  readonly outcomes: readonly OutcomeTarget[];
}

/**
 * Merges published figures with assumptions: a published figure always wins, an assumed one fills its place.
 *
 * @throws InputProblem `figures-incomplete` naming the key that must be published or assumed.
 * @throws DesignProblem `figures-infeasible` when the numbers of clusters and participants cannot be met.
 */
export function recipeOf(figures: Figures): Recipe {
  const arms = pair(figures, (arm) => designOf(figures, arm));
  checkTotals(figures, arms);
  const outcomes = Object.entries(figures.published.outcomes).map(([name, published]): OutcomeTarget => {
    const assumed = figures.assumed.outcomes[name];
    if (assumed === undefined)
      throw new InputProblem("figures-incomplete", {
        path: `figures.assumed.outcomes.${name}`,
        needed: 'at least "because", and how the outcome is analysed',
      });
    const targets = pair(figures, (arm, k) => targetOf(figures, name, published, assumed, arms[k]!, arm));
    return { name, published, assumed, arms: withMeans(name, published, targets) };
  });
  return { figures, arms, outcomes };
}

const pair = <T>({ treated, control }: Figures, make: (arm: string, index: 0 | 1) => T): readonly [T, T] => [
  make(treated, 0),
  make(control, 1),
];

const whole = (path: string, text: string): number => {
  const { value } = printedInterval(text);
  if (Number.isSafeInteger(value) && value >= 0) return value;
  throw new InputProblem("invalid-value", { path, found: text, expected: "a whole number", nearest: null });
};

function designOf({ published, assumed }: Figures, arm: string): ArmDesign {
  const number = (key: "clusters" | "participants"): number => {
    const path = `figures.published.design.byArm.${arm}.${key}`;
    const found = published.design.byArm?.[arm]?.[key] ?? assumed.design?.byArm[arm]?.[key];
    if (found === undefined)
      throw new InputProblem("figures-incomplete", {
        path,
        needed: `publish it there, or assume it under figures.assumed.design.byArm.${arm}`,
      });
    return whole(path, found);
  };
  const design = { arm, clusters: number("clusters"), participants: number("participants") };
  if (design.clusters < 1 || design.participants < design.clusters) {
    throw new DesignProblem("figures-infeasible", {
      what: arm,
      reason: `${design.participants} participants cannot fill ${design.clusters} clusters`,
    });
  }
  const sizes = assumed.sizes.byArm?.[arm];
  const total = sizes?.reduce((a, b) => a + b, 0);
  if (sizes !== undefined && (sizes.length !== design.clusters || total !== design.participants)) {
    throw new DesignProblem("figures-infeasible", {
      what: arm,
      reason: `the assumed sizes are ${sizes.length} clusters with ${total} participants, not ${design.clusters} with ${design.participants}`,
    });
  }
  return design;
}

function checkTotals({ published }: Figures, arms: readonly ArmDesign[]): void {
  for (const key of ["clusters", "participants"] as const) {
    const printed = published.design[key];
    const sum = arms.reduce((total, arm) => total + arm[key], 0);
    if (printed !== undefined && whole(`figures.published.design.${key}`, printed) !== sum) {
      throw new DesignProblem("figures-infeasible", {
        what: key,
        reason: `the arms have ${sum} together, but ${printed} are published`,
      });
    }
  }
}

function targetOf(
  { published: { design }, assumed: { design: assumedDesign } }: Figures,
  name: string,
  published: PublishedOutcome,
  assumed: AssumedOutcome,
  { clusters, participants }: ArmDesign,
  arm: string,
): ArmTarget {
  const sources = [published.byArm?.[arm], assumed.byArm?.[arm], design.byArm?.[arm], assumedDesign?.byArm[arm]];
  const printed = sources.find((source) => source?.analysed !== undefined)?.analysed;
  const analysed =
    printed === undefined ? participants : whole(`figures.published.outcomes.${name}.byArm.${arm}.analysed`, printed);
  if (analysed > participants || analysed < clusters) {
    throw new DesignProblem("figures-infeasible", {
      what: `${name}, ${arm}`,
      reason:
        analysed > participants
          ? `${analysed} were analysed of ${participants} participants`
          : `${analysed} analysed participants leave some of ${clusters} clusters empty`,
    });
  }
  const figure = (key: "mean" | "sd" | "events") =>
    published.byArm?.[arm]?.[key] ?? assumed.byArm?.[arm]?.[key] ?? null;
  return { arm, analysed, mean: figure("mean"), sd: figure("sd"), events: figure("events") };
}

/** A mean that is missing in one arm follows from the other's and from an effect that was printed without an interval. */
function withMeans(
  name: string,
  published: PublishedOutcome,
  [treated, control]: readonly [ArmTarget, ArmTarget],
): readonly [ArmTarget, ArmTarget] {
  const located = ({ mean, events }: ArmTarget) => mean !== null || events !== null;
  if (located(treated) && located(control)) return [treated, control];
  const value = published.effect?.value;
  if (value !== undefined && control.mean !== null && !located(treated)) {
    return [{ ...treated, mean: sumText(control.mean, value) }, control];
  }
  const arm = located(treated) ? control.arm : treated.arm;
  throw new InputProblem("figures-incomplete", {
    path: `figures.published.outcomes.${name}.byArm.${arm}.mean`,
    needed: `publish mean or events there, or assume them under figures.assumed.outcomes.${name}.byArm.${arm}`,
  });
}

function sumText(a: string, b: string): string {
  const [left, right] = [printedInterval(a), printedInterval(b)];
  return (left.value + right.value).toFixed(Math.max(0, left.decimals, right.decimals));
}
