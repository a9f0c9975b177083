import { NumericalProblem } from "../../contract/problem.ts";
import { type QuadratureLikelihood, quadratureLikelihood } from "./adaptiveQuadrature.ts";
import { poissonDensity } from "./countDensity.ts";
import { climb, type InterceptProblem } from "./interceptProblem.ts";
import { type InterceptMaximum, maximiseFrom, startingDeviations } from "./maximiseIntercept.ts";
import { withoutClusters } from "./withoutClusters.ts";

/**
 * d log L/dκ at the Poisson limit, and where a parabola there has its top (at most 1). In a = ± log κ the derivatives are
 * ± κL′ and κL′ + κ²L″.
 */
export function nearPoisson(likelihood: QuadratureLikelihood, point: Float64Array, sign: number) {
  const last = point.length - 1;
  const { gradient, hessian } = likelihood.evaluate(point);
  const kappa = Math.exp(sign * point[last]!);
  const slope = (sign * gradient[last]!) / kappa;
  const bend = (hessian[hessian.length - 1]! - kappa * slope) / (kappa * kappa);
  return { slope, peak: bend < 0 ? Math.max(1e-6, Math.min(1, -slope / bend)) : 1 };
}

/** The Poisson model on the same cells and coordinates. */
export function poissonLimitOf(problem: InterceptProblem): InterceptProblem {
  const { cells, map } = problem.orthonormal;
  // NB1 keeps counts apart from their weights.
  const byCount = problem.options.family === "negative-binomial-1";
  const limit = byCount ? { ...cells, events: cells.events.map((y, c) => y * cells.size[c]!) } : cells;
  return {
    ...problem,
    density: poissonDensity,
    orthonormal: { cells: limit, map },
    likelihood: quadratureLikelihood(limit, poissonDensity, problem.options.quadrature),
  };
}

/** κ, 1/θ for NB2 and θ for NB1, at which the derivatives of the likelihood at the Poisson limit are read off. */
export const NEAR_POISSON = 1e-6;
/** Where a search from the Poisson maximum ends at a σ above this, one from the other side may find a higher hill. */
const WIDE = 1.5;
/** |log κ| at which a search has gone to a limit. */
const AT_LIMIT = 16;

/**
 * The maximum of a negative binomial likelihood; null where it falls as the dispersion κ leaves its Poisson limit 0 and no
 * higher maximum lies inside. Searches start from the Poisson maximum, and from the model without random effects: what
 * clusters do not explain, dispersion may, and the other way round.
 *
 * @throws NumericalProblem `not-converged`
 */
export function overdispersed(problem: InterceptProblem, poisson: InterceptMaximum): InterceptMaximum | null {
  const { likelihood, orthonormal, options } = problem;
  const p = orthonormal.cells.coefficients;
  const sign = options.family === "negative-binomial" ? -1 : 1;
  const at = (kappa: number, deviation: number) => {
    const point = new Float64Array(p + 2);
    point.set(poisson.point.subarray(0, p));
    point[p] = deviation;
    point[p + 1] = sign * Math.log(kappa);
    return point;
  };
  const sigma = poisson.point[p]!;
  const { slope, peak } = nearPoisson(likelihood, at(NEAR_POISSON, sigma), sign);
  const rises = slope > 0;
  const found: InterceptMaximum[] = [];
  const all = Array.from({ length: p + 2 }, (_, k) => k);
  for (const kappa of rises ? [peak, 0.3, 0.03, 3] : []) {
    const inside = climb(likelihood, p, at(kappa, Math.max(sigma, 0.1)), all);
    if (!inside.converged || Math.abs(inside.point[p + 1]!) > AT_LIMIT || inside.point[p]! < 1e-5) continue;
    found.push({ problem, ...inside, logLikelihoodAtZero: null, limitOf: null });
    break;
  }
  try {
    const without = withoutClusters(problem, at(0.5, 0));
    // Where clusters matter beside the dispersion, its climb would end at a maximum found already or at the Poisson limit.
    const search = rises && (found.length === 0 || found[0]!.point[p]! > WIDE);
    const isNew = without.slope <= 0 || search;
    if (isNew && Math.abs(without.point[p + 1]!) <= AT_LIMIT) {
      const best = maximiseFrom(problem, without, search ? startingDeviations(without) : []);
      if (Math.abs(best.point[p + 1]!) <= AT_LIMIT) found.push(best);
    }
  } catch (failure) {
    if (!(failure instanceof NumericalProblem)) throw failure;
  }
  const best = found.reduce<InterceptMaximum | null>(
    (top, each) => (top === null || each.logLikelihood > top.logLikelihood + 1e-9 ? each : top),
    null,
  );
  if (best !== null && best.logLikelihood > poisson.logLikelihood)
    return { ...best, iterations: best.iterations + poisson.iterations };
  if (!rises) return null;
  throw new NumericalProblem("not-converged", {
    what: "The negative binomial mixed model",
    iterations: poisson.iterations,
    gradient: 0,
  });
}
