import type { Reweighted } from "../../contract/reweighted.ts";
import { clusterAverages, reweightedEffects } from "../../data/averagedEffects.ts";
import type { Frame } from "../../data/frame.ts";
import { binomial, type FamilyName, poisson } from "../../models/family/family.ts";
import { type LinkName, links } from "../../models/family/link.ts";
import { responseOf } from "../../models/family/response.ts";
import { reweightedMaximum } from "../../models/generalised/reweightedMaximum.ts";

/**
 * Effects of logistic and Poisson regression by how often each cluster counts, from covariate patterns; standard errors, and
 * resamples in which Newton's method does not converge at once, are left to the rows.
 *
 * @returns null for other links, whose likelihood may have an edge
 */
export function reweightedGeneralised(frame: Frame, family: FamilyName, link: LinkName): Reweighted | null {
  const chosen =
    family === "binomial" && link === "logit" ? binomial : family === "poisson" && link === "log" ? poisson : null;
  if (chosen === null) return null;
  const { design, effects, cluster, outcome } = frame;
  const averages = clusterAverages(frame);
  const between = design.terms.filter(({ variesWithinClusters }) => !variesWithinClusters).length;
  const data = {
    terms: design.terms.map(({ name }) => name),
    design,
    response: responseOf(outcome, { id: family }, link, frame.weights, frame.offset),
    cluster,
  };
  const { coefficients } = reweightedMaximum(data, chosen, links[link]);
  return {
    effects: effects.length,
    estimate(multiplicity, out, standardErrors = true) {
      if (standardErrors) return null;
      let clusters = 0;
      for (let j = 0; j < multiplicity.length; j++) clusters += multiplicity[j]!;
      const beta = clusters > between && clusters > 1 ? coefficients(multiplicity) : null;
      if (beta === null) return null;
      const asked = reweightedEffects(effects, averages, multiplicity);
      for (let e = 0; e < asked.length; e++) {
        const { weights } = asked[e]!;
        let value = 0;
        for (let k = 0; k < weights.length; k++) if (weights[k] !== 0) value += weights[k]! * beta[k]!;
        out[e] = value;
      }
      return true;
    },
    nearlyWithout: null,
  };
}
