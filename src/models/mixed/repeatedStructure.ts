import type { Moments } from "../../data/moments.ts";
import type { MixedStructure, RandomLevel } from "./mixedStructure.ts";

/**
 * The structure with each of its coarsest groups there as often as given, every time with groups inside it of its own, and
 * without some columns of X: what a resample of clusters, or all but one of them, looks like to a mixed model. Rows are not
 * gone through.
 *
 * @param logWeights Σ log w of each coarsest group; null without weights
 * @param kept columns of X that stay, in order, 0 among them
 */
export function repeatedStructure(
  structure: MixedStructure,
  multiplicity: Int32Array,
  logWeights: Float64Array | null,
  kept: readonly number[],
): MixedStructure {
  const { moments, levels, coefficients: p } = structure;
  // New group k of a level is old group source[k], whose parent is new group parent[k].
  let source: number[] = [];
  for (let j = 0; j < multiplicity.length; j++) for (let copy = 0; copy < multiplicity[j]!; copy++) source.push(j);
  const repeated: RandomLevel[] = [];
  levels.forEach((level, l) => {
    let parent: Int32Array | null = null;
    if (l > 0) {
      const children: number[][] = Array.from({ length: levels[l - 1]!.groups }, () => []);
      level.parent!.forEach((above, group) => {
        children[above]!.push(group);
      });
      const above: number[] = [];
      const next: number[] = [];
      source.forEach((old, k) => {
        for (const group of children[old]!) {
          next.push(group);
          above.push(k);
        }
      });
      source = next;
      parent = Int32Array.from(above);
    }
    repeated.push({
      ...level,
      groups: source.length,
      parent,
      blocks: level.blocks.map((block) => withColumns(block, kept, p)),
    });
  });
  const finest = repeatedMoments(moments, source, [...kept, ...others(moments.columns.length, p)]);
  return {
    moments: finest,
    coefficients: kept.length,
    levels: repeated,
    rows: finest.sizes.reduce((sum, size) => sum + size, 0),
    logWeights: logWeights === null ? 0 : multiplicity.reduce((sum, times, j) => sum + times * logWeights[j]!, 0),
  };
}

const others = (columns: number, p: number) => Array.from({ length: columns - p }, (_, k) => p + k);

function withColumns(
  block: RandomLevel["blocks"][number],
  kept: readonly number[],
  p: number,
): RandomLevel["blocks"][number] {
  return {
    ...block,
    columns: block.columns.map((column) => (column < p ? kept.indexOf(column) : column - p + kept.length)),
  };
}

/** Blocks of the groups named, one after the other, with the columns named. */
export function repeatedMoments(moments: Moments, source: ArrayLike<number>, columns: readonly number[]): Moments {
  const q = moments.columns.length;
  const r = columns.length;
  const cross = new Float64Array(source.length * r * r);
  const sizes = new Int32Array(source.length);
  for (let k = 0; k < source.length; k++) {
    const base = source[k]! * q * q;
    sizes[k] = moments.sizes[source[k]!]!;
    for (let a = 0; a < r; a++)
      for (let b = 0; b < r; b++) cross[(k * r + a) * r + b] = moments.cross[base + columns[a]! * q + columns[b]!]!;
  }
  return {
    columns: columns.map((column) => moments.columns[column]!),
    groups: source.length,
    sizes,
    shift: Float64Array.from(columns, (column) => moments.shift[column]!),
    cross,
  };
}
