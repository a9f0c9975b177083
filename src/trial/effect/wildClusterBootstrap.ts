import { z } from "zod";
import type { Findings, JointTest, OptionValue } from "../../contract/analysis.ts";
import type { Estimate } from "../../contract/estimate.ts";
import { type Notice, notice } from "../../contract/notice.ts";
import type { Frame } from "../../data/frame.ts";
import { type WildDraws, wildDrawNames, wildDraws } from "../../inference/wildBootstrap/wildDraws.ts";
import { studentisations } from "../../inference/wildBootstrap/wildPieces.ts";
import { wildReplicates } from "../../inference/wildBootstrap/wildReplicates.ts";
import { requireAccepted } from "../estimand/requireAccepted.ts";
import { type MethodChoice, workingModelOption } from "../estimand/workingModelOption.ts";
import { defineMethod, type Question, type RegisteredMethod, type Replicated } from "../method.ts";
import { canonicalClusters } from "./canonicalOrder.ts";
import { clusterRecords } from "./clusterRecords.ts";
import type { Equations, ScoredModel } from "./scoredModel.ts";
import { sparseEvents } from "./sparseEvents.ts";
import { clustersPerArm } from "./unequalArms.ts";
import { type EffectTest, type WildChoice, wildEffect, wildJointTest } from "./wildTests.ts";

/** A regression method whose scores can be had. */
type Regression = RegisteredMethod & Required<Pick<RegisteredMethod, "scoredModel">>;

interface Options extends WildChoice {
  readonly model: MethodChoice;
  readonly draw: (typeof wildDrawNames)[number];
  readonly draws: number;
}

/** Share of α that the least attainable P of enumerated signs may take up before it is worth a notice. */
const WORTH_SAYING = 0.2;
/** Clusters below which the unrestricted bootstrap rejects too often. */
const FEW_CLUSTERS = 40;
/** Below this the restricted one rejects in 5 to 10 % of simulated trials (docs/simulation/resampling.md). */
const FEW_FOR_RESTRICTED = 13;
const FEW_IN_ARM = 3;

/**
 * The effect of a regression, judged by what its studentised statistic would be had every cluster the same residuals with
 * random weights: the wild cluster bootstrap.
 *
 *   y*ⱼ = μ̃ⱼ + vⱼ ẽⱼ,   t* = (cᵀβ̂* − cᵀβ̃)/se*,   P = share of |t*| ≥ |t|
 *
 * with ẽ, μ̃ from the fit under cᵀβ = δ (`restricted`) or from the fit itself, one weight vⱼ per cluster, and se* from the
 * cluster-robust variance (cr1 or cr3) of the bootstrap sample. Only the scores uⱼ and informations Gⱼ of clusters enter:
 * β̂* − β̃ = M Σ vⱼũⱼ, and the scores of the sample are vⱼũⱼ − GⱼM Σ vₖũₖ. For least squares and for the generalised least
 * squares of a mixed model (its covariance held) that is the bootstrap of rows; for generalised linear models and GEE it is
 * the score bootstrap: the same equations, linear about the restricted solution.
 *
 * The interval holds the δ that the test does not reject at 1 − level: by inversion of the restricted bootstrap's P, in
 * closed form from the quantile of |t*| for the unrestricted one. It ends where P falls to 1 − level for the first time on
 * either side of the estimate.
 *
 * @param list methods; those with a scored model can be named in `model`
 * @param preferred id of the one taken when none is named
 * @throws InputProblem `feature-not-accepted`, `outcome-not-for-method`
 * @throws DesignProblem `no-variation`, and whatever the model refuses
 * @throws NumericalProblem `not-converged` where the model cannot be fitted under the null
 */
export function wildClusterBootstrap(list: readonly RegisteredMethod[], preferred: string) {
  const models = list.filter((method): method is Regression => method.scoredModel !== undefined);
  const modelOf = (id: string): Regression => models.find((model) => model.id === id)!;
  return defineMethod({
    id: "wild-cluster-bootstrap",
    title: "Wild cluster bootstrap",
    purpose:
      "Tests and intervals for the effect of a regression without a reference distribution, from random signs of whole clusters; for few or unequal clusters",
    outcomes: [...new Set(models.flatMap(({ outcomes }) => outcomes))],
    measures: [...new Set(models.flatMap(({ measures }) => measures))],
    references: [
      "Cameron AC, Gelbach JB, Miller DL. Bootstrap-based improvements for inference with clustered errors. Rev Econ Stat 2008;90:414-427",
      "Kline P, Santos A. A score based approach to wild bootstrap inference. J Econometric Methods 2012;1:23-41",
      "Roodman D, MacKinnon JG, Nielsen MØ, Webb MD. Fast and wild: bootstrap inference in Stata using boottest. Stata J 2019;19:4-60",
      "MacKinnon JG, Nielsen MØ, Webb MD. Fast and reliable jackknife and bootstrap methods for cluster-robust inference. J Appl Econometrics 2023;38:671-694",
      "Webb MD. Reworking wild bootstrap-based inference for clustered errors. Can J Econ 2023;56:839-858",
    ],
    accepts: ["weights", "offset", "covariates", "no-arm"],
    options: z.strictObject({
      model: workingModelOption(models, preferred),
      null: z.enum(["restricted", "unrestricted"]).default("restricted"),
      draw: z.enum(wildDrawNames).default("auto"),
      studentise: z.enum(studentisations).default("cr1"),
      draws: z.int().min(99).max(2_000_000).default(99_999),
    }),
    needs: ({ model }, measure) => modelOf(model.method).needs(model.options, measure),
    replicated: (question: Question<Options>) => replicated(question, modelOf(question.options.model.method)),
  });
}

function replicated(question: Question<Options>, method: Regression): Replicated {
  const { frame, options, measure, level, seed } = question;
  requireAccepted(frame, method);
  const model = method.scoredModel({ frame, options: options.model.options, measure, level, seed });
  const { equations } = model;
  const draws = wildDraws(options.draw, orderOfDraws(frame, equations), options.draws, seed);
  const effects = frame.effects.map((effect) => wildEffect(frame, model, effect, options, draws, level));
  const joint = frame.effects.length > 1 ? wildJointTest(frame, model, options, draws) : null;
  const tests = [...effects, ...(joint === null ? [] : [joint])];
  const replicates = wildReplicates(
    draws,
    tests.map(({ statistic }) => statistic),
  );
  return {
    replicates,
    finish(numbers) {
      let at = 0;
      const place = (width: number) => {
        const here = at;
        at += width;
        return { numbers, at: here, stride: replicates.width };
      };
      const found = effects.map((effect) => effect.finish(place(effect.statistic.width)));
      const tested = joint === null ? null : joint.finish(place(joint.statistic.width));
      return findings(question, model, draws, found, tested);
    },
  };
}

/** An order that neither rows nor labels decide; a mixed model's own coarser groups are taken by label. */
function orderOfDraws(frame: Frame, equations: Equations): Int32Array {
  const clusters = equations.linear ? equations.scores.clusters : frame.cluster.labels.length;
  return clusters === frame.cluster.labels.length
    ? canonicalClusters(frame)
    : Int32Array.from({ length: clusters }, (_, j) => j);
}

function findings(
  { frame, options, level }: Question<Options>,
  model: ScoredModel,
  draws: WildDraws,
  effects: readonly EffectTest[],
  joint: JointTest | null,
): Findings {
  const vectors = draws.count * draws.each;
  const each = (of: (effect: EffectTest) => number | null): OptionValue =>
    effects.length === 1 ? of(effects[0]!) : effects.map(of);
  return {
    variant: {
      model: { method: options.model.method, options: model.variant },
      null: options.null,
      draw: draws.name,
      studentise: options.studentise,
      draws: vectors,
      complete: draws.complete,
      equalTailed: each(({ equalTailed }) => equalTailed),
      monteCarloError: each(({ monteCarloError }) => monteCarloError),
    },
    estimand: model.estimand,
    estimates: effects.map(({ estimate }): Estimate => estimate),
    coefficients: [],
    covariance: null,
    tests: joint === null ? [] : [joint],
    variances: [],
    icc: null,
    summary: { ...model.summary, draws: vectors, failures: 0 },
    clusters: clusterRecords(frame),
    notices: [
      ...model.notices,
      ...effects.flatMap(({ notices }) => notices),
      ...noticesOf(frame, options, draws, level, effects),
      ...sparseEvents(frame),
    ],
  };
}

function noticesOf(
  frame: Frame,
  options: Options,
  draws: WildDraws,
  level: number,
  effects: readonly EffectTest[],
): readonly Notice[] {
  const notices: Notice[] = [];
  const { clusters } = draws;
  const vectors = draws.count * draws.each;
  if (draws.name === "rademacher" && draws.complete && 2 / vectors > WORTH_SAYING * (1 - level))
    notices.push(notice("least-attainable-p", { clusters, vectors, least: 2 / vectors }));
  const [determining] = effects.map(({ determiningClusters }) => determiningClusters);
  if (determining !== undefined && determining.length > 0)
    notices.push(
      notice("cluster-determines-coefficient", {
        clusters: determining.length,
        first: frame.cluster.labels[determining[0]!] ?? String(determining[0]),
      }),
    );
  const restricted = options.null === "restricted";
  if (clusters < (restricted ? FEW_FOR_RESTRICTED : FEW_CLUSTERS))
    notices.push(
      notice("few-clusters-for-inference", {
        clusters,
        variance: options.studentise,
        inference: restricted ? "wild bootstrap" : "wild bootstrap without the null imposed",
        better: restricted ? "permutation" : "null restricted",
      }),
    );
  clustersPerArm(frame).forEach((inArm, arm) => {
    if (inArm <= FEW_IN_ARM)
      notices.push(
        notice("few-clusters-in-arm", {
          arm: frame.arm!.levels[arm]!,
          clusters: inArm,
          tends: restricted ? "seldom or too often" : "often",
        }),
      );
  });
  return notices;
}
