import type { HasClusterParts } from "../../contract/clusterParts.ts";
import type { EstimatingParts } from "../../contract/estimatingParts.ts";
import { InputProblem } from "../../contract/problem.ts";
import type { ColumnSource } from "../../data/design.ts";
import type { Grouping } from "../../data/grouping.ts";
import { pilotShift } from "../../data/pilotShift.ts";
import { solveLower } from "../../numerics/matrix/cholesky.ts";
import { multiply } from "../../numerics/matrix/product.ts";
import type { Family } from "../family/family.ts";
import type { Link } from "../family/link.ts";
import type { Response } from "../family/response.ts";
import { type CanonicalPatterns, canonicalPatterns } from "./canonicalPatterns.ts";
import { covariatePatterns } from "./covariatePatterns.ts";
import { generalisedLinearParts } from "./generalisedLinearParts.ts";
import { type Maximum, maximise } from "./maximise.ts";

/** What a generalised linear model needs of the rows. */
export interface GeneralisedLinearData {
  /** Names of the design's columns, "intercept" first. */
  readonly terms: readonly string[];
  /** X, N × p, intercept first. */
  readonly design: ColumnSource;
  /** y, prior weights (positive) and offset. */
  readonly response: Response;
  readonly cluster: Grouping;
}

/** A generalised linear model at its maximum, Var(y) = φ V(μ)/w, g(μ) = xᵀβ + offset. */
export interface GeneralisedLinearFit extends HasClusterParts {
  readonly terms: readonly string[];
  readonly family: Family;
  readonly link: Link;
  /** N, rows in use. */
  readonly observations: number;
  /** J, clusters in use. */
  readonly clusters: number;
  /** β, length p, in the order of `terms`. */
  readonly coefficients: Float64Array;
  /** T, p × p, with T Tᵀ = (Σ w μ′²/V x xᵀ)⁻¹, the covariance of β if rows were independent and φ were 1. */
  readonly root: Float64Array;
  /** η of every row, offset included, length N of the data; of rows left out too. */
  predictor(): Float64Array;
  /** μ of every row, likewise. */
  means(): Float64Array;
  /** Σ w · deviance(y, μ) over rows. */
  readonly deviance: number;
  /** Σ w (y − μ)²/V(μ) over rows. */
  readonly pearson: number;
  /** N − p */
  readonly residualDf: number;
  /** Pearson's φ̂ = X²/(N − p); null without residual degrees of freedom. */
  readonly dispersion: number | null;
  readonly iterations: number;
  /** For small-sample corrections of estimating equations; φ is 1 where the family fixes it, else Pearson's. */
  readonly estimatingParts: EstimatingParts;
  /** The same model from this fit on, without one cluster or with another family (a negative binomial of another θ). */
  refit(change: { readonly without?: number | null; readonly family?: Family }): GeneralisedLinearFit;
}

export interface GeneralisedLinearOptions {
  /** β to start from, length p; default from the outcomes. */
  readonly start?: Float64Array | null;
}

/**
 * Maximum likelihood (quasi-likelihood where the family is not that of the outcome) of a generalised linear model:
 *
 *   Σᵢ wᵢ xᵢ (yᵢ − μᵢ) μ′ᵢ/V(μᵢ) = 0,   g(μᵢ) = xᵢᵀβ + offsetᵢ
 *
 * solved to rounding. Rows of a cluster with the same covariates, offset and weight are taken together, which changes
 * nothing; covariates are centred, scaled and orthogonalised first, so that their units and origins cost no digits.
 *
 * @throws InputProblem `outcome-outside-family`.
 * @throws DesignProblem `separation` where the maximum is at infinity, `mean-at-boundary` where it is on the edge of what
 *   the link allows, `rank-deficient`, `too-few-rows`.
 * @throws NumericalProblem `not-converged`, `no-valid-start`, `information-not-positive`.
 */
export function fitGeneralisedLinear(
  { terms, design, response, cluster }: GeneralisedLinearData,
  family: Family,
  link: Link,
  { start = null }: GeneralisedLinearOptions = {},
): GeneralisedLinearFit {
  refuseOutside(family, response.values);
  const shift = pilotShift(terms, design, []);
  const patterns = canonicalPatterns(covariatePatterns(design, response, cluster, shift), terms, shift);
  const b = start === null ? null : patterns.toCanonical(start);
  return fitPatterns({ patterns, response, family, link, without: null, start: b });
}

/**
 * Refuses outcomes that the family cannot have.
 *
 * @throws InputProblem `outcome-outside-family`
 */
export function refuseOutside(family: Family, values: Float64Array): void {
  const { lowest, highest } = family;
  const allowed = (value: number) =>
    value >= lowest && value <= highest && family.deviance(value, family.start(0.5, 1)) < Number.POSITIVE_INFINITY;
  const bad = values.findIndex((value) => !allowed(value));
  if (bad < 0) return;
  const range = Number.isFinite(highest)
    ? `from ${lowest} to ${highest}`
    : `${allowed(lowest) ? "of at least" : "above"} ${lowest}`;
  throw new InputProblem("outcome-outside-family", { family: family.id, range, value: values[bad]! });
}

interface Task {
  readonly patterns: CanonicalPatterns;
  readonly response: Response;
  readonly family: Family;
  readonly link: Link;
  readonly without: number | null;
  readonly start: Float64Array | null;
}

function fitPatterns(task: Task): GeneralisedLinearFit {
  const { patterns, family, link, without } = task;
  const { columns: p, terms, counts, starts, ofRow } = patterns;
  if (without !== null) patterns.requireWithout(without);
  const found = maximise(patterns, family, link, task.start, without);
  const coefficients = new Float64Array(p);
  multiply(patterns.toCoefficients, found.coordinates, p, p, 1, coefficients);
  let observations = patterns.rows;
  if (without !== null) for (let g = starts[without]!; g < starts[without + 1]!; g++) observations -= counts[g]!;
  const residualDf = observations - p;
  const meansOfPatterns = () => found.predictor.map((eta) => link.mean(eta));
  const once = <T>(make: () => T): (() => T) => {
    let held: { readonly value: T } | null = null;
    return () => {
      held ??= { value: make() };
      return held.value;
    };
  };
  const lack = once(() => lackOfFit(task, meansOfPatterns()));
  const root = once(() => rootOf(patterns, found));
  const dispersion = () => (residualDf > 0 ? lack().pearson / residualDf : null);
  const parts = once(() =>
    generalisedLinearParts({
      patterns,
      family,
      link,
      without,
      maximum: found,
      root: root(),
      dispersion: family.fixedDispersion ? 1 : (dispersion() ?? 1),
      observations,
    }),
  );
  return {
    terms,
    family,
    link,
    observations,
    clusters: patterns.clusters - (without === null ? 0 : 1),
    coefficients,
    get root() {
      return root();
    },
    predictor: () => Float64Array.from(ofRow, (g) => found.predictor[g]!),
    means() {
      const means = meansOfPatterns();
      return Float64Array.from(ofRow, (g) => means[g]!);
    },
    get deviance() {
      return lack().deviance;
    },
    get pearson() {
      return lack().pearson;
    },
    residualDf,
    get dispersion() {
      return dispersion();
    },
    iterations: found.iterations,
    get clusterParts() {
      return parts().clusterParts;
    },
    get estimatingParts() {
      return parts().estimatingParts;
    },
    refit: (change) =>
      fitPatterns({
        ...task,
        without: change.without === undefined ? without : change.without,
        family: change.family ?? family,
        start: found.coordinates,
      }),
  };
}

/** Deviance and Pearson's X² over the rows themselves. */
function lackOfFit({ patterns, response, family, without }: Task, means: Float64Array) {
  const { starts, ofRow } = patterns;
  const first = without === null ? -1 : starts[without]!;
  const end = without === null ? -1 : starts[without + 1]!;
  let deviance = 0;
  let pearson = 0;
  for (let i = 0; i < ofRow.length; i++) {
    const g = ofRow[i]!;
    if (g >= first && g < end) continue;
    const weight = response.weights === null ? 1 : response.weights[i]!;
    const y = response.values[i]!;
    const mean = means[g]!;
    deviance += weight * family.deviance(y, mean);
    if (y !== mean) pearson += (weight * (y - mean) ** 2) / family.variance(mean);
  }
  return { deviance, pearson };
}

/** C L⁻ᵀ for the information L Lᵀ of b and β = C b. */
function rootOf({ columns: p, toCoefficients }: CanonicalPatterns, { information }: Maximum): Float64Array {
  const transposed = new Float64Array(p * p);
  for (let a = 0; a < p; a++) for (let c = 0; c < p; c++) transposed[c * p + a] = toCoefficients[a * p + c]!;
  solveLower(information, p, transposed, transposed, p);
  const root = new Float64Array(p * p);
  for (let a = 0; a < p; a++) for (let c = 0; c < p; c++) root[c * p + a] = transposed[a * p + c]!;
  return root;
}
