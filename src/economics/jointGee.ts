import { type Notice, notice } from "../contract/notice.ts";
import type { designPhrases } from "../contract/phrases/design.ts";
import { DesignProblem, type FactsOf } from "../contract/problem.ts";
import {
  type EstimatingVarianceName,
  estimatingVariance,
} from "../inference/estimatingEquations/estimatingVariance.ts";
import { gaussian } from "../models/family/family.ts";
import { identityLink } from "../models/family/link.ts";
import { fitGee, type GeeFit } from "../models/gee/fitGee.ts";
import { workingCorrelations } from "../models/gee/workingCorrelation.ts";
import { jointEstimatingParts } from "../models/joint/jointEstimatingParts.ts";
import { defineJointEstimator } from "./jointEstimator.ts";
import type { JointData, JointEquation, JointFit } from "./jointFit.ts";
import { clusterDf, jointIncrements } from "./jointIncrements.ts";
import { requireClusters } from "./sur.ts";

/** Those that need no model of how cost and effect go together. */
const variances = [
  "average",
  "kauermann-carroll",
  "robust",
  "df",
  "mancl-derouen",
  "fay-graubard",
] as const satisfies readonly EstimatingVarianceName[];
const inferences = ["t", "z"] as const;
const correlations = ["exchangeable", "independence"] as const;

interface Choice {
  readonly variance: (typeof variances)[number];
  readonly inference: (typeof inferences)[number];
  readonly correlation: (typeof correlations)[number];
}

type CorrelationName = (typeof correlations)[number];

/** Clusters below which all but some variances reject too often, as the normal reference does (docs/simulation/binary.md). */
const FEW_CLUSTERS = 40;

/**
 * Increments in cost and effect by two sets of estimating equations, each with its own working correlation within
 * clusters, and a robust covariance of both together from the clusters' products of scores:
 *
 *   Cov(β̂) = M (Σⱼ ŝⱼŝⱼᵀ) M,   ŝⱼ = (û₁ⱼ, û₂ⱼ),   M = blockdiag(M₁, M₂)
 *
 * with each equation's score corrected by its own share of the information (estimatingVariance.ts). Gaussian with the
 * identity link. Independence answers the participant-average increments and is least squares (kauermann-carroll is then
 * CR2); exchangeable weighs clusters by precision. t on J − the coefficients constant within clusters.
 *
 * A working correlation outside its range gives way to independence, with a notice.
 *
 * @throws DesignProblem `one-cluster`, `no-degrees-of-freedom`, and as `fitGee`
 * @throws NumericalProblem as `fitGee`
 */
export const jointGee = defineJointEstimator({
  id: "gee",
  references: [
    "Liang K-Y, Zeger SL. Longitudinal data analysis using generalized linear models. Biometrika 1986;73:13-22",
    "Gomes M, Ng ES-W, Grieve R, Nixon R, Carpenter J, Thompson SG. Developing appropriate methods for cost-effectiveness analysis of cluster randomized trials. Med Decis Making 2012;32:350-361",
    "Ford WP, Westgate PM. Improved standard error estimator for maintaining the validity of inference in cluster randomized trials with a small number of clusters. Biom J 2017;59:478-495",
  ],
  variances,
  inferences,
  correlations,
  fit: estimate,
});

function estimate(data: JointData, { variance, inference, correlation }: Choice): JointFit {
  const { cost, effect, cluster } = data;
  const clusters = cluster.labels.length;
  if (clusters < 2) throw new DesignProblem("one-cluster", { clusters });
  requireClusters(data);
  const fits = [cost, effect].map((equation) => fitEquation(equation, data, correlation));
  const [one, two] = [fits[0]!, fits[1]!];
  const parts = jointEstimatingParts(one.fit.parts, two.fit.parts);
  const found = estimatingVariance(parts, variance === "df" ? "robust" : variance);
  const covariance =
    variance === "df" ? perEquation(found.covariance, cost.design.terms.length, clusters) : found.covariance;
  const used = fits.map((each) => each.correlation);
  return {
    ...jointIncrements(data, {
      coefficients: Float64Array.from([...one.fit.coefficients, ...two.fit.coefficients]),
      covariance,
      df: inference === "z" ? () => null : clusterDf(data),
    }),
    population: used.every((name) => name === "independence") ? "participant-average" : "precision-weighted",
    contrast: "marginal",
    variances: [],
    summary: { iterations: Math.max(one.fit.iterations, two.fit.iterations) },
    variant: {
      variance,
      inference,
      correlation,
      correlationUsed: { cost: used[0]!, effect: used[1]! },
      alpha: { cost: one.fit.alpha, effect: two.fit.alpha },
    },
    notices: [
      ...fits.flatMap(({ notices }) => notices),
      ...(found.determiningClusters.length === 0
        ? []
        : [
            notice("cluster-determines-coefficient", {
              clusters: found.determiningClusters.length,
              first: cluster.labels[found.determiningClusters[0]!]!,
            }),
          ]),
      ...fewClusters(clusters, variance, inference),
    ],
  };
}

interface FittedEquation {
  readonly fit: GeeFit;
  readonly correlation: CorrelationName;
  readonly notices: readonly Notice[];
}

function fitEquation(
  { values, design }: JointEquation,
  { cluster }: JointData,
  correlation: CorrelationName,
): FittedEquation {
  const fitWith = (name: CorrelationName) =>
    fitGee({
      terms: design.terms.map((term) => term.name),
      design,
      response: { values, weights: null, offset: null },
      cluster,
      family: gaussian,
      link: identityLink,
      correlation: workingCorrelations[name],
      moments: "n",
    });
  try {
    return { fit: fitWith(correlation), correlation, notices: [] };
  } catch (problem) {
    if (!(problem instanceof DesignProblem && problem.code === "correlation-out-of-range")) throw problem;
    const facts = problem.facts as FactsOf<typeof designPhrases, "correlation-out-of-range">;
    return {
      fit: fitWith("independence"),
      correlation: "independence",
      notices: [notice("independence-instead", facts)],
    };
  }
}

/** Multiplies the blocks of equations k and l by J/√((J − pₖ)(J − pₗ)). */
function perEquation(covariance: Float64Array, first: number, clusters: number): Float64Array {
  const p = Math.round(Math.sqrt(covariance.length));
  const factors = [first, p - first].map((coefficients) => {
    if (clusters <= coefficients)
      throw new DesignProblem("too-few-clusters-for-correction", { correction: "df", clusters, coefficients });
    return Math.sqrt(clusters / (clusters - coefficients));
  });
  const of = (k: number) => factors[k < first ? 0 : 1]!;
  return covariance.map((value, e) => value * of(Math.floor(e / p)) * of(e % p));
}

function fewClusters(clusters: number, variance: Choice["variance"], inference: Choice["inference"]) {
  const keepsLevel = (variance === "average" || variance === "mancl-derouen") && inference === "t";
  return keepsLevel || clusters >= FEW_CLUSTERS
    ? []
    : [notice("few-clusters-for-inference", { clusters, variance, inference, better: `variance "average" with t` })];
}
