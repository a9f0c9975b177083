import type { JointData } from "./jointFit.ts";

/** Clusters among which the bootstrap draws: those of one arm, within one stratum where there are any. */
export interface Cell {
  /** Index into the arm's levels. */
  readonly arm: number;
  /** Of the stratum; null without strata. */
  readonly stratum: number | null;
  /** First cluster, and number of clusters, in the order of the arrangement. */
  readonly firstCluster: number;
  readonly clusters: number;
  readonly firstRow: number;
  readonly rows: number;
}

/**
 * The trial put in an order that depends on costs and effects alone, so that what is drawn by position does not depend on
 * the order of rows, on names, or on which arm is the control: rows within a cluster by cost, then effect; clusters of a
 * cell by size, then their rows; cells by number of clusters, of rows, then their clusters. Matched pairs keep their
 * clusters in the same place of both cells.
 */
export interface Arrangement {
  readonly cells: readonly Cell[];
  /** Row of the data at each place. */
  readonly rows: Int32Array;
  /** Cluster of the data at each place. */
  readonly clusters: Int32Array;
  /** First row, in the arrangement, of the cluster at each place; one more than there are clusters. */
  readonly starts: Int32Array;
  /** Do the two cells draw the same places, so that pairs stay together? */
  readonly paired: boolean;
}

/** @param tieBreak columns that decide between rows of equal cost and effect, each of length N */
export function arrange(
  { cost, effect, cluster, arm, stratum, pair }: JointData,
  tieBreak: readonly Float64Array[],
): Arrangement {
  const keys = [cost.values, effect.values, ...tieBreak];
  const compareRows = (a: number, b: number): number => {
    for (const key of keys) if (key[a]! !== key[b]!) return key[a]! - key[b]!;
    return 0;
  };
  const rowsOf = rowsByCluster(cluster.codes, cluster.sizes).map((rows) => rows.sort(compareRows));
  const compareLists =
    <T extends { readonly length: number }>(compare: (a: T, b: T, at: number) => number) =>
    (a: T, b: T): number => {
      if (a.length !== b.length) return a.length - b.length;
      for (let at = 0; at < a.length; at++) {
        const order = compare(a, b, at);
        if (order !== 0) return order;
      }
      return 0;
    };
  const compareRowLists = compareLists<Int32Array>((a, b, at) => compareRows(a[at]!, b[at]!));
  const compareClusters = (a: number, b: number) => compareRowLists(rowsOf[a]!, rowsOf[b]!);

  const byCell = new Map<number, number[]>();
  cluster.labels.forEach((_, j) => {
    const key = arm.ofCluster[j]! + arm.levels.length * (stratum?.ofCluster[j] ?? 0);
    byCell.set(key, [...(byCell.get(key) ?? []), j]);
  });
  const rowsIn = (members: readonly number[]) => members.reduce((sum, j) => sum + rowsOf[j]!.length, 0);
  const compareMembers = compareLists<readonly number[]>((a, b, at) => compareClusters(a[at]!, b[at]!));
  const cells = [...byCell.values()]
    .map((members) => members.sort(compareClusters))
    .sort((a, b) => a.length - b.length || rowsIn(a) - rowsIn(b) || compareMembers(a, b));
  if (pair !== null) {
    const placeOf = new Map(cells[0]!.map((j, place) => [pair.ofCluster[j]!, place]));
    for (const members of cells.slice(1))
      members.sort((a, b) => placeOf.get(pair.ofCluster[a]!)! - placeOf.get(pair.ofCluster[b]!)!);
  }

  const clusters = Int32Array.from(cells.flat());
  const starts = new Int32Array(clusters.length + 1);
  const rows = new Int32Array(cluster.codes.length);
  clusters.forEach((j, place) => {
    rows.set(rowsOf[j]!, starts[place]!);
    starts[place + 1] = starts[place]! + rowsOf[j]!.length;
  });
  let firstCluster = 0;
  return {
    cells: cells.map((members): Cell => {
      const cell = {
        arm: arm.ofCluster[members[0]!]!,
        stratum: stratum?.ofCluster[members[0]!] ?? null,
        firstCluster,
        clusters: members.length,
        firstRow: starts[firstCluster]!,
        rows: rowsIn(members),
      };
      firstCluster += members.length;
      return cell;
    }),
    rows,
    clusters,
    starts,
    paired: pair !== null,
  };
}

function rowsByCluster(codes: Int32Array, sizes: Int32Array): Int32Array[] {
  const rows = Array.from(sizes, (size) => new Int32Array(size));
  const filled = new Int32Array(sizes.length);
  for (let i = 0; i < codes.length; i++) {
    const j = codes[i]!;
    rows[j]![filled[j]!++] = i;
  }
  return rows;
}
