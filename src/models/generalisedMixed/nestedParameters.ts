import { multiply, sandwich } from "../../numerics/matrix/product.ts";
import { toOwnOrigin } from "../mixed/mixedStructure.ts";
import { inverse } from "./inverse.ts";
import { blocksOf, type NestedProblem } from "./nestedProblem.ts";

/** The parameters of a nested model on the plan's columns: β, the elements of the roots L of the Σₗ, a. */
export interface OwnParameters {
  /** Length q; a is left out. */
  readonly values: Float64Array;
  /** ∂(own)/∂(as fitted), q × q. */
  readonly outward: Float64Array;
  /** Its inverse. */
  readonly inward: Float64Array;
}

/**
 * From (γ, Λ) to (β, L): β = Mγ, and L = Λ over the units of its columns. Where slopes were fitted about another origin L is
 * the root of the covariance at their own, and its derivatives are taken by differences along the free elements.
 *
 * @param q of the result; a dispersion that the model as fitted does not have is left as it is
 */
export function ownParameters(
  problem: NestedProblem,
  point: Float64Array,
  free: ReadonlySet<number>,
  q: number,
): OwnParameters {
  const { tree, map, laplace } = problem;
  const { coefficients: p } = laplace;
  const values = new Float64Array(q);
  const outward = new Float64Array(q * q);
  for (let k = 0; k < q; k++) outward[k * q + k] = 1;
  multiply(map, point.subarray(0, p), p, p, 1, values);
  for (let k = 0; k < p; k++) for (let m = 0; m < p; m++) outward[k * q + m] = map[k * p + m]!;
  let index = 0;
  for (const { level: l, size: r, position } of blocksOf(problem)) {
    const { level } = tree.levels[l]!;
    const before = tree.levels.slice(0, l).reduce((sum, { level: coarser }) => sum + coarser.blocks.length, 0);
    const block = level.blocks[index++ - before]!;
    const root = new Float64Array(r * r);
    for (let a = 0; a < r; a++) for (let b = 0; b <= a; b++) root[a * r + b] = point[position(a, b)]!;
    const units = block.columns.map((column) => tree.units[column]!);
    const origin = toOwnOrigin({ ...level, blocks: [block] });
    const own = rootAt(root, units, origin);
    for (let a = 0; a < r; a++) {
      for (let b = 0; b <= a; b++) {
        const k = position(a, b);
        values[k] = own[a * r + b]!;
        outward[k * q + k] = 1 / units[a]!;
      }
    }
    if (origin === null) continue;
    for (let a = 0; a < r; a++) {
      for (let b = 0; b <= a; b++) {
        const k = position(a, b);
        if (!free.has(k)) continue;
        const slopes = rootSlopes(root, a * r + b, units, origin);
        for (let x = 0; x < r; x++) for (let z = 0; z <= x; z++) outward[position(x, z) * q + k] = slopes[x * r + z]!;
      }
    }
  }
  return { values, outward, inward: inverse(outward, q) };
}

/** Root of the covariance on the plan's columns. */
function rootAt(root: Float64Array, units: readonly number[], origin: Float64Array | null): Float64Array {
  const r = units.length;
  const scaled = root.map((value, e) => value / units[Math.floor(e / r)]!);
  if (origin === null) return scaled;
  const turned = new Float64Array(r * r);
  const covariance = new Float64Array(r * r);
  const identity = Float64Array.from({ length: r * r }, (_, e) => (e % (r + 1) === 0 ? 1 : 0));
  multiply(origin, scaled, r, r, r, turned);
  sandwich(turned, identity, r, r, covariance);
  return semidefiniteRoot(covariance, r);
}

/** Share of a variance below which what earlier effects leave of it is rounding. */
const DEPENDENT = 1e-12;

/** Lower triangular L with LLᵀ = Σ; a column whose pivot is rounding is zero. */
function semidefiniteRoot(matrix: Float64Array, r: number): Float64Array {
  const out = new Float64Array(r * r);
  for (let b = 0; b < r; b++) {
    let pivot = matrix[b * r + b]!;
    for (let k = 0; k < b; k++) pivot -= out[b * r + k]! ** 2;
    if (!(pivot > DEPENDENT * matrix[b * r + b]!)) continue;
    out[b * r + b] = Math.sqrt(pivot);
    for (let a = b + 1; a < r; a++) {
      let value = matrix[a * r + b]!;
      for (let k = 0; k < b; k++) value -= out[a * r + k]! * out[b * r + k]!;
      out[a * r + b] = value / out[b * r + b]!;
    }
  }
  return out;
}

/** ∂L/∂(element) by extrapolated central differences. */
function rootSlopes(root: Float64Array, element: number, units: readonly number[], origin: Float64Array): Float64Array {
  const r = units.length;
  const leads = Array.from({ length: r }, (_, k) => root[k * r + k]!).filter((value) => value > 0);
  const size = Math.min(...leads);
  const at = (shift: number) =>
    rootAt(
      root.map((value, e) => (e === element ? value + shift : value)),
      units,
      origin,
    );
  const central = (h: number) => {
    const [up, down] = [at(h), at(-h)];
    return up.map((value, e) => (value - down[e]!) / (2 * h));
  };
  const h = 1e-3 * size;
  const [fine, coarse] = [central(h), central(2 * h)];
  return fine.map((value, e) => (4 * value - coarse[e]!) / 3);
}
