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

  const logDeterminant = kernel.evaluate(roots, total, (block) => {
    const pairs = parameters.map((parameter) => pairsOf(block, parameter));
    const swapped = pairs.map((list) => applied(block, list, xy, q));
    const through = swapped.map((rows) => gramTimes(block, rows, s));
    for (let i = 0; i < v; i++) {
      for (const [row, column] of pairs[i]!) {
        traces[i]! += block.gram[row * block.stride + column]!;
        for (let a = 0; a < s; a++) {
          const left = block.cross[row * q + xy[a]!]!;
          for (let b = 0; b < s; b++) first[i]![a * s + b]! -= left * block.cross[column * q + xy[b]!]!;
        }
      }
      for (let k = 0; k < v; k++) {
        addProduct(swapped[i]!, through[k]!, second[i * v + k]!, s);
        if (k <= i) tracePairs[i * v + k]! += tracePair(block, pairs[i]!, pairs[k]!);
      }
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

/** Nonzero positions (row, column) of the parameter's symmetric basis matrix over the block's effects. */
function pairsOf(block: TreeBlock, { level, row, column }: VarianceParameter): [number, number][] {
  const pairs: [number, number][] = [];
  for (let k = 0; k < block.size; k++) {
    if (block.level[k] !== level || block.position[k] !== column) continue;
    // A group's effects stand next to each other.
    const partner = k + row - column;
    pairs.push([partner, k]);
    if (row !== column) pairs.push([k, partner]);
  }
  return pairs;
}

/** The rows of Ẽ·ZᵀV*⁻¹[X y] that are not zero, by row. */
function applied(
  block: TreeBlock,
  pairs: readonly [number, number][],
  xy: Int32Array,
  q: number,
): Map<number, Float64Array> {
  return new Map(pairs.map(([row, column]) => [row, Float64Array.from(xy, (k) => block.cross[column * q + k]!)]));
}

/** ZᵀV*⁻¹Z times those rows: m × s, as a full matrix. */
function gramTimes(block: TreeBlock, rows: ReadonlyMap<number, Float64Array>, s: number): Float64Array {
  const out = new Float64Array(block.size * s);
  for (const [row, values] of rows) {
    for (let u = 0; u < block.size; u++) {
      const weight = block.gram[u * block.stride + row]!;
      if (weight === 0) continue;
      for (let b = 0; b < s; b++) out[u * s + b]! += weight * values[b]!;
    }
  }
  return out;
}

function addProduct(
  rows: ReadonlyMap<number, Float64Array>,
  through: Float64Array,
  into: Float64Array,
  s: number,
): void {
  for (const [row, values] of rows) {
    for (let a = 0; a < s; a++) {
      const left = values[a]!;
      for (let b = 0; b < s; b++) into[a * s + b]! += left * through[row * s + b]!;
    }
  }
}

/** tr(Ẽᵢ N Ẽₖ N) */
function tracePair(
  { gram, stride }: TreeBlock,
  left: readonly [number, number][],
  right: readonly [number, number][],
): number {
  let value = 0;
  for (const [a, b] of left) {
    for (const [c, d] of right) value += gram[b * stride + c]! * gram[d * stride + a]!;
  }
  return value;
}
