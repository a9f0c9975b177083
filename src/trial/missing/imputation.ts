import { InputProblem, NumericalProblem } from "../../contract/problem.ts";
import { controlOf } from "../../data/armOf.ts";
import { completeTable } from "../../data/missing/completeTable.ts";
import {
  cellFrom,
  designIn,
  type ImputationGroup,
  type ImputationGroups,
  imputationGroups,
  type StandardisedVariable,
} from "../../data/missing/imputationGroups.ts";
import { imputationVariables } from "../../data/missing/imputationVariables.ts";
import type { Roles } from "../../data/roles.ts";
import type { Table } from "../../data/table.ts";
import { requireColumn } from "../../data/usedColumn.ts";
import type { Replicates } from "../../inference/replicates/replicates.ts";
import { drawTwoLevel, type TwoLevelDraw } from "../../models/jointNormal/twoLevelChain.ts";
import {
  type TwoLevelPrior,
  type TwoLevelStatistics,
  twoLevelStatistics,
} from "../../models/jointNormal/twoLevelData.ts";
import { randomStream } from "../../numerics/random/randomStream.ts";
import { jumpToReference } from "./jumpToReference.ts";
import { type Delta, type ImputationPlan, shifted } from "./missingPlan.ts";

/** Cells of one variable in one group that are imputed, one after the other in an imputation's numbers. */
export interface ImputedCells {
  readonly variable: StandardisedVariable;
  readonly arm: string | null;
  /** Rows of the table. */
  readonly rows: Int32Array;
  /** Where their numbers start. */
  readonly from: number;
  /** Known values of the variable in this group, as they are in the table. */
  readonly known: Float64Array;
}

/** Traced quantities of one variable in one group. */
interface TracedVariable {
  readonly variable: StandardisedVariable;
  readonly arm: string | null;
  /** Positions, in an imputation's numbers, of the sums and squares of the first and second half: 3 quantities each. */
  readonly at: readonly (readonly [sum1: number, square1: number, sum2: number, square2: number])[];
}

/** An imputation model of one analysis, and what comes from running it. */
export interface Imputation {
  readonly variables: readonly StandardisedVariable[];
  readonly cells: readonly ImputedCells[];
  readonly traced: readonly TracedVariable[];
  /** Iterations of the halves of every chain. */
  readonly halves: readonly [number, number];
  readonly withoutInteractions: readonly string[];
  /** The arm whose model stands in for the others; null when values are taken as missing at random. */
  readonly reference: string | null;
  /** Imputation k: every imputed cell, then the trace of its chain. It draws from streams of its own. */
  readonly replicates: Replicates;
  /** The table with imputation k in it, shifted by `delta`. */
  complete(numbers: Float64Array, k: number): Table;
}

/** Streams of imputations lie apart from those of a method's replicates, which are numbered from 0. */
const STREAMS = 2 ** 48;
/** More arms than anyone has. */
const ARMS = 4096;
const BINARY_VARIANCE = 100;

/**
 * Multiple imputation by a two-level normal joint model, within arms unless asked otherwise: outcomes and incomplete
 * covariates given the complete covariates, with random intercepts of clusters and full covariance matrices at both levels
 * (see `drawTwoLevel`). Variables are standardised on their working scale, so that units change nothing, and rows are put
 * in the order of their contents, so that the order of the file changes nothing either.
 *
 * Priors: Σ ~ IW(p, I), Ψ ~ IW(p, ρ₀ I) with ρ₀ the prior guess of the intracluster correlation, p the number of variables:
 * the least informative degrees of freedom, as in jomo and pan.
 *
 * @throws InputProblem, DesignProblem as `imputationVariables` and `imputationGroups`; InputProblem `imputation-unknown`,
 *   `imputation-delta`, `imputation-reference-needs-arms`.
 * @throws NumericalProblem `imputation-not-positive`, `not-finite`.
 */
export function prepareImputation(table: Table, roles: Roles, plan: ImputationPlan, seed: number): Imputation {
  const chosen = imputationVariables(table, roles, plan.auxiliary);
  const held = imputationGroups(table, roles, chosen, plan.scales, plan.byArm);
  const { variables, groups } = held;
  const byName = new Map(variables.map((variable) => [variable.name, variable]));
  for (const name of Object.keys(plan.scales)) requireVariable(name, "scales", byName);
  const delta = plan.delta ?? null;
  requireDelta(delta, held.arms, byName);
  const armOf = armsOf(table, roles);
  const reference = referenceOf(plan, roles, held);
  const p = variables.length;
  const prior: TwoLevelPrior = {
    withinDf: p,
    withinScale: 1,
    betweenDf: p,
    betweenScale: plan.priorIcc,
    binaryVariance: BINARY_VARIANCE,
  };
  const statistics = groups.map((group) => statisticsOf(group, variables));
  const cells = cellsOf(held);
  const last = cells.at(-1);
  const count = last === undefined ? 0 : last.from + last.rows.length;
  const traceWidth = groups.length * p * 12;

  const write = (k: number, out: Float64Array, at: number): void => {
    const draws: TwoLevelDraw[] = [];
    const streams = groups.map((_, g) => randomStream(seed, STREAMS + k * ARMS + g));
    groups.forEach((group, g) => {
      // Nothing to draw here, and nothing that another arm would ask for.
      const needed = reference === g || group.observed.includes(0);
      draws.push(drawTwoLevel(statistics[g]!, prior, streams[g]!, needed ? plan.iterations : 0));
    });
    if (reference !== null)
      groups.forEach((_, g) => {
        if (g !== reference) jumpToReference(held, statistics, draws, g, reference, streams[g]!);
      });
    let next = at;
    groups.forEach((group, g) => {
      const { values } = draws[g]!.state;
      for (let c = 0; c < p; c++)
        for (let i = 0; i < group.rows.length; i++) {
          if (group.observed[i * p + c] === 1) continue;
          const cell = cellFrom(variables[c]!, values[i * p + c]!);
          if (!Number.isFinite(cell))
            throw new NumericalProblem("not-finite", { what: `An imputed value of ${variables[c]!.name}` });
          out[next++] = cell;
        }
    });
    for (const { trace } of draws) {
      out.set(trace.sums, next);
      out.set(trace.squares, next + trace.sums.length);
      next += 2 * trace.sums.length;
    }
  };
  const width = count + traceWidth;
  const first = Math.floor(plan.iterations / 2);
  return {
    variables,
    cells,
    traced: tracedOf(held, count),
    halves: [first, plan.iterations - first],
    withoutInteractions: chosen.withoutInteractions,
    reference: reference === null ? null : groups[reference]!.arm,
    replicates: {
      count: count === 0 ? 0 : plan.imputations,
      width,
      run(from, to, out) {
        for (let k = from; k < to; k++) write(k, out, (k - from) * width);
      },
    },
    complete: (numbers, k) =>
      completeTable(
        table,
        cells.map(({ variable, arm, rows, from }) => {
          const values = numbers.slice(k * width + from, k * width + from + rows.length);
          return {
            name: variable.name,
            rows,
            cells: withDelta(values, variable, delta, arm ?? ((r) => armOf(rows[r]!))),
          };
        }),
      ),
  };
}

function statisticsOf(group: ImputationGroup, variables: readonly StandardisedVariable[]): TwoLevelStatistics {
  const { rows, width, raw, basis, values, observed, cluster } = group;
  return twoLevelStatistics({
    rows: rows.length,
    variables: variables.length,
    binaries: variables.filter(({ kind }) => kind === "binary").length,
    values,
    observed,
    predictors: basis.rank,
    design: designIn(basis, raw, rows.length, width),
    cluster,
  });
}

function cellsOf({ variables, groups }: ImputationGroups): readonly ImputedCells[] {
  const p = variables.length;
  let from = 0;
  return groups.flatMap(({ arm, rows, observed, values }) =>
    variables.map((variable, c): ImputedCells => {
      const missing: number[] = [];
      const known: number[] = [];
      rows.forEach((row, i) => {
        if (observed[i * p + c] === 0) missing.push(row);
        else known.push(variable.kind === "binary" ? values[i * p + c]! : cellFrom(variable, values[i * p + c]!));
      });
      const cells = { variable, arm, rows: Int32Array.from(missing), from, known: Float64Array.from(known) };
      from += missing.length;
      return cells;
    }),
  );
}

function tracedOf({ variables, groups }: ImputationGroups, from: number): readonly TracedVariable[] {
  const p = variables.length;
  const quantities = 3 * p;
  return groups.flatMap(({ arm }, g) =>
    variables.map((variable, c) => {
      const start = from + g * 4 * quantities;
      return {
        variable,
        arm,
        at: [0, 1, 2].map((kind) => {
          const own = start + kind * p + c;
          return [own, own + 2 * quantities, own + quantities, own + 3 * quantities] as const;
        }),
      };
    }),
  );
}

/** Imputed values with the departure from missing at random that was asked for. */
function withDelta(
  values: Float64Array,
  { name }: StandardisedVariable,
  delta: Delta | null,
  arm: string | ((r: number) => string),
): Float64Array {
  if (delta === null) return values;
  return values.map((value, r) => shifted(value, delta[typeof arm === "string" ? arm : arm(r)]?.[name]));
}

/** The arm of a row of the table, by its level. */
function armsOf(table: Table, { arm }: Roles): (row: number) => string {
  if (arm == null) return () => "";
  const column = requireColumn(table, arm);
  return column.kind === "number" ? (row) => String(column.values[row]!) : (row) => column.levels[column.codes[row]!]!;
}

function requireVariable(name: string, key: string, variables: ReadonlyMap<string, StandardisedVariable>) {
  const found = variables.get(name);
  if (found === undefined) throw new InputProblem("imputation-unknown", { key, name, known: [...variables.keys()] });
  return found;
}

function requireDelta(
  delta: Delta | null,
  arms: readonly string[],
  variables: ReadonlyMap<string, StandardisedVariable>,
): void {
  for (const [arm, shifts] of Object.entries(delta ?? {})) {
    if (!arms.includes(arm)) throw new InputProblem("imputation-unknown", { key: "delta", name: arm, known: arms });
    for (const name of Object.keys(shifts)) {
      const variable = requireVariable(name, "delta", variables);
      if (variable.kind === "binary") throw new InputProblem("imputation-delta", { column: name });
    }
  }
}

/** The group that others jump to; null when values are taken as missing at random. */
function referenceOf({ assumption, byArm }: ImputationPlan, roles: Roles, { groups }: ImputationGroups): number | null {
  if (assumption === "missing-at-random") return null;
  const levels = groups.flatMap(({ arm }) => (arm === null ? [] : [arm]));
  if (!byArm || roles.arm == null || levels.length < 2) throw new InputProblem("imputation-reference-needs-arms", {});
  return controlOf(roles.arm, levels, roles.control ?? roles.columns?.[roles.arm]?.reference ?? null);
}
