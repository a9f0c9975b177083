import type { VarianceParameter } from "./mixedStructure.ts";

/**
 * What a set of rows contributes to a model V* = I + Σᵢ ψᵢGᵢ over the q columns A; contributions of independent rows add.
 * i, k run over the v variance parameters.
 */
export interface NestedSums {
  /** AᵀV*⁻¹A */
  readonly total: Float64Array;
  /** Mᵢ = AᵀV*⁻¹GᵢV*⁻¹A */
  readonly first: readonly Float64Array[];
  /** Mᵢₖ = AᵀV*⁻¹GᵢV*⁻¹GₖV*⁻¹A at index i · v + k */
  readonly second: readonly Float64Array[];
  /** tr(V*⁻¹Gᵢ) */
  readonly traces: Float64Array;
  /** tr(V*⁻¹GᵢV*⁻¹Gₖ), v × v */
  readonly tracePairs: Float64Array;
  /** Sets all to zero; `total` alone unless `detailed`. */
  clear(detailed: boolean): void;
}

export function nestedSums(v: number, q: number): NestedSums {
  const total = new Float64Array(q * q);
  const first = Array.from({ length: v }, () => new Float64Array(q * q));
  const second = Array.from({ length: v * v }, () => new Float64Array(q * q));
  const traces = new Float64Array(v);
  const tracePairs = new Float64Array(v * v);
  return {
    total,
    first,
    second,
    traces,
    tracePairs,
    clear(detailed) {
      total.fill(0);
      if (!detailed) return;
      for (const matrix of first) matrix.fill(0);
      for (const matrix of second) matrix.fill(0);
      traces.fill(0);
      tracePairs.fill(0);
    },
  };
}

/**
 * V = B + ZΨZᵀ has V⁻¹ = B⁻¹ − B⁻¹ZDZᵀB⁻¹, D = shrink. As Z is among the columns A, AᵀV⁻¹ = L AᵀB⁻¹ with
 * L = I − C_{·z}D at the z columns (C = AᵀB⁻¹A), so that components of the finer levels follow from q × q matrices:
 *
 *   Mᵢ → L Mᵢ Lᵀ      Mᵢₖ → L (Mᵢₖ − Mᵢ[·z] D Mₖ[z·]) Lᵀ
 *   tr(V⁻¹Gᵢ) = tᵢ − tr(D Mᵢ[zz])      tr(V⁻¹GᵢV⁻¹Gₖ) = tᵢₖ − tr(D(Mᵢₖ + Mₖᵢ)[zz]) + tr(D Mᵢ[zz] D Mₖ[zz])
 *
 * @param sums of everything inside the group under B; changed in place, `total` left alone
 * @param before C, q × q
 * @param level of the group: components of finer levels are updated
 */
export function updateFinerComponents(
  sums: NestedSums,
  before: Float64Array,
  shrink: Float64Array,
  zs: readonly number[],
  parameters: readonly VarianceParameter[],
  level: number,
): void {
  const v = parameters.length;
  const q = Math.round(Math.sqrt(before.length));
  const r = zs.length;
  const finer = parameters.flatMap((parameter, i) => (parameter.level > level ? [i] : []));
  // D Mᵢ[z·], r × q, for each finer component.
  const shrunk = finer.map((i) => {
    const out = new Float64Array(r * q);
    for (let a = 0; a < r; a++) {
      for (let m = 0; m < r; m++) {
        for (let k = 0; k < q; k++) out[a * q + k]! += shrink[a * r + m]! * sums.first[i]![zs[m]! * q + k]!;
      }
    }
    return out;
  });
  for (const [x, i] of finer.entries()) {
    for (const [y, k] of finer.entries()) {
      const matrix = sums.second[i * v + k]!;
      const mirrored = sums.second[k * v + i]!;
      let pair = 0;
      for (let a = 0; a < r; a++) {
        for (let m = 0; m < r; m++) {
          // M_ki = M_ikᵀ, but one of the two may have been updated already.
          pair -= 2 * shrink[a * r + m]! * (x <= y ? matrix[zs[m]! * q + zs[a]!]! : 0);
          pair += shrunk[x]![a * q + zs[m]!]! * shrunk[y]![m * q + zs[a]!]!;
        }
      }
      if (x <= y) {
        sums.tracePairs[i * v + k]! += pair;
        if (x < y) sums.tracePairs[k * v + i]! += pair;
        for (let a = 0; a < q; a++) {
          for (let b = 0; b < q; b++) {
            let fall = 0;
            for (let m = 0; m < r; m++) fall += sums.first[i]![a * q + zs[m]!]! * shrunk[y]![m * q + b]!;
            matrix[a * q + b]! -= fall;
          }
        }
        reach(matrix, before, shrink, zs, q);
        if (x < y) for (let a = 0; a < q; a++) for (let b = 0; b < q; b++) mirrored[b * q + a] = matrix[a * q + b]!;
      }
    }
  }
  for (const [x, i] of finer.entries()) {
    for (let a = 0; a < r; a++) sums.traces[i]! -= shrunk[x]![a * q + zs[a]!]!;
    reach(sums.first[i]!, before, shrink, zs, q);
  }
}

/** M → L M Lᵀ with L = I − C_{·z}D placed in the z columns. */
function reach(
  matrix: Float64Array,
  before: Float64Array,
  shrink: Float64Array,
  zs: readonly number[],
  q: number,
): void {
  const r = zs.length;
  const part = new Float64Array(r * q);
  for (let a = 0; a < r; a++) {
    for (let m = 0; m < r; m++) {
      for (let k = 0; k < q; k++) part[a * q + k]! += shrink[a * r + m]! * matrix[zs[m]! * q + k]!;
    }
  }
  for (let a = 0; a < q; a++) {
    for (let m = 0; m < r; m++) {
      const weight = before[a * q + zs[m]!]!;
      for (let k = 0; k < q; k++) matrix[a * q + k]! -= weight * part[m * q + k]!;
    }
  }
  part.fill(0);
  for (let a = 0; a < r; a++) {
    for (let m = 0; m < r; m++) {
      for (let k = 0; k < q; k++) part[a * q + k]! += shrink[a * r + m]! * matrix[k * q + zs[m]!]!;
    }
  }
  for (let k = 0; k < q; k++) {
    for (let m = 0; m < r; m++) {
      const weight = before[k * q + zs[m]!]!;
      for (let a = 0; a < q; a++) matrix[a * q + k]! -= weight * part[m * q + a]!;
    }
  }
}

/**
 * Adds a group's own components, G = ZEZᵀ with Y = ZᵀV⁻¹A and N = ZᵀV⁻¹Z = Y[·z], and their products with the updated
 * components of finer levels inside it:
 *
 *   M = YᵀEY    M_ab = YᵀE_aNE_bY    M_ai = YᵀE_aMᵢ[z·]    traces tr(EN), tr(E_aNE_bN), tr(E_aMᵢ[zz])
 *
 * @param finer sums of what lies inside, updated; null at the finest level. They are added too.
 */
export function addOwnComponents(
  into: NestedSums,
  finer: NestedSums | null,
  cross: Float64Array,
  zs: readonly number[],
  parameters: readonly VarianceParameter[],
  level: number,
): void {
  const v = parameters.length;
  const r = zs.length;
  const q = cross.length / r;
  for (let a = 0; a < v; a++) {
    const own = parameters[a]!;
    if (own.level !== level) continue;
    const { row, column } = own;
    addSwapped(into.first[a]!, cross, row, cross, column, q);
    into.traces[a]! += cross[row * q + zs[column]!]! * (row === column ? 1 : 2);
    for (let b = 0; b < v; b++) {
      const other = parameters[b]!;
      if (other.level === level) {
        addOwnPair(into, a * v + b, cross, zs, own, other, q);
      } else if (other.level > level && finer !== null) {
        const inner = finer.first[b]!;
        const mixed = into.second[a * v + b]!;
        addOuter(mixed, cross, row, inner, zs[column]!, q);
        if (row !== column) addOuter(mixed, cross, column, inner, zs[row]!, q);
        const mirrored = into.second[b * v + a]!;
        addOuter(mirrored, inner, zs[column]!, cross, row, q);
        if (row !== column) addOuter(mirrored, inner, zs[row]!, cross, column, q);
        const trace = inner[zs[row]! * q + zs[column]!]! * (row === column ? 1 : 2);
        into.tracePairs[a * v + b]! += trace;
        into.tracePairs[b * v + a]! += trace;
      }
    }
  }
  if (finer === null) return;
  for (let i = 0; i < v; i++) {
    if (parameters[i]!.level <= level) continue;
    addMatrix(into.first[i]!, finer.first[i]!);
    into.traces[i]! += finer.traces[i]!;
    for (let k = 0; k < v; k++) {
      if (parameters[k]!.level <= level) continue;
      addMatrix(into.second[i * v + k]!, finer.second[i * v + k]!);
      into.tracePairs[i * v + k]! += finer.tracePairs[i * v + k]!;
    }
  }
}

/** YᵀE_aNE_bY and tr(E_aNE_bN): E = e_r e_cᵀ + e_c e_rᵀ, or e_r e_rᵀ. */
function addOwnPair(
  into: NestedSums,
  index: number,
  cross: Float64Array,
  zs: readonly number[],
  left: VarianceParameter,
  right: VarianceParameter,
  q: number,
): void {
  for (let x = 0; x < (left.row === left.column ? 1 : 2); x++) {
    const [outer, inner] = x === 0 ? [left.row, left.column] : [left.column, left.row];
    for (let y = 0; y < (right.row === right.column ? 1 : 2); y++) {
      const [first, last] = y === 0 ? [right.row, right.column] : [right.column, right.row];
      const between = cross[inner * q + zs[first]!]!;
      addOuter(into.second[index]!, cross, outer, cross, last, q, between);
      into.tracePairs[index]! += between * cross[last * q + zs[outer]!]!;
    }
  }
}

/** M += u vᵀ + v uᵀ of two rows, or u uᵀ when they are one. */
function addSwapped(
  matrix: Float64Array,
  left: Float64Array,
  row: number,
  right: Float64Array,
  other: number,
  q: number,
): void {
  addOuter(matrix, left, row, right, other, q);
  if (row !== other) addOuter(matrix, right, other, left, row, q);
}

/** M += weight · u vᵀ with u row `row` of `left` and v row `other` of `right`. */
function addOuter(
  matrix: Float64Array,
  left: Float64Array,
  row: number,
  right: Float64Array,
  other: number,
  q: number,
  weight = 1,
): void {
  for (let a = 0; a < q; a++) {
    const value = weight * left[row * q + a]!;
    for (let b = 0; b < q; b++) matrix[a * q + b]! += value * right[other * q + b]!;
  }
}

function addMatrix(into: Float64Array, from: Float64Array): void {
  for (let e = 0; e < from.length; e++) into[e]! += from[e]!;
}
