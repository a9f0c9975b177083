import type { Frame } from "../../data/frame.ts";
import type { Link } from "../../models/family/link.ts";
import { quadratureLikelihood } from "../../models/generalisedMixed/adaptiveQuadrature.ts";
import { clusterCells } from "../../models/generalisedMixed/clusterCells.ts";
import { densityOf } from "../../models/generalisedMixed/densities.ts";
import { fitGeneralisedMixed } from "../../models/generalisedMixed/fitGeneralisedMixed.ts";
import type { MixedFrame } from "../../models/generalisedMixed/generalisedMixedFit.ts";
import { newton, type SecondOrder } from "../../numerics/optimize/newton.ts";

/** What the model reads: sums by cluster, in arms of which each has both events and room for more. */
export interface ArmCounts {
  readonly family: "binomial" | "poisson";
  /** Length J each: events, and the participants or the person-time they are out of. */
  readonly events: Float64Array;
  readonly exposures: Float64Array;
  /** Participants, or rows, of each cluster. */
  readonly rows: Float64Array;
  /** A */
  readonly arms: number;
  /** Arm of each cluster, 0 … A − 1. */
  readonly armOf: Int32Array;
}

/** The fitted model. Its point is (β, σ): the predictor of the first arm, what the others have more, and σ. */
export interface ArmModel {
  readonly point: Float64Array;
  /** ηₐ by arm, of any point. */
  readonly predictors: (point: Float64Array) => Float64Array;
  /** Minus the log-likelihood, up to a constant, with its derivatives; and its least value. */
  readonly cost: (point: Float64Array) => SecondOrder;
  readonly least: number;
  /** Its least value among models without variation between clusters. */
  readonly leastWithoutVariation: number;
  readonly iterations: number;
}

/**
 * Nodes per cluster, as other software offers at most. Exact to about ten digits for clusters of twenty or more, to four
 * where clusters have four members who are nearly all alike.
 */
export const QUADRATURE = 25;

const canonical = { binomial: "logit", poisson: "log" } as const satisfies Readonly<
  Record<ArmCounts["family"], Link["id"]>
>;

/**
 * The generalised linear mixed model of events with a predictor ηₐ per arm and a normal intercept per cluster,
 *
 *   xⱼ | uⱼ ~ binomial(nⱼ, expit(ηₐ + uⱼ))  or  Poisson(eⱼ exp(ηₐ + uⱼ)),   uⱼ ~ N(0, σ²)
 *
 * Without covariates but the arm, sums by cluster are sufficient: it is the fit to the rows, at the cost of one row per
 * cluster.
 *
 * @throws DesignProblem `cluster-variance-unbounded`; NumericalProblem `not-converged`, `information-not-positive`
 */
export function fitArmModel(counts: ArmCounts, cluster: string): ArmModel {
  const { arms, family } = counts;
  const frame = frameOf(counts, cluster);
  const fit = fitGeneralisedMixed(frame, { family, link: canonical[family], quadrature: QUADRATURE });
  const likelihood = quadratureLikelihood(
    clusterCells(frame, family),
    densityOf(family, canonical[family]),
    QUADRATURE,
  );
  const cost = (point: Float64Array): SecondOrder => {
    const { value, gradient, hessian } = likelihood.evaluate(point);
    return { value: -value, gradient: gradient.map((g) => -g), hessian: hessian.map((h) => -h) };
  };
  const point = Float64Array.of(...fit.coefficients, fit.deviations[0]!);
  return {
    point,
    predictors: (at) => Float64Array.from({ length: arms }, (_, a) => at[0]! + (a === 0 ? 0 : at[a]!)),
    cost,
    least: cost(point).value,
    leastWithoutVariation: leastAlike(cost, fit.coefficients),
    iterations: fit.iterations,
  };
}

/** The least cost at σ = 0. */
function leastAlike(cost: ArmModel["cost"], start: Float64Array): number {
  const p = start.length;
  const point = new Float64Array(p + 1);
  const ofCoefficients = (coefficients: Float64Array): SecondOrder => {
    point.set(coefficients);
    const { value, gradient, hessian } = cost(point);
    const block = new Float64Array(p * p);
    for (let k = 0; k < p; k++) block.set(hessian.subarray(k * (p + 1), k * (p + 1) + p), k * p);
    return { value, gradient: gradient.subarray(0, p), hessian: block };
  };
  return newton(ofCoefficients, start, { maxStep: 2 }).value;
}

/** One row per cluster: the intercept, and an indicator of each arm but the first. */
function frameOf({ family, events, exposures, arms, armOf }: ArmCounts, name: string): MixedFrame {
  const rows = events.length;
  const codes = Int32Array.from({ length: rows }, (_, j) => j);
  const outcome: Frame["outcome"] =
    family === "binomial"
      ? { kind: "grouped", name: "events", values: events, trials: exposures }
      : { kind: "count", name: "events", values: events, exposure: exposures };
  const fill: MixedFrame["design"]["fill"] = (from, to, out, stride, offset) => {
    for (let j = from; j < to; j++)
      for (let a = 0; a < arms; a++) out[(j - from) * stride + offset + a] = a === 0 || a === armOf[j] ? 1 : 0;
  };
  const design: MixedFrame["design"] = {
    rows,
    width: arms,
    fill,
    terms: Array.from({ length: arms }, (_, a) => ({
      name: a === 0 ? "intercept" : `arm ${a + 1}`,
      source: a === 0 ? "intercept" : "arm",
      role: a === 0 ? "intercept" : "arm",
      variesWithinClusters: false,
    })),
    under: () => design,
  };
  const cluster = { name, labels: Array.from(codes, String), codes, sizes: new Int32Array(rows).fill(1) };
  return { rows, cluster, outcome, design, weights: null, offset: null };
}
