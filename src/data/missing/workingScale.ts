import { InputProblem } from "../../contract/problem.ts";
import { portableExp, portableLog } from "../../numerics/random/elementary.ts";

/** The scale on which a variable is taken as normal: itself, or log(y + shift). */
export type ScalePlan = "identity" | "log" | { readonly scale: "log"; readonly shift: number };

/** A scale as a pair of functions, the same bits on every engine. */
export interface WorkingScale {
  readonly name: "identity" | "log";
  /** Added before the logarithm. */
  readonly shift: number;
  there(value: number): number;
  back(value: number): number;
}

const identity: WorkingScale = { name: "identity", shift: 0, there: (y) => y, back: (z) => z };

/**
 * The working scale of a variable. Values from the log scale come back at 0 or above: exp(z) − shift, and 0 where that is
 * negative.
 *
 * @param values every known value of it
 * @throws InputProblem `imputation-scale` for a value whose logarithm does not exist.
 */
export function workingScale(column: string, plan: ScalePlan, values: readonly number[]): WorkingScale {
  if (plan === "identity") return identity;
  const shift = plan === "log" ? 0 : plan.shift;
  const bad = values.find((value) => !(value + shift > 0));
  if (bad !== undefined) throw new InputProblem("imputation-scale", { column, value: bad, shift });
  return {
    name: "log",
    shift,
    there: (y) => portableLog(y + shift),
    back: (z) => Math.max(0, portableExp(z) - shift),
  };
}
