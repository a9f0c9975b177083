import { z } from "zod";
import type { Findings } from "../contract/analysis.ts";
import { summaryOf } from "../contract/analysis.ts";
import { type Notice, notice } from "../contract/notice.ts";
import { DesignProblem, InputProblem } from "../contract/problem.ts";
import type { Frame } from "../data/frame.ts";
import { meanOf } from "../inference/pooling/rubin.ts";
import { runReplicates } from "../inference/replicates/replicates.ts";
import { waldCoefficient } from "../inference/wald/waldCoefficient.ts";
import { clusterRecords } from "../trial/effect/clusterRecords.ts";
import { defineMethod, type NamedEquation, type Question, type Replicated } from "../trial/method.ts";
import { armMeans } from "./armMeans.ts";
import { bootstrapFit, NO_VARIATION } from "./bootstrapFit.ts";
import { economicFindings } from "./economicFindings.ts";
import { jointData } from "./jointData.ts";
import { jointDraws } from "./jointDraws.ts";
import { jointEstimators } from "./jointEstimators.ts";
import type { JointCoefficients, JointFit } from "./jointFit.ts";
import { poolJointFits } from "./poolJointFits.ts";
import { twoStageBootstrap, twoStageReplicates } from "./twoStageBootstrap.ts";

const column = z.string().min(1);
const BOOTSTRAP = "two-stage-bootstrap";
const bootstrapInferences = ["t", "z"] as const;

/** Fewer replicates than this say nothing about a covariance. */
const FEWEST_DRAWS = 50;
/** Of every completed data set where values are imputed. */
const FEWEST_DRAWS_IMPUTED = 200;
/** Share of the replicates that may fail. */
const MOST_FAILURES = 0.1;

const namesOf = (choices: readonly (readonly string[])[]) => [...new Set(choices.flat())];

const options = z.strictObject({
  cost: column.describe("column of costs, one per participant"),
  effect: column.describe("column of effects, such as quality-adjusted life years; higher is better"),
  covariates: z
    .strictObject({ cost: z.array(column).default([]), effect: z.array(column).default([]) })
    .default({ cost: [], effect: [] })
    .describe("by equation, beside those of the analysis, which are in both"),
  estimator: z.enum([BOOTSTRAP, ...jointEstimators.map(({ id }) => id)]).default(BOOTSTRAP),
  thresholds: z
    .array(z.number().min(0))
    .min(1)
    .default([20000, 30000])
    .describe("what a unit of effect may cost, ascending, in units of cost"),
  population: z
    .number()
    .positive()
    .optional()
    .describe("people whom the decision concerns, for the value of information"),
  variance: z
    .enum(namesOf(jointEstimators.map(({ variances }) => variances)))
    .optional()
    .describe("of the covariance of the increments; default the estimator's own"),
  inference: z
    .enum(namesOf([bootstrapInferences, ...jointEstimators.map(({ inferences }) => inferences)]))
    .optional()
    .describe("reference distribution of increments and net benefits; default the estimator's own"),
  correlation: z
    .enum(namesOf(jointEstimators.map(({ correlations }) => correlations)))
    .optional()
    .describe("working correlation of gee"),
  centring: z
    .enum(["estimate", "replicates"])
    .default("estimate")
    .describe(
      "two-stage-bootstrap: whether replicates are moved so that they centre on the estimate, or left as drawn",
    ),
  draws: z
    .int()
    .min(FEWEST_DRAWS)
    .max(10_000_000)
    .default(10_000)
    .describe("bootstrap replicates, or draws from the model"),
  keepDraws: z.int().min(0).default(1000).describe("draws that the result holds, for the cost-effectiveness plane"),
});

type Options = z.infer<typeof options>;

/** How an estimator turns a frame into draws, and draws into a fit. */
interface Estimator {
  readonly references: readonly string[];
  readonly resampled: boolean;
  start(
    frame: Frame,
    options: Options,
    seed: number,
  ): Pick<Replicated, "replicates"> & {
    fit(draws: Float64Array): JointFit;
    /** What the draws are moved by, cost 1, effect 1, cost 2, …; null: not at all. */
    readonly shift: Float64Array | null;
  };
}

/**
 * Is the intervention worth its cost? Differences in mean cost and mean effect per participant, jointly, and what follows:
 *
 *   ΔC, ΔE: intervention − control     INB(λ) = λ ΔE − ΔC     ICER = ΔC/ΔE
 *   P(cost-effective at λ) = P(INB(λ) > 0)     EVPI(λ) = E maxₐ NBₐ(λ) − maxₐ E NBₐ(λ)
 *
 * λ: what a unit of effect may cost, in units of cost. The arithmetic mean is what is compared, however skewed costs are: it
 * is what a budget holder pays. Estimators: the two-stage bootstrap with shrinkage (twoStageBootstrap.ts), and the
 * joint models (jointEstimators.ts), whose draws come from the normal or t distribution of the increments.
 *
 * Intervals and tests of ΔC, ΔE and INB are those of t (b ± q·SE), with the degrees of freedom of the estimator;
 * the bootstrap's standard errors come from its replicates, its degrees of freedom are J − 2 less what strata, pairs and
 * covariates of clusters take. The ICER has Fieller's interval. Replicates of the bootstrap centre on a mean between that of
 * participants and that of clusters, which differ when size is related to cost or effect; they are moved to the estimate
 * unless `centring` says otherwise.
 *
 * @throws InputProblem `role-twice`, `thresholds-not-ascending`, `choice-not-for-estimator`.
 * @throws DesignProblem `arm-of-one-cluster`, `stratum-of-one-cluster`, `rows-repeat-participants`,
 *   `replicates-failed`, `no-degrees-of-freedom`, `no-variation`, and as the joint models.
 */
export const costEffectiveness = defineMethod({
  id: "cost-effectiveness",
  title: "Cost-effectiveness analysis",
  purpose:
    "Differences in mean cost and mean effect together, with the net benefit at thresholds, the cost-effectiveness ratio, the acceptability curve and the value of information, for clusters that are few and costs that are skewed",
  outcomes: [],
  measures: [],
  references: [
    "Gomes M, Ng ES-W, Grieve R, Nixon R, Carpenter J, Thompson SG. Developing appropriate methods for cost-effectiveness analysis of cluster randomized trials. Med Decis Making 2012;32:350-361",
    "Gomes M, Grieve R, Nixon R, Ng ES-W, Carpenter J, Thompson SG. Methods for covariate adjustment in cost-effectiveness analysis that use cluster randomised trials. Health Econ 2012;21:1101-1118",
    "Davison AC, Hinkley DV. Bootstrap methods and their application. Cambridge University Press 1997",
    "Stinnett AA, Mullahy J. Net health benefits: a new framework for the analysis of uncertainty in cost-effectiveness analysis. Med Decis Making 1998;18:S68-80",
    "Fieller EC. Some problems in interval estimation. J R Stat Soc B 1954;16:175-185",
    "Fenwick E, Claxton K, Sculpher M. Representing uncertainty: the role of cost-effectiveness acceptability curves. Health Econ 2001;10:779-787",
  ],
  accepts: ["covariates", "strata", "pairs"],
  options,
  needs: (given) => ({ groupings: [], columns: [], outcomes: ["continuous"], equations: equationsOf(given) }),
  replicated: (question) => {
    const { frame, options: given, seed } = question;
    const estimator = estimatorOf(given);
    const started = estimator.start(frame, given, seed);
    const { replicates } = started;
    return { replicates, finish: (numbers) => findingsOf(question, estimator.resampled, started, numbers) };
  },
  pooled,
});

/**
 * With values imputed: the estimator's increments and their covariance from every completed data set, pooled by Rubin's
 * rules, and what follows from them with draws from their normal or t distribution.
 */
function pooled(questions: readonly Question<Options>[]): Findings {
  const first = questions[0]!;
  const estimator = estimatorOf(first.options);
  // The mean of their covariances is as good as that of as many replicates of one data set.
  const draws = Math.max(FEWEST_DRAWS_IMPUTED, Math.ceil(first.options.draws / questions.length));
  const fits = questions.map(({ frame, options: given, seed }, k) => {
    const { replicates, fit: fitOf } = estimator.start(frame, { ...given, draws }, seed + k);
    return fitOf(
      withoutFailures(estimator.resampled ? runReplicates(replicates) : new Float64Array(0), replicates.width),
    );
  });
  const fit = poolJointFits(fits);
  const replicates = jointDraws(fit, first.options.draws, first.seed);
  const found = findingsOf(first, false, { replicates, fit: () => fit, shift: null }, runReplicates(replicates));
  const means = questions.map(({ frame }) => armMeans(frame));
  return {
    ...found,
    estimates: found.estimates.map((estimate) => {
      const at = means[0]!.findIndex(({ quantity }) => quantity.term === estimate.quantity.term);
      return at < 0 ? estimate : { ...estimate, value: meanOf(means.map((own) => own[at]!.value)) };
    }),
  };
}

/** @throws InputProblem for options that contradict each other or the estimator */
function equationsOf(given: Options): readonly NamedEquation[] {
  const { cost, effect, covariates, thresholds } = given;
  if (cost === effect) throw new InputProblem("role-twice", { column: cost, first: "the cost", second: "the effect" });
  thresholds.forEach((threshold, k) => {
    const before = thresholds[k - 1];
    if (before !== undefined && before >= threshold)
      throw new InputProblem("thresholds-not-ascending", { first: before, second: threshold });
  });
  const chosen = jointEstimators.find(({ id }) => id === given.estimator);
  const refuse = (option: "variance" | "inference" | "correlation", accepted: readonly string[]) => {
    const found = given[option];
    if (found !== undefined && !accepted.includes(found))
      throw new InputProblem("choice-not-for-estimator", { option, found, estimator: given.estimator, accepted });
  };
  refuse("variance", chosen?.variances ?? []);
  refuse("inference", chosen?.inferences ?? bootstrapInferences);
  refuse("correlation", chosen?.correlations ?? []);
  return [
    { name: "cost", outcome: cost, covariates: covariates.cost },
    { name: "effect", outcome: effect, covariates: covariates.effect },
  ];
}

const bootstrap: Estimator = {
  references: [],
  resampled: true,
  start: (frame, { draws, inference, centring }, seed) => {
    const data = jointData(frame);
    const prepared = twoStageBootstrap(data);
    const { centre, increments } = prepared;
    const observed = increments.flatMap(({ cost, effect }) => [cost, effect]);
    return {
      replicates: twoStageReplicates(prepared, draws, seed),
      shift: centring === "replicates" ? null : centre.map((value, k) => observed[k]! - value),
      fit: (numbers) => bootstrapFit(data, prepared, numbers, inference === "z" ? "z" : "t"),
    };
  },
};

function estimatorOf(given: Options): Estimator {
  equationsOf(given);
  const model = jointEstimators.find(({ id }) => id === given.estimator);
  if (model === undefined) return bootstrap;
  return {
    references: model.references,
    resampled: false,
    start: (frame, { draws, variance, inference, correlation }, seed) => {
      const fit = model.fit(jointData(frame), {
        ...(variance === undefined ? {} : { variance }),
        ...(inference === undefined ? {} : { inference }),
        ...(correlation === undefined ? {} : { correlation }),
      });
      return { replicates: jointDraws(fit, draws, seed), shift: null, fit: () => fit };
    },
  };
}

function findingsOf(
  { frame, options: given, level }: Question<Options>,
  resampled: boolean,
  { replicates: { width }, fit: fitOf, shift }: ReturnType<Estimator["start"]>,
  numbers: Float64Array,
): Findings {
  const draws = withoutFailures(numbers, width);
  const failures = (numbers.length - draws.length) / width;
  if (failures * width > MOST_FAILURES * numbers.length)
    throw new DesignProblem("replicates-failed", { draws: numbers.length / width, failures, share: MOST_FAILURES });
  const fit = fitOf(draws);
  if (shift !== null) for (let k = 0; k < draws.length; k++) draws[k]! += shift[k % width]!;
  const { thresholds, population, keepDraws } = given;
  const found = economicFindings(frame, fit, draws, {
    thresholds,
    population: population ?? null,
    level,
    resampled,
    kept: keepDraws,
  });
  const coefficients = fit.coefficients === null ? null : varying(fit.coefficients, frame);
  return {
    variant: fit.variant,
    estimand: { population: fit.population, contrast: fit.contrast, measure: "mean-difference" },
    ...found,
    estimates: [...found.estimates, ...armMeans(frame)],
    coefficients:
      coefficients?.terms.map((term, k) => {
        const p = coefficients.terms.length;
        const standardError = Math.sqrt(coefficients.covariance[k * p + k]!);
        return waldCoefficient(term, coefficients.values[k]!, standardError, coefficients.df[k]!, level);
      }) ?? [],
    covariance:
      coefficients?.terms.map((_, k, all) =>
        Array.from(coefficients.covariance.subarray(k * all.length, (k + 1) * all.length)),
      ) ?? null,
    tests: [],
    variances: fit.variances,
    icc: null,
    summary: summaryOf({ ...fit.summary, draws: numbers.length / width, failures: resampled ? failures : null }),
    clusters: clusterRecords(frame),
    notices: [
      ...fit.notices,
      ...found.notices,
      ...(failures > 0 ? [notice("replicates-left-out", { draws: numbers.length / width, failures })] : []),
      ...(resampled ? [] : unusedFactors(frame)),
      ...armsWithoutCosts(frame),
      ...(fit.coefficients?.terms ?? [])
        .filter((term) => !coefficients!.terms.includes(term))
        .map((term) => notice("coefficient-without-variance", { term })),
    ],
  };
}

/**
 * Where nobody in the control arm cost anything, or all gained the same, the intercept is that number for certain: it has no
 * test, and is left out. The increments do have their standard errors.
 */
function varying(coefficients: JointCoefficients, { outcome, further }: Frame): JointCoefficients {
  const { terms, values, covariance, df } = coefficients;
  const p = terms.length;
  const equations = [
    ["cost:intercept", outcome],
    ["effect:intercept", further[0]!.outcome],
  ] as const;
  const certain = equations.flatMap(([term, { values: observed }]) => {
    const k = terms.indexOf(term);
    const size = observed.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
    return k >= 0 && !(covariance[k * p + k]! > (NO_VARIATION * size) ** 2) ? [k] : [];
  });
  if (certain.length === 0) return coefficients;
  const kept = terms.flatMap((_, k) => (certain.includes(k) ? [] : [k]));
  return {
    terms: kept.map((k) => terms[k]!),
    values: Float64Array.from(kept, (k) => values[k]!),
    covariance: Float64Array.from(kept.flatMap((k) => kept.map((l) => covariance[k * p + l]!))),
    df: kept.map((k) => df[k]!),
  };
}

/** Replicates in which nothing failed, in their order. */
function withoutFailures(numbers: Float64Array, width: number): Float64Array {
  const failed = (at: number) => numbers.subarray(at, at + width).some(Number.isNaN);
  let kept = 0;
  const out = new Float64Array(numbers.length);
  for (let at = 0; at < numbers.length; at += width) {
    if (failed(at)) continue;
    out.set(numbers.subarray(at, at + width), kept);
    kept += width;
  }
  return out.subarray(0, kept);
}

/** A model uses strata and pairs only as covariates. */
function unusedFactors({ stratum, pair, design, further }: Frame): readonly Notice[] {
  const used = [design, ...further.map((equation) => equation.design)].map(
    ({ terms }) => new Set(terms.map(({ source }) => source)),
  );
  const unused = (name: string) => !used.every((sources) => sources.has(name));
  return [
    ...(stratum !== null && unused(stratum.name)
      ? [notice("strata-not-in-model", { analysis: "cost-effectiveness", strata: [stratum.name] })]
      : []),
    ...(pair !== null && unused(pair.name) ? [notice("pairs-not-in-model", { pairs: pair.name })] : []),
  ];
}

/** An arm in which nobody cost anything was perhaps not asked. */
function armsWithoutCosts({ arm, cluster, outcome }: Frame): readonly Notice[] {
  return arm!.levels.flatMap((level, k) => {
    const spent = outcome.values.some((value, i) => value !== 0 && arm!.ofCluster[cluster.codes[i]!] === k);
    return spent ? [] : [notice("arm-costs-zero", { arm: level, column: outcome.name })];
  });
}
