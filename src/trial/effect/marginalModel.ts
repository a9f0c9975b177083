import { type Summary, summaryOf } from "../../contract/analysis.ts";
import type { ClusterParts } from "../../contract/clusterParts.ts";
import { type Notice, notice } from "../../contract/notice.ts";
import { InputProblem } from "../../contract/problem.ts";
import type { Frame } from "../../data/frame.ts";
import { binomial, type FamilyName, gamma, gaussian, poisson } from "../../models/family/family.ts";
import { type LinkName, links } from "../../models/family/link.ts";
import { responseOf } from "../../models/family/response.ts";
import { fitGeneralisedLinear, type GeneralisedLinearFit } from "../../models/generalised/fitGeneralisedLinear.ts";
import { fitNegativeBinomial } from "../../models/generalised/fitNegativeBinomial.ts";
import { logLikelihood } from "../../models/generalised/logLikelihood.ts";
import { fitLinear } from "../../models/linear/fitLinear.ts";

/** A regression of participants that takes them as independent, for variances that do not. */
export interface MarginalModel {
  /** β, length p, in the order of the frame's design. */
  readonly coefficients: Float64Array;
  /** √ of the variances that coefficients would have if rows were independent. */
  readonly scales: Float64Array;
  readonly clusterParts: ClusterParts;
  /** What cr2 takes the variance of rows to be. */
  readonly target: "homoscedastic" | "working-variance";
  readonly summary: Summary;
  readonly notices: readonly Notice[];
  /** β without one cluster, from this fit on; null where that is no shorter than fitting anew. */
  readonly without: ((cluster: number) => Float64Array) | null;
}

/** Links that a family is fitted with. */
const linksOf: Readonly<Record<FamilyName, readonly LinkName[]>> = {
  gaussian: ["identity", "log"],
  binomial: ["logit", "log", "identity", "probit", "cloglog"],
  poisson: ["log", "identity"],
  gamma: ["log", "identity"],
  "negative-binomial": ["log"],
};

/** Events (or their absence, whichever is rarer) per coefficient below which estimates of ratios are rough (Peduzzi 1996). */
const FEW_EVENTS = 10;

/**
 * Least squares for gaussian identity; for everything else a generalised linear model by maximum (quasi-)likelihood.
 *
 * @throws InputProblem `family-not-available`, `outcome-outside-family`; and as `fitLinear` and `fitGeneralisedLinear`
 */
export function marginalModel(frame: Frame, family: FamilyName, link: LinkName): MarginalModel {
  const available = linksOf[family];
  if (!available.includes(link))
    throw new InputProblem("family-not-available", {
      method: "cluster-robust",
      family,
      link,
      available: `${family} with ${available.join(", ")}`,
    });
  return family === "gaussian" && link === "identity" ? leastSquares(frame) : likelihood(frame, family, link);
}

function leastSquares(frame: Frame): MarginalModel {
  const { values, weights, offset } = responseOf(frame.outcome, gaussian, "identity", frame.weights, frame.offset);
  const fit = fitLinear({
    terms: frame.design.terms.map(({ name }) => name),
    design: frame.design,
    outcome: offset === null ? values : values.map((value, i) => value - offset[i]!),
    cluster: frame.cluster,
    weights,
  });
  const spread = fit.residualStandardDeviation ?? Math.sqrt(fit.residualSumOfSquares);
  return {
    coefficients: fit.coefficients,
    scales: rowLengths(fit.root, fit.terms.length, spread),
    clusterParts: fit.clusterParts,
    target: "homoscedastic",
    summary: summaryOf({
      fStatistic: fit.fStatistic,
      residualStandardDeviation: fit.residualStandardDeviation,
      rSquared: fit.rSquared,
    }),
    notices: [],
    without: null,
  };
}

function likelihood(frame: Frame, family: FamilyName, link: LinkName): MarginalModel {
  const { outcome } = frame;
  const data = {
    terms: frame.design.terms.map(({ name }) => name),
    design: frame.design,
    response: responseOf(outcome, { id: family }, link, frame.weights, frame.offset),
    cluster: frame.cluster,
  };
  const { fit, theta } =
    family === "negative-binomial"
      ? fitNegativeBinomial(data, links[link])
      : { fit: fitGeneralisedLinear(data, { gaussian, binomial, poisson, gamma }[family], links[link]), theta: null };
  const p = data.terms.length;
  const maximised = frame.weights === null ? logLikelihood(outcome, family, fit, link !== "log", theta) : null;
  return {
    coefficients: fit.coefficients,
    scales: rowLengths(fit.root, p, fit.family.fixedDispersion ? 1 : Math.sqrt(fit.dispersion ?? 1)),
    clusterParts: fit.clusterParts,
    target: "working-variance",
    summary: summaryOf({
      dispersion: fit.dispersion,
      nbTheta: theta,
      logLikelihood: maximised?.logLikelihood ?? null,
      aic: maximised === null ? null : 2 * (p + maximised.others - maximised.logLikelihood),
      iterations: fit.iterations,
    }),
    notices: [
      ...(family === "negative-binomial" && theta === null ? [notice("no-overdispersion", {})] : []),
      ...fewEvents(frame, fit),
    ],
    without: theta === null ? (cluster) => fit.refit({ without: cluster }).coefficients : null,
  };
}

/** √ of the sums of squares of the rows of T, times the spread. */
const rowLengths = (root: Float64Array, p: number, spread: number): Float64Array =>
  Float64Array.from({ length: p }, (_, k) => spread * Math.hypot(...root.subarray(k * p, (k + 1) * p)));

/** Events without which estimates are rough and biased, whatever the variance. */
function fewEvents({ outcome }: Frame, { terms }: GeneralisedLinearFit): readonly Notice[] {
  if (outcome.kind === "continuous") return [];
  const events = outcome.values.reduce((sum, value) => sum + value, 0);
  const trials =
    outcome.kind === "binary"
      ? outcome.values.length
      : outcome.kind === "grouped"
        ? outcome.trials.reduce((sum, value) => sum + value, 0)
        : Number.POSITIVE_INFINITY;
  const rarer = Math.min(events, trials - events);
  const coefficients = Math.max(1, terms.length - 1);
  return rarer < FEW_EVENTS * coefficients
    ? [notice("few-events", { events: rarer, coefficients, without: events > rarer })]
    : [];
}
