import type { Categories } from "./categories.ts";
import type { Grouping } from "./grouping.ts";
import { naturalOrder } from "./naturalOrder.ts";

/** Categories as a grouping of rows. */
export function groupingOf(name: string, { levels, codes }: Categories): Grouping {
  const sizes = new Int32Array(levels.length);
  for (let i = 0; i < codes.length; i++) sizes[codes[i]!] = sizes[codes[i]!]! + 1;
  return { name, labels: levels, codes, sizes };
}

/** Groups within groups: the same inner label in two outer groups is two groups, labelled "outer/inner". */
export function nestedGrouping(outer: Grouping, name: string, inner: Categories): Grouping {
  const rows = outer.codes.length;
  const width = inner.levels.length;
  const keys = new Float64Array(rows);
  const codeOf = new Map<number, number>();
  for (let i = 0; i < rows; i++) {
    const key = outer.codes[i]! * width + inner.codes[i]!;
    keys[i] = key;
    codeOf.set(key, 0);
  }
  // Both codes follow natural order, and so do their pairs.
  const sorted = Float64Array.from(codeOf.keys()).sort();
  for (let k = 0; k < sorted.length; k++) codeOf.set(sorted[k]!, k);
  const codes = new Int32Array(rows);
  for (let i = 0; i < rows; i++) codes[i] = codeOf.get(keys[i]!)!;
  const levels = Array.from(sorted, (key) => `${outer.labels[Math.floor(key / width)]!}/${inner.levels[key % width]!}`);
  return groupingOf(`${outer.name}/${name}`, { levels, codes });
}

/** Grouping by labels given per row, for scripts and tests. */
export function groupingFromLabels(name: string, labels: ArrayLike<string | number>): Grouping {
  const codeOf = new Map<string, number>();
  const codes = Int32Array.from({ length: labels.length }, (_, i) => {
    const label = String(labels[i]);
    const code = codeOf.get(label) ?? codeOf.size;
    codeOf.set(label, code);
    return code;
  });
  const found = [...codeOf.keys()];
  const order = naturalOrder(found);
  const rank = new Int32Array(found.length);
  for (let k = 0; k < order.length; k++) rank[order[k]!] = k;
  return groupingOf(name, { levels: Array.from(order, (k) => found[k]!), codes: codes.map((code) => rank[code]!) });
}
