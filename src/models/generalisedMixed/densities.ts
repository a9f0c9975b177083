import { InputProblem } from "../../contract/problem.ts";
import type { LinkName } from "../family/link.ts";
import { gammaDensity } from "./amountDensity.ts";
import { cloglogDensity, logitDensity, probitDensity } from "./binomialDensity.ts";
import type { ConditionalDensity } from "./conditionalDensity.ts";
import { nb1Density, nb2Density, poissonDensity } from "./countDensity.ts";
import type { MixedFamilyName } from "./generalisedMixedFit.ts";

const densities: Readonly<Record<MixedFamilyName, Partial<Record<LinkName, ConditionalDensity>>>> = {
  binomial: { logit: logitDensity, probit: probitDensity, cloglog: cloglogDensity },
  poisson: { log: poissonDensity },
  "negative-binomial": { log: nb2Density },
  "negative-binomial-1": { log: nb1Density },
  gamma: { log: gammaDensity },
};

/**
 * The conditional distribution of a family and a link.
 *
 * @throws InputProblem `family-not-available` for a link that the mixed model of that family does not have
 */
export function densityOf(family: MixedFamilyName, link: LinkName): ConditionalDensity {
  const density = densities[family][link];
  if (density === undefined)
    throw new InputProblem("family-not-available", {
      method: "generalised-linear-mixed-model",
      family,
      link,
      available: `links ${Object.keys(densities[family]).join(", ")} there`,
    });
  return density;
}
