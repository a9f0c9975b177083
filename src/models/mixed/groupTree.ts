import { effectsOf, type RandomLevel } from "./mixedStructure.ts";

/** Which groups of the next level lie inside each group: members[starts[g]] … members[starts[g + 1] − 1]. */
export interface Children {
  readonly starts: Int32Array;
  readonly members: Int32Array;
}

export interface GroupTree {
  /** One entry per level; null at the finest. */
  readonly children: readonly (Children | null)[];
  /** Most random effects inside one coarsest group, its own included. */
  readonly largest: number;
}

/** The nesting of the levels, read from the finer level's `parent`. */
export function groupTree(levels: readonly RandomLevel[]): GroupTree {
  const children = levels.map((level, l) => {
    const parent = levels[l + 1]?.parent ?? null;
    return parent === null ? null : childrenOf(parent, level.groups);
  });
  let inside = new Float64Array(levels.at(-1)!.groups).fill(effectsOf(levels.at(-1)!));
  for (let l = levels.length - 2; l >= 0; l--) {
    const own = new Float64Array(levels[l]!.groups).fill(effectsOf(levels[l]!));
    levels[l + 1]!.parent!.forEach((parent, g) => {
      own[parent]! += inside[g]!;
    });
    inside = own;
  }
  return { children, largest: inside.reduce((a, b) => Math.max(a, b), 0) };
}

function childrenOf(parent: Int32Array, groups: number): Children {
  const starts = new Int32Array(groups + 1);
  for (const g of parent) starts[g + 1]! += 1;
  for (let g = 0; g < groups; g++) starts[g + 1]! += starts[g]!;
  const next = starts.slice(0, groups);
  const members = new Int32Array(parent.length);
  parent.forEach((g, child) => {
    members[next[g]!] = child;
    next[g]! += 1;
  });
  return { starts, members };
}
