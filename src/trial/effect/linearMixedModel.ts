import { z } from "zod";
import {
  type ClusterRecord,
  type Coefficient,
  type Findings,
  type JointTest,
  type OptionValue,
  summaryOf,
  type VarianceComponent,
} from "../../contract/analysis.ts";
import type { Interval } from "../../contract/estimate.ts";
import { type Notice, notice } from "../../contract/notice.ts";
import { DesignProblem, InputProblem } from "../../contract/problem.ts";
import type { Frame } from "../../data/frame.ts";
import {
  betweenWithinInference,
  cr2Inference,
  type FixedEffectInference,
  kenwardRogerInference,
  normalInference,
  satterthwaiteInference,
  standardErrorOf,
} from "../../inference/fixedEffectInference.ts";
import { waldCoefficient } from "../../inference/wald/waldCoefficient.ts";
import { waldEstimate } from "../../inference/wald/waldEstimate.ts";
import { fitMixedModel, isRandomIntercept, type MixedFit } from "../../models/mixed/fitMixedModel.ts";
import { mixedClusterParts } from "../../models/mixed/mixedClusterParts.ts";
import type { MixedStructure } from "../../models/mixed/mixedStructure.ts";
import { mixedStructureOf } from "../../models/mixed/mixedStructureOf.ts";
import { iccProfile, standardDeviationProfiles } from "../../models/mixed/profileLikelihood.ts";
import { randomEffects } from "../../models/mixed/randomEffects.ts";
import { expandRandomTerm, parseRandomTerm } from "../../models/mixed/randomFormula.ts";
import { sandwich } from "../../numerics/matrix/product.ts";
import { defineMethod, type Question } from "../method.ts";

const inferences = [
  "kenward-roger",
  "kenward-roger-observed",
  "satterthwaite",
  "satterthwaite-observed",
  "between-within",
  "cr2",
  "wald",
] as const;

const options = z.strictObject({
  estimation: z.enum(["reml", "ml"]).default("reml"),
  /** Default kenward-roger under reml, satterthwaite under ml. */
  inference: z.enum(inferences).optional(),
  /** Default one intercept per cluster. */
  random: z.array(z.string()).default([]),
  covariance: z.enum(["bounded", "compound-symmetry"]).default("bounded"),
});

type Options = z.output<typeof options>;
type Inference = (typeof inferences)[number];

/** How each inference is named where software disagrees, and how it is made. */
const inferenceOf: Readonly<
  Record<
    Inference,
    {
      readonly variant: string;
      readonly restrictedOnly: boolean;
      make(fit: MixedFit, frame: Frame): FixedEffectInference;
    }
  >
> = {
  "kenward-roger": {
    variant: "kr97-linear-expected",
    restrictedOnly: true,
    make: (fit) => kenwardRogerInference(fit.parts, "expected"),
  },
  "kenward-roger-observed": {
    variant: "kr97-linear-observed",
    restrictedOnly: true,
    make: (fit) => kenwardRogerInference(fit.parts, "observed"),
  },
  satterthwaite: {
    variant: "satterthwaite-expected",
    restrictedOnly: false,
    make: (fit) => satterthwaiteInference(fit.parts, "expected"),
  },
  "satterthwaite-observed": {
    variant: "satterthwaite-observed",
    restrictedOnly: false,
    make: (fit, frame) => (fit.atBoundary ? betweenWithin(fit, frame) : satterthwaiteInference(fit.parts, "observed")),
  },
  "between-within": { variant: "between-within", restrictedOnly: false, make: betweenWithin },
  cr2: { variant: "cr2-target-model", restrictedOnly: false, make: (fit) => cr2Inference(mixedClusterParts(fit)) },
  wald: { variant: "wald-normal", restrictedOnly: false, make: (fit) => normalInference(fit.parts.covariance) },
};

function betweenWithin(fit: MixedFit, { cluster, rows, design }: Frame): FixedEffectInference {
  const varies = design.terms.map((term) => term.variesWithinClusters);
  return betweenWithinInference(fit.parts.covariance, cluster.labels.length, rows, varies);
}

/**
 * The Gaussian linear mixed model y = Xβ + Zb + ε of a cluster randomised trial, by REML or ML.
 *
 * The effect is a difference of means, estimated by generalised least squares: clusters weigh more the larger they are,
 * less than in proportion. Standard errors and degrees of freedom as `inference` says; Kenward–Roger by default.
 *
 * @throws InputProblem "random-term-malformed", "random-term-repeated", "crossed-random-effects",
 *   "kenward-roger-needs-reml", "compound-symmetry-needs-one-intercept", "weights-with-cr2"
 * @throws DesignProblem "one-cluster", "too-few-rows", "no-replication", "no-residual-variation",
 *   "no-degrees-of-freedom-left"
 * @throws NumericalProblem "not-converged", "information-not-positive"
 */
function analyse({ frame, options: given, level }: Question<Options>): Findings {
  const { estimation, covariance } = given;
  const clusters = frame.cluster.labels.length;
  if (clusters < 2) throw new DesignProblem("one-cluster", { clusters });
  const inference = given.inference ?? (estimation === "reml" ? "kenward-roger" : "satterthwaite");
  const chosen = inferenceOf[inference];
  if (chosen.restrictedOnly && estimation !== "reml") throw new InputProblem("kenward-roger-needs-reml", { inference });
  if (inference === "cr2" && frame.weights !== null) throw new InputProblem("weights-with-cr2", {});
  const structure = mixedStructureOf(frame, given.random.map(parseRandomTerm));
  if (covariance === "compound-symmetry" && !isRandomIntercept(structure)) {
    throw new InputProblem("compound-symmetry-needs-one-intercept", { random: given.random.join(", ") });
  }
  const fit = fitMixedModel(structure, { estimation, covariance });
  const judge = chosen.make(fit, frame);
  const origin = originOf(structure);

  const p = structure.coefficients;
  const at = (contrast: ArrayLike<number>) => {
    const shifted = origin.contrast(contrast);
    return {
      value: origin.value(contrast, fit.algebra.beta),
      standardError: standardErrorOf(judge, shifted),
      df: judge.df(shifted),
    };
  };
  const unit = (k: number) => Float64Array.from({ length: p }, (_, a) => (a === k ? 1 : 0));
  const coefficients = frame.design.terms.map((term, k): Coefficient => {
    const { value, standardError, df } = at(unit(k));
    return waldCoefficient(term.name, value, standardError, df, level);
  });
  const estimates = frame.effects.map(({ term, weights }) => {
    const { value, standardError, df } = at(weights);
    const measure = frame.arm === null ? "coefficient" : "mean-difference";
    return waldEstimate(
      { term, measure, scale: "identity", unit: frame.outcome.name },
      value,
      standardError,
      df,
      level,
    );
  });
  const variances = varianceComponents(fit, level);
  const icc = iccOf(fit, frame, level);
  return {
    variant: { ...given, inference, inferenceVariant: chosen.variant, random: randomOf(structure) },
    estimand: { population: "precision-weighted", contrast: "marginal", measure: estimates[0]!.quantity.measure },
    estimates,
    coefficients,
    covariance: origin.covariance(judge.covariance),
    tests: jointTests(frame, judge, fit),
    variances,
    icc,
    summary: summaryOf({
      logLikelihood: -fit.criterion / 2,
      criterion: fit.criterion,
      aic: fit.criterion + 2 * parameterCount(fit),
      bic: fit.criterion + Math.log(frame.rows) * parameterCount(fit),
      residualStandardDeviation: Math.sqrt(fit.residualVariance),
      iterations: fit.iterations,
    }),
    clusters: clusterRecords(fit, frame),
    notices: noticesOf(fit, frame, variances, icc?.value ?? null, inference),
  };
}

/** β and the variance parameters, residual included. */
const parameterCount = (fit: MixedFit): number => fit.structure.coefficients + fit.algebra.components;

/** From the shifted columns of the moments back to the columns of the plan. */
interface Origin {
  value(contrast: ArrayLike<number>, beta: Float64Array): number;
  contrast(contrast: ArrayLike<number>): Float64Array;
  covariance(shifted: Float64Array): number[][];
}

/** With y − c and xₖ − cₖ in the fit, β₀ = β₀* + c − Σ βₖ*cₖ and the others stay: β = Sβ* + (c, 0, …), S = I less c in row 0. */
function originOf({ moments, coefficients: p }: MixedStructure): Origin {
  const { shift } = moments;
  const outcomeShift = shift[shift.length - 1]!;
  const contrast = (of: ArrayLike<number>) =>
    Float64Array.from({ length: p }, (_, k) => of[k]! - (k === 0 ? 0 : of[0]! * shift[k]!));
  return {
    contrast,
    value: (of, beta) => contrast(of).reduce((sum, weight, k) => sum + weight * beta[k]!, of[0]! * outcomeShift),
    covariance: (shifted) => {
      const map = new Float64Array(p * p);
      for (let k = 0; k < p; k++) {
        map[k * p + k] = 1;
        if (k > 0) map[k] = -shift[k]!;
      }
      const out = new Float64Array(p * p);
      sandwich(map, shifted, p, p, out);
      return Array.from({ length: p }, (_, a) => Array.from(out.subarray(a * p, (a + 1) * p)));
    },
  };
}

/** One test per source of two or more coefficients: the arm when there are several, factors, their interactions. */
function jointTests(frame: Frame, judge: FixedEffectInference, fit: MixedFit): JointTest[] {
  const { terms } = frame.design;
  const p = terms.length;
  const sources = [...new Set(terms.map((term) => term.source))];
  return sources.flatMap((source) => {
    const members = terms.flatMap((term, k) => (term.source === source ? [k] : []));
    if (members.length < 2) return [];
    const contrasts = new Float64Array(members.length * p);
    members.forEach((k, row) => {
      contrasts[row * p + k] = 1;
    });
    const test = judge.test(
      contrasts,
      Float64Array.from(members, (k) => fit.algebra.beta[k]!),
    );
    return test === null ? [] : [{ terms: members.map((k) => terms[k]!.name), ...test }];
  });
}

function varianceComponents(fit: MixedFit, level: number): VarianceComponent[] {
  const bounded = fit.options.covariance === "bounded";
  const profiles = bounded ? standardDeviationProfiles(fit, level) : null;
  const asInterval = (of: { lower: number; upper: number } | null | undefined): Interval | null =>
    of == null ? null : { level, lower: of.lower, upper: of.upper, method: "profile" };
  const components = fit.structure.levels.flatMap((randomLevel, l) => {
    const matrix = fit.covariances[l]!;
    const r = Math.round(Math.sqrt(matrix.length));
    let offset = 0;
    return randomLevel.blocks.flatMap((block) => {
      const start = offset;
      offset += block.terms.length;
      const variances = block.terms.map((term, a): VarianceComponent => {
        const variance = matrix[(start + a) * r + start + a]!;
        return {
          group: randomLevel.name,
          term,
          with: null,
          variance,
          standardDeviation: variance < 0 ? null : Math.sqrt(variance),
          correlation: null,
          interval: asInterval(profiles === null ? null : profiles.effects[l]![start + a]),
        };
      });
      const covariances = block.terms.flatMap((term, a) =>
        block.terms.slice(0, a).map((other, b): VarianceComponent => {
          const value = matrix[(start + a) * r + start + b]!;
          const scale = Math.sqrt(variances[a]!.variance * variances[b]!.variance);
          return {
            group: randomLevel.name,
            term: other,
            with: term,
            variance: value,
            standardDeviation: null,
            correlation: scale > 0 ? Math.max(-1, Math.min(1, value / scale)) : null,
            interval: null,
          };
        }),
      );
      return [...variances, ...covariances];
    });
  });
  return [
    ...components,
    {
      group: "residual",
      term: "residual",
      with: null,
      variance: fit.residualVariance,
      standardDeviation: Math.sqrt(fit.residualVariance),
      correlation: null,
      interval: asInterval(profiles?.residual),
    },
  ];
}

/**
 * Share of the variance that lies between clusters, σ²(cluster)/Σσ², when every random effect is an intercept; with
 * random slopes the share depends on the covariate and none is given.
 */
function iccOf(fit: MixedFit, frame: Frame, level: number): Findings["icc"] {
  const { levels } = fit.structure;
  const own = levels.findIndex((randomLevel) => randomLevel.name === frame.cluster.name);
  if (own < 0 || levels.some(({ blocks }) => blocks.length > 1 || blocks[0]!.terms.join() !== "intercept")) return null;
  const total = fit.covariances.reduce((sum, matrix) => sum + matrix[0]!, fit.residualVariance);
  // Members of a cluster also share whatever coarser groups it lies in.
  const shared = fit.covariances.slice(0, own + 1).reduce((sum, matrix) => sum + matrix[0]!, 0);
  const profile = iccProfile(fit, level);
  return {
    value: shared / total,
    scale: "identity",
    estimator: fit.options.estimation,
    interval: profile === null ? null : { level, ...profile, method: "profile" },
  };
}

/** Size, mean outcome and predicted intercept of each cluster. */
function clusterRecords(fit: MixedFit, { cluster, arm, outcome }: Frame): ClusterRecord[] {
  const totals = new Float64Array(cluster.labels.length);
  for (let i = 0; i < cluster.codes.length; i++) totals[cluster.codes[i]!]! += outcome.values[i]!;
  const level = fit.structure.levels.findIndex((randomLevel) => randomLevel.name === cluster.name);
  const position =
    level < 0 ? -1 : fit.structure.levels[level]!.blocks.flatMap((block) => block.terms).indexOf("intercept");
  const predicted = position < 0 ? null : randomEffects(fit)[level]!;
  return cluster.labels.map((label, j) => {
    const r = predicted?.effects ?? 0;
    return {
      cluster: label,
      arm: arm === null ? null : arm.levels[arm.ofCluster[j]!]!,
      size: cluster.sizes[j]!,
      summary: totals[j]! / cluster.sizes[j]!,
      effect: predicted === null ? null : predicted.values[j * r + position]!,
      conditionalVariance:
        predicted === null ? null : predicted.conditionalVariances[(j * r + position) * r + position]!,
    };
  });
}

function noticesOf(
  fit: MixedFit,
  frame: Frame,
  variances: readonly VarianceComponent[],
  icc: number | null,
  inference: Inference,
): Notice[] {
  const notices: Notice[] = [];
  for (const { group, term, with: other, variance, correlation } of variances) {
    if (other === null && variance === 0) notices.push(notice("variance-at-boundary", { group, term }));
    if (other !== null && correlation !== null && Math.abs(correlation) > 1 - 1e-8) {
      notices.push(notice("correlation-at-boundary", { group, term, other }));
    }
  }
  if (icc !== null && icc < 0) notices.push(notice("icc-below-zero", { icc }));
  if (inference === "satterthwaite-observed" && fit.atBoundary) {
    notices.push(notice("satterthwaite-at-boundary", { term: frame.effects[0]!.term }));
  }
  return notices;
}

/** The random terms as fitted, in lme4's notation. */
const randomOf = ({ levels }: MixedStructure): OptionValue =>
  levels.flatMap((level) =>
    level.blocks.map(({ terms }) => {
      const slopes = terms.filter((term) => term !== "intercept");
      const left = terms.includes("intercept") ? ["1", ...slopes] : ["0", ...slopes];
      return `${left.join(" + ")} | ${level.name}`;
    }),
  );

export const linearMixedModel = defineMethod({
  id: "linear-mixed-model",
  title: "Linear mixed model",
  purpose:
    "Difference of means adjusted for clustering by random effects, with small-sample inference; the usual analysis of a continuous outcome",
  outcomes: ["continuous"],
  measures: ["mean-difference", "coefficient"],
  options,
  references: [
    "Kenward MG, Roger JH. Biometrics 1997;53:983–997",
    "Bates D, Mächler M, Bolker B, Walker S. J Stat Softw 2015;67(1)",
    "Fai AH-T, Cornelius PL. J Stat Comput Simul 1996;54:363–378",
    "Leyrat C, Morgan KE, Leurent B, Kahan BC. Int J Epidemiol 2018;47:321–331",
  ],
  accepts: ["weights", "offset", "covariates", "no-arm"],
  needs: ({ random }) => {
    const terms = random.map(parseRandomTerm).flatMap(expandRandomTerm);
    const slopes = terms.flatMap((term) => term.effects).filter((effect) => effect !== "intercept");
    return { groupings: terms.map((term) => term.path), columns: [...new Set(slopes)] };
  },
  analyse,
});
