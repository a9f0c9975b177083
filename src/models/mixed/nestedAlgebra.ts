import { type MixedAlgebra, solveTotal, withResidual } from "./mixedAlgebra.ts";
import type { MixedStructure, VarianceParameter } from "./mixedStructure.ts";
import type { NestedKernel } from "./nestedKernel.ts";

/** Criterion-only evaluation: the generalised least squares solution and log|V*|. */
export function solveNested(structure: MixedStructure, kernel: NestedKernel, roots: readonly Float64Array[]) {
  const q = structure.moments.columns.length;
  const total = new Float64Array(q * q);
  const logDeterminant = kernel.evaluate(roots, total);
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
  const { total, first, second, traces, tracePairs, logDeterminant } = kernel.sums(roots);
  const raw = {
    total: pick(total, q, xy),
    logDeterminant,
    first: first.map((matrix) => pick(matrix, q, xy).map((value) => -value)),
    second: second.map((matrix) => pick(matrix, q, xy)),
    traces,
    tracePairs,
  };
  const relative = relativeParameters(roots, parameters);
  return withResidual(raw, relative, structure.rows, solveTotal(raw.total, xy.length), xy.length);
}

/** Elements of ΛΛᵀ, one per parameter. */
function relativeParameters(roots: readonly Float64Array[], parameters: readonly VarianceParameter[]): Float64Array {
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
