import { digamma } from "../../numerics/special/digamma.ts";
import { logGamma } from "../../numerics/special/logGamma.ts";
import { trigamma } from "../../numerics/special/trigamma.ts";
import type { ClusterCells } from "./clusterCells.ts";
import type { ConditionalDensity } from "./conditionalDensity.ts";

/**
 * Gamma with log link, Var = μ²/ν, ν = e^a. Rows with the same covariates and offset enter by Y = Σwy and W = Σw:
 *
 *   ℓ = −ν(Y e^−η + Wη) + Σ w (ν log ν − log Γ(ν) + (ν − 1) log y)
 *
 * whose second part is of the outcomes and a alone (`ofCounts`, where values are the outcomes).
 */
export const gammaDensity: ConditionalDensity = {
  dispersed: true,
  overall({ events, size, offset }: ClusterCells) {
    let total = 0;
    let out = 0;
    for (let c = 0; c < events.length; c++) {
      total += events[c]! * Math.exp(-offset[c]!);
      out += size[c]!;
    }
    return Math.log(total / out);
  },
  risesForEver: () => false,
  fallsForEver: () => false,
  ofCounts({ counts: { values, weights } }, logDispersion) {
    const shape = Math.exp(logDispersion);
    let total = 0;
    let logs = 0;
    for (let k = 0; k < values.length; k++) {
      total += weights[k]!;
      logs += weights[k]! * Math.log(values[k]!);
    }
    const slope = total * (logDispersion + 1 - digamma(shape)) + logs;
    return [
      total * (shape * logDispersion - logGamma(shape)) + (shape - 1) * logs,
      shape * slope,
      shape * slope + shape * total * (1 - shape * trigamma(shape)),
    ];
  },
  fill(part, { events, size }, from, to, eta, logDispersion, out) {
    const shape = Math.exp(logDispersion);
    for (let c = from, i = 0; c < to; c++, i++) {
      const ratio = shape * events[c]! * Math.exp(-eta[i]!);
      const weight = shape * size[c]!;
      out.first[i] = ratio - weight;
      out.second[i] = -ratio;
      if (part === "slope") continue;
      const value = -ratio - weight * eta[i]!;
      // ν is a factor of all, so that derivatives in its log are the thing itself.
      out.value[i] = value;
      out.dispersion[i] = value;
      out.dispersion1[i] = ratio - weight;
      out.dispersion2[i] = -ratio;
      out.dispersionTwice[i] = value;
      out.dispersionTwice1[i] = ratio - weight;
      out.dispersionTwice2[i] = -ratio;
      if (part === "node") continue;
      out.third[i] = ratio;
      out.fourth[i] = -ratio;
      out.dispersion3[i] = ratio;
    }
  },
};
