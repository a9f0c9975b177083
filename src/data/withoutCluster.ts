import { DesignProblem } from "../contract/problem.ts";
import { accumulateTotal } from "./accumulateMoments.ts";
import type { ColumnSource, Design } from "./design.ts";
import { findDependencies } from "./findDependencies.ts";
import type { ClusterFactor, EffectContrast, Frame, Outcome } from "./frame.ts";
import { sayDependency } from "./fullRank.ts";
import type { Grouping } from "./grouping.ts";
import { pilotShift } from "./pilotShift.ts";

/**
 * The frame had one cluster not been there: its rows gone, groups renumbered, exclusions and fingerprint as they were.
 *
 * Covariates that only this cluster told from the others (the level of a factor that it alone has) leave the design; they
 * say nothing about the rows that remain. Nothing is copied but one number per row and column of the frame.
 *
 * @throws DesignProblem `rank-deficient` when without the cluster a covariate and the arm say the same thing.
 */
export function withoutCluster(frame: Frame, cluster: number): Frame {
  const kept = rowsOutside(frame.cluster, cluster);
  const numbers = (values: Float64Array) => Float64Array.from(kept, (row) => values[row]!);
  const factor = <F extends ClusterFactor>(given: F): F => ({
    ...given,
    ofCluster: given.ofCluster.filter((_, j) => j !== cluster),
  });
  const { columns, design } = independentColumns(rowsOf(frame.design, kept));
  return {
    source: frame.source,
    rows: kept.length,
    cluster: regrouped(frame.cluster, kept),
    participant: frame.participant === null ? null : regrouped(frame.participant, kept),
    arm: frame.arm === null ? null : factor(frame.arm),
    stratum: frame.stratum === null ? null : factor(frame.stratum),
    pair: frame.pair === null ? null : factor(frame.pair),
    outcome: outcomeOf(frame.outcome, numbers),
    design,
    effects: atColumns(frame.effects, columns),
    compared: frame.compared,
    further: frame.further.map((equation) => {
      const { columns, design } = independentColumns(rowsOf(equation.design, kept));
      return { outcome: outcomeOf(equation.outcome, numbers), design, effects: atColumns(equation.effects, columns) };
    }),
    weights: frame.weights === null ? null : numbers(frame.weights),
    offset: frame.offset === null ? null : numbers(frame.offset),
    extraColumns: new Map([...frame.extraColumns].map(([name, values]) => [name, numbers(values)])),
    extraGroupings: new Map([...frame.extraGroupings].map(([name, groups]) => [name, regrouped(groups, kept)])),
    clusterColumns: new Map(
      [...frame.clusterColumns].map(([name, column]) => [
        name,
        { factor: factor(column.factor), values: column.values?.filter((_, j) => j !== cluster) ?? null },
      ]),
    ),
    excluded: frame.excluded,
    get fingerprint() {
      return frame.fingerprint;
    },
  };
}

const atColumns = (effects: readonly EffectContrast[], columns: readonly number[]): readonly EffectContrast[] =>
  effects.map((effect) => ({ ...effect, weights: Float64Array.from(columns, (k) => effect.weights[k]!) }));

function rowsOutside({ codes, sizes }: Grouping, cluster: number): Int32Array {
  const kept = new Int32Array(codes.length - sizes[cluster]!);
  for (let i = 0, at = 0; i < codes.length; i++) if (codes[i] !== cluster) kept[at++] = i;
  return kept;
}

/** The grouping of the kept rows; groups without a row are gone, the others keep their order. */
export function regrouped({ name, labels, codes }: Grouping, kept: Int32Array): Grouping {
  const sizes = new Int32Array(labels.length);
  for (const row of kept) sizes[codes[row]!]! += 1;
  const rank = new Int32Array(labels.length);
  let groups = 0;
  for (let g = 0; g < labels.length; g++) if (sizes[g]! > 0) rank[g] = groups++;
  return {
    name,
    labels: labels.filter((_, g) => sizes[g]! > 0),
    codes: Int32Array.from(kept, (row) => rank[codes[row]!]!),
    sizes: sizes.filter((size) => size > 0),
  };
}

export function outcomeOf(outcome: Outcome, numbers: (values: Float64Array) => Float64Array): Outcome {
  const values = numbers(outcome.values);
  switch (outcome.kind) {
    case "count":
      return { ...outcome, values, exposure: outcome.exposure === null ? null : numbers(outcome.exposure) };
    case "grouped":
      return { ...outcome, values, trials: numbers(outcome.trials) };
    default:
      return { ...outcome, values };
  }
}

/** The kept rows of a design, read run by run so that whole blocks are filled at once where rows stand together. */
export const rowsOf = (design: Design, kept: Int32Array): Design => ({
  ...rowsOfSource(design, kept),
  terms: design.terms,
  under: (level) => rowsOfSource(design.under(level), kept),
});

const rowsOfSource = (source: ColumnSource, kept: Int32Array): ColumnSource => ({
  rows: kept.length,
  width: source.width,
  fill(from, to, out, stride, offset) {
    for (let start = from; start < to; ) {
      let end = start + 1;
      while (end < to && kept[end]! - kept[start]! === end - start) end++;
      source.fill(kept[start]!, kept[end - 1]! + 1, out, stride, offset + (start - from) * stride);
      start = end;
    }
  },
});

/** The design without the columns that depend on others, where these do not involve the arm. */
function independentColumns(design: Design): { readonly columns: readonly number[]; readonly design: Design } {
  const names = design.terms.map(({ name }) => name);
  const shift = pilotShift(names, design, []);
  const dependencies = findDependencies(names, accumulateTotal(design, shift), shift);
  const all = names.map((_, k) => k);
  if (dependencies.length === 0) return { columns: all, design };
  const ofArm = new Set(design.terms.filter(({ role }) => role === "arm").map(({ name }) => name));
  if (dependencies.some(({ column, on }) => ofArm.has(column) || on.some((other) => ofArm.has(other.column))))
    throw new DesignProblem("rank-deficient", {
      columns: dependencies.map(({ column }) => column),
      dependencies: dependencies.map(sayDependency),
    });
  const columns = all.filter((k) => !dependencies.some(({ column }) => column === names[k]));
  return {
    columns,
    design: {
      ...columnsOf(design, columns),
      terms: columns.map((k) => design.terms[k]!),
      under: (level) => columnsOf(design.under(level), columns),
    },
  };
}

export function columnsOf(source: ColumnSource, columns: readonly number[]): ColumnSource {
  const block = new Float64Array(BLOCK * source.width);
  const width = columns.length;
  return {
    rows: source.rows,
    width,
    fill(from, to, out, stride, offset) {
      for (let start = from; start < to; start += BLOCK) {
        const end = Math.min(start + BLOCK, to);
        source.fill(start, end, block, source.width, 0);
        for (let i = start; i < end; i++)
          for (let k = 0; k < width; k++)
            out[(i - from) * stride + offset + k] = block[(i - start) * source.width + columns[k]!]!;
      }
    },
  };
}

const BLOCK = 512;
