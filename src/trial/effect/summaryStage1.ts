import { accumulateTotal } from "../../data/accumulateMoments.ts";
import { concatenateColumns } from "../../data/columnSource.ts";
import type { ColumnSource, Term } from "../../data/design.ts";
import { findDependencies } from "../../data/findDependencies.ts";
import type { ClusterFactor, Frame } from "../../data/frame.ts";
import { pilotShift } from "../../data/pilotShift.ts";
import { clusterOutcomes } from "./clusterOutcomes.ts";

/** A cluster-level column with its J values. */
export interface ClusterColumn {
  readonly name: string;
  readonly values: Float64Array;
}

/** Columns of the first stage of an analysis of cluster summaries. */
export interface Stage1Design {
  /** "intercept" first. */
  readonly names: readonly string[];
  readonly source: ColumnSource;
  /** Rows of the frame that `source` has; null for all. The others are fitted by their stratum alone, exactly. */
  readonly rows: Int32Array | null;
  /** Covariate columns that never vary within a cluster: they cost degrees of freedom at stage 2. */
  readonly clusterLevel: readonly ClusterColumn[];
}

/**
 * Covariates and strata without the arm, so that what arms differ by stays in the residuals; columns that depend on
 * others (strata listed among the covariates, or nested in them) left out. null without covariates.
 *
 * A stratum (a pair) without any event, or where every trial is one, is fitted perfectly whatever its covariates are;
 * its rows are set aside, since no regression has a maximum with them.
 *
 * @param strata strata or pairs; null without
 */
export function stage1Design(frame: Frame, strata: ClusterFactor | null): Stage1Design | null {
  const { cluster, design } = frame;
  const covariates = design.terms.flatMap((term, k) => (term.role === "covariate" ? [{ term, k }] : []));
  if (covariates.length === 0) return null;
  const columns = pickColumns(design, [0, ...covariates.map(({ k }) => k)]);
  const names = ["intercept", ...covariates.map(({ term }) => term.name)];
  const stratumOf = (row: number) => strata!.ofCluster[cluster.codes[row]!]!;
  const rows = strata === null ? null : rowsWithVariation(frame, strata);
  const source = strata === null ? columns : concatenateColumns(columns, strataColumns(strata, stratumOf, design.rows));
  const all = strata === null ? names : [...names, ...strataNames(strata)];
  const kept = rows === null ? source : pickRows(source, rows);
  return {
    ...(kept.rows === 0 ? { names: all, source: kept } : independentColumns(all, kept)),
    rows,
    clusterLevel: clusterLevelColumns(
      frame,
      covariates.filter(({ term }) => !term.variesWithinClusters),
    ),
  };
}

/** Rows of strata that have both events and others (of counts: that have events); null when all strata have. */
function rowsWithVariation({ cluster, outcome, rows }: Frame, { levels, ofCluster }: ClusterFactor): Int32Array | null {
  if (outcome.kind === "continuous") return null;
  const { totals, denominators } = clusterOutcomes({ cluster, outcome });
  const events = new Float64Array(levels.length);
  const others = new Float64Array(levels.length);
  totals.forEach((total, j) => {
    events[ofCluster[j]!]! += total;
    others[ofCluster[j]!]! += outcome.kind === "count" ? 1 : denominators[j]! - total;
  });
  const varies = levels.map((_, code) => events[code]! > 0 && others[code]! > 0);
  if (varies.every(Boolean)) return null;
  const kept: number[] = [];
  for (let i = 0; i < rows; i++) if (varies[ofCluster[cluster.codes[i]!]!]) kept.push(i);
  return Int32Array.from(kept);
}

/** "site[2]" for every stratum but the first. */
export const strataNames = ({ name, levels }: ClusterFactor): readonly string[] =>
  levels.slice(1).map((label) => `${name}[${label}]`);

/** One 0/1 column per stratum but the first. */
export function strataColumns({ levels }: ClusterFactor, levelOf: (row: number) => number, rows: number): ColumnSource {
  const width = levels.length - 1;
  return {
    rows,
    width,
    fill(from, to, out, stride, offset) {
      for (let i = from, at = offset; i < to; i++, at += stride) {
        const level = levelOf(i);
        for (let k = 0; k < width; k++) out[at + k] = level === k + 1 ? 1 : 0;
      }
    },
  };
}

/** Chosen columns of a source, in the order given. */
export function pickColumns(source: ColumnSource, columns: readonly number[]): ColumnSource {
  const blockRows = 256;
  const block = new Float64Array(blockRows * source.width);
  return {
    rows: source.rows,
    width: columns.length,
    fill(from, to, out, stride, offset) {
      for (let start = from; start < to; start += blockRows) {
        const end = Math.min(to, start + blockRows);
        source.fill(start, end, block, source.width, 0);
        for (let i = start; i < end; i++)
          for (let k = 0; k < columns.length; k++)
            out[(i - from) * stride + offset + k] = block[(i - start) * source.width + columns[k]!]!;
      }
    },
  };
}

/** Chosen rows of a source. */
const pickRows = (source: ColumnSource, rows: Int32Array): ColumnSource => ({
  rows: rows.length,
  width: source.width,
  fill(from, to, out, stride, offset) {
    for (let i = from, at = offset; i < to; i++, at += stride) source.fill(rows[i]!, rows[i]! + 1, out, stride, at);
  },
});

/** The columns less those that depend on others: strata that are listed among the covariates, or nested in them. */
export function independentColumns(
  names: readonly string[],
  source: ColumnSource,
): { readonly names: readonly string[]; readonly source: ColumnSource } {
  const shift = pilotShift(names, source, []);
  const dependent = new Set(findDependencies(names, accumulateTotal(source, shift), shift).map(({ column }) => column));
  if (dependent.size === 0) return { names, source };
  const kept = names.flatMap((name, k) => (dependent.has(name) ? [] : [k]));
  return { names: kept.map((k) => names[k]!), source: pickColumns(source, kept) };
}

function clusterLevelColumns(
  { cluster, design }: Frame,
  columns: readonly { readonly term: Term; readonly k: number }[],
): readonly ClusterColumn[] {
  if (columns.length === 0) return [];
  const found = columns.map(({ term }) => ({ name: term.name, values: new Float64Array(cluster.labels.length) }));
  const row = new Float64Array(design.width);
  const seen = new Uint8Array(cluster.labels.length);
  for (let i = 0; i < cluster.codes.length; i++) {
    const j = cluster.codes[i]!;
    if (seen[j] === 1) continue;
    seen[j] = 1;
    design.fill(i, i + 1, row, design.width, 0);
    columns.forEach(({ k }, at) => {
      found[at]!.values[j] = row[k]!;
    });
  }
  return found;
}
