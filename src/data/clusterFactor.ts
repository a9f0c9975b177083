import type { Categories } from "./categories.ts";
import type { ClusterFactor } from "./frame.ts";
import type { Grouping } from "./grouping.ts";

/** A factor that is the same for every row of a cluster, or the first row that contradicts its cluster. */
export type Constancy =
  | { readonly constant: true; readonly ofCluster: Int32Array }
  | { readonly constant: false; readonly row: number; readonly first: string; readonly second: string };

/** Level of each cluster; its first row decides and the others must agree. */
export function clusterLevels({ levels, codes }: Categories, cluster: Grouping): Constancy {
  const ofCluster = new Int32Array(cluster.labels.length).fill(-1);
  for (let i = 0; i < codes.length; i++) {
    const j = cluster.codes[i]!;
    if (ofCluster[j] === -1) ofCluster[j] = codes[i]!;
    else if (ofCluster[j] !== codes[i]) {
      return { constant: false, row: i, first: levels[ofCluster[j]!]!, second: levels[codes[i]!]! };
    }
  }
  return { constant: true, ofCluster };
}

/** Every combination in use of several factors, in the order of the first, then the second, …; labelled "a:b". */
export function crossFactors(factors: readonly ClusterFactor[]): ClusterFactor | null {
  const [first, ...others] = factors;
  if (first === undefined) return null;
  return others.reduce((left, right) => {
    const width = right.levels.length;
    const keys = Float64Array.from(left.ofCluster, (code, j) => code * width + right.ofCluster[j]!);
    const inUse = Float64Array.from(new Set(keys)).sort();
    const codeOf = new Map(Array.from(inUse, (key, k) => [key, k]));
    return {
      name: `${left.name}:${right.name}`,
      levels: Array.from(inUse, (key) => `${left.levels[Math.floor(key / width)]!}:${right.levels[key % width]!}`),
      ofCluster: Int32Array.from(keys, (key) => codeOf.get(key)!),
    };
  }, first);
}
