import { z } from "zod";
import { type Findings, type IccRecord, summaryOf } from "../../contract/analysis.ts";
import { type Notice, notice } from "../../contract/notice.ts";
import { DesignProblem, InputProblem } from "../../contract/problem.ts";
import type { Arm, Frame } from "../../data/frame.ts";
import { waldCoefficient } from "../../inference/wald/waldCoefficient.ts";
import { waldEstimate } from "../../inference/wald/waldEstimate.ts";
import { anovaIcc } from "../icc/anovaIcc.ts";
import type { ClusterSums } from "../icc/clusterSums.ts";
import { oneWayAnova } from "../icc/oneWayAnova.ts";
import { defineMethod, type Question } from "../method.ts";
import { clusterRecords } from "./clusterRecords.ts";
import { comparePooled, compareWelch } from "./compareSummaries.ts";
import { type ClusterSummaries, summariseClusters } from "./summariseClusters.ts";
import { unequalArms } from "./unequalArms.ts";

const options = z.strictObject({
  weights: z.enum(["none", "size", "inverse-variance"]).default("none"),
  variances: z.enum(["pooled", "welch"]).default("pooled"),
  df: z.enum(["adjusted", "unadjusted"]).default("adjusted"),
});

type Options = z.output<typeof options>;

const populations = {
  none: "cluster-average",
  size: "participant-average",
  "inverse-variance": "precision-weighted",
} as const;

/** Below this many clusters a t test is mostly its degrees of freedom. */
const FEW_CLUSTERS = 8;
/** Type I error of the pooled test when arms are unequal in clusters and in variance (docs/simulation/continuous.md). */
const WITH_UNEQUAL_ARMS = [0.024, 0.091] as const;

/**
 * The difference between arms by a t test of cluster summaries (Hayes & Moulton 2017, chapters 10 to 12).
 *
 * Stage 1, with covariates only: least squares over participants on covariates and strata, without arm; the summary of
 * cluster j is then (observed − expected)/nⱼ, else its mean ȳⱼ. Stage 2: least squares of the summaries on arm, and on
 * strata or pairs when clusters were randomised within them (pairs: the paired t test), each cluster weighing
 *
 *   none 1 · size nⱼ · inverse-variance nⱼ/(1 + (nⱼ − 1)ρ), ρ the within-arm ANOVA ICC of what is summarised, at least 0
 *
 * df = J − A − (strata − 1), less the cluster-level covariates of stage 1 when `adjusted`. Exact for normal cluster
 * means of equal variance; for any distribution of participants it rests on cluster means alone, so no assumption about
 * the correlation within clusters is needed.
 *
 * @throws InputProblem `welch-needs-plain-means`, `arm-interaction-in-summary`, `arm-needed`.
 * @throws DesignProblem `one-cluster`, `no-degrees-of-freedom`, `one-cluster-in-arm`, `rank-deficient`, `no-variation`.
 */
function analyse({ frame, options: chosen, level }: Question<Options>): Findings {
  const clusters = frame.cluster.labels.length;
  const arm = requireArm(frame);
  if (clusters < 2) throw new DesignProblem("one-cluster", { clusters });
  const strata = frame.pair ?? frame.stratum;
  if (chosen.variances === "welch" && (chosen.weights !== "none" || strata !== null))
    throw new InputProblem("welch-needs-plain-means", {
      given: chosen.weights !== "none" ? `weights "${chosen.weights}"` : frame.pair !== null ? "pairs" : "strata",
    });
  refuseArmInteractions(frame, arm);
  const summaries = summariseClusters(frame, strata);
  const icc = chosen.weights === "inverse-variance" ? withinArmIcc(summaries.sums, arm) : null;
  const spent = chosen.df === "adjusted" ? summaries.clusterLevel : [];
  const found =
    chosen.variances === "welch"
      ? compareWelch(summaries.values, arm, spent)
      : comparePooled(summaries.values, arm, strata, weightsOf(chosen, summaries, icc), spent);

  const p = found.terms.length;
  const errors = found.terms.map((_, k) => Math.sqrt(found.covariance[k * p + k]!));
  const unit = frame.outcome.name;
  return {
    variant: {
      ...chosen,
      strata: strata?.name ?? null,
      adjusted: frame.design.terms.some((t) => t.role === "covariate"),
    },
    estimand: { population: populations[chosen.weights], contrast: "marginal", measure: "mean-difference" },
    estimates: arm.levels.slice(1).map((_, k) => {
      const at = k + 1;
      const quantity = { term: found.terms[at]!, measure: "mean-difference", scale: "identity", unit } as const;
      return waldEstimate(quantity, found.coefficients[at]!, errors[at]!, found.df[at]!, level);
    }),
    coefficients: found.terms.map((term, k) =>
      waldCoefficient(term, found.coefficients[k]!, errors[k]!, found.df[k]!, level),
    ),
    covariance: found.terms.map((_, k) => Array.from(found.covariance.subarray(k * p, (k + 1) * p))),
    tests: found.joint === null ? [] : [{ terms: found.terms.slice(1, arm.levels.length), ...found.joint }],
    variances: [],
    icc,
    summary: summaryOf({ residualStandardDeviation: found.residualStandardDeviation }),
    clusters: clusterRecords(frame),
    notices: [
      ...noticesOf(clusters, icc),
      // Within pairs each arm has one cluster.
      ...(chosen.variances === "pooled" && frame.pair === null ? unequalArms(frame, WITH_UNEQUAL_ARMS) : []),
    ],
  };
}

export const clusterSummary = defineMethod({
  id: "cluster-summary",
  title: "t test of cluster summaries",
  purpose:
    "Difference between arms of one summary per cluster: the simplest valid analysis, and the safest when clusters are few",
  outcomes: ["continuous"],
  measures: ["mean-difference"],
  references: [
    "Hayes RJ, Moulton LH. Cluster Randomised Trials. 2nd ed. Chapman & Hall/CRC 2017",
    "Donner A, Klar N. Design and Analysis of Cluster Randomization Trials in Health Research. Arnold 2000",
  ],
  accepts: ["strata", "pairs", "covariates"],
  options,
  analyse,
});

function requireArm({ arm }: Frame): Arm {
  if (arm === null) throw new InputProblem("arm-needed", { path: "trial.arm", method: "cluster-summary", methods: [] });
  return arm;
}

function refuseArmInteractions({ design }: Frame, arm: Arm): void {
  const found = design.terms.find(({ role, source }) => role === "arm" && source !== arm.name);
  if (found !== undefined) throw new InputProblem("arm-interaction-in-summary", { term: found.source, arm: arm.name });
}

function withinArmIcc(sums: ClusterSums, arm: Arm): IccRecord {
  const alone = sums.sizes.every((size) => size === 1);
  const value = alone ? 0 : anovaIcc(oneWayAnova(sums, { levels: arm.levels.length, ofCluster: arm.ofCluster }));
  return { value, scale: "identity", estimator: "anova-within-arm", interval: null };
}

function weightsOf({ weights }: Options, { sums }: ClusterSummaries, icc: IccRecord | null): Float64Array | null {
  if (weights === "none") return null;
  const correlation = Math.max(0, icc?.value ?? 0);
  return weights === "size" ? sums.sizes : sums.sizes.map((size) => size / (1 + (size - 1) * correlation));
}

function noticesOf(clusters: number, icc: IccRecord | null): readonly Notice[] {
  const notices: Notice[] = [];
  if (clusters < FEW_CLUSTERS) notices.push(notice("few-clusters", { clusters }));
  if (icc !== null && icc.value < 0) notices.push(notice("icc-below-zero-in-weights", { icc: icc.value }));
  return notices;
}
