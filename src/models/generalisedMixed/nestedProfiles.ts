import { chiSquared } from "../../numerics/distributions/index.ts";
import { cholesky, solveLower, solveLowerTransposed } from "../../numerics/matrix/cholesky.ts";
import { bfgs } from "../../numerics/optimize/bfgs.ts";
import { findRoot } from "../../numerics/optimize/findRoot.ts";
import type { Optimum } from "../../numerics/optimize/optimum.ts";
import { effectsOf, toOwnOrigin } from "../mixed/mixedStructure.ts";
import type { ProfileInterval } from "../mixed/profileLikelihood.ts";
import type { NestedEstimate } from "./nestedEstimate.ts";
import { nestedHessian } from "./nestedHessian.ts";
import { nestedLaplace } from "./nestedLaplace.ts";
import { blocksOf, type NestedProblem } from "./nestedProblem.ts";

/** Cells visited by the searches of all profiles of one fit: beyond it limits are given up, whatever the machine. */
const BUDGET = 2e7;
/** Largest gradient, in standard errors, left by a search inside a profile: it moves the deviance by its square. */
const INSIDE = 3e-5;
/** Largest standard deviation looked at, for a column of mean square one. */
const LARGEST = 100;
/** Zero is a stationary deviation whether or not it is the best: searches start this much above. */
const LIFT = 0.02;

/**
 * Profile-likelihood intervals of the standard deviations of nested random effects, {s ≥ 0 : 2(log L̂ − max log L(·, s)) ≤
 * χ²₁(level)} under the Laplace approximation, by constrained fits: the effect's block is factored with that effect first, so
 * that s is one element of its root. The lower limit is 0 when that is within reach.
 *
 * @returns per level, per effect; null where no upper limit was found, where the work was more than large data allow, at
 *   the Poisson limit of a negative binomial family, and for the intercept of slopes that were fitted about another origin
 */
export function nestedProfiles(estimate: NestedEstimate, level: number): (ProfileInterval | null)[][] {
  const { problem, poissonLimit } = estimate;
  const reach = Math.sqrt(chiSquared.quantile(level, 1));
  const budget = { left: BUDGET };
  return problem.tree.levels.map(({ level: randomLevel }, l) => {
    const map = toOwnOrigin(randomLevel);
    const r = effectsOf(randomLevel);
    return Array.from({ length: r }, (_, effect) => {
      const moved =
        map !== null && Array.from({ length: r }, (_, k) => k).some((k) => k !== effect && map[effect * r + k] !== 0);
      return moved || poissonLimit ? null : profileOf(estimate, l, effect, reach, budget);
    });
  });
}

interface Budget {
  left: number;
}

function profileOf(
  estimate: NestedEstimate,
  l: number,
  effect: number,
  reach: number,
  budget: Budget,
): ProfileInterval | null {
  const { problem, point, index, free } = arranged(estimate, l, effect);
  const { laplace, tree } = problem;
  const cells = tree.cells.events.length;
  const { size: q } = laplace;
  const unit = tree.units[columnOf(estimate.problem, l, effect)]!;
  const best = point[index]!;
  const others = Array.from({ length: q }, (_, k) => k).filter((k) => k !== index);
  const n = others.length;
  const start = lifted(problem, point, index);

  // Coordinates y of the others in which the likelihood is round: x = start + C y, C Cᵀ the inverse of their Hessian.
  const units = new Float64Array(q).fill(0.1);
  for (const k of free.positions) units[k] = 1 / Math.sqrt(Math.max(free.curvature(k), 1e-6));
  budget.left -= 2 * q * cells;
  const hessian = nestedHessian(
    laplace,
    start,
    Array.from({ length: q }, (_, k) => k),
    units,
    false,
  );
  if (hessian === null) return null;
  const root = new Float64Array(n * n);
  const block = Float64Array.from(
    { length: n * n },
    (_, e) => hessian[others[Math.floor(e / n)]! * q + others[e % n]!]!,
  );
  if (!cholesky(block, n, root)) {
    root.fill(0);
    others.forEach((k, i) => {
      root[i * n + i] = 1 / units[k]!;
    });
  }
  const slope = Float64Array.from(others, (k) => -hessian[k * q + index]!);
  solveLower(root, n, slope, slope);

  const x = start.slice();
  const gradient = new Float64Array(q);
  const turned = new Float64Array(n);
  let spent = false;
  const criterion = (y: Float64Array, out: Float64Array): number => {
    budget.left -= cells;
    if (budget.left < 0) spent = true;
    solveLowerTransposed(root, n, y, turned);
    others.forEach((k, i) => {
      x[k] = start[k]! + turned[i]!;
    });
    if (spent) {
      out.fill(0);
      return 0;
    }
    const value = laplace.minus(x, gradient);
    others.forEach((k, i) => {
      turned[i] = gradient[k]!;
    });
    solveLower(root, n, turned, out);
    return value;
  };
  /** √deviance − reach at a standard deviation, in units of its column. */
  const known = new Map<number, number>();
  let from = new Float64Array(n);
  let at = best;
  const excess = (s: number): number => {
    const before = known.get(s);
    if (before !== undefined) return before;
    x[index] = s;
    const found = search(
      criterion,
      from.map((value, i) => value + slope[i]! * (s - at)),
      from,
      estimate.value,
    );
    if (found === null) {
      spent = true;
      return reach;
    }
    const height = Math.sqrt(Math.max(0, 2 * (found.value - estimate.value))) - reach;
    from = found.argument.slice();
    at = s;
    known.set(s, height);
    return height;
  };
  known.set(best, -reach);
  const restart = () => {
    from = new Float64Array(n);
    at = best;
  };
  const limit = (direction: 1 | -1): number | null => {
    restart();
    // A first stride from the curvature of the profile, where the estimate is inside its range.
    const bend = hessian[index * q + index]! - slope.reduce((sum, value) => sum + value * value, 0);
    const sure = best > 0 && bend > 0;
    let inside = best;
    for (let stride = sure ? (1.1 * reach) / Math.sqrt(bend) : 0.2; ; stride *= 1.6) {
      const outside = Math.max(0, inside + direction * stride);
      const there = outside > LARGEST ? Number.NaN : excess(outside);
      if (spent || Number.isNaN(there)) return null;
      if (there > 0) {
        const [low, high] = direction === 1 ? [inside, outside] : [outside, inside];
        const found = findRoot(excess, low, high, { tolerance: 1e-9 }).argument[0]!;
        return spent ? null : found;
      }
      if (outside === 0) return 0;
      inside = outside;
    }
  };
  const upper = limit(1);
  if (upper === null) return null;
  const lower = best === 0 ? 0 : limit(-1);
  return lower === null ? null : { lower: lower / unit, upper: upper / unit };
}

/** From a predicted start or, where that has no likelihood, from the last one; null where that has none either. */
function search(
  criterion: (y: Float64Array, out: Float64Array) => number,
  predicted: Float64Array,
  last: Float64Array,
  value: number,
): Optimum | null {
  const unused = new Float64Array(last.length);
  const start = [predicted, last].find((point) => Number.isFinite(criterion(point, unused)));
  const tolerance = INSIDE / Math.max(1, Math.abs(value));
  return start === undefined ? null : bfgs(criterion, start, { tolerance, maxIterations: 200 });
}

const columnOf = ({ tree }: NestedProblem, l: number, effect: number): number =>
  tree.levels[l]!.level.blocks.flatMap((block) => block.columns)[effect]!;

/** The estimate with one effect first in its block: its standard deviation is then the parameter at `index`. */
function arranged({ problem, point, hessian, free }: NestedEstimate, l: number, effect: number) {
  const { tree, density } = problem;
  const level = tree.levels[l]!.level;
  let before = 0;
  let blockIndex = 0;
  while (before + level.blocks[blockIndex]!.columns.length <= effect)
    before += level.blocks[blockIndex++]!.columns.length;
  const block = level.blocks[blockIndex]!;
  const size = block.columns.length;
  const own = effect - before;
  const order = [own, ...Array.from({ length: size }, (_, k) => k).filter((k) => k !== own)];
  const blocks = level.blocks.map((each, k) =>
    k === blockIndex
      ? {
          columns: order.map((k) => block.columns[k]!),
          terms: order.map((k) => block.terms[k]!),
          origins: order.map((k) => block.origins[k]!),
        }
      : each,
  );
  const levels = tree.levels.map((each, k) => (k === l ? { ...each, level: { ...level, blocks } } : each));
  const turned = { ...tree, levels };
  const moved: NestedProblem = { ...problem, tree: turned, laplace: nestedLaplace(turned, density) };
  const all = blocksOf(problem);
  const position =
    all[tree.levels.slice(0, l).reduce((sum, each) => sum + each.level.blocks.length, 0) + blockIndex]!.position;

  const out = point.slice();
  const covariance = (a: number, b: number) => {
    let value = 0;
    for (let k = 0; k <= Math.min(a, b); k++) value += point[position(a, k)]! * point[position(b, k)]!;
    return value;
  };
  const root = new Float64Array(size * size);
  for (let b = 0; b < size; b++) {
    let pivot = covariance(order[b]!, order[b]!);
    for (let k = 0; k < b; k++) pivot -= root[b * size + k]! ** 2;
    const lead = pivot > 1e-12 * covariance(order[b]!, order[b]!) ? Math.sqrt(pivot) : 0;
    for (let a = b; a < size; a++) {
      let value = covariance(order[a]!, order[b]!);
      for (let k = 0; k < b; k++) value -= root[a * size + k]! * root[b * size + k]!;
      root[a * size + b] = a === b ? lead : lead === 0 ? 0 : value / lead;
      out[position(a, b)] = root[a * size + b]!;
    }
  }
  const { size: q } = problem.laplace;
  const kept = free.filter((k) => !isInBlock(position, size, k));
  return {
    problem: moved,
    point: out,
    index: position(0, 0),
    free: { positions: kept, curvature: (k: number) => hessian[k * q + k]! },
  };
}

function isInBlock(position: (a: number, b: number) => number, size: number, k: number): boolean {
  for (let a = 0; a < size; a++) for (let b = 0; b <= a; b++) if (position(a, b) === k) return true;
  return false;
}

function lifted(problem: NestedProblem, point: Float64Array, index: number): Float64Array {
  const out = point.slice();
  for (const { size, position } of blocksOf(problem))
    for (let a = 0; a < size; a++) {
      const k = position(a, a);
      if (k !== index && Math.abs(out[k]!) < LIFT) out[k] = LIFT;
    }
  return out;
}
