import { accumulateTotal } from "./accumulateMoments.ts";
import { clusterAverages, reweightedEffects } from "./averagedEffects.ts";
import { estimableColumns } from "./estimableColumns.ts";
import type { ClusterFactor, Equation, Frame } from "./frame.ts";
import type { Grouping } from "./grouping.ts";
import { pilotShift } from "./pilotShift.ts";
import { columnsOf, outcomeOf, rowsOf } from "./withoutCluster.ts";

/** Clusters drawn from a frame, each a cluster of its own however often it was drawn. */
export interface DrawnClusters {
  /** Cluster of the frame that became new cluster k. */
  readonly from: Int32Array;
  /** Pair to which new cluster k belongs, 0, 1, …; null without pairs. */
  readonly pairs: Int32Array | null;
  /** Rows of the frame, new cluster after new cluster; with two stages a row may come several times. */
  readonly rows: Int32Array;
  /** End of each new cluster in `rows`. */
  readonly ends: Int32Array;
  /** Copy of the participant that each row belongs to, numbered within the new cluster; null without participants, or where participants were not drawn. */
  readonly participants: Int32Array | null;
}

/**
 * The frame had those clusters been analysed: for analyses of resampled trials. Covariates that only absent clusters told
 * from others leave the design; effects averaged over participants are averaged over those drawn. Groups inside clusters
 * are new in every copy, groups of clusters stay what they are.
 *
 * @returns null when the effect cannot be told from a covariate, or an arm is empty
 */
export function resampleClusters(frame: Frame, drawn: DrawnClusters): Frame | null {
  const { from, rows, ends } = drawn;
  const ofRow = new Int32Array(rows.length);
  for (let k = 0, i = 0; k < ends.length; k++) for (; i < ends[k]!; i++) ofRow[i] = k;
  const numbers = (values: Float64Array) => Float64Array.from(rows, (row) => values[row]!);
  const factor = <F extends ClusterFactor>(given: F): F => ({
    ...given,
    ofCluster: Int32Array.from(from, (j) => given.ofCluster[j]!),
  });
  const arm = frame.arm === null ? null : factor(frame.arm);
  if (arm?.levels.some((_, level) => !arm.ofCluster.includes(level))) return null;
  const cluster = numbered(frame.cluster.name, ofRow, ends.length);
  const participant =
    frame.participant === null
      ? null
      : within(
          frame.participant,
          rows,
          ofRow,
          drawn.participants ?? Int32Array.from(rows, (row) => frame.participant!.codes[row]!),
        );
  const { compared } = frame;
  const equationOf = (given: Equation): Equation | null =>
    estimable(
      { outcome: outcomeOf(given.outcome, numbers), design: rowsOf(given.design, rows), effects: given.effects },
      { cluster, participant, compared, rows: rows.length },
    );
  const own = equationOf(frame);
  const further = frame.further.map(equationOf);
  if (own === null || further.some((equation) => equation === null)) return null;
  return {
    source: frame.source,
    rows: rows.length,
    cluster,
    participant,
    arm,
    stratum: frame.stratum === null ? null : inUse(factor(frame.stratum)),
    pair: frame.pair === null ? null : pairsOf(frame.pair, drawn),
    outcome: own.outcome,
    design: own.design,
    effects: own.effects,
    compared,
    further: further.map((equation) => equation!),
    weights: frame.weights === null ? null : numbers(frame.weights),
    offset: frame.offset === null ? null : numbers(frame.offset),
    extraColumns: new Map([...frame.extraColumns].map(([name, values]) => [name, numbers(values)])),
    extraGroupings: new Map(
      [...frame.extraGroupings].map(([name, groups]) => [name, regrouped(groups, frame.cluster, cluster, rows, ofRow)]),
    ),
    clusterColumns: new Map(
      [...frame.clusterColumns].map(([name, column]) => [
        name,
        {
          factor: factor(column.factor),
          values: column.values === null ? null : Float64Array.from(from, (j) => column.values![j]!),
        },
      ]),
    ),
    excluded: frame.excluded,
    fingerprint: "",
  };
}

/** The equation with the columns that its rows can tell apart and effects averaged over them; null when an effect cannot be told. */
function estimable(
  { outcome, design, effects: given }: Equation,
  rows: Pick<Frame, "cluster" | "participant" | "compared" | "rows">,
): Equation | null {
  const effects = reweightedEffects(given, clusterAverages({ ...rows, outcome, design, effects: given }), null);
  const names = design.terms.map(({ name }) => name);
  const shift = pilotShift(names, design, []);
  const total = accumulateTotal(design, shift);
  const columns = estimableColumns(names, total, shift, (k) => effects.some(({ weights }) => weights[k] !== 0));
  if (columns === null) return null;
  if (columns.length === names.length) return { outcome, design, effects };
  return {
    outcome,
    design: {
      ...columnsOf(design, columns),
      terms: columns.map((k) => design.terms[k]!),
      under: (level) => columnsOf(design.under(level), columns),
    },
    effects: effects.map((effect) => ({ ...effect, weights: Float64Array.from(columns, (k) => effect.weights[k]!) })),
  };
}

/** Groups 0 … groups − 1, labelled by their number. */
function numbered(name: string, codes: Int32Array, groups: number): Grouping {
  const sizes = new Int32Array(groups);
  for (let i = 0; i < codes.length; i++) sizes[codes[i]!]! += 1;
  return { name, labels: Array.from(sizes, (_, k) => String(k + 1)), codes, sizes };
}

/** Groups by new cluster and by what tells them apart inside it, numbered in the order in which they come. */
function within({ name }: Grouping, rows: Int32Array, ofRow: Int32Array, inside: Int32Array): Grouping {
  const codes = new Int32Array(rows.length);
  let known = new Map<number, number>();
  let groups = 0;
  for (let i = 0; i < rows.length; i++) {
    if (i > 0 && ofRow[i] !== ofRow[i - 1]) known = new Map();
    let code = known.get(inside[i]!);
    if (code === undefined) {
      code = groups++;
      known.set(inside[i]!, code);
    }
    codes[i] = code;
  }
  return numbered(name, codes, groups);
}

/** A grouping that clusters are made of is new in every copy; one that is made of clusters is kept. */
function regrouped(
  grouping: Grouping,
  clusters: Grouping,
  resampled: Grouping,
  rows: Int32Array,
  ofRow: Int32Array,
): Grouping {
  if (grouping.name === clusters.name) return resampled;
  const codes = Int32Array.from(rows, (row) => grouping.codes[row]!);
  if (isInside(grouping, clusters)) return within(grouping, rows, ofRow, codes);
  const rank = new Map([...new Set(codes)].sort((a, b) => a - b).map((code, k) => [code, k]));
  const own = numbered(
    grouping.name,
    codes.map((code) => rank.get(code)!),
    rank.size,
  );
  return { ...own, labels: [...rank.keys()].map((code) => grouping.labels[code]!) };
}

function isInside(inner: Grouping, outer: Grouping): boolean {
  const home = new Int32Array(inner.labels.length).fill(-1);
  for (let i = 0; i < inner.codes.length; i++) {
    const group = inner.codes[i]!;
    if (home[group] === -1) home[group] = outer.codes[i]!;
    else if (home[group] !== outer.codes[i]) return false;
  }
  return true;
}

/** Levels without a cluster are gone. */
function inUse({ name, levels, ofCluster }: ClusterFactor): ClusterFactor {
  const used = levels.map((_, level) => ofCluster.includes(level));
  if (used.every(Boolean)) return { name, levels, ofCluster };
  const rank = new Int32Array(levels.length);
  let next = 0;
  for (let level = 0; level < levels.length; level++) if (used[level]) rank[level] = next++;
  return { name, levels: levels.filter((_, level) => used[level]), ofCluster: ofCluster.map((level) => rank[level]!) };
}

/** Every drawn pair is a pair of its own. */
const pairsOf = ({ name, ofCluster }: ClusterFactor, { from, pairs }: DrawnClusters): ClusterFactor => {
  const codes = pairs ?? Int32Array.from(from, (j) => ofCluster[j]!);
  const count = codes.reduce((most, code) => Math.max(most, code + 1), 0);
  return { name, levels: Array.from({ length: count }, (_, k) => String(k + 1)), ofCluster: codes };
};
