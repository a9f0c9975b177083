import type { Analysis, ClaimCheck, NotEstimable } from "../../contract/analysis.ts";
import { Defect } from "../../contract/problem.ts";
import type { Table } from "../../data/table.ts";
import type { Plan } from "../../plan/parsePlan.ts";
import { variantWords } from "../../report/describeAnalysis.ts";
import { checkClaims, checkFigure } from "../checkClaims.ts";
import type { About, AboutFigure, FigureCheck } from "../rebuild/about.ts";

/** A published figure beside what the rows give. */
export interface ReproducedClaim extends Omit<ClaimCheck, "path"> {
  readonly id: string;
  readonly what: string;
  /** Id of the method that computed it; "rows" where it was counted or described without one. */
  readonly method: string;
  /** Its options as resolved, in words; null without a method. */
  readonly variant: string | null;
  /** How the rows come to show it. */
  readonly how: string;
}

type Result = Analysis | NotEstimable;

/** Every published figure of a rebuilt trial beside the computed value, in the order of about.json. */
export function checkFigures(
  about: About,
  analyses: readonly Result[],
  table: Table,
  plan: Plan,
): readonly ReproducedClaim[] {
  return about.figures.map((figure) => {
    const { path: _, ...check } = checkOf(figure, analyses, table, plan);
    return { id: figure.id, what: figure.what, ...check, ...computedBy(figure.check, analyses), how: figure.how };
  });
}

function checkOf(
  { id, published, check }: AboutFigure,
  analyses: readonly Result[],
  table: Table,
  plan: Plan,
): ClaimCheck {
  if (check.from === "rows") return checkFigure(id, published, counted(check, table, plan));
  const index = plan.analyses.findIndex((each) => each.id === check.analysis);
  const expected = plan.analyses[index]?.expect;
  const analysis = analyses[index];
  if (expected === undefined || analysis === undefined) {
    throw new Defect(`The plan of ${id} has no analysis "${check.analysis}" that expects it`, { path: check.path });
  }
  const found = checkClaims(expected, analysis).find(({ path }) => path === check.path);
  if (found === undefined) throw new Defect(`The plan does not expect ${check.path} of ${check.analysis}`, { id });
  return found;
}

/** Means and standard deviations by arm are the rows' own, whatever the method. */
function computedBy(check: FigureCheck, analyses: readonly Result[]): { method: string; variant: string | null } {
  if (check.from === "rows" || check.path.startsWith("byArm")) return { method: "rows", variant: null };
  const analysis = analyses.find(({ id }) => id === check.analysis);
  return analysis === undefined || analysis.problem !== null
    ? { method: "not estimable", variant: null }
    : { method: analysis.method.id, variant: variantWords(analysis.method.variant) };
}

/** Levels or numbers of a column of the table, as words; null where missing. */
function cells(table: Table, name: string): (row: number) => string | null {
  const column = table.columns.get(name);
  if (column === undefined) throw new Defect(`The rows have no column "${name}"`);
  if (column.kind === "number") {
    return (row) => (Number.isNaN(column.values[row]!) ? null : String(column.values[row]!));
  }
  return (row) => (column.codes[row]! < 0 ? null : column.levels[column.codes[row]!]!);
}

function counted(check: Extract<FigureCheck, { from: "rows" }>, table: Table, { trial }: Plan): number {
  const armOf = trial.arm === undefined ? () => null : cells(table, trial.arm);
  const clusterOf = cells(table, trial.cluster);
  const cellOf = check.column === null ? () => null : cells(table, check.column);
  const clusters = new Set<string | null>();
  const levels = new Set<string | null>();
  let participants = 0;
  let analysed = 0;
  let events = 0;
  for (let row = 0; row < table.rows; row++) {
    if (check.arm !== null && armOf(row) !== check.arm) continue;
    participants++;
    clusters.add(clusterOf(row));
    const value = cellOf(row);
    if (value === null) continue;
    analysed++;
    levels.add(value);
    events += Number(value);
  }
  const counts = { clusters: clusters.size, participants, analysed, events, levels: levels.size };
  return check.count === "percent" ? (100 * analysed) / participants : counts[check.count];
}
