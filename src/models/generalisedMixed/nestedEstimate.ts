import { DesignProblem, NumericalProblem } from "../../contract/problem.ts";
import { type NestedMaximum, nestedMaximum } from "./nestedMaximum.ts";
import {
  type BlockElements,
  blocksOf,
  type NestedProblem,
  poissonLimitOfNested,
  withoutNesting,
} from "./nestedProblem.ts";
import { withoutClusters } from "./withoutClusters.ts";

/** The maximum-likelihood estimate of a nested model. */
export interface NestedEstimate {
  /** Where the estimate lies: the Poisson model for a negative binomial one at its limit. */
  readonly problem: NestedProblem;
  /** (γ, elements of Λ[, a]); diagonal elements ≥ 0, columns of Λ without an own deviation zero. */
  readonly point: Float64Array;
  /** −log L, without the constant of the cells. */
  readonly value: number;
  readonly hessian: Float64Array;
  /** Positions of parameters inside their range. */
  readonly free: readonly number[];
  readonly iterations: number;
  readonly poissonLimit: boolean;
}

/** A deviation (in units of a column of mean square one) below this is at zero, if the likelihood agrees. */
const ZERO = 1e-4;
/** −log L may rise by this much when such a deviation is set to zero. */
const NO_LOSS = 1e-7;
/** A search that stopped at a deviation larger than this was on its way to infinity. */
const RUNAWAY = 30;
/** Deviations larger than this leave no outcome to chance once the group is known: no estimate, even where a search settles. */
const DECIDED = 100;
/** κ = 1/θ (NB2) or θ (NB1) at which the derivative at the Poisson limit is read off; |log κ| of a search gone to a limit. */
const NEAR_POISSON = 1e-6;
const AT_LIMIT = 16;

/**
 * @throws DesignProblem `separation`, `clusters-of-one`, `cluster-variance-unbounded`
 * @throws NumericalProblem `not-converged`
 */
export function nestedEstimate(problem: NestedProblem): NestedEstimate {
  const { density, tree } = problem;
  if (density.ofSingleTrials?.(tree.cells))
    throw new DesignProblem("clusters-of-one", { clusters: tree.cells.clusters });
  if (density.poissonLimit === undefined) return withoutLimit(problem);
  const poisson = withoutLimit(poissonLimitOfNested(problem));
  return overdispersed(problem, poisson) ?? { ...poisson, poissonLimit: true };
}

function withoutLimit(problem: NestedProblem): NestedEstimate {
  const { laplace } = problem;
  const { coefficients: p } = laplace;
  const without = withoutClusters(withoutNesting(problem));
  const finest = problem.tree.levels.at(-1)!.level;
  const varies = finest.blocks.some(({ terms }) => terms.includes("intercept"));
  if (varies && problem.density.decidedByClusters?.(problem.tree.cells))
    throw new DesignProblem("cluster-variance-unbounded", { group: finest.name });
  const start = new Float64Array(laplace.size);
  start.set(without.point.subarray(0, p));
  if (problem.density.dispersed) start[laplace.size - 1] = without.point[p + 1]!;
  return { ...best(problem, start, [0.5, 0.15, 1.5]), poissonLimit: false };
}

/**
 * Searches with the given deviations at all zero ones of `start`, the later ones only where an earlier search ended at a zero
 * deviation or nowhere, since zero attracts searches from far away.
 */
function best(
  problem: NestedProblem,
  start: Float64Array,
  deviations: readonly number[],
): Omit<NestedEstimate, "poissonLimit"> {
  const blocks = blocksOf(problem);
  let found: NestedMaximum | null = null;
  let last: NestedMaximum | null = null;
  let iterations = 0;
  for (const deviation of deviations) {
    const from = start.slice();
    for (const { size, position } of blocks)
      for (let a = 0; a < size; a++)
        if (from[position(a, a)] === 0) from[position(a, a)] = deviation / (a === 0 ? 1 : 2);
    const climbed = nestedMaximum(problem.laplace, from, everything(problem), unitsOf(problem));
    last = atBoundaries(problem, climbed.converged ? climbed : fromAnEdge(problem, climbed));
    iterations += last.iterations;
    if (!last.converged) continue;
    if (found === null || last.value < found.value - 1e-9 * (1 + Math.abs(found.value))) found = last;
    if (found.free.length === problem.laplace.size) break;
  }
  if (found !== null && !decided(problem, found.point, DECIDED)) return { problem, ...found, iterations };
  refuse(problem, found ?? last!);
}

function refuse(problem: NestedProblem, { point, iterations, distance }: NestedMaximum): never {
  const group = decided(problem, point, RUNAWAY);
  if (group !== null) throw new DesignProblem("cluster-variance-unbounded", { group });
  throw new NumericalProblem("not-converged", {
    what: "The generalised linear mixed model",
    iterations,
    gradient: distance,
  });
}

/** The first level with an element of Λ beyond a size; null without any. */
function decided({ laplace, tree }: NestedProblem, point: Float64Array, size: number): string | null {
  const found = laplace.elements.find((_, e) => Math.abs(point[laplace.coefficients + e]!) > size);
  return found === undefined ? null : tree.levels[found.level]!.level.name;
}

const everything = ({ laplace }: NestedProblem): number[] => Array.from({ length: laplace.size }, (_, k) => k);

/** Orders of magnitude of standard errors: columns have mean square one, and so have random effects. */
function unitsOf({ laplace, tree }: NestedProblem): Float64Array {
  const { coefficients: p, elements, size } = laplace;
  const rows = tree.cells.size.length;
  return Float64Array.from({ length: size }, (_, k) => {
    const element = elements[k - p];
    return element === undefined ? 2 / Math.sqrt(rows) : 1 / Math.sqrt(tree.levels[element.level]!.original.length);
  });
}

/**
 * A ridge that leads to a singular covariance, along which a search creeps: the search goes on from the edge, where one effect is
 * a combination of those before it, and is taken if it settles there or anywhere else.
 */
function fromAnEdge(problem: NestedProblem, found: NestedMaximum): NestedMaximum {
  const { laplace } = problem;
  if (!Number.isFinite(found.value)) return found;
  let best = found;
  let { iterations } = found;
  for (const { size, position } of blocksOf(problem)) {
    const point = found.point.slice();
    const edge = position(size - 1, size - 1);
    if (size > 1) {
      // The last effect keeps its variance.
      const before = position(size - 1, size - 2);
      point[before] = (point[before]! < 0 ? -1 : 1) * Math.hypot(point[before]!, point[edge]!);
    }
    point[edge] = 0;
    const others = everything(problem).filter((k) => k !== edge);
    const along = nestedMaximum(laplace, point, others, unitsOf(problem));
    const settled = nestedMaximum(laplace, along.point, everything(problem), unitsOf(problem));
    iterations += along.iterations + settled.iterations;
    const lower = settled.value < best.value + NO_LOSS * (1 + Math.abs(best.value));
    if (settled.converged && lower) best = settled;
  }
  return { ...best, iterations };
}

/** Sets deviations that came to nothing to zero, with the column of Λ that they lead, and settles the rest again. */
function atBoundaries(problem: NestedProblem, found: NestedMaximum): NestedMaximum {
  const { laplace } = problem;
  const point = found.point.slice();
  const held = new Set<number>();
  for (const block of blocksOf(problem)) canonical(block, point, held);
  if (held.size === 0) return { ...found, point };
  const value = laplace.minus(point, null);
  // A search that ran into a corner may not have converged before it was put there.
  if (!(value <= found.value + NO_LOSS * (1 + Math.abs(found.value)))) return found;
  const free = everything(problem).filter((k) => !held.has(k));
  const settled = nestedMaximum(laplace, point, free, unitsOf(problem));
  for (const block of blocksOf(problem)) canonical(block, settled.point, held);
  return { ...settled, iterations: found.iterations + settled.iterations };
}

/**
 * Λ of one block with the same ΛΛᵀ in its canonical form: diagonal ≥ 0, and a column whose diagonal is (nearly) zero zero
 * altogether. Positions of such columns are added to `held`.
 */
function canonical({ size, position }: BlockElements, point: Float64Array, held: Set<number>): void {
  for (let b = 0; b < size; b++) {
    // Rotations of columns b … size − 1 leave ΛΛᵀ alone: all of row b's weight goes to its diagonal. Λ is triangular
    // already, so there is something to do only for rows that follow a dropped column.
    const diagonal = point[position(b, b)]!;
    if (Math.abs(diagonal) < ZERO) {
      const left: number[] = [];
      for (let a = b + 1; a < size; a++) left.push(point[position(a, b)]!);
      for (let a = b; a < size; a++) {
        point[position(a, b)] = 0;
        held.add(position(a, b));
      }
      // What the dropped column gave to later effects is theirs: Σ of those is Λ′Λ′ᵀ + left·leftᵀ.
      if (left.some((value) => value !== 0)) absorbColumn(left, b + 1, size, position, point);
    } else if (diagonal < 0) {
      for (let a = b; a < size; a++) point[position(a, b)] = -point[position(a, b)]!;
    }
  }
}

/** Cholesky factor of Λ′Λ′ᵀ + ccᵀ for the trailing part of Λ from row `from` on, in place (rank-one update by rotations). */
function absorbColumn(
  column: number[],
  from: number,
  size: number,
  position: BlockElements["position"],
  point: Float64Array,
): void {
  for (let k = from; k < size; k++) {
    const own = point[position(k, k)]!;
    const extra = column[k - from]!;
    const length = Math.hypot(own, extra);
    if (length === 0) continue;
    const [c, s] = [own / length, extra / length];
    for (let a = k; a < size; a++) {
      const value = point[position(a, k)]!;
      const other = column[a - from]!;
      point[position(a, k)] = c * value + s * other;
      column[a - from] = c * other - s * value;
    }
  }
}

/**
 * The maximum of a negative binomial likelihood; null where it falls as κ leaves its Poisson limit and no higher maximum
 * lies inside. Searches start from the Poisson maximum and from less random effects: what groups do not explain, dispersion
 * may.
 */
function overdispersed(problem: NestedProblem, poisson: NestedEstimate): NestedEstimate | null {
  const { laplace, options } = problem;
  const { size: q, coefficients: p } = laplace;
  const sign = options.family === "negative-binomial" ? -1 : 1;
  const at = (kappa: number, shrink: number) => {
    const point = new Float64Array(q);
    point.set(poisson.point.map((value, k) => (k < p ? value : value * shrink)));
    point[q - 1] = sign * Math.log(kappa);
    return point;
  };
  const gradient = new Float64Array(q);
  laplace.minus(at(NEAR_POISSON, 1), gradient);
  const rises = sign * gradient[q - 1]! < 0;
  let top: NestedEstimate | null = null;
  const starts = [() => at(0.3, 1), () => at(0.03, 1), () => at(1, 0.3), () => withoutEffects(problem, at(0.5, 0))];
  for (const start of starts) {
    try {
      const found = best(problem, start(), [0.3]);
      if (Math.abs(found.point[q - 1]!) > AT_LIMIT) continue;
      if (top === null || found.value < top.value - 1e-9) top = { ...found, poissonLimit: false };
      if (rises && found.free.length === q) break;
    } catch (failure) {
      if (!(failure instanceof NumericalProblem)) throw failure;
    }
  }
  if (top !== null && top.value < poisson.value) return top;
  if (!rises) return null;
  throw new NumericalProblem("not-converged", {
    what: "The negative binomial mixed model",
    iterations: poisson.iterations,
    gradient: 0,
  });
}

/** The maximum without random effects, as a point of the model with them. */
function withoutEffects(problem: NestedProblem, start: Float64Array): Float64Array {
  const { size: q, coefficients: p } = problem.laplace;
  const narrow = Float64Array.of(...start.subarray(0, p), 0, start[q - 1]!);
  const { point } = withoutClusters(withoutNesting(problem), narrow);
  const out = new Float64Array(q);
  out.set(point.subarray(0, p));
  out[q - 1] = point[p + 1]!;
  return out;
}
