import type { Frame } from "../../data/frame.ts";
import { scoresOfClusterParts } from "../../inference/wildBootstrap/clusterScores.ts";
import {
  binomial,
  type FamilyName,
  gamma,
  gaussian,
  negativeBinomialFamily,
  poisson,
} from "../../models/family/family.ts";
import { type LinkName, links } from "../../models/family/link.ts";
import { responseOf } from "../../models/family/response.ts";
import { geeScores } from "../../models/gee/geeScores.ts";
import { workingCorrelations } from "../../models/gee/workingCorrelation.ts";
import type { MarginalModel } from "./marginalModel.ts";
import type { Equations } from "./scoredModel.ts";

/** The estimating equations of a regression that takes rows as independent; a negative binomial θ stays at its estimate. */
export function marginalEquations(
  frame: Frame,
  family: FamilyName,
  link: LinkName,
  { coefficients, clusterParts, summary }: MarginalModel,
): Equations {
  if (family === "gaussian" && link === "identity") return { linear: true, scores: scoresOfClusterParts(clusterParts) };
  const negativeBinomial = summary.nbTheta === null ? poisson : negativeBinomialFamily(summary.nbTheta);
  const equations = geeScores(
    frame.design,
    responseOf(frame.outcome, { id: family }, link, frame.weights, frame.offset),
    frame.cluster,
    { gaussian, binomial, poisson, gamma, "negative-binomial": negativeBinomial }[family],
    links[link],
    workingCorrelations.independence,
    0,
  );
  return {
    linear: false,
    at: equations.at,
    start: equations.fromCoefficients(coefficients),
    fromContrast: equations.fromContrast,
  };
}
