import { Defect } from "../../contract/problem.ts";
import { cholesky, choleskyInverse, choleskyLogDeterminant, solveLower } from "../../numerics/matrix/cholesky.ts";
import { sandwich } from "../../numerics/matrix/product.ts";
import { eliminate } from "./eliminate.ts";
import { type GroupTree, groupTree } from "./groupTree.ts";
import { effectsOf, type MixedStructure } from "./mixedStructure.ts";

/**
 * The effects of one coarsest group and all groups inside it, in post-order: ZᵀV*⁻¹[A] and ZᵀV*⁻¹Z.
 * Arrays are reused from group to group.
 */
export interface TreeBlock {
  /** m, effects in use. */
  size: number;
  /** ZᵀV*⁻¹A, m × q. */
  readonly cross: Float64Array;
  /** ZᵀV*⁻¹Z, m × m with row stride `stride`, symmetric. */
  readonly gram: Float64Array;
  readonly stride: number;
  /** Level, group and position within the group's effects of each of the m rows. */
  readonly level: Int32Array;
  readonly group: Int32Array;
  readonly position: Int32Array;
}

/**
 * Evaluates V* = I + Σₗ ZₗΨₗZₗᵀ for nested random effects from group moments alone, finest level first. At a group with
 * cross-products C over all columns A, taking out its Z columns by Cholesky gives rows R (r × q) and a remainder E with
 * C = RᵀR + E. With Ψ = ΛΛᵀ and F = R_z Λ,
 *
 *   AᵀV*⁻¹A = E + Rᵀ(I + FFᵀ)⁻¹R,     log|V*| = log|I + FFᵀ|,
 *
 * a form without cancellation however large Ψ is. The result joins the moments of the group's parent, and so on up.
 * Cost O(groups · r q²), and O(m²) more per coarsest group with m effects inside it when its block is asked for.
 */
export interface NestedKernel {
  /**
   * [A]ᵀV*⁻¹[A] into `total` (q × q), returning log|V*|. `roots` holds Λ per level (lower triangular, r × r). With
   * `visit`, calls it with the block of each coarsest group.
   */
  evaluate(roots: readonly Float64Array[], total: Float64Array, visit: ((block: TreeBlock) => void) | null): number;
  readonly tree: GroupTree;
}

export function nestedKernel(structure: MixedStructure): NestedKernel {
  const { moments, levels } = structure;
  const q = moments.columns.length;
  const last = levels.length - 1;
  const effects = levels.map(effectsOf);
  const columns = levels.map((level) => level.blocks.flatMap((block) => block.columns));
  const tree = groupTree(levels);
  const { rows: finestRows, remainders } = eliminateFinest(structure, columns[last]!, effects[last]!);
  const room = effects.map((r) => roomFor(r, q));
  let block: TreeBlock | null = null;
  let shrunk = new Float64Array(0);

  /** Adds the group's [A]ᵀV*⁻¹[A] to `into` and returns its log|V*|; with a block, appends its effects. */
  function absorb(
    l: number,
    g: number,
    roots: readonly Float64Array[],
    into: Float64Array,
    to: TreeBlock | null,
  ): number {
    const r = effects[l]!;
    const zs = columns[l]!;
    const { c, before, own, f, b, half, column } = room[l]!;
    const start = to?.size ?? 0;
    let logDeterminant = 0;
    if (l === last) {
      own.set(finestRows.subarray(g * r * q, (g + 1) * r * q));
    } else {
      if (l === last - 1) c.set(remainders.subarray(g * q * q, (g + 1) * q * q));
      else c.fill(0);
      const { starts, members } = tree.children[l]!;
      for (let k = starts[g]!; k < starts[g + 1]!; k++) logDeterminant += absorb(l + 1, members[k]!, roots, c, to);
      if (to !== null) for (let k = 0; k < r; k++) before.set(c.subarray(zs[k]! * q, (zs[k]! + 1) * q), k * q);
      eliminate(c, q, zs, own);
      for (let e = 0; e < q * q; e++) into[e]! += c[e]!;
    }
    factorised(own, zs, roots[l]!, r, q, f);
    identityPlus(f, r, b, false);
    if (!cholesky(b, r, b)) throw new Defect("I + FFᵀ is not positive definite", { level: l });
    logDeterminant += choleskyLogDeterminant(b, r);
    for (let k = 0; k < q; k++) {
      for (let a = 0; a < r; a++) column[a] = own[a * q + k]!;
      solveLower(b, r, column, column);
      for (let a = 0; a < r; a++) half[a * q + k] = column[a]!;
    }
    addCrossProduct(half, r, q, into);
    if (to !== null) {
      if (to.size > start) updateDescendants(to, start, room[l]!, zs, roots[l]!, r, q);
      appendOwn(to, l, g, start, room[l]!, zs, r, q);
    }
    return logDeterminant;
  }

  /** V* gains this level's effects: the rows of finer groups inside lose what these explain. */
  function updateDescendants(
    to: TreeBlock,
    start: number,
    at: Room,
    zs: readonly number[],
    root: Float64Array,
    r: number,
    q: number,
  ): void {
    const { before, f, b, shrink, keep, column, fresh } = at;
    const { cross, gram, stride, size } = to;
    // shrink = Λ(I + FᵀF)⁻¹Λᵀ and keep = I − ZᵀZ shrink, both r × r
    identityPlus(f, r, b, true);
    cholesky(b, r, b);
    choleskyInverse(b, r, b);
    sandwich(root, b, r, r, shrink);
    for (let a = 0; a < r; a++) {
      for (let k = 0; k < r; k++) {
        let value = a === k ? 1 : 0;
        for (let m = 0; m < r; m++) value -= before[a * q + zs[m]!]! * shrink[m * r + k]!;
        keep[a * r + k] = value;
      }
    }
    for (let row = start; row < size; row++) {
      for (let a = 0; a < r; a++) {
        let value = 0;
        for (let m = 0; m < r; m++) value += cross[row * q + zs[m]!]! * shrink[m * r + a]!;
        shrunk[row * r + a] = value;
      }
    }
    for (let row = start; row < size; row++) {
      for (let other = start; other <= row; other++) {
        let value = gram[row * stride + other]!;
        for (let a = 0; a < r; a++) value -= shrunk[row * r + a]! * cross[other * q + zs[a]!]!;
        gram[row * stride + other] = value;
        gram[other * stride + row] = value;
      }
    }
    for (let row = start; row < size; row++) {
      for (let a = 0; a < r; a++) column[a] = cross[row * q + zs[a]!]!;
      for (let a = 0; a < r; a++) {
        let value = 0;
        for (let m = 0; m < r; m++) value += keep[a * r + m]! * column[m]!;
        fresh[(row - start) * r + a] = value;
      }
      for (let k = 0; k < q; k++) {
        let value = cross[row * q + k]!;
        for (let a = 0; a < r; a++) value -= shrunk[row * r + a]! * before[a * q + k]!;
        cross[row * q + k] = value;
      }
    }
  }

  return {
    tree,
    evaluate(roots, total, visit) {
      total.fill(0);
      if (last === 0) total.set(remainders);
      if (visit !== null && block === null) {
        block = treeBlock(tree.largest, q);
        shrunk = new Float64Array(tree.largest * Math.max(...effects));
        for (let l = 0; l < last; l++) room[l]!.fresh = new Float64Array(tree.largest * effects[l]!);
      }
      let logDeterminant = 0;
      for (let g = 0; g < levels[0]!.groups; g++) {
        if (visit !== null) block!.size = 0;
        logDeterminant += absorb(0, g, roots, total, visit === null ? null : block);
        if (visit !== null) visit(block!);
      }
      return logDeterminant;
    },
  };
}

/** Scratch of one level. */
interface Room {
  readonly c: Float64Array;
  readonly before: Float64Array;
  readonly own: Float64Array;
  readonly f: Float64Array;
  readonly b: Float64Array;
  readonly half: Float64Array;
  readonly column: Float64Array;
  readonly shrink: Float64Array;
  readonly keep: Float64Array;
  /** ZᵀV*⁻¹Z between this level's effects and its descendants', descendants × r. */
  fresh: Float64Array;
}

const roomFor = (r: number, q: number): Room => ({
  c: new Float64Array(q * q),
  before: new Float64Array(r * q),
  own: new Float64Array(r * q),
  f: new Float64Array(r * r),
  b: new Float64Array(r * r),
  half: new Float64Array(r * q),
  column: new Float64Array(r),
  shrink: new Float64Array(r * r),
  keep: new Float64Array(r * r),
  fresh: new Float64Array(0),
});

const treeBlock = (most: number, q: number): TreeBlock => ({
  size: 0,
  cross: new Float64Array(most * q),
  gram: new Float64Array(most * most),
  stride: most,
  level: new Int32Array(most),
  group: new Int32Array(most),
  position: new Int32Array(most),
});

/** The finest groups' elimination does not depend on the variances: once for all. Remainders are summed by parent. */
function eliminateFinest({ moments, levels }: MixedStructure, columns: readonly number[], r: number) {
  const q = moments.columns.length;
  const last = levels.length - 1;
  const { groups, parent } = levels[last]!;
  const rows = new Float64Array(groups * r * q);
  const remainders = new Float64Array((last === 0 ? 1 : levels[last - 1]!.groups) * q * q);
  const c = new Float64Array(q * q);
  const own = new Float64Array(r * q);
  for (let g = 0; g < groups; g++) {
    c.set(moments.cross.subarray(g * q * q, (g + 1) * q * q));
    eliminate(c, q, columns, own);
    rows.set(own, g * r * q);
    const base = (parent === null ? 0 : parent[g]!) * q * q;
    for (let e = 0; e < q * q; e++) remainders[base + e]! += c[e]!;
  }
  return { rows, remainders };
}

/** F = R_z Λ. */
function factorised(
  own: Float64Array,
  zs: readonly number[],
  root: Float64Array,
  r: number,
  q: number,
  f: Float64Array,
): void {
  for (let a = 0; a < r; a++) {
    for (let k = 0; k < r; k++) {
      let value = 0;
      for (let m = k; m < r; m++) value += own[a * q + zs[m]!]! * root[m * r + k]!;
      f[a * r + k] = value;
    }
  }
}

/** I + FFᵀ, or I + FᵀF when `transposed`. */
function identityPlus(f: Float64Array, r: number, out: Float64Array, transposed: boolean): void {
  const outer = transposed ? 1 : r;
  const inner = transposed ? r : 1;
  for (let a = 0; a < r; a++) {
    for (let k = 0; k <= a; k++) {
      let value = a === k ? 1 : 0;
      for (let m = 0; m < r; m++) value += f[a * outer + m * inner]! * f[k * outer + m * inner]!;
      out[a * r + k] = value;
      out[k * r + a] = value;
    }
  }
}

/** into += HᵀH, H r × q. */
function addCrossProduct(half: Float64Array, r: number, q: number, into: Float64Array): void {
  for (let a = 0; a < q; a++) {
    for (let k = 0; k <= a; k++) {
      let value = 0;
      for (let m = 0; m < r; m++) value += half[m * q + a]! * half[m * q + k]!;
      into[a * q + k]! += value;
      if (k < a) into[k * q + a]! += value;
    }
  }
}

/** The group's own effects: ZᵀV*⁻¹A = H_zᵀH; with finer groups inside, the entries that `updateDescendants` prepared. */
function appendOwn(
  to: TreeBlock,
  l: number,
  g: number,
  start: number,
  at: Room,
  zs: readonly number[],
  r: number,
  q: number,
): void {
  const { cross, gram, stride, size } = to;
  const { half, fresh } = at;
  for (let a = 0; a < r; a++) {
    const row = size + a;
    to.level[row] = l;
    to.group[row] = g;
    to.position[row] = a;
    for (let k = 0; k < q; k++) {
      let value = 0;
      for (let m = 0; m < r; m++) value += half[m * q + zs[a]!]! * half[m * q + k]!;
      cross[row * q + k] = value;
    }
    for (let other = 0; other < start; other++) {
      gram[row * stride + other] = 0;
      gram[other * stride + row] = 0;
    }
    for (let other = start; other < size; other++) {
      const value = fresh[(other - start) * r + a]!;
      gram[row * stride + other] = value;
      gram[other * stride + row] = value;
    }
    for (let k = 0; k < r; k++) gram[row * stride + size + k] = cross[row * q + zs[k]!]!;
  }
  to.size = size + r;
}
