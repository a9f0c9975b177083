import { pilotShift } from "../../data/pilotShift.ts";
import { cholesky, choleskySolve } from "../../numerics/matrix/cholesky.ts";
import type { Family } from "../family/family.ts";
import type { Link } from "../family/link.ts";
import { canonicalPatterns } from "./canonicalPatterns.ts";
import { covariatePatterns } from "./covariatePatterns.ts";
import { fitGeneralisedLinear, type GeneralisedLinearData } from "./fitGeneralisedLinear.ts";

/** Squared step in standard errors from which Newton's next error is rounding. */
const CONVERGED = 1e-14;
const MAX_ITERATIONS = 25;
/** Share of a column's information that those before it must leave unexplained; with less, the long way looks at its rank. */
const INDEPENDENT = 1e-8;

/** Coefficients of a generalised linear model with canonical link by how often each cluster counts. */
export interface ReweightedMaximum {
  /** β, overwritten by the next call; null where Newton's method does not get there at once. */
  coefficients(multiplicity: Int32Array): Float64Array | null;
}

/**
 * Newton's method over covariate patterns, each counted as often as its cluster, from the maximum of all clusters on. The
 * likelihood of a canonical link is concave, so that what it converges to is the maximum; separation, columns that the
 * clusters cannot tell apart and steps that grow are left to whoever looks at the rows.
 */
export function reweightedMaximum(data: GeneralisedLinearData, family: Family, link: Link): ReweightedMaximum {
  const { terms, design, response, cluster } = data;
  const shift = pilotShift(terms, design, []);
  const patterns = canonicalPatterns(covariatePatterns(design, response, cluster, shift), terms, shift);
  const { columns: p, clusters, starts, counts, outcomes, weights, offsets, coordinates: z, toCoefficients } = patterns;
  const start = patterns.toCanonical(fitGeneralisedLinear(data, family, link).coefficients);
  const b = new Float64Array(p);
  const gradient = new Float64Array(p);
  const hessian = new Float64Array(p * p);
  const lower = new Float64Array(p * p);
  const beta = new Float64Array(p);

  const differentiate = (multiplicity: Int32Array) => {
    gradient.fill(0);
    hessian.fill(0);
    for (let j = 0; j < clusters; j++) {
      const times = multiplicity[j]!;
      if (times === 0) continue;
      for (let g = starts[j]!; g < starts[j + 1]!; g++) {
        const at = g * p;
        let eta = offsets === null ? 0 : offsets[g]!;
        for (let k = 0; k < p; k++) eta += z[at + k]! * b[k]!;
        const mean = link.mean(eta);
        const total = times * counts[g]! * (weights === null ? 1 : weights[g]!);
        const score = total * (outcomes[g]! - mean);
        const weight = total * family.variance(mean);
        for (let a = 0; a < p; a++) {
          const x = z[at + a]!;
          gradient[a]! += score * x;
          const factor = weight * x;
          for (let c = 0; c <= a; c++) hessian[a * p + c]! += factor * z[at + c]!;
        }
      }
    }
    for (let a = 0; a < p; a++) for (let c = 0; c < a; c++) hessian[c * p + a] = hessian[a * p + c]!;
  };

  return {
    coefficients(multiplicity) {
      b.set(start);
      let previous = Number.POSITIVE_INFINITY;
      for (let iteration = 0; iteration < MAX_ITERATIONS; iteration++) {
        differentiate(multiplicity);
        if (!cholesky(hessian, p, lower)) return null;
        for (let k = 0; k < p; k++) if (!(lower[k * p + k]! ** 2 > INDEPENDENT * hessian[k * p + k]!)) return null;
        beta.set(gradient);
        choleskySolve(lower, p, beta, beta);
        let decrement = 0;
        for (let k = 0; k < p; k++) decrement += gradient[k]! * beta[k]!;
        if (!(decrement < previous || iteration < 2)) return null;
        previous = decrement;
        for (let k = 0; k < p; k++) b[k]! += beta[k]!;
        if (decrement < CONVERGED) {
          for (let a = 0; a < p; a++) {
            let value = 0;
            for (let c = 0; c < p; c++) value += toCoefficients[a * p + c]! * b[c]!;
            beta[a] = value;
          }
          return beta;
        }
      }
      return null;
    },
  };
}
