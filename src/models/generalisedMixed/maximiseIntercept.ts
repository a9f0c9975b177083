import { DesignProblem, InputProblem, NumericalProblem } from "../../contract/problem.ts";
import { quadratureLikelihood } from "./adaptiveQuadrature.ts";
import { clusterCells } from "./clusterCells.ts";
import { densityOf } from "./densities.ts";
import type { GeneralisedMixedOptions, MixedFrame } from "./generalisedMixedFit.ts";
import { type Climb, climb, type InterceptProblem } from "./interceptProblem.ts";
import { orthonormalCells } from "./orthonormalCells.ts";
import { overdispersed, poissonLimitOf } from "./overdispersed.ts";
import { type WithoutClusters, withoutClusters } from "./withoutClusters.ts";

/** The maximum of a problem's likelihood. */
export interface InterceptMaximum {
  readonly problem: InterceptProblem;
  /** (γ, σ[, a]), σ ≥ 0. */
  readonly point: Float64Array;
  readonly logLikelihood: number;
  /** The highest with σ held at 0, where it was looked for; null elsewhere. */
  readonly logLikelihoodAtZero: number | null;
  readonly iterations: number;
  /** The negative binomial problem of which this, a Poisson model, is the maximum at the edge; null otherwise. */
  readonly limitOf: InterceptProblem | null;
}

/** A search that ends below this is at σ = 0. */
const ZERO = 1e-5;
/** Share of the clusters' information below which a slope in σ² is rounding. */
const FLAT = 1e-9;
/** A maximum inside must be this much higher than the one at σ = 0, relative to the log-likelihood. */
const HIGHER = 1e-12;
/** Above this a second hill is looked for. */
const WIDE = 1.5;
/** A search that stops at a σ larger than this was on its way to infinity. */
const RUNAWAY = 30;

/**
 * The maximum-likelihood estimate, as `fitGeneralisedMixed` says.
 *
 * @throws as `fitGeneralisedMixed`
 */
export function maximiseIntercept(frame: MixedFrame, options: GeneralisedMixedOptions): InterceptMaximum {
  const problem = interceptProblem(frame, options);
  const { density, orthonormal } = problem;
  if (density.ofSingleTrials?.(orthonormal.cells))
    throw new DesignProblem("clusters-of-one", { clusters: orthonormal.cells.clusters });
  if (density.decidedByClusters?.(orthonormal.cells)) {
    // A separation is said first: it remains when clusters are pooled.
    withoutClusters(problem);
    throw new DesignProblem("cluster-variance-unbounded", { group: problem.group });
  }
  if (density.poissonLimit === undefined) return maximiseFamily(problem);
  const poisson = maximiseFamily(poissonLimitOf(problem));
  return overdispersed(problem, poisson) ?? { ...poisson, limitOf: problem };
}

function interceptProblem(frame: MixedFrame, options: GeneralisedMixedOptions): InterceptProblem {
  if (options.quadrature % 2 === 0) throw new InputProblem("quadrature-order-even", { order: options.quadrature });
  const density = densityOf(options.family, options.link);
  const orthonormal = orthonormalCells(clusterCells(frame, options.family));
  return {
    terms: frame.design.terms.map(({ name }) => name),
    group: frame.cluster.name,
    options,
    density,
    orthonormal,
    likelihood: quadratureLikelihood(orthonormal.cells, density, options.quadrature),
  };
}

/** The maximum of a family without a limit of its dispersion. */
function maximiseFamily(problem: InterceptProblem): InterceptMaximum {
  const without = withoutClusters(problem);
  return maximiseFrom(problem, without, startingDeviations(without));
}

/**
 * Where σ is large, approximated likelihoods may have a second hill at a larger one still: it is taken when it is higher.
 */
function climbFurther(
  problem: InterceptProblem,
  { point, logLikelihood }: Climb,
  all: readonly number[],
): Climb | null {
  const p = problem.orthonormal.cells.coefficients;
  const start = point.slice();
  start[p] = 2 * point[p]!;
  const further = climb(problem.likelihood, p, start, all);
  return further.converged && further.logLikelihood > logLikelihood + 1e-7 * (1 + Math.abs(logLikelihood))
    ? further
    : null;
}

/**
 * The σ from which to search: by moments first. Where those say zero, from well above it: rare events may make a hill
 * there, and without one the search runs down.
 */
export function startingDeviations({ variance }: WithoutClusters): readonly number[] {
  if (variance <= 0) return [1.5, 0.3];
  const moment = Math.sqrt(Math.min(4, Math.max(0.04, variance)));
  return [moment, ...[0.3, 1, 2.5].filter((sd) => Math.abs(Math.log(sd / moment)) > 0.4)];
}

/**
 * The higher of the maximum inside, found from the given σ one after the other until one search converges, and the one at
 * σ = 0.
 *
 * @throws DesignProblem `cluster-variance-unbounded`; NumericalProblem `not-converged`
 */
export function maximiseFrom(
  problem: InterceptProblem,
  without: WithoutClusters,
  deviations: readonly number[],
): InterceptMaximum {
  const p = problem.orthonormal.cells.coefficients;
  const all = Array.from({ length: problem.likelihood.parameters }, (_, k) => k);
  const maximum = ({ point, logLikelihood }: Pick<Climb, "point" | "logLikelihood">, iterations: number) => ({
    problem,
    point,
    logLikelihood,
    logLikelihoodAtZero: without.logLikelihood,
    iterations,
    limitOf: null,
  });
  const falls = without.slope <= FLAT * without.information;
  let { iterations } = without;
  let last: Climb | null = null;
  for (const deviation of deviations) {
    const start = without.point.slice();
    start[p] = deviation;
    last = climb(problem.likelihood, p, start, all);
    iterations += last.iterations;
    if (!last.converged) continue;
    const higher = last.logLikelihood - without.logLikelihood > HIGHER * (1 + Math.abs(without.logLikelihood));
    if (last.point[p]! > ZERO && (higher || !falls)) {
      const further = last.point[p]! > WIDE ? climbFurther(problem, last, all) : null;
      return maximum(further ?? last, iterations + (further?.iterations ?? 0));
    }
    if (falls) break;
  }
  if (falls) return maximum(without, iterations);
  if (last !== null && last.point[p]! > RUNAWAY)
    throw new DesignProblem("cluster-variance-unbounded", { group: problem.group });
  throw new NumericalProblem("not-converged", {
    what: "The generalised linear mixed model",
    iterations,
    gradient: last?.largestGradient ?? 0,
  });
}
