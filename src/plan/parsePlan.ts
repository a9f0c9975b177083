import type { z } from "zod";
import { nearest } from "../contract/nearest.ts";
import { InputProblem } from "../contract/problem.ts";
import type { Table } from "../data/table.ts";
import { tableFromRows } from "../data/tableFromColumns.ts";
import type { RegisteredMethod } from "../trial/method.ts";
import { methods } from "../trial/methods.ts";
import { keyPath, parseInput } from "../trial/parseInput.ts";
import { checkAllocation } from "./checkAllocation.ts";
import { planSchema, scriptSchema } from "./planSchema.ts";

type Written = z.output<typeof scriptSchema>;

/** One analysis of a plan: its method found, its options checked. */
export interface PlannedAnalysis extends Omit<Written["analyses"][number], "id" | "method" | "imputation"> {
  readonly id: string;
  readonly method: RegisteredMethod;
}

/** A plan whose every name is known and whose every default is filled in; the data are still to come. */
export interface Plan extends Readonly<Omit<Written, "analyses">> {
  /** Path of the data as written; null in a script, where the table is at hand. */
  readonly data: string | null;
  /** The allocations that `trial.allocation` lists; null where it lists none, or in a file that is still to be read. */
  readonly listedAllocations: Table | null;
  readonly analyses: readonly PlannedAnalysis[];
}

/**
 * Reads a plan that came from a file (see `readPlanText`) or was written as an object.
 *
 * @throws InputProblem `unknown-key`, `missing-key`, `invalid-value`, `unknown-method`, `duplicate-id`,
 *   `pairs-and-strata`, `effect-with-arm`, `allocation-key`, `allocation-keys-exclude`, `allocation-weights`, each naming the key path.
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
  const analyses = written.analyses.map((analysis, index): PlannedAnalysis => {
    const at = keyPath("analyses", [index]);
    const method = findMethod(analysis.method, list, `${at}.method`);
    parseInput(method.options, analysis.options, `${at}.options`);
    if (trial.arm !== undefined && analysis.effect !== undefined) {
      throw new InputProblem("effect-with-arm", { path: `${at}.effect`, effect: analysis.effect, arm: trial.arm });
    }
    const id = analysis.id ?? freeId(method.id, ids);
    if (ids.has(id)) throw new InputProblem("duplicate-id", { path: `${at}.id`, id });
    ids.add(id);
    const { imputation: _, ...kept } = analysis;
    return { ...kept, id, method };
  });
  const listed = trial.allocation?.allocations;
  const listedAllocations = typeof listed === "object" ? tableFromRows(listed, { source: "trial.allocation" }) : null;
  return { ...written, trial, data, listedAllocations, analyses };
}

/** @throws InputProblem `unknown-method` with the nearest one. */
function findMethod(id: string, list: readonly RegisteredMethod[], path: string): RegisteredMethod {
  const found = list.find((method) => method.id === id);
  if (found !== undefined) return found;
  const ids = list.map((method) => method.id);
  throw new InputProblem("unknown-method", { path, method: id, nearest: nearest(id, ids), methods: ids });
}

function freeId(id: string, taken: ReadonlySet<string>): string {
  if (!taken.has(id)) return id;
  let number = 2;
  while (taken.has(`${id}-${number}`)) number += 1;
  return `${id}-${number}`;
}
