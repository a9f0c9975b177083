import { dirname, resolve } from "node:path";
import { InputProblem } from "../contract/problem.ts";
import { readCsvFile } from "../data/csvFile.node.ts";
import type { Table } from "../data/table.ts";
import { listsOf } from "../plan/deriveColumns.ts";
import { type Plan, parsePlan } from "../plan/parsePlan.ts";
import { readPlanText } from "../plan/readPlanText.ts";
import { readText } from "./files.ts";
import type { Terminal } from "./terminal.ts";

/**
 * A plan with its table and the lists it refers to; paths of files start from the plan's folder.
 *
 * @throws InputProblem `unreadable-file`, and whatever is wrong in plan or data.
 */
export async function loadPlan(
  file: string,
  { folder }: Pick<Terminal, "folder">,
): Promise<{ plan: Plan; table: Table }> {
  const plan = parsePlan(readPlanText(await readText(folder, file), file));
  const home = dirname(resolve(folder, file));
  const listed = plan.trial.allocation?.allocations;
  const listedAllocations =
    typeof listed === "string" ? await loadTable(listed, home, plan.missingCodes) : plan.listedAllocations;
  const listedTables = new Map(plan.listedTables);
  for (const [path, list] of listsOf(plan).files)
    listedTables.set(path, await loadTable(list, home, plan.missingCodes));
  return {
    plan: { ...plan, listedAllocations, listedTables },
    table: await loadTable(plan.data ?? "", home, plan.missingCodes),
  };
}

/** A CSV file below a folder; a problem names it as it was written. */
export async function loadTable(file: string, folder: string, missingCodes: readonly string[]): Promise<Table> {
  try {
    return await readCsvFile(resolve(folder, file), { missingCodes });
  } catch (problem) {
    if (!(problem instanceof InputProblem) || problem.code !== "unreadable-file") throw problem;
    throw new InputProblem("unreadable-file", { file, reason: String(problem.facts["reason"]) });
  }
}
