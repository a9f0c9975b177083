import { cholesky, choleskySolve } from "../../numerics/matrix/cholesky.ts";
import type { Family } from "../family/family.ts";
import type { Link } from "../family/link.ts";
import type { CanonicalPatterns } from "./canonicalPatterns.ts";

/** Half the deviance of a generalised linear model as a function of b, with derivatives; all arrays are its own. */
export interface Likelihood {
  readonly patterns: CanonicalPatterns;
  readonly family: Family;
  readonly link: Link;
  /** Cluster left out; null for none. */
  readonly without: number | null;
  /** Rows in use. */
  readonly rows: number;
  /** Can the link give means outside their range? */
  readonly bounded: boolean;
  /** Mean prior weight times the dispersion of a model without covariates (1 where the family fixes it): makes squares of steps squares of standard errors. */
  readonly unit: number;
  /** η of every pattern where the function was last evaluated, length G. */
  readonly predictor: Float64Array;
  /** Σ w(ȳ − μ) μ′/V z, the descent direction's right-hand side, length p. */
  readonly gradient: Float64Array;
  /** p × p */
  readonly hessian: Float64Array;
  /** Half the deviance at b, plus `barrier` times the logarithmic barrier; +∞ where means are out of range. */
  moveTo(b: Float64Array, barrier?: number): number;
  /** Fills gradient and Hessian (observed, or expected information) where it was last evaluated. */
  differentiate(observed: boolean, barrier: number): void;
  /** Zδ, length G. */
  project(step: Float64Array, out: Float64Array): void;
  /** Largest multiple of a change of η that stays in range. */
  room(change: Float64Array): number;
  /** Rows whose means are at an edge at b, with that edge; null when there are none. */
  atEdge(b: Float64Array): { readonly bound: number; readonly rows: number } | null;
  /** Points to start from that are in range, best first. */
  starts(given: Float64Array | null): readonly Float64Array[];
  /** The edge at which all outcomes are, if the link can reach it; null otherwise. */
  readonly constantAt: number | null;
  /** Largest entry of the gradient in size. */
  largestScore(): number;
}

/** Share of the common mean's distance to the edge at which a mean counts as being at it. */
const EDGE = 1e-5;

export function likelihoodOf(
  patterns: CanonicalPatterns,
  family: Family,
  link: Link,
  without: number | null,
): Likelihood {
  const { columns: p, clusters, starts, counts, outcomes, weights, offsets, coordinates: z } = patterns;
  const size = counts.length;
  const edges = edgesOf(family, link);
  const bounded = Number.isFinite(edges.lower) || Number.isFinite(edges.upper);
  const predictor = new Float64Array(size);
  const gradient = new Float64Array(p);
  const hessian = new Float64Array(p * p);
  const ownGradient = new Float64Array(p);
  const ownHessian = new Float64Array(p * p);
  const total = (g: number) => (weights === null ? counts[g]! : counts[g]! * weights[g]!);

  const project = (step: Float64Array, out: Float64Array) => {
    for (let g = 0, at = 0; g < size; g++, at += p) {
      let value = 0;
      for (let k = 0; k < p; k++) value += z[at + k]! * step[k]!;
      out[g] = value;
    }
  };

  const halfDeviance = (barrier: number) => {
    let sum = 0;
    for (let j = 0; j < clusters; j++) {
      if (j === without) continue;
      let own = 0;
      for (let g = starts[j]!; g < starts[j + 1]!; g++) {
        const eta = predictor[g]!;
        if (!(eta > edges.lower && eta < edges.upper)) return Number.POSITIVE_INFINITY;
        let part = family.deviance(outcomes[g]!, link.mean(eta)) / 2;
        if (barrier > 0) part -= barrier * logRoom(eta, edges);
        own += total(g) * part;
      }
      sum += own;
    }
    return Number.isNaN(sum) ? Number.POSITIVE_INFINITY : sum;
  };

  const likelihood: Likelihood = {
    patterns,
    family,
    link,
    without,
    rows: patterns.rows - rowsOf(patterns, without),
    bounded,
    unit: unitOf(patterns, family, without),
    constantAt: constantEdge(patterns, family, edges, without),
    predictor,
    gradient,
    hessian,
    moveTo(b, barrier = 0) {
      project(b, predictor);
      if (offsets !== null) for (let g = 0; g < size; g++) predictor[g]! += offsets[g]!;
      return halfDeviance(barrier);
    },
    differentiate(observed, barrier) {
      gradient.fill(0);
      hessian.fill(0);
      for (let j = 0; j < clusters; j++) {
        if (j === without) continue;
        ownGradient.fill(0);
        ownHessian.fill(0);
        for (let g = starts[j]!; g < starts[j + 1]!; g++) {
          const eta = predictor[g]!;
          const mean = link.mean(eta);
          const slope = link.slope(eta);
          const variance = family.variance(mean);
          let score = 0;
          let weight = 0;
          // A mean rounded to the edge of its range tells nothing any more.
          if (variance > 0 && slope !== 0) {
            const residual = outcomes[g]! - mean;
            score = (residual * slope) / variance;
            weight = (slope * slope) / variance;
            if (observed)
              weight -= residual * (link.curvature(eta) / variance - (weight * family.varianceSlope(mean)) / variance);
          }
          if (barrier > 0) {
            const below = eta - edges.lower;
            const above = edges.upper - eta;
            score += barrier * (1 / below - 1 / above);
            weight += barrier * (1 / (below * below) + 1 / (above * above));
          }
          const times = total(g);
          score *= times;
          weight *= times;
          for (let a = 0, at = g * p; a < p; a++) {
            const x = z[at + a]!;
            ownGradient[a]! += score * x;
            const factor = weight * x;
            for (let c = 0; c <= a; c++) ownHessian[a * p + c]! += factor * z[at + c]!;
          }
        }
        for (let a = 0; a < p; a++) {
          gradient[a]! += ownGradient[a]!;
          for (let c = 0; c <= a; c++) hessian[a * p + c]! += ownHessian[a * p + c]!;
        }
      }
      for (let a = 0; a < p; a++) for (let c = 0; c < a; c++) hessian[c * p + a] = hessian[a * p + c]!;
    },
    project,
    room(change) {
      let room = Number.POSITIVE_INFINITY;
      if (!bounded) return room;
      for (let j = 0; j < clusters; j++) {
        if (j === without) continue;
        for (let g = starts[j]!; g < starts[j + 1]!; g++) {
          const slack = change[g]! > 0 ? edges.upper - predictor[g]! : edges.lower - predictor[g]!;
          if (change[g] !== 0) room = Math.min(room, slack / change[g]!);
        }
      }
      return room;
    },
    atEdge(b) {
      likelihood.moveTo(b);
      const rows = { lower: 0, upper: 0 };
      const middle = link.predictor(commonMean(patterns, family, without));
      for (let j = 0; j < clusters; j++) {
        if (j === without) continue;
        for (let g = starts[j]!; g < starts[j + 1]!; g++) {
          if (predictor[g]! - edges.lower < EDGE * (middle - edges.lower)) rows.lower += counts[g]!;
          if (edges.upper - predictor[g]! < EDGE * (edges.upper - middle)) rows.upper += counts[g]!;
        }
      }
      if (rows.upper > 0) return { bound: family.highest, rows: rows.upper };
      return rows.lower > 0 ? { bound: family.lowest, rows: rows.lower } : null;
    },
    starts: (given) => startingPoints(likelihood, given, edges),
    largestScore: () => gradient.reduce((most, each) => Math.max(most, Math.abs(each)), 0),
  };
  return likelihood;
}

/** Where η must lie for the mean to lie in the family's range. */
interface Edges {
  readonly lower: number;
  readonly upper: number;
}

function edgesOf({ lowest, highest }: Family, link: Link): Edges {
  const lower = link.predictor(lowest);
  const upper = link.predictor(highest);
  return {
    lower: Number.isNaN(lower) ? Number.NEGATIVE_INFINITY : lower,
    upper: Number.isNaN(upper) ? Number.POSITIVE_INFINITY : upper,
  };
}

const logRoom = (eta: number, { lower, upper }: Edges): number =>
  (lower > Number.NEGATIVE_INFINITY ? Math.log(eta - lower) : 0) +
  (upper < Number.POSITIVE_INFINITY ? Math.log(upper - eta) : 0);

const rowsOf = ({ starts, counts }: CanonicalPatterns, cluster: number | null): number => {
  let rows = 0;
  if (cluster !== null) for (let g = starts[cluster]!; g < starts[cluster + 1]!; g++) rows += counts[g]!;
  return rows;
};

/** The common mean, or a starting value where that is at the edge of the range. */
function commonMean(patterns: CanonicalPatterns, family: Family, without: number | null): number {
  const { total, sum } = totals(patterns, without);
  const mean = sum / total;
  return mean > family.lowest && mean < family.highest ? mean : family.start(mean, total);
}

function constantEdge(
  { starts, outcomes }: CanonicalPatterns,
  { lowest, highest }: Family,
  edges: Edges,
  without: number | null,
): number | null {
  const all = (edge: number) =>
    outcomes.every(
      (outcome, g) => outcome === edge || (without !== null && g >= starts[without]! && g < starts[without + 1]!),
    );
  if (Number.isFinite(edges.lower) && all(lowest)) return lowest;
  return Number.isFinite(edges.upper) && all(highest) ? highest : null;
}

/** Σ n, Σ n w and Σ n w y over the patterns in use. */
function totals({ starts, counts, outcomes, weights }: CanonicalPatterns, without: number | null) {
  let rows = 0;
  let total = 0;
  let sum = 0;
  for (let g = 0; g < counts.length; g++) {
    if (without !== null && g >= starts[without]! && g < starts[without + 1]!) continue;
    const times = weights === null ? counts[g]! : counts[g]! * weights[g]!;
    rows += counts[g]!;
    total += times;
    sum += times * outcomes[g]!;
  }
  return { rows, total, sum };
}

function unitOf(patterns: CanonicalPatterns, family: Family, without: number | null): number {
  const { rows, total, sum } = totals(patterns, without);
  if (family.fixedDispersion) return total / rows;
  const { starts, counts, outcomes, weights } = patterns;
  let deviance = 0;
  for (let g = 0; g < counts.length; g++) {
    if (without !== null && g >= starts[without]! && g < starts[without + 1]!) continue;
    const times = weights === null ? counts[g]! : counts[g]! * weights[g]!;
    deviance += times * family.deviance(outcomes[g]!, sum / total);
  }
  return deviance > 0 ? deviance / rows : total / rows;
}

/** The given point, then the least-squares step from the outcomes themselves, then the common mean: those in range. */
function startingPoints(likelihood: Likelihood, given: Float64Array | null, edges: Edges): readonly Float64Array[] {
  const candidates = [given, fromOutcomes(likelihood), fromCommonMean(likelihood, edges)];
  const found = candidates.flatMap((b, rank) => {
    if (b === null || !b.every(Number.isFinite)) return [];
    const value = likelihood.moveTo(b);
    return Number.isFinite(value) ? [{ b, value: b === given ? Number.NEGATIVE_INFINITY : value, rank }] : [];
  });
  return found.sort((a, b) => a.value - b.value || a.rank - b.rank).map(({ b }) => b);
}

/** One step of scoring from means near the outcomes, as R's `glm` begins. */
function fromOutcomes({ patterns, family, link, without }: Likelihood): Float64Array | null {
  const { columns: p, starts, counts, outcomes, weights, offsets, coordinates: z } = patterns;
  const information = new Float64Array(p * p);
  const b = new Float64Array(p);
  for (let g = 0; g < counts.length; g++) {
    if (without !== null && g >= starts[without]! && g < starts[without + 1]!) continue;
    const times = weights === null ? counts[g]! : counts[g]! * weights[g]!;
    const mean = family.start(outcomes[g]!, times);
    const eta = link.predictor(mean);
    const slope = link.slope(eta);
    const weight = (times * slope * slope) / family.variance(mean);
    const working = eta + (outcomes[g]! - mean) / slope - (offsets === null ? 0 : offsets[g]!);
    for (let a = 0, at = g * p; a < p; a++) {
      const factor = weight * z[at + a]!;
      b[a]! += factor * working;
      for (let c = 0; c < p; c++) information[a * p + c]! += factor * z[at + c]!;
    }
  }
  if (!cholesky(information, p, information)) return null;
  choleskySolve(information, p, b, b);
  return b;
}

/** All means alike but for their offsets, which must leave room. */
function fromCommonMean(likelihood: Likelihood, { lower, upper }: Edges): Float64Array | null {
  const { patterns, family, link, without } = likelihood;
  const { columns: p, starts, offsets, coordinates } = patterns;
  const mean = commonMean(patterns, family, without);
  let least = offsets === null ? 0 : Number.POSITIVE_INFINITY;
  let most = offsets === null ? 0 : Number.NEGATIVE_INFINITY;
  if (offsets !== null)
    for (let g = 0; g < offsets.length; g++) {
      if (without !== null && g >= starts[without]! && g < starts[without + 1]!) continue;
      least = Math.min(least, offsets[g]!);
      most = Math.max(most, offsets[g]!);
    }
  const wanted = least === most ? link.predictor(mean) - least : levelOf(likelihood, mean, least, most);
  const from = lower - least;
  const to = upper - most;
  if (!(from < to)) return null;
  let level = wanted;
  if (!(level > from && level < to)) {
    const finite = [from, to].map(Number.isFinite);
    level = finite[0] && finite[1] ? (from + to) / 2 : finite[0] ? from + mean : to - 1;
  }
  const b = new Float64Array(p);
  b[0] = level / coordinates[0]!;
  return b;
}

/** The level c at which means g⁻¹(c + offset) add up to the outcomes, by halving: offsets may be far apart. */
function levelOf({ patterns, link, without }: Likelihood, mean: number, least: number, most: number): number {
  const { starts, counts, weights, offsets } = patterns;
  let low = link.predictor(mean) - most;
  let high = link.predictor(mean) - least;
  for (let round = 0; round < 50; round++) {
    const middle = (low + high) / 2;
    let excess = 0;
    for (let g = 0; g < counts.length; g++) {
      if (without !== null && g >= starts[without]! && g < starts[without + 1]!) continue;
      const times = weights === null ? counts[g]! : counts[g]! * weights[g]!;
      excess += times * (link.mean(middle + offsets![g]!) - mean);
    }
    if (excess > 0) high = middle;
    else low = middle;
  }
  return (low + high) / 2;
}
