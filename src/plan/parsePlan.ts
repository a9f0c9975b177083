import type { z } from "zod";
import { InputProblem } from "../contract/problem.ts";
import type { Table } from "../data/table.ts";
import { tableFromRows } from "../data/tableFromColumns.ts";
import { methods } from "../economics/methods.ts";
import { findMethod } from "../trial/findMethod.ts";
import type { RegisteredMethod } from "../trial/method.ts";
import type { MissingPlan } from "../trial/missing/missingPlan.ts";
import { keyPath, parseInput } from "../trial/parseInput.ts";
import { checkAllocation } from "./checkAllocation.ts";
import { listsOf } from "./deriveColumns.ts";
import { missingPlans } from "./missingSchema.ts";
import { outcomeSchema, planSchema, scriptSchema } from "./planSchema.ts";

type Written = z.output<typeof scriptSchema>;

/** One analysis of a plan: its method found, its options checked. */
export interface PlannedAnalysis
  extends Omit<Written["analyses"][number], "id" | "outcome" | "method" | "imputation" | "missing"> {
  readonly id: string;
  /** As written; the first of the outcomes that the options name where the method finds them there. */
  readonly outcome: z.output<typeof outcomeSchema>["outcome"];
  readonly method: RegisteredMethod;
  /** What to do about missing values; absent: complete cases. */
  readonly missing?: MissingPlan;
}

/** A plan whose every name is known and whose every default is filled in; the data are still to come. */
export interface Plan extends Readonly<Omit<Written, "analyses">> {
  /** Path of the data as written; null in a script, where the table is at hand. */
  readonly data: string | null;
  /** The allocations that `trial.allocation` lists; null where it lists none, or in a file that is still to be read. */
  readonly listedAllocations: Table | null;
  /** The lists that `derive` refers to, by key path; those in files are still to be read. */
  readonly listedTables: ReadonlyMap<string, Table>;
  readonly analyses: readonly PlannedAnalysis[];
}

/**
 * Reads a plan that came from a file (see `readPlanText`) or was written as an object.
 *
 * @throws InputProblem `unknown-key`, `missing-key`, `invalid-value`, `unknown-method`, `duplicate-id`,
 *   `pairs-and-strata`, `effect-with-arm`, `outcome-in-options`, `allocation-key`, `allocation-keys-exclude`, `allocation-weights`, each naming the key path.
 */
export function parsePlan(input: unknown, list: readonly RegisteredMethod[] = methods): Plan {
  const { clustrial: _, $schema: __, data, ...written } = parseInput(planSchema, input, "");
  return resolve(written, data, list);
}

/** The same for what a script passes besides its table. */
export function parseScript(input: unknown, list: readonly RegisteredMethod[] = methods): Plan {
  return resolve(parseInput(scriptSchema, input, ""), null, list);
}

function resolve(written: Written, data: string | null, list: readonly RegisteredMethod[]): Plan {
  const trial = checkAllocation(written.trial);
  if (trial.pairs !== undefined && trial.strata !== undefined) {
    throw new InputProblem("pairs-and-strata", { pairs: trial.pairs, strata: trial.strata });
  }
  const ids = new Set<string>();
  const analyses = written.analyses.flatMap((analysis, index): readonly PlannedAnalysis[] => {
    const at = keyPath("analyses", [index]);
    const method = findMethod(analysis.method, list, `${at}.method`);
    parseInput(method.options, analysis.options, `${at}.options`);
    if (trial.arm !== undefined && analysis.effect !== undefined) {
      throw new InputProblem("effect-with-arm", { path: `${at}.effect`, effect: analysis.effect, arm: trial.arm });
    }
    const id = analysis.id ?? freeId(method.id, ids);
    if (ids.has(id)) throw new InputProblem("duplicate-id", { path: `${at}.id`, id });
    ids.add(id);
    const { imputation: _, missing: __, ...kept } = analysis;
    const plans = missingPlans(analysis, at);
    return plans.map((missing, k) => ({
      ...kept,
      outcome: outcomeOf(analysis, method, at),
      id: plans.length === 1 ? id : `${id}-delta-${k + 1}`,
      method,
      ...(missing === undefined ? {} : { missing }),
    }));
  });
  const listed = trial.allocation?.allocations;
  const listedAllocations = typeof listed === "object" ? tableFromRows(listed, { source: "trial.allocation" }) : null;
  return { ...written, trial, data, listedAllocations, listedTables: listsOf(written).tables, analyses };
}

/** @throws InputProblem `missing-key`, and `outcome-in-options` for an outcome beside those that the options name. */
function outcomeOf(
  analysis: Written["analyses"][number],
  method: RegisteredMethod,
  at: string,
): PlannedAnalysis["outcome"] {
  if (method.outcomes.length > 0) return parseInput(outcomeSchema, analysis, at).outcome;
  const equations = method.needs(analysis.options).equations ?? [];
  if (analysis.outcome !== undefined)
    throw new InputProblem("outcome-in-options", {
      path: `${at}.outcome`,
      method: method.id,
      options: equations.map(({ name }) => name),
    });
  return equations[0]!.outcome;
}

function freeId(id: string, taken: ReadonlySet<string>): string {
  if (!taken.has(id)) return id;
  let number = 2;
  while (taken.has(`${id}-${number}`)) number += 1;
  return `${id}-${number}`;
}
