import { DesignProblem, NumericalProblem } from "../../contract/problem.ts";
import type { Frame } from "../../data/frame.ts";
import { pilotShift } from "../../data/pilotShift.ts";
import { multiply, sandwich } from "../../numerics/matrix/product.ts";
import type { Family } from "../family/family.ts";
import { type Link, type LinkName, links } from "../family/link.ts";
import { type Response, responseOf } from "../family/response.ts";
import { fitGeneralisedLinear } from "../generalised/fitGeneralisedLinear.ts";
import type { FittedRandomLevel } from "../generalisedMixed/generalisedMixedFit.ts";
import { fitMixedModel, type MixedFit } from "../mixed/fitMixedModel.ts";
import type { Estimation } from "../mixed/likelihood.ts";
import { toOwnOrigin, varianceParameters } from "../mixed/mixedStructure.ts";
import { type MixedLayout, mixedLayoutOf, structureFor } from "../mixed/mixedStructureOf.ts";
import { originMap } from "../mixed/originMap.ts";
import { type GroupEffects, randomEffects } from "../mixed/randomEffects.ts";
import type { RandomTerm } from "../mixed/randomFormula.ts";
import { linearise } from "./linearise.ts";
import { patternLayout } from "./patternLayout.ts";
import { predict } from "./predict.ts";
import { stepWatch } from "./stepWatch.ts";

/** What pseudo-likelihood reads of the data. */
export type PseudoLikelihoodFrame = Pick<
  Frame,
  "cluster" | "outcome" | "design" | "weights" | "offset" | "extraColumns" | "extraGroupings"
>;

export interface PseudoLikelihoodOptions {
  /** Its dispersion is taken to be 1: binomial, Poisson, or negative binomial with a given θ. */
  readonly family: Family;
  readonly link: LinkName;
  /** Of the working mixed model; "reml" is restricted pseudo-likelihood. */
  readonly estimation: Estimation;
}

/** A generalised linear mixed model fitted by pseudo-likelihood. It has no log-likelihood that others compare with. */
export interface PseudoLikelihoodFit {
  readonly options: PseudoLikelihoodOptions;
  /** β, length p. */
  readonly coefficients: Float64Array;
  /** Φ = (XᵀV⁻¹X)⁻¹ of the working model, p × p. */
  readonly covariance: Float64Array;
  /** Coarsest first; modes are the predictors of the working model. */
  readonly levels: readonly FittedRandomLevel[];
  /**
   * The working model at the solution, on the shifted columns of its moments: its variance parts (of the random effects
   * alone) and cluster parts are what small-sample inference asks for. Its own coefficients are the last step.
   */
  readonly working: MixedFit;
  /** Working models fitted. */
  readonly iterations: number;
  /** Some variance is zero, or some correlation ±1. */
  readonly atBoundary: boolean;
}

const MAX_ITERATIONS = 300;
/** A predictor moves no further than this at a time: linearisations further away say nothing of means near 0 or 1. */
const LARGEST_MOVE = 3;

/**
 * Pseudo-likelihood for a generalised linear mixed model by expansion about the current coefficients and predicted
 * effects (Wolfinger and O'Connell 1993; with "reml" the default of SAS PROC GLIMMIX, METHOD=RSPL). With
 * η = Xβ + Zb + offset and μ = g⁻¹(η), the working response P and the variance of its noise are
 *
 *   P = η − offset + (y − μ)/μ′(η),     P = Xβ + Zb + ε,     Var(ε) = V(μ)/(w μ′(η)²)
 *
 * and the linear mixed model for P, its residual variance known (φ = 1), gives the next β, Σ and b, until they repeat,
 * from β of the generalised linear model and b = 0 on. A variance of zero is an ordinary answer; when all are, β stays
 * where it began. Steps that would move a predictor far, or that grow, are shortened. The working model is fitted to P − Xβ, the same thing with no digits lost in Xβ.
 *
 * @param terms random effects; none for one intercept per cluster
 * @throws InputProblem "crossed-random-effects", "random-term-repeated"
 * @throws DesignProblem "clusters-of-one", "cluster-variance-unbounded", "levels-coincide", "separation", "rank-deficient",
 *   "too-few-rows"
 * @throws NumericalProblem "not-converged", "information-not-positive"
 */
export function fitPseudoLikelihood(
  frame: PseudoLikelihoodFrame,
  terms: readonly RandomTerm[],
  options: PseudoLikelihoodOptions,
): PseudoLikelihoodFit {
  const { family, estimation } = options;
  const link = links[options.link];
  const given = responseOf(frame.outcome, family, options.link, frame.weights, frame.offset);
  const ofRows = mixedLayoutOf(frame, terms);
  refuseSingleTrials(frame, ofRows);
  const { layout, response } = patternLayout(ofRows, given);
  const { rows } = layout.source;
  const shift = Float64Array.of(...pilotShift(layout.names, layout.source, layout.unshifted), 0);
  const beta = startingPoint(frame, given, family, link, shift);
  refuseDecidedGroups(given, family, ofRows);
  const p = beta.length;
  const at = { predictor: new Float64Array(rows), random: new Float64Array(rows) };
  const towards = { beta: beta.slice(), predictor: at.predictor.slice(), random: at.random.slice() };
  predict(layout, shift, beta, null, response.offset, at);
  const next = { values: new Float64Array(rows), weights: new Float64Array(rows) };
  const outcome = { name: frame.outcome.name, values: next.values };
  let working: MixedFit | null = null;
  const watch = stepWatch();
  for (let iteration = 1; ; iteration++) {
    const inRange = linearise(response, family, link, at.predictor, at.random, next);
    if (!inRange || iteration > MAX_ITERATIONS) {
      const what = "The pseudo-likelihood iteration";
      throw new NumericalProblem("not-converged", { what, iterations: iteration - 1, gradient: watch.last() });
    }
    const structure = structureFor(layout, outcome, next.weights, shift);
    // The last working model is fitted without a hint, lest the search stay in the valley of an earlier one.
    const near: MixedFit | null = watch.settled() ? null : working;
    const fit = fitMixedModel(structure, { estimation, covariance: "bounded", residualVariance: 1 }, near);
    const effects = randomEffects(fit);
    const step = stepOf(fit, working);
    for (let k = 0; k < p; k++) towards.beta[k] = beta[k]! + fit.algebra.beta[k]!;
    const wasSettled = watch.settled();
    watch.saw(step);
    if (wasSettled && watch.settled()) return fitted(options, towards.beta, fit, effects, iteration);
    working = fit;
    predict(layout, shift, towards.beta, effects, response.offset, towards);
    const share = Math.min(watch.share(), LARGEST_MOVE / largestDifference(at.predictor, towards.predictor));
    approach(beta, towards.beta, share);
    approach(at.predictor, towards.predictor, share);
    approach(at.random, towards.random, share);
  }
}

/** A yes or no has no variance of its own to tell from that of its group. */
function refuseSingleTrials({ outcome }: PseudoLikelihoodFrame, { source, levels }: MixedLayout): void {
  const single = outcome.kind === "binary" || (outcome.kind === "grouped" && outcome.trials.every((n) => n === 1));
  const groups = levels.at(-1)!.grouping.labels.length;
  if (single && groups === source.rows) throw new DesignProblem("clusters-of-one", { clusters: groups });
}

/** Where every group has all events or none, the more its effects vary the better: no finite variance is an estimate. */
function refuseDecidedGroups({ values }: Response, family: Family, { levels }: MixedLayout): void {
  const { grouping, blocks } = levels.at(-1)!;
  if (family.id !== "binomial" || !blocks.some(({ terms }) => terms.includes("intercept"))) return;
  const first = new Float64Array(grouping.labels.length).fill(Number.NaN);
  const decided = values.every((value, i) => {
    const group = grouping.codes[i]!;
    if (Number.isNaN(first[group]!)) first[group] = value;
    return first[group] === value && (value === 0 || value === 1);
  });
  if (decided) throw new DesignProblem("cluster-variance-unbounded", { group: grouping.name });
}

/** β of the generalised linear model, on columns less their shift. */
function startingPoint(
  { design, cluster }: PseudoLikelihoodFrame,
  response: Response,
  family: Family,
  link: Link,
  shift: Float64Array,
): Float64Array {
  const terms = design.terms.map(({ name }) => name);
  const { coefficients } = fitGeneralisedLinear({ terms, design, response, cluster }, family, link);
  const beta = coefficients.slice();
  for (let k = 1; k < beta.length; k++) beta[0]! += shift[k]! * beta[k]!;
  return beta;
}

/** a ← a + share (b − a) */
function approach(from: Float64Array, to: Float64Array, share: number): void {
  if (share >= 1) from.set(to);
  else for (let i = 0; i < from.length; i++) from[i]! += share * (to[i]! - from[i]!);
}

function largestDifference(a: Float64Array, b: Float64Array): number {
  let largest = Number.MIN_VALUE;
  for (let i = 0; i < a.length; i++) largest = Math.max(largest, Math.abs(a[i]! - b[i]!));
  return largest;
}

/** The largest change of a coefficient or variance parameter since the working model before, in its standard error. */
function stepOf({ structure, algebra, parts, covariances }: MixedFit, before: MixedFit | null): number {
  if (before === null) return Number.MAX_VALUE;
  const { coefficients: p, components: c } = parts;
  let step = 0;
  for (let k = 0; k < p; k++)
    step = Math.max(step, Math.abs(algebra.beta[k]!) / Math.sqrt(parts.covariance[k * p + k]!));
  varianceParameters(structure.levels).forEach(({ level, row, column }, i) => {
    const at = row * Math.round(Math.sqrt(covariances[level]!.length)) + column;
    const change = Math.abs(covariances[level]![at]! - before.covariances[level]![at]!);
    step = Math.max(step, change * Math.sqrt(parts.expectedInformation[i * c + i]! / 2));
  });
  return step;
}

function fitted(
  options: PseudoLikelihoodOptions,
  beta: Float64Array,
  working: MixedFit,
  effects: readonly GroupEffects[],
  iterations: number,
): PseudoLikelihoodFit {
  const { coefficients: p, levels } = working.structure;
  const back = originMap(working.structure);
  const coefficients = new Float64Array(p);
  multiply(back, beta, p, p, 1, coefficients);
  const covariance = new Float64Array(p * p);
  sandwich(back, working.parts.covariance, p, p, covariance);
  return {
    options,
    coefficients,
    covariance,
    levels: levels.map((level, l): FittedRandomLevel => {
      const { effects: r, values, conditionalVariances } = effects[l]!;
      const map = toOwnOrigin(level);
      const own = working.covariances[l]!.slice();
      if (map !== null) sandwich(map, working.covariances[l]!, r, r, own);
      return {
        name: level.name,
        groups: level.groups,
        blocks: level.blocks.map(({ terms }) => terms),
        covariance: own,
        modes: values,
        conditionalVariances,
      };
    }),
    working,
    iterations,
    atBoundary: working.atBoundary,
  };
}
