import { type Notice, notice } from "../contract/notice.ts";
import { DesignProblem } from "../contract/problem.ts";
import { corrections } from "../inference/sandwich/correction.ts";
import { type SandwichVariance, sandwichVariance } from "../inference/sandwich/sandwichVariance.ts";
import { satterthwaite } from "../inference/sandwich/satterthwaite.ts";
import { jointMoments } from "../models/joint/jointMoments.ts";
import { fitSeeminglyUnrelated, type JointWeighting } from "../models/joint/seeminglyUnrelated.ts";
import { seeminglyUnrelatedParts } from "../models/joint/seeminglyUnrelatedParts.ts";
import { fewClusters } from "../trial/effect/fewClusters.ts";
import { defineJointEstimator } from "./jointEstimator.ts";
import type { JointData, JointFit } from "./jointFit.ts";
import { clusterDf, jointIncrements } from "./jointIncrements.ts";

const inferences = ["satterthwaite", "t", "z"] as const;

const FEW_DF = 5;

interface Choice {
  readonly variance: (typeof corrections)[number];
  readonly inference: (typeof inferences)[number];
}

const references = [
  "Zellner A. An efficient method of estimating seemingly unrelated regressions and tests for aggregation bias. J Am Stat Assoc 1962;57:348-368",
  "Willan AR, Briggs AH, Hoch JS. Regression methods for covariate adjustment and subgroup analysis for non-censored cost-effectiveness data. Health Econ 2004;13:461-475",
  "Gomes M, Ng ES-W, Grieve R, Nixon R, Carpenter J, Thompson SG. Developing appropriate methods for cost-effectiveness analysis of cluster randomized trials. Med Decis Making 2012;32:350-361",
  "Pustejovsky JE, Tipton E. Small-sample methods for cluster-robust variance estimation and hypothesis testing in fixed effects models. J Bus Econ Stat 2018;36:672-683",
];

const estimator = <const Id extends string>(id: Id, weighting: JointWeighting) =>
  defineJointEstimator({
    id,
    references,
    variances: corrections,
    inferences,
    correlations: [],
    fit: (data: JointData, choice: Choice) => estimate(data, choice, weighting),
  });

/**
 * Increments in cost and effect from two regressions with correlated residuals (seeminglyUnrelated.ts) and the
 * cluster-robust covariance of all their coefficients:
 *
 *   Cov(β̂) = M (Σⱼ XⱼᵀWⱼAⱼ eⱼeⱼᵀ AⱼᵀWⱼXⱼ) M,   X block-diagonal, W = Σ⁻¹ ⊗ I
 *
 * With the same covariates in both, this is least squares. cr2 is unbiased were rows independent with the covariance Σ
 * between their two outcomes; Satterthwaite's degrees of freedom of any combination, such as a net benefit, are those
 * under that Σ. With the same covariates they are the same for every combination of cost and effect.
 *
 * Answers the participant-average increments (nearly so where covariates differ, since rows then borrow from each other).
 *
 * @throws DesignProblem `one-cluster`, `no-degrees-of-freedom`, `too-few-rows`, `rank-deficient`, `no-variation`, `outcomes-proportional`,
 *   `too-few-clusters-for-correction`
 */
export const sur = estimator("sur", "generalised");

/** The same with Σ and the coefficients repeated until neither changes. */
export const iteratedSur = estimator("iterated-sur", "iterated");

/** Each equation by its own least squares; the covariance between them from the clusters. */
export const leastSquares = estimator("least-squares", "least-squares");

function estimate(data: JointData, { variance: correction, inference }: Choice, weighting: JointWeighting): JointFit {
  const { cost, effect, cluster } = data;
  const clusters = cluster.labels.length;
  if (clusters < 2) throw new DesignProblem("one-cluster", { clusters });
  requireClusters(data);
  const fitted = fitSeeminglyUnrelated(jointMoments([cost, effect], cluster), weighting);
  const variance = sandwichVariance(seeminglyUnrelatedParts(fitted), correction);
  const counted = clusterDf(data);
  const df = {
    satterthwaite: (contrast: Float64Array) => satterthwaite(variance, contrast),
    t: counted,
    z: () => null,
  };
  const found = jointIncrements(data, {
    coefficients: fitted.coefficients,
    covariance: variance.covariance,
    df: df[inference],
  });
  const sigma = fitted.residualCovariance;
  return {
    ...found,
    population: "participant-average",
    contrast: "marginal",
    variances: [
      residual(cost.name, null, sigma[0]!, null),
      residual(effect.name, null, sigma[3]!, null),
      residual(cost.name, effect.name, sigma[1]!, sigma[1]! / Math.sqrt(sigma[0]! * sigma[3]!)),
    ],
    summary: { iterations: weighting === "iterated" ? fitted.iterations : null },
    variant: { variance: correction, inference, target: "residual-covariance" },
    notices: noticesOf(data, variance, found, { variance: correction, inference }),
  };
}

const residual = (term: string, other: string | null, variance: number, correlation: number | null) => ({
  group: "residual",
  term,
  with: other,
  variance,
  standardDeviation: other === null ? Math.sqrt(variance) : null,
  correlation,
  interval: null,
});

/**
 * Increments are differences between clusters, which take more of them than coefficients of clusters.
 *
 * @throws DesignProblem `no-degrees-of-freedom`
 */
export function requireClusters({ cost, effect, cluster }: Pick<JointData, "cost" | "effect" | "cluster">): void {
  const clusters = cluster.labels.length;
  for (const { design } of [cost, effect]) {
    const coefficients = design.terms.filter((term) => !term.variesWithinClusters).length;
    if (clusters <= coefficients) throw new DesignProblem("no-degrees-of-freedom", { clusters, coefficients });
  }
}

function noticesOf(
  { cluster, arm }: JointData,
  variance: SandwichVariance,
  { df, increments }: Pick<JointFit, "df" | "increments">,
  chosen: Choice,
): readonly Notice[] {
  const notices: Notice[] = [];
  const { clusters, determiningClusters } = variance;
  if (determiningClusters.length > 0)
    notices.push(
      notice("cluster-determines-coefficient", {
        clusters: determiningClusters.length,
        first: cluster.labels[determiningClusters[0]!]!,
      }),
    );
  notices.push(...fewClusters(clusters, chosen.variance, chosen.inference));
  if (chosen.inference === "satterthwaite")
    increments.forEach((_, a) => {
      for (const [k, what] of ["cost", "effect"].entries()) {
        const unit = new Float64Array(2 * increments.length);
        unit[2 * a + k] = 1;
        const found = df(unit)!;
        if (found < FEW_DF)
          notices.push(notice("few-degrees-of-freedom", { term: `${what} of ${arm.levels[a + 1]!}`, df: found }));
      }
    });
  return notices;
}
