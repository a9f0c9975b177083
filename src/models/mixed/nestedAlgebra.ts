import { type MixedAlgebra, solveTotal, withResidual } from "./mixedAlgebra.ts";
import type { MixedStructure, VarianceParameter } from "./mixedStructure.ts";
import type { NestedKernel, TreeBlock } from "./nestedKernel.ts";

/** Criterion-only evaluation: the generalised least squares solution and log|V*|. */
export function solveNested(structure: MixedStructure, kernel: NestedKernel, roots: readonly Float64Array[]) {
  const q = structure.moments.columns.length;
  const total = new Float64Array(q * q);
  const logDeterminant = kernel.evaluate(roots, total, null);
  const xy = columnsXy(structure);
  return { logDeterminant, ...solveTotal(pick(total, q, xy), xy.length) };
}

/** All sums that derivatives need at the relative covariances Ψₗ = ΛₗΛₗᵀ. */
export function nestedAlgebra(
  structure: MixedStructure,
  kernel: NestedKernel,
  roots: readonly Float64Array[],
  parameters: readonly VarianceParameter[],
): MixedAlgebra {
  const q = structure.moments.columns.length;
  const xy = columnsXy(structure);
  const s = xy.length;
  const v = parameters.length;
  const total = new Float64Array(q * q);
  const first = parameters.map(() => new Float64Array(s * s));
  const second = Array.from({ length: v * v }, () => new Float64Array(s * s));
  const traces = new Float64Array(v);
  const tracePairs = new Float64Array(v * v);
  const most = kernel.tree.largest;
  const pairs = parameters.map(
    (): BasisPairs => ({ count: 0, rows: new Int32Array(2 * most), columns: new Int32Array(2 * most) }),
  );
  const through = parameters.map(() => new Float64Array(most * s));
  const cross = new Float64Array(most * s);

  const logDeterminant = kernel.evaluate(roots, total, (block) => {
    for (let u = 0; u < block.size; u++) for (let a = 0; a < s; a++) cross[u * s + a] = block.cross[u * q + xy[a]!]!;
    for (let i = 0; i < v; i++) {
      findPairs(block, parameters[i]!, pairs[i]!);
      timesGram(block, pairs[i]!, cross, s, through[i]!);
    }
    for (let i = 0; i < v; i++) {
      const { count, rows, columns } = pairs[i]!;
      for (let e = 0; e < count; e++) {
        traces[i]! += block.gram[rows[e]! * block.stride + columns[e]!]!;
        subtractOuter(cross, rows[e]! * s, cross, columns[e]! * s, s, first[i]!);
        for (let k = 0; k < v; k++) addOuter(cross, columns[e]! * s, through[k]!, rows[e]! * s, s, second[i * v + k]!);
      }
      for (let k = 0; k <= i; k++) tracePairs[i * v + k]! += tracePair(block, pairs[i]!, pairs[k]!);
    }
  });
  for (let i = 0; i < v; i++) for (let k = 0; k < i; k++) tracePairs[k * v + i] = tracePairs[i * v + k]!;
  const relative = relativeParameters(roots, parameters);
  const raw = { total: pick(total, q, xy), logDeterminant, first, second, traces, tracePairs };
  return withResidual(raw, relative, structure.rows, solveTotal(raw.total, s), s);
}

/** Elements of ΛΛᵀ, one per parameter. */
export function relativeParameters(
  roots: readonly Float64Array[],
  parameters: readonly VarianceParameter[],
): Float64Array {
  return Float64Array.from(parameters, ({ level, row, column }) => {
    const root = roots[level]!;
    const r = Math.round(Math.sqrt(root.length));
    let value = 0;
    for (let k = 0; k <= column; k++) value += root[row * r + k]! * root[column * r + k]!;
    return value;
  });
}

/** Indices of [X y] among the moment columns. */
export const columnsXy = ({ coefficients, moments }: MixedStructure): Int32Array =>
  Int32Array.from({ length: coefficients + 1 }, (_, k) => (k < coefficients ? k : moments.columns.length - 1));

function pick(matrix: Float64Array, q: number, columns: Int32Array): Float64Array {
  const s = columns.length;
  const out = new Float64Array(s * s);
  for (let a = 0; a < s; a++) for (let b = 0; b < s; b++) out[a * s + b] = matrix[columns[a]! * q + columns[b]!]!;
  return out;
}

/** Nonzero positions of a parameter's symmetric basis matrix Ẽ over a block's effects; the entries are ones. */
interface BasisPairs {
  count: number;
  readonly rows: Int32Array;
  readonly columns: Int32Array;
}

function findPairs(block: TreeBlock, { level, row, column }: VarianceParameter, out: BasisPairs): void {
  let count = 0;
  for (let k = 0; k < block.size; k++) {
    if (block.level[k] !== level || block.position[k] !== column) continue;
    // A group's effects stand next to each other.
    const partner = k + row - column;
    out.rows[count] = partner;
    out.columns[count++] = k;
    if (row !== column) {
      out.rows[count] = k;
      out.columns[count++] = partner;
    }
  }
  out.count = count;
}

/** out = ZᵀV*⁻¹Z · Ẽ · ZᵀV*⁻¹[X y], m × s. */
function timesGram(
  { gram, stride, size }: TreeBlock,
  pairs: BasisPairs,
  cross: Float64Array,
  s: number,
  out: Float64Array,
): void {
  out.fill(0, 0, size * s);
  for (let e = 0; e < pairs.count; e++) {
    const row = pairs.rows[e]!;
    const from = pairs.columns[e]! * s;
    for (let u = 0; u < size; u++) {
      const weight = gram[u * stride + row]!;
      for (let b = 0; b < s; b++) out[u * s + b]! += weight * cross[from + b]!;
    }
  }
}

function addOuter(left: Float64Array, l: number, right: Float64Array, r: number, s: number, into: Float64Array): void {
  for (let a = 0; a < s; a++) {
    const value = left[l + a]!;
    for (let b = 0; b < s; b++) into[a * s + b]! += value * right[r + b]!;
  }
}

function subtractOuter(
  left: Float64Array,
  l: number,
  right: Float64Array,
  r: number,
  s: number,
  into: Float64Array,
): void {
  for (let a = 0; a < s; a++) {
    const value = left[l + a]!;
    for (let b = 0; b < s; b++) into[a * s + b]! -= value * right[r + b]!;
  }
}

/** tr(Ẽᵢ N Ẽₖ N) */
function tracePair({ gram, stride }: TreeBlock, left: BasisPairs, right: BasisPairs): number {
  let value = 0;
  for (let e = 0; e < left.count; e++) {
    const a = left.rows[e]!;
    const b = left.columns[e]! * stride;
    for (let f = 0; f < right.count; f++) value += gram[b + right.rows[f]!]! * gram[right.columns[f]! * stride + a]!;
  }
  return value;
}
