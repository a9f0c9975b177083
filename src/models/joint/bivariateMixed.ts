import { DesignProblem, NumericalProblem } from "../../contract/problem.ts";
import type { VarianceParts } from "../../contract/varianceParts.ts";
import { newton } from "../../numerics/optimize/newton.ts";
import { type Estimation, minusTwoLogLikelihood, toVarianceParts, varianceDerivatives } from "../mixed/likelihood.ts";
import type { MixedAlgebra } from "../mixed/mixedAlgebra.ts";
import { type BivariateSums, bivariateAlgebra, bivariateSums } from "./bivariateAlgebra.ts";
import type { JointMoments } from "./jointMoments.ts";
import { inOutcomeUnits, toCoefficients } from "./seeminglyUnrelated.ts";

/** Two outcomes with random intercepts of the clusters that are correlated with each other, and correlated residuals. */
export interface BivariateMixedFit {
  readonly estimation: Estimation;
  /** β of equation 1, then of equation 2; length p. */
  readonly coefficients: Float64Array;
  /** Ω_u and Ω_e, 2 × 2, in the units of the outcomes. */
  readonly betweenCovariance: Float64Array;
  readonly residualCovariance: Float64Array;
  /** In canonical coordinates γ, β = β₀ + `toCoefficients` γ: contrasts ℓᵀβ are (`toCoefficients`ᵀℓ)ᵀγ. */
  readonly parts: VarianceParts;
  /** p × p */
  readonly toCoefficients: Float64Array;
  /** −2 × (restricted) log-likelihood, constants as lme4 and nlme print them. */
  readonly criterion: number;
  readonly iterations: number;
  /** A variance between clusters is zero, or their correlation ±1. */
  readonly atBoundary: boolean;
}

/** Elements of L below which they count as zero, in standard deviations of the residuals of least squares. */
const ZERO = 1e-7;
/** Element of L below which what follows from it is badly determined. */
const SMALL = 0.03;
/** How much −2 log-likelihood may rise when they are set to zero. */
const SAME = 1e-9;
/** Shares of the variance that lies between clusters where searches begin. */
const STARTS = [0.3, 0.03] as const;
/** Gradient of −2 log-likelihood at which a maximum with flat directions counts as found. */
const FLAT = 1e-5;
/** Share of the product of the residual variances within clusters that must be left of their determinant. */
const PROPORTIONAL = 1e-12;

/**
 * The bivariate Gaussian mixed model by REML or ML:
 *
 *   yₖᵢⱼ = xₖᵢⱼᵀβₖ + uₖⱼ + εₖᵢⱼ,   (u₁ⱼ, u₂ⱼ) ~ N(0, Ω_u),   (ε₁ᵢⱼ, ε₂ᵢⱼ) ~ N(0, Ω_e)
 *
 * for cluster j and row i with both outcomes observed. V is linear in the six elements of Ω_u and Ω_e, so that
 * Kenward–Roger and Satterthwaite apply as they stand. Each covariance is LLᵀ with L free, found by Newton's method with
 * exact derivatives; a singular Ω_u is an ordinary answer. One evaluation costs O(S p²) for S distinct cluster sizes
 * (bivariateAlgebra.ts).
 *
 * @throws DesignProblem `no-replication` for clusters of one row, `outcomes-proportional`, `no-residual-variation`
 * @throws NumericalProblem `not-converged`, `information-not-positive`
 */
export function fitBivariateMixed(moments: JointMoments, estimation: Estimation): BivariateMixedFit {
  const { equations, rows, clusters } = moments;
  const sums = bivariateSums(moments);
  if (clusters >= rows) throw new DesignProblem("no-replication", { group: "cluster", groups: clusters, rows });
  refuseWithoutResidual(sums, equations[0].column, equations[1].column);

  const criterion = (algebra: MixedAlgebra) => minusTwoLogLikelihood(algebra, 1, 2 * rows, 0, estimation);
  const at = (order: Order) => (vector: Float64Array) => {
    const algebra = bivariateAlgebra(sums, toVariances(vector, order));
    if (algebra === null)
      return { value: Number.POSITIVE_INFINITY, gradient: new Float64Array(6), hessian: new Float64Array(36) };
    const { gradient, hessian } = varianceDerivatives(algebra, 1, estimation);
    return { value: criterion(algebra), ...inFactors(vector, inOrder(gradient, order), inOrder(hessian, order)) };
  };
  const runsIn = (order: Order) =>
    STARTS.map((share) => ({ order, ...newton(at(order), startAt(share, sums.residualCorrelation)) }));
  const inTurn = runsIn(NATURAL);
  // With next to no variance of the first, what the second has of its own is all but flat: then the second goes first.
  const doubtful = inTurn.every(({ converged, argument }) => !converged || Math.abs(argument[0]!) < SMALL);
  const runs = doubtful ? [...runsIn(SECOND_FIRST), ...inTurn] : inTurn;
  const lowest = Math.min(...runs.map(({ value }) => value));
  const near = runs.filter(({ value }) => value < lowest + 1e-7 * (1 + Math.abs(lowest)));
  const best = near.find(({ converged }) => converged) ?? near[0]!;
  const steepest = Math.max(...best.gradient!.map(Math.abs));
  if (!best.converged && !(steepest < FLAT))
    throw new NumericalProblem("not-converged", {
      what: "The bivariate mixed model",
      iterations: best.iterations,
      gradient: steepest,
    });
  const valueAt = at(best.order);
  const vector = snapped(best.argument, (trial) => valueAt(trial).value <= best.value + SAME);
  const variances = toVariances(vector, best.order);
  const algebra = bivariateAlgebra(sums, variances)!;
  const atBoundary = vector[0] === 0 || vector[2] === 0;
  const p = algebra.coefficients;
  const [one, two] = equations;
  const identity = new Float64Array(p * p);
  for (let k = 0; k < p; k++) identity[k * p + k] = 1;
  // The likelihood of outcomes in their own units, and the restricted one of coefficients in theirs.
  const units = 2 * rows * (Math.log(one.unit) + Math.log(two.unit));
  const ofCoefficients = equations.reduce((sum, e) => sum + e.coefficients * Math.log(e.unit) + e.logRoot, 0);
  const scaled = (from: number) =>
    Float64Array.of(
      variances[from]! * one.unit ** 2,
      variances[from + 1]! * one.unit * two.unit,
      variances[from + 1]! * one.unit * two.unit,
      variances[from + 2]! * two.unit ** 2,
    );
  return {
    estimation,
    coefficients: toCoefficients(equations, algebra.beta),
    betweenCovariance: scaled(0),
    residualCovariance: scaled(3),
    parts: toVarianceParts(algebra, 1, estimation, atBoundary),
    toCoefficients: inOutcomeUnits(equations, identity, p),
    criterion: criterion(algebra) + units - (estimation === "reml" ? 2 * ofCoefficients : 0),
    iterations: best.iterations,
    atBoundary,
  };
}

/** Where each of (Ω_u11, Ω_u21, Ω_u22, Ω_e11, Ω_e21, Ω_e22) stands when the roots are taken in an order of the outcomes. */
type Order = readonly number[];
const NATURAL: Order = [0, 1, 2, 3, 4, 5];
const SECOND_FIRST: Order = [2, 1, 0, 3, 4, 5];

/** A vector of length 6 or a 6 × 6 matrix in that order; it is its own inverse. */
const inOrder = (values: Float64Array, order: Order): Float64Array =>
  values.map((_, e) => values[values.length === 6 ? order[e]! : order[Math.floor(e / 6)]! * 6 + order[e % 6]!]!);

/** (Ω₁₁, Ω₂₁, Ω₂₂) of Ω = LLᵀ from (L₁₁, L₂₁, L₂₂), between clusters and then within. */
function toVariances(vector: Float64Array, order: Order): Float64Array {
  const out = new Float64Array(6);
  for (const from of [0, 3]) {
    const [a, b, c] = [vector[from]!, vector[from + 1]!, vector[from + 2]!];
    out[from] = a * a;
    out[from + 1] = a * b;
    out[from + 2] = b * b + c * c;
  }
  return inOrder(out, order);
}

/** Gradient and Hessian in the elements of L from those in the elements of Ω. */
function inFactors(vector: Float64Array, gradient: Float64Array, hessian: Float64Array) {
  const jacobian = new Float64Array(36);
  const slope = new Float64Array(6);
  const curvature = new Float64Array(36);
  for (const from of [0, 3]) {
    const [a, b, c] = [vector[from]!, vector[from + 1]!, vector[from + 2]!];
    const set = (row: number, column: number, value: number) => {
      jacobian[(from + row) * 6 + from + column] = value;
    };
    set(0, 0, 2 * a);
    set(1, 0, b);
    set(1, 1, a);
    set(2, 1, 2 * b);
    set(2, 2, 2 * c);
    const second = (row: number, column: number, value: number) => {
      curvature[(from + row) * 6 + from + column] = value;
    };
    second(0, 0, 2 * gradient[from]!);
    second(0, 1, gradient[from + 1]!);
    second(1, 0, gradient[from + 1]!);
    second(1, 1, 2 * gradient[from + 2]!);
    second(2, 2, 2 * gradient[from + 2]!);
  }
  for (let k = 0; k < 6; k++) {
    for (let i = 0; i < 6; i++) slope[k]! += jacobian[i * 6 + k]! * gradient[i]!;
    for (let m = 0; m < 6; m++) {
      let value = 0;
      for (let i = 0; i < 6; i++)
        for (let j = 0; j < 6; j++) value += jacobian[i * 6 + k]! * hessian[i * 6 + j]! * jacobian[j * 6 + m]!;
      curvature[k * 6 + m]! += value;
    }
  }
  return { gradient: slope, hessian: curvature };
}

function startAt(share: number, correlation: number): Float64Array {
  const between = Math.sqrt(share);
  const within = Math.sqrt(1 - share);
  return Float64Array.of(
    between,
    0,
    between,
    within,
    within * correlation,
    within * Math.sqrt(1 - correlation * correlation),
  );
}

/** L with what is zero but for rounding set to zero, where that is as likely. */
function snapped(vector: Float64Array, asLikely: (vector: Float64Array) => boolean): Float64Array {
  const [a, b, c] = [vector[0]!, vector[1]!, vector[2]!];
  const trial = vector.slice();
  if (Math.abs(a) < ZERO) {
    trial[0] = 0;
    trial[1] = 0;
    trial[2] = Math.hypot(b, c);
  }
  if (Math.abs(trial[2]!) < ZERO) trial[2] = 0;
  return asLikely(trial) ? trial : vector;
}

function refuseWithoutResidual({ within }: BivariateSums, first: string, second: string): void {
  const [one, both, two] = within;
  if (!(one > 0 && two > 0)) throw new DesignProblem("no-residual-variation", {});
  if (!(one * two - both * both > PROPORTIONAL * one * two))
    throw new DesignProblem("outcomes-proportional", { first, second });
}
