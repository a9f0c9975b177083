import type { Column, Table } from "../../src/data/table.ts";
import { randomStream } from "../../src/numerics/random/randomStream.ts";

/** Typed columns of a simulated trial: cluster, arm (0/1), x, y and a yes or no; an intracluster correlation of about 0.1. */
export interface SimulatedColumns {
  readonly cluster: Float64Array;
  readonly arm: Float64Array;
  readonly x: Float64Array;
  readonly y: Float64Array;
  /** 1 with log odds −0.5 + 0.3 arm + 0.4 x + a normal effect of the cluster. */
  readonly event: Float64Array;
}

/** `sizes[j]` participants in cluster j; the same seed gives the same rows everywhere. */
export function simulatedColumns(seed: number, sizes: readonly number[]): SimulatedColumns {
  const stream = randomStream(seed);
  const rows = sizes.reduce((sum, size) => sum + size, 0);
  const cluster = new Float64Array(rows);
  const arm = new Float64Array(rows);
  const x = new Float64Array(rows);
  const y = new Float64Array(rows);
  const event = new Float64Array(rows);
  const events = randomStream(seed, 1);
  let i = 0;
  sizes.forEach((size, j) => {
    const effect = stream.normal();
    const effectOnEvents = 0.5 * events.normal();
    for (let k = 0; k < size; k++, i++) {
      cluster[i] = j + 1;
      arm[i] = j % 2;
      x[i] = stream.normal();
      y[i] = 20 + 0.5 * (j % 2) + 0.8 * x[i]! + effect + 3 * stream.normal();
      const logOdds = -0.5 + 0.3 * (j % 2) + 0.4 * x[i]! + effectOnEvents;
      event[i] = events.uniform() < 1 / (1 + Math.exp(-logOdds)) ? 1 : 0;
    }
  });
  return { cluster, arm, x, y, event };
}

/** The columns as the reader of a file would hold them. */
export function typedTable(columns: SimulatedColumns): Table {
  const named = Object.entries(columns).map(([name, values]): readonly [string, Column] => [
    name,
    { kind: "number", name, values: values as Float64Array },
  ]);
  return { source: "simulated", rows: columns.y.length, columns: new Map(named), lines: null };
}

export const csvOf = ({ cluster, arm, x, y, event }: SimulatedColumns): string =>
  `cluster,arm,x,y,event\n${Array.from(y, (value, i) => `${cluster[i]},${arm[i]},${x[i]},${value},${event[i]}`).join("\n")}\n`;
