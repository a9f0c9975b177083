import { randomStream } from "../../numerics/random/randomStream.ts";
import { clusterSizes } from "./clusterSizes.ts";
import type { Recipe } from "./recipe.ts";

/** Who is where: the same for every outcome. Rows are participants, sorted by cluster. */
export interface Layout {
  readonly rows: number;
  /** Label per row. */
  readonly cluster: readonly string[];
  readonly arm: readonly string[];
  readonly participant: readonly string[];
  /** Levels per row, by factor. */
  readonly factors: Readonly<Record<string, readonly string[]>>;
  /** 0 treated, 1 control, per row. */
  readonly armCode: Uint8Array;
  /** Cluster per row, counted from 0 within its arm. */
  readonly clusterCode: Int32Array;
  /** Participants per cluster of each arm. */
  readonly sizes: readonly [readonly number[], readonly number[]];
}

/** Numbers of the random streams, one purpose each, so that a change of one leaves the others as they were. */
export const streams = { sizes: 1, labels: 2, factors: 3, missing: 4, outcomes: 16 } as const;

/** Clusters with their sizes, labels in an order that tells nothing, factors balanced over the arms, participants. */
export function layOut({ figures, arms }: Recipe): Layout {
  const { seed, assumed, columns } = figures;
  const sizeStream = randomStream(seed, streams.sizes);
  const sizes = arms.map(({ arm, clusters, participants }) => {
    const given = assumed.sizes.byArm?.[arm];
    return given ?? clusterSizes(clusters, participants, assumed.sizes.cv ?? 0.5, sizeStream);
  });
  const total = arms[0].clusters + arms[1].clusters;
  const numbers = Array.from({ length: total }, (_, k) => k + 1);
  randomStream(seed, streams.labels).shuffle(numbers);
  const levels = Object.entries(assumed.factors).map(([name, factor], index) => {
    const stream = randomStream(seed, streams.factors + index * 256);
    return { name, ofCluster: arms.map(({ clusters }) => balanced(factor.levels, clusters, stream)) };
  });
  const clusters = arms
    .flatMap(({ clusters: count }, armCode) =>
      Array.from({ length: count }, (_, code) => ({
        armCode,
        code,
        number: numbers[armCode === 0 ? code : arms[0].clusters + code]!,
        size: sizes[armCode]![code]!,
      })),
    )
    .sort((a, b) => a.number - b.number);
  const rows = clusters.flatMap((cluster) => Array.from({ length: cluster.size }, () => cluster));
  const initial = (name: string) => (/^[a-z]/i.exec(name)?.[0] ?? "c").toUpperCase();
  const label = (prefix: string, number: number, of: number) =>
    prefix + String(number).padStart(String(of).length, "0");
  return {
    rows: rows.length,
    cluster: rows.map(({ number }) => label(initial(columns.cluster), number, total)),
    arm: rows.map(({ armCode }) => arms[armCode as 0 | 1].arm),
    participant: rows.map((_, row) => label(initial(columns.participant), row + 1, rows.length)),
    factors: Object.fromEntries(
      levels.map(({ name, ofCluster }) => [name, rows.map(({ armCode, code }) => ofCluster[armCode]![code]!)]),
    ),
    armCode: Uint8Array.from(rows, ({ armCode }) => armCode),
    clusterCode: Int32Array.from(rows, ({ code }) => code),
    sizes: [sizes[0]!, sizes[1]!],
  };
}

/** Levels as equal in number as can be, in random order. */
function balanced(levels: readonly string[], count: number, stream: ReturnType<typeof randomStream>): string[] {
  const order = [...levels];
  stream.shuffle(order);
  const all = Array.from({ length: count }, (_, k) => order[k % order.length]!);
  stream.shuffle(all);
  return all;
}

/**
 * Rows of each arm with an outcome, in order: `analysed` of them chosen at random, at least one in every cluster.
 * Outcomes with the same numbers analysed have the same participants.
 */
export function analysedRows(
  layout: Layout,
  seed: number,
  analysed: readonly [number, number],
): readonly [Int32Array, Int32Array] {
  const ofArm = (armCode: 0 | 1): Int32Array => {
    const rows = Array.from(layout.armCode.keys()).filter((row) => layout.armCode[row] === armCode);
    const left = [...layout.sizes[armCode]];
    const order = [...rows];
    randomStream(seed, streams.missing + 256 * armCode).shuffle(order);
    const missing = new Set<number>();
    for (const row of order) {
      const code = layout.clusterCode[row]!;
      if (rows.length - missing.size <= analysed[armCode]) break;
      if (left[code]! < 2) continue;
      left[code]! -= 1;
      missing.add(row);
    }
    return Int32Array.from(rows.filter((row) => !missing.has(row)));
  };
  return [ofArm(0), ofArm(1)];
}
