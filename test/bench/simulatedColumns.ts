import type { Column, Table } from "../../src/data/table.ts";
import { randomStream } from "../../src/numerics/random/randomStream.ts";

/** Typed columns of a simulated trial: cluster, arm (0/1), x and y; an intracluster correlation of about 0.1. */
export interface SimulatedColumns {
  readonly cluster: Float64Array;
  readonly arm: Float64Array;
  readonly x: Float64Array;
  readonly y: Float64Array;
}

/** `sizes[j]` participants in cluster j; the same seed gives the same rows everywhere. */
export function simulatedColumns(seed: number, sizes: readonly number[]): SimulatedColumns {
  const stream = randomStream(seed);
  const rows = sizes.reduce((sum, size) => sum + size, 0);
  const cluster = new Float64Array(rows);
  const arm = new Float64Array(rows);
  const x = new Float64Array(rows);
  const y = new Float64Array(rows);
  let i = 0;
  sizes.forEach((size, j) => {
    const effect = stream.normal();
    for (let k = 0; k < size; k++, i++) {
      cluster[i] = j + 1;
      arm[i] = j % 2;
      x[i] = stream.normal();
      y[i] = 20 + 0.5 * (j % 2) + 0.8 * x[i]! + effect + 3 * stream.normal();
    }
  });
  return { cluster, arm, x, y };
}

/** The columns as the reader of a file would hold them. */
export function typedTable(columns: SimulatedColumns): Table {
  const named = Object.entries(columns).map(([name, values]): readonly [string, Column] => [
    name,
    { kind: "number", name, values: values as Float64Array },
  ]);
  return { source: "simulated", rows: columns.y.length, columns: new Map(named), lines: null };
}

export const csvOf = ({ cluster, arm, x, y }: SimulatedColumns): string =>
  `cluster,arm,x,y\n${Array.from(y, (value, i) => `${cluster[i]},${arm[i]},${x[i]},${value}`).join("\n")}\n`;
