import type { LinkName } from "../../../src/models/family/link.ts";
import type { ClusterCells } from "../../../src/models/generalisedMixed/clusterCells.ts";
import { densityOf } from "../../../src/models/generalisedMixed/densities.ts";
import type { MixedFamilyName } from "../../../src/models/generalisedMixed/generalisedMixedFit.ts";
import { randomStream } from "../../../src/numerics/random/randomStream.ts";

/** Every family of the mixed model with each of its links. */
export const mixedModels = [
  ["binomial", "logit"],
  ["binomial", "probit"],
  ["binomial", "cloglog"],
  ["poisson", "log"],
  ["negative-binomial", "log"],
  ["negative-binomial-1", "log"],
] as const satisfies readonly (readonly [MixedFamilyName, LinkName])[];

/** Cells of six clusters with three columns (intercept, covariate, indicator), one count large. */
export function simulatedCells(seed: number, family: MixedFamilyName, clusters = 6, each = 5): ClusterCells {
  const stream = randomStream(seed);
  const n = clusters * each;
  const isBinomial = family === "binomial";
  const size = Float64Array.from({ length: n }, () => 1 + stream.integer(isBinomial ? 4 : 2));
  const events = size.map((t, i) =>
    isBinomial ? stream.integer(t + 1) : i === 3 ? 150 : Math.floor(9 * stream.uniform() * stream.uniform()),
  );
  return {
    clusters,
    coefficients: 3,
    starts: Int32Array.from({ length: clusters + 1 }, (_, j) => j * each),
    design: Float64Array.from({ length: 3 * n }, (_, e) =>
      e % 3 === 0 ? 1 : e % 3 === 1 ? stream.uniform() - 0.5 : Math.floor(e / 3) % 2,
    ),
    offset: Float64Array.from({ length: n }, () => 0.3 * stream.uniform()),
    events,
    size,
    constant: 0,
    counts: { values: Float64Array.of(0, 1, 5, 100), weights: Float64Array.of(3, 2, 1, 2) },
  };
}

/** (β, σ[, a]) at which to look. */
export function somewhere(family: MixedFamilyName, link: LinkName, sigma: number): Float64Array {
  const point = [0.2, -0.4, 0.3, sigma];
  return Float64Array.from(densityOf(family, link).dispersed ? [...point, 0.3] : point);
}
