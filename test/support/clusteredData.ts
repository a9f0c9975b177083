import { columnSource } from "../../src/data/columnSource.ts";
import type { Grouping } from "../../src/data/grouping.ts";
import { groupingFromLabels } from "../../src/data/groupingOf.ts";
import { randomStream } from "../../src/numerics/random/randomStream.ts";

/** Clustered rows for tests: an arm, a covariate of participants and one of clusters, weights, an outcome. */
export interface ClusteredData {
  readonly terms: readonly string[];
  /** Intercept, arm, x, z. */
  readonly columns: readonly Float64Array[];
  readonly outcome: Float64Array;
  readonly weights: Float64Array;
  readonly cluster: Grouping;
}

/** Unequal clusters of 1 to `largest` participants, arms alternating. */
export function clusteredData(seed: number, clusters: number, largest: number, smallest = 1): ClusteredData {
  const stream = randomStream(seed);
  const rows: number[][] = [];
  const labels: number[] = [];
  for (let j = 0; j < clusters; j++) {
    const size = smallest + stream.integer(largest - smallest + 1);
    const effect = stream.normal();
    const z = stream.normal();
    for (let i = 0; i < size; i++) {
      const x = 3 + 2 * stream.normal();
      rows.push([
        1,
        j % 2,
        x,
        z,
        10 + effect + (j % 2) + 0.5 * x - 0.3 * z + 2 * stream.normal(),
        0.5 + 2 * stream.uniform(),
      ]);
      labels.push(j);
    }
  }
  const column = (k: number) => Float64Array.from(rows, (row) => row[k]!);
  return {
    terms: ["intercept", "arm", "x", "z"],
    columns: [0, 1, 2, 3].map(column),
    outcome: column(4),
    weights: column(5),
    cluster: groupingFromLabels("practice", labels),
  };
}

/** The data as `fitLinear` takes them, with the first `p` columns. */
export const linearData = ({ terms, columns, outcome, cluster }: ClusteredData, p = terms.length) => ({
  terms: terms.slice(0, p),
  design: columnSource(columns.slice(0, p)),
  outcome,
  cluster,
});

/** The rows of every cluster. */
export function rowsByCluster({ codes, labels }: Grouping): number[][] {
  const rows = labels.map((): number[] => []);
  codes.forEach((code, i) => {
    rows[code]!.push(i);
  });
  return rows;
}
