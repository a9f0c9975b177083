import { type VarianceParameter, varianceParameters } from "../mixed/mixedStructure.ts";
import { type ConditionalDensity, jetOf } from "./conditionalDensity.ts";
import { clear, type FactorLevel, nestedFactors } from "./nestedFactors.ts";
import type { NestedTree } from "./nestedTree.ts";

/** Modes and conditional variances of standardised effects u, b = Λu, of one level; groups in the order of the tree. */
interface LevelModes {
  /** groups × r */
  readonly modes: Float64Array;
  /** groups × r × r, from the joint precision of all effects of the coarsest group. */
  readonly variances: Float64Array;
}

/**
 * The Laplace approximation of a model with nested random effects as a function of its parameters
 * x = [γ (p) | elements of Λ | a = log of the dispersion, if any].
 */
export interface NestedLaplace {
  /** Elements of the Λₗ, level by level, block by block, lower triangles by rows. */
  readonly elements: readonly VarianceParameter[];
  /** Number of parameters q. */
  readonly size: number;
  /** p, the coefficients among them. */
  readonly coefficients: number;
  /**
   * −log L without the constant of the cells; +∞ where some group's mode cannot be found.
   *
   * @param gradient receives its gradient, when given
   * @param scores receives that of log L for each coarsest group, groups × q, when given with `gradient`
   */
  minus(x: Float64Array, gradient: Float64Array | null, scores?: Float64Array | null): number;
  /** Modes and variances at x. */
  modes(x: Float64Array): LevelModes[];
}

/** Squared Newton decrement (in standard deviations of the effects) at which a mode has all its digits. */
const EXACT = 1e-25;
/** Where it may stop shrinking for rounding. */
const ROUNDING = 1e-17;
const MAX_STEPS = 100;

/**
 * With b = Λu, u ~ N(0, I), Λ = diag(Λₗ) lower triangular and A = ZΛ, the integral over u of one coarsest group is
 * approximated about its mode û by
 *
 *   log L = ℓ(û) − ½ûᵀû − ½ log|H|,   H = I + AᵀWA,   W = −∂²ℓ/∂η²      (observed, also for a link that is not canonical)
 *
 * Nothing is divided by a standard deviation, so that zero is an ordinary value. H has the shape of the tree: each group's
 * effects are eliminated into those of the groups above it, O(T²) a cell and O(rT²) a group for T effects on a path from
 * the top to a cell, and every product with H⁻¹ that the gradient needs is a walk down and up the same factors.
 *
 * Gradient: with h = diag(AH⁻¹Aᵀ), s = ½h ∂W/∂η, v = H⁻¹Aᵀs and e = ℓ′ − s + W Av,
 *
 *   ∂log L/∂γ = Xᵀe,    ∂log L/∂Λ[a,c] = Σ zₐ(u_c e − v_c ℓ′ − W (H⁻¹Aᵀ)_c),    ∂log L/∂a = Σ ℓₐ + ½hℓ″ₐ − (Av) ℓ′ₐ
 *
 * the terms with s and v being what a change of û does to log|H|.
 */
export function nestedLaplace(tree: NestedTree, density: ConditionalDensity): NestedLaplace {
  const { levels, cells, slopes, width } = tree;
  const { coefficients: p, design } = cells;
  const last = levels.length - 1;
  const elements = varianceParameters(levels.map(({ level }) => level));
  const v = elements.length;
  const size = p + v + (density.dispersed ? 1 : 0);
  const count = cells.starts[cells.clusters]!;
  const tops = levels[0]!.original.length;
  const path = levels[last]!.above + levels[last]!.effects;
  const columns = levels.map(({ level }) => level.blocks.flatMap((block) => block.columns));
  /** Column of A, column of Z behind it, for each element of Λ. */
  const elementPath = Int32Array.from(elements, ({ level, column }) => levels[level]!.above + column);
  const elementSlope = Int32Array.from(elements, ({ level, row }) => columns[level]![row]!);

  const finestOf = firstFinest(tree);
  const cellsOf = (j: number) => [cells.starts[finestOf[j]!]!, cells.starts[finestOf[j + 1]!]!] as const;
  let largest = 0;
  for (let j = 0; j < tops; j++) largest = Math.max(largest, cellsOf(j)[1] - cellsOf(j)[0]);

  const fixed = new Float64Array(count);
  const a = new Float64Array(count * path);
  const eta = new Float64Array(largest);
  const jet = jetOf(largest, density.dispersed);
  const shift = new Float64Array(largest);
  const own = new Float64Array(size);
  let logDispersion = 0;

  const factors = nestedFactors(tree);
  const rooms = factors.levels;
  const { sums, kept } = factors;
  const along = new Float64Array(path);
  const alongAdjoint = new Float64Array(path);
  const product = new Float64Array(path);
  /** First cell of the coarsest group at hand, and is H to be made of |W|, where ℓ is not concave? */
  let base = 0;
  let safe = false;

  function setParameters(x: Float64Array): void {
    for (let c = 0; c < count; c++) {
      let value = cells.offset[c]!;
      for (let k = 0; k < p; k++) value += design[c * p + k]! * x[k]!;
      fixed[c] = value;
    }
    a.fill(0);
    for (let e = 0; e < v; e++) {
      const value = x[p + e]!;
      if (value === 0) continue;
      const at = elementPath[e]!;
      const z = elementSlope[e]!;
      for (let c = 0; c < count; c++) a[c * path + at]! += value * slopes[c * width + z]!;
    }
    logDispersion = density.dispersed ? x[size - 1]! : 0;
  }

  /** Effects on the path to finest group g, into `along`. */
  function gather(g: number, from: "u" | "trial" | "step", into: Float64Array): void {
    for (let l = 0; l <= last; l++) {
      const { r, above } = rooms[l]!;
      const values = rooms[l]![from];
      const start = levels[l]!.ofFinest[g]! * r;
      for (let k = 0; k < r; k++) into[above + k] = values[start + k]!;
    }
  }

  /** η of cluster j's cells at u or a trial. */
  function predict(j: number, from: "u" | "trial"): void {
    base = cellsOf(j)[0];
    for (let g = finestOf[j]!; g < finestOf[j + 1]!; g++) {
      gather(g, from, along);
      for (let c = cells.starts[g]!; c < cells.starts[g + 1]!; c++) {
        let value = fixed[c]!;
        for (let k = 0; k < path; k++) value += a[c * path + k]! * along[k]!;
        eta[c - base] = value;
      }
    }
  }

  /** −ℓ + ½uᵀu of cluster j; leaves jets of its cells. */
  function objective(j: number, from: "u" | "trial"): number {
    predict(j, from);
    const [start, end] = cellsOf(j);
    density.fill("node", cells, start, end, eta, logDispersion, jet);
    let value = 0;
    for (let i = 0; i < end - start; i++) value -= jet.value[i]!;
    return value + penalty(j, from);
  }

  function penalty(j: number, from: "u" | "trial"): number {
    let sum = 0;
    let [first, end] = [j, j + 1];
    for (let l = 0; l <= last; l++) {
      const { r } = rooms[l]!;
      const values = rooms[l]![from];
      for (let k = first * r; k < end * r; k++) sum += values[k]! ** 2;
      if (l < last) [first, end] = [levels[l]!.starts[first]!, levels[l]!.starts[end]!];
    }
    return sum / 2;
  }

  /** AᵀWA and Aᵀℓ′ of a finest group at the effects for which the jets were made. */
  function addCells(g: number, matrix: Float64Array, vector: Float64Array): void {
    for (let c = cells.starts[g]!; c < cells.starts[g + 1]!; c++) {
      const w = safe ? Math.abs(jet.second[c - base]!) : -jet.second[c - base]!;
      const slope = jet.first[c - base]!;
      for (let x = 0, row = c * path; x < path; x++) {
        const value = a[row + x]!;
        if (value === 0) continue;
        vector[x]! += slope * value;
        const weighted = w * value;
        for (let z = 0; z <= x; z++) matrix[x * path + z]! += weighted * a[row + z]!;
      }
    }
  }

  /** Calls `change` for the effects of cluster j, level by level: from index, to index. */
  function eachRange(j: number, change: (room: FactorLevel, from: number, to: number) => void): void {
    let [first, end] = [j, j + 1];
    for (let l = 0; l <= last; l++) {
      const room = rooms[l]!;
      change(room, first * room.r, end * room.r);
      if (l < last) [first, end] = [levels[l]!.starts[first]!, levels[l]!.starts[end]!];
    }
  }

  /** Newton's method for the mode of cluster j, from the last one; its factors and jets are left behind. Returns −log L. */
  function findMode(j: number): number {
    let value = objective(j, "u");
    if (!Number.isFinite(value)) {
      eachRange(j, ({ u }, from, to) => u.fill(0, from, to));
      value = objective(j, "u");
      if (!Number.isFinite(value)) return Number.POSITIVE_INFINITY;
    }
    let previous = Number.POSITIVE_INFINITY;
    for (let count = 0; count < MAX_STEPS; count++) {
      safe = false;
      const definite = factors.factor(j, addCells);
      if (!definite) {
        safe = true;
        if (!factors.factor(j, addCells)) return Number.POSITIVE_INFINITY;
      }
      const squared = sums[0]!;
      if (squared < EXACT || (squared < ROUNDING && squared > previous / 4)) {
        safe = false;
        return definite ? value + sums[1]! : Number.POSITIVE_INFINITY;
      }
      previous = squared;
      factors.solve(j);
      const slack = 1e-13 * (1 + Math.abs(value));
      let length = 1;
      for (let halving = 0; ; halving++, length /= 2) {
        if (halving === 50) return Number.POSITIVE_INFINITY;
        eachRange(j, ({ u, trial, step }, from, to) => {
          for (let k = from; k < to; k++) trial[k] = u[k]! + length * step[k]!;
        });
        const there = objective(j, "trial");
        if (there <= value - 1e-4 * length * squared + slack) {
          value = there;
          break;
        }
      }
      eachRange(j, ({ u, trial }, from, to) => {
        for (let k = from; k < to; k++) u[k] = trial[k]!;
      });
    }
    return Number.POSITIVE_INFINITY;
  }

  /** h and s of the cells of a finest group from the covariance along its path, Aᵀs into `vector`. */
  function leverages(g: number, covariance: Float64Array, vector: Float64Array): void {
    for (let c = cells.starts[g]!; c < cells.starts[g + 1]!; c++) leverageOf(c, c - base, covariance, vector);
  }

  function leverageOf(c: number, i: number, covariance: Float64Array, vector: Float64Array): void {
    const at = c * path;
    let h = 0;
    for (let x = 0; x < path; x++) {
      let value = 0;
      for (let z = 0; z < path; z++) value += covariance[x * path + z]! * a[at + z]!;
      product[x] = value;
      h += value * a[at + x]!;
    }
    const w = -jet.second[i]!;
    const s = (-h * jet.third[i]!) / 2;
    shift[i] = s;
    for (let x = 0; x < path; x++) vector[x]! += s * a[at + x]!;
    for (let e = 0; e < v; e++) own[p + e]! -= slopes[c * width + elementSlope[e]!]! * w * product[elementPath[e]!]!;
    if (density.dispersed) own[size - 1]! += (h * jet.dispersion2[i]!) / 2;
  }

  /** Gradient of log L of cluster j into `own`, at its mode. */
  function gradientOf(j: number): void {
    const [start, end] = cellsOf(j);
    density.fill("mode", cells, start, end, eta, logDispersion, jet);
    clear(own);
    factors.covariances(j, leverages);
    factors.solve(j);
    for (let g = finestOf[j]!; g < finestOf[j + 1]!; g++) {
      gather(g, "u", along);
      gather(g, "step", alongAdjoint);
      for (let c = cells.starts[g]!; c < cells.starts[g + 1]!; c++) {
        const i = c - start;
        let adjoint = 0;
        for (let x = 0; x < path; x++) adjoint += a[c * path + x]! * alongAdjoint[x]!;
        const slope = jet.first[i]!;
        const e = slope - shift[i]! - jet.second[i]! * adjoint;
        for (let k = 0; k < p; k++) own[k]! += e * design[c * p + k]!;
        for (let k = 0; k < v; k++) {
          const at = elementPath[k]!;
          own[p + k]! += slopes[c * width + elementSlope[k]!]! * (along[at]! * e - alongAdjoint[at]! * slope);
        }
        if (density.dispersed) own[size - 1]! += jet.dispersion[i]! - adjoint * jet.dispersion1[i]!;
      }
    }
  }

  return {
    elements,
    size,
    coefficients: p,
    minus(x, gradient, scores = null) {
      setParameters(x);
      gradient?.fill(0);
      const [ofCounts, countSlope] = density.ofCounts(cells, logDispersion);
      let value = -ofCounts;
      if (gradient !== null && density.dispersed) gradient[size - 1] = -countSlope;
      for (let j = 0; j < tops; j++) {
        value += findMode(j);
        if (value === Number.POSITIVE_INFINITY || Number.isNaN(value)) return Number.POSITIVE_INFINITY;
        if (gradient === null) continue;
        gradientOf(j);
        for (let k = 0; k < size; k++) gradient[k]! -= own[k]!;
        if (scores === null) continue;
        for (let k = 0; k < size; k++) scores[j * size + k] = own[k]!;
        const counts = tree.counts[j];
        if (counts !== undefined)
          scores[j * size + size - 1]! += density.ofCounts({ ...cells, counts }, logDispersion)[1];
      }
      return value;
    },
    modes(x) {
      setParameters(x);
      const found = rooms.map(({ r }, l) => new Float64Array(levels[l]!.original.length * r * r));
      found.forEach((matrix, l) => {
        kept[l] = matrix;
      });
      for (let j = 0; j < tops; j++) {
        findMode(j);
        factors.covariances(j, null);
      }
      kept.fill(null);
      return rooms.map(({ u }, l) => ({ modes: u.slice(), variances: found[l]! }));
    },
  };
}

/** First finest group of each coarsest group, and the number of finest groups at the end. */
function firstFinest({ levels }: NestedTree): Int32Array {
  const tops = levels[0]!.original.length;
  let first = Int32Array.from({ length: tops + 1 }, (_, j) => j);
  for (let l = 0; l < levels.length - 1; l++) first = first.map((g) => levels[l]!.starts[g]!);
  return first;
}
