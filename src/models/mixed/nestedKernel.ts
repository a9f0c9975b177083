import { Defect } from "../../contract/problem.ts";
import { cholesky, choleskyInverse, choleskyLogDeterminant, solveLower } from "../../numerics/matrix/cholesky.ts";
import { sandwich } from "../../numerics/matrix/product.ts";
import { childrenOf } from "./childrenOf.ts";
import { eliminate } from "./eliminate.ts";
import { effectsOf, type MixedStructure, varianceParameters } from "./mixedStructure.ts";
import { addOwnComponents, type NestedSums, nestedSums, updateFinerComponents } from "./nestedSums.ts";

/** A group's own part in the prediction of its effects, before coarser levels are known. */
interface GroupRecord {
  /** ZᵀB⁻¹A with B = V* without the coarser levels, r × q. */
  readonly cross: Float64Array;
  /** Λ(I + FᵀF)⁻¹Λᵀ = (Ψ⁻¹ + ZᵀB₀⁻¹Z)⁻¹, r × r: conditional variance of its effects given the coarser ones, over σ². */
  readonly shrink: Float64Array;
}

/**
 * Evaluates V* = I + Σₗ ZₗΨₗZₗᵀ for nested random effects from group moments alone, finest level first. At a group with
 * cross-products C over all columns A, taking out its Z columns by Cholesky gives rows R (r × q) and a remainder E with
 * C = RᵀR + E. With Ψ = ΛΛᵀ, F = R_z Λ and I + FFᵀ = LLᵀ,
 *
 *   AᵀV*⁻¹A = E + HᵀH,  H = L⁻¹R,     log|V*| = 2 log|L|,
 *
 * a form without cancellation however large Ψ is. The result joins the moments of the group's parent, and so on up: O(q²)
 * a group and level. `roots` holds Λ per level, lower triangular, r × r.
 */
export interface NestedKernel {
  /** AᵀV*⁻¹A into `total` (q × q); returns log|V*|. */
  evaluate(roots: readonly Float64Array[], total: Float64Array): number;
  /** The same with the sums that derivatives need. */
  sums(roots: readonly Float64Array[]): NestedSums & { readonly logDeterminant: number };
  /** Calls `keep` for every group, finer ones before the group that holds them; the record is reused. */
  visit(roots: readonly Float64Array[], keep: (level: number, group: number, record: GroupRecord) => void): void;
}

export function nestedKernel(structure: MixedStructure): NestedKernel {
  const { moments, levels } = structure;
  const q = moments.columns.length;
  const last = levels.length - 1;
  const parameters = varianceParameters(levels);
  const columns = levels.map((level) => level.blocks.flatMap((block) => block.columns));
  const children = levels.map((level, l) => (l === last ? null : childrenOf(levels[l + 1]!.parent!, level.groups)));
  const finest = eliminateFinest(structure, columns[last]!);
  const rooms = levels.map((level) => roomFor(effectsOf(level), q));
  const inner = levels.map(() => nestedSums(parameters.length, q));

  /** Adds what group g of level l and all groups inside it contribute to `into`; returns their log|V*|. */
  function absorb(
    l: number,
    g: number,
    roots: readonly Float64Array[],
    into: NestedSums,
    detailed: boolean,
    keep: ((level: number, group: number, record: GroupRecord) => void) | null,
  ): number {
    const room = rooms[l]!;
    const { r, own, half } = room;
    const zs = columns[l]!;
    const root = roots[l]!;
    let logDeterminant = 0;
    if (l === last) {
      own.set(finest.rows.subarray(g * r * q, (g + 1) * r * q));
      logDeterminant += whiten(room, zs, root, q);
    } else {
      const at = inner[l]!;
      at.clear(detailed);
      if (l === last - 1) at.total.set(finest.remainders.subarray(g * q * q, (g + 1) * q * q));
      const { starts, members } = children[l]!;
      for (let k = starts[g]!; k < starts[g + 1]!; k++)
        logDeterminant += absorb(l + 1, members[k]!, roots, at, detailed, keep);
      if (detailed) room.before.set(at.total);
      eliminate(at.total, q, zs, own);
      logDeterminant += whiten(room, zs, root, q);
      for (let e = 0; e < q * q; e++) into.total[e]! += at.total[e]!;
      if (detailed) {
        shrinkInto(room, root);
        updateFinerComponents(at, room.before, room.shrink, zs, parameters, l);
      }
    }
    for (let a = 0; a < q; a++) {
      for (let k = 0; k <= a; k++) {
        let value = 0;
        for (let m = 0; m < r; m++) value += half[m * q + a]! * half[m * q + k]!;
        into.total[a * q + k]! += value;
        if (k < a) into.total[k * q + a]! += value;
      }
    }
    if (detailed || keep !== null) crossInto(room, zs, q);
    if (detailed) addOwnComponents(into, l === last ? null : inner[l]!, room.cross, zs, parameters, l);
    if (keep !== null) {
      shrinkInto(room, root);
      keep(l, g, room);
    }
    return logDeterminant;
  }

  function absorbAll(
    roots: readonly Float64Array[],
    into: NestedSums,
    detailed: boolean,
    keep: Parameters<typeof absorb>[5],
  ): number {
    into.clear(detailed);
    if (last === 0) into.total.set(finest.remainders);
    let logDeterminant = 0;
    for (let g = 0; g < levels[0]!.groups; g++) logDeterminant += absorb(0, g, roots, into, detailed, keep);
    return logDeterminant;
  }

  const outer = nestedSums(parameters.length, q);
  return {
    evaluate(roots, total) {
      const logDeterminant = absorbAll(roots, outer, false, null);
      total.set(outer.total);
      return logDeterminant;
    },
    sums(roots) {
      const into = nestedSums(parameters.length, q);
      const logDeterminant = absorbAll(roots, into, true, null);
      return { ...into, logDeterminant };
    },
    visit(roots, keep) {
      absorbAll(roots, outer, false, keep);
    },
  };
}

/** Scratch of one level. */
interface Room extends GroupRecord {
  readonly r: number;
  readonly before: Float64Array;
  readonly own: Float64Array;
  readonly f: Float64Array;
  readonly b: Float64Array;
  readonly half: Float64Array;
  readonly column: Float64Array;
}

const roomFor = (r: number, q: number): Room => ({
  r,
  before: new Float64Array(q * q),
  own: new Float64Array(r * q),
  f: new Float64Array(r * r),
  b: new Float64Array(r * r),
  half: new Float64Array(r * q),
  column: new Float64Array(r),
  cross: new Float64Array(r * q),
  shrink: new Float64Array(r * r),
});

/** The finest groups' elimination does not depend on the variances: once for all. Remainders are summed by parent. */
function eliminateFinest({ moments, levels }: MixedStructure, columns: readonly number[]) {
  const q = moments.columns.length;
  const r = columns.length;
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

/** F = R_z Λ, I + FFᵀ = LLᵀ, H = L⁻¹R; returns log|I + FFᵀ|. */
function whiten({ r, own, f, b, half, column }: Room, zs: readonly number[], root: Float64Array, q: number): number {
  for (let a = 0; a < r; a++) {
    for (let k = 0; k < r; k++) {
      let value = 0;
      for (let m = k; m < r; m++) value += own[a * q + zs[m]!]! * root[m * r + k]!;
      f[a * r + k] = value;
    }
  }
  identityPlus(f, r, b, r, 1);
  if (!cholesky(b, r, b)) throw new Defect("I + FFᵀ is not positive definite");
  for (let k = 0; k < q; k++) {
    for (let a = 0; a < r; a++) column[a] = own[a * q + k]!;
    solveLower(b, r, column, column);
    for (let a = 0; a < r; a++) half[a * q + k] = column[a]!;
  }
  return choleskyLogDeterminant(b, r);
}

/** shrink = Λ(I + FᵀF)⁻¹Λᵀ. */
function shrinkInto({ r, f, b, shrink }: Room, root: Float64Array): void {
  identityPlus(f, r, b, 1, r);
  cholesky(b, r, b);
  choleskyInverse(b, r, b);
  sandwich(root, b, r, r, shrink);
}

/** cross = H_zᵀH. */
function crossInto({ r, half, cross }: Room, zs: readonly number[], q: number): void {
  for (let a = 0; a < r; a++) {
    for (let k = 0; k < q; k++) {
      let value = 0;
      for (let m = 0; m < r; m++) value += half[m * q + zs[a]!]! * half[m * q + k]!;
      cross[a * q + k] = value;
    }
  }
}

/** I + FFᵀ with strides (r, 1), I + FᵀF with (1, r). */
function identityPlus(f: Float64Array, r: number, out: Float64Array, outer: number, inner: number): void {
  for (let a = 0; a < r; a++) {
    for (let k = 0; k <= a; k++) {
      let value = a === k ? 1 : 0;
      for (let m = 0; m < r; m++) value += f[a * outer + m * inner]! * f[k * outer + m * inner]!;
      out[a * r + k] = value;
      out[k * r + a] = value;
    }
  }
}
