import type { z } from "zod";
import type { Table } from "../data/table.ts";
import type { methods } from "../economics/methods.ts";
import type { Progress } from "../inference/replicates/steps.ts";
import { type Plan, parseScript } from "../plan/parsePlan.ts";
import type { scriptSchema } from "../plan/planSchema.ts";
import { type Analyses, runPlan } from "../plan/runPlan.ts";
import type { RegisteredMethod } from "../trial/method.ts";
import { checkClaims } from "./checkClaims.ts";

/** A plan's keys as zod reads them, but none of them is ever written to. */
type Written = DeepReadonly<z.input<typeof scriptSchema>>;

type DeepReadonly<T> = T extends readonly (infer Item)[]
  ? readonly DeepReadonly<Item>[]
  : T extends object
    ? { readonly [Key in keyof T]: DeepReadonly<T[Key]> }
    : T;

/** One analysis as a script writes it, with the options of its own method. */
type RequestOf<M> =
  M extends RegisteredMethod<infer Id, infer Input>
    ? Omit<Written["analyses"][number], "method" | "options"> & { readonly method: Id; readonly options?: Input }
    : never;

/** A plan with the table in place of the file: the same keys as in YAML, the same defaults. */
export interface AnalysisRequest extends Omit<Written, "analyses"> {
  readonly data: Table;
  readonly analyses: readonly RequestOf<(typeof methods)[number]>[];
}

/**
 * Analyses a cluster randomised trial: every analysis asked for, in order, each with its effect, interval, test,
 * sample, notices and provenance, and with published figures beside computed ones where `expect` gives any.
 *
 *   analyse({
 *     data: tableFromRows(rows),
 *     trial: { cluster: "practice", arm: "arm" },
 *     analyses: [{ outcome: "score", method: "linear-mixed-model" }],
 *   }).analyses[0]
 *
 * An analysis that the data cannot answer carries a `problem` and nulls; the others are there all the same.
 *
 * @throws InputProblem when the request or the data are wrong (`unknown-key`, `invalid-value`, `unknown-method`,
 *   `unknown-column`, `feature-not-accepted`, …).
 */
export function analyse({ data, ...request }: AnalysisRequest): Analyses {
  return analysePlan(parseScript(request), data);
}

/** Runs a plan read by `parsePlan` on its table, and checks its claims. */
export function analysePlan(
  plan: Plan,
  table: Table,
  options: { readonly progress?: (progress: Progress) => void } = {},
): Analyses {
  return runPlan(plan, table, { ...options, checkClaims });
}
