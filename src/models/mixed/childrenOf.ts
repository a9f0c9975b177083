/** Which groups of the next level lie inside each group: members[starts[g]] … members[starts[g + 1] − 1]. */
export interface Children {
  readonly starts: Int32Array;
  readonly members: Int32Array;
}

/** The nesting of two levels, read from the finer level's parents. */
export function childrenOf(parent: Int32Array, groups: number): Children {
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
