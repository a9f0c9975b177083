import { nearest } from "../contract/nearest.ts";
import { InputProblem } from "../contract/problem.ts";
import type { Table } from "../data/table.ts";
import { keyPath } from "../trial/parseInput.ts";
import type { Plan, PlannedAnalysis } from "./parsePlan.ts";

/** A key of the plan and the column that it names. */
type Mention = readonly [path: string, column: string];

/**
 * Looks every column of the plan up in the table before anything is computed.
 *
 * @throws InputProblem `unknown-column` with the key path and the nearest column.
 */
export function checkColumns(plan: Plan, table: Table): void {
  for (const [path, column] of [...mentionsOfTrial(plan), ...plan.analyses.flatMap(mentionsOfAnalysis)]) {
    const parts = table.columns.has(column) || !/^analyses.*\.covariates[.[]/.test(path) ? [column] : column.split(":");
    const unknown = parts.find((part) => !table.columns.has(part));
    if (unknown === undefined) continue;
    throw new InputProblem("unknown-column", {
      path,
      column: unknown,
      nearest: nearest(unknown, table.columns.keys()),
      source: table.source,
    });
  }
}

const mention = (path: string, column: string | undefined): readonly Mention[] =>
  column === undefined ? [] : [[path, column]];

function mentionsOfTrial({ trial, where, columns }: Plan): readonly Mention[] {
  return [
    ...mention("trial.cluster", trial.cluster),
    ...mention("trial.arm", trial.arm),
    ...(trial.strata ?? []).map((name, k): Mention => [keyPath("trial.strata", [k]), name]),
    ...mention("trial.pairs", trial.pairs),
    ...mention("trial.participant", trial.participant),
    ...mentionsOfAllocation(trial.allocation),
    ...Object.keys(where ?? {}).map((name): Mention => ["where", name]),
    ...Object.keys(columns ?? {}).map((name): Mention => ["columns", name]),
  ];
}

function mentionsOfAllocation(allocation: Plan["trial"]["allocation"]): readonly Mention[] {
  const at = "trial.allocation";
  return [
    ...mention(`${at}.block`, allocation?.block),
    ...(allocation?.covariates ?? []).map((name, k): Mention => [keyPath(`${at}.covariates`, [k]), name]),
    ...(allocation?.factors ?? []).map((name, k): Mention => [keyPath(`${at}.factors`, [k]), name]),
    ...mention(`${at}.order`, allocation?.order),
  ];
}

function mentionsOfAnalysis(analysis: PlannedAnalysis, index: number): readonly Mention[] {
  const at = keyPath("analyses", [index]);
  const { outcome, method, options } = analysis;
  const needs = method.needs(options);
  const named =
    needs.equations !== undefined
      ? {}
      : typeof outcome === "string"
        ? { "": outcome }
        : { ...outcome, event: undefined };
  return [
    ...Object.entries(named).flatMap(([key, name]) =>
      mention(key === "" ? `${at}.outcome` : `${at}.outcome.${key}`, name),
    ),
    ...analysis.covariates.map((name, k): Mention => [keyPath(`${at}.covariates`, [k]), name]),
    ...mention(`${at}.effect`, analysis.effect),
    ...mention(`${at}.weights`, analysis.weights),
    ...mention(`${at}.offset`, analysis.offset),
    ...(needs.equations ?? []).flatMap((equation): readonly Mention[] => [
      [`${at}.options.${equation.name}`, equation.outcome],
      ...equation.covariates.map(
        (name, k): Mention => [keyPath(`${at}.options.covariates.${equation.name}`, [k]), name],
      ),
    ]),
    ...mentionsOfMissing(analysis, at),
    ...[...needs.columns, ...needs.groupings.flat()].map((name): Mention => [`${at}.options`, name]),
  ];
}

function mentionsOfMissing({ missing }: PlannedAnalysis, at: string): readonly Mention[] {
  if (missing === undefined) return [];
  const [key, names] =
    missing.method === "multiple-imputation"
      ? ["auxiliary", missing.auxiliary]
      : ["covariates", missing.covariates ?? []];
  return names.map((name, k): Mention => [keyPath(`${at}.missing.${key}`, [k]), name]);
}
