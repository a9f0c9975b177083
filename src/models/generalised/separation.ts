import { DesignProblem } from "../../contract/problem.ts";
import { symmetricEigen } from "../../numerics/matrix/eigen.ts";
import { multiply } from "../../numerics/matrix/product.ts";
import type { Likelihood } from "./likelihood.ts";

/** Share of the largest change of η from which a pattern counts as moving. */
const MOVES = 1e-3;

/**
 * Does a change of η move only patterns whose outcomes are all at the edge of the range, and each towards its own edge?
 * Then the likelihood rises in that direction for ever (Albert & Anderson 1984): separation, complete or quasi-complete.
 */
export function isSeparating({ patterns, family, without }: Likelihood, change: Float64Array): boolean {
  const { starts, counts, outcomes } = patterns;
  const largest = largestOf(change, starts, without);
  if (!(largest > MOVES)) return false;
  for (let g = 0; g < counts.length; g++) {
    if (isOut(starts, without, g) || Math.abs(change[g]!) <= MOVES * largest) continue;
    const edge = change[g]! < 0 ? family.lowest : family.highest;
    if (outcomes[g] !== edge) return false;
  }
  return true;
}

/** Share of the largest eigenvalue below which a direction has no length among the patterns that stay. */
const NOTHING = 1e-13;

/**
 * Is there such a direction exactly, near a step that looks like one? What the patterns that stay still can see of the
 * step is taken out of it; the rest must move the others, and each towards its own edge.
 */
export function isSeparated(likelihood: Likelihood, step: Float64Array, change: Float64Array): boolean {
  const { patterns, without } = likelihood;
  const { columns: p, starts, counts, coordinates: z } = patterns;
  const largest = largestOf(change, starts, without);
  const still = new Float64Array(p * p);
  for (let g = 0; g < counts.length; g++) {
    if (isOut(starts, without, g) || Math.abs(change[g]!) > MOVES * largest) continue;
    for (let a = 0; a < p; a++)
      for (let c = 0; c < p; c++) still[a * p + c]! += counts[g]! * z[g * p + a]! * z[g * p + c]!;
  }
  const values = new Float64Array(p);
  const vectors = new Float64Array(p * p);
  symmetricEigen(still, p, values, vectors);
  const direction = new Float64Array(p);
  for (let k = 0; k < p; k++) {
    if (values[k]! > NOTHING * values[p - 1]!) continue;
    let along = 0;
    for (let a = 0; a < p; a++) along += vectors[a * p + k]! * step[a]!;
    for (let a = 0; a < p; a++) direction[a]! += along * vectors[a * p + k]!;
  }
  const exact = new Float64Array(change.length);
  likelihood.project(direction, exact);
  // Patterns that stay are still to rounding now; nothing else may be among those that do not move outwards.
  for (let g = 0; g < counts.length; g++) if (Math.abs(change[g]!) <= MOVES * largest) exact[g] = 0;
  return largestOf(exact, starts, without) > largest / 2 && isSeparating(likelihood, exact);
}

/** The problem that such a change of η shows, by the term that runs off fastest. */
export function separationProblem(
  { patterns, family, without }: Likelihood,
  step: Float64Array,
  change: Float64Array,
): DesignProblem {
  const { columns: p, terms, cross, toCoefficients, starts, counts, outcomes } = patterns;
  const direction = new Float64Array(p);
  multiply(toCoefficients, step, p, p, 1, direction);
  let fastest = 0;
  let most = 0;
  for (let k = 1; k < p; k++) {
    const mean = cross[k]! / cross[0]!;
    const speed = Math.abs(direction[k]!) * Math.sqrt(Math.max(0, cross[k * p + k]! / cross[0]! - mean * mean));
    // Written so that of equals the first counts: the arm comes before the covariates.
    if (speed > most * 1.001) {
      most = speed;
      fastest = k;
    }
  }
  const largest = largestOf(change, starts, without);
  let low = 0;
  let high = 0;
  for (let g = 0; g < counts.length; g++) {
    if (isOut(starts, without, g) || Math.abs(change[g]!) <= MOVES * largest) continue;
    if (outcomes[g] === family.lowest) low += counts[g]!;
    else high += counts[g]!;
  }
  const term = terms[most > MOVES * largest ? fastest : 0]!;
  return new DesignProblem("separation", { term, reason: sayRows(low, high) });
}

const sayRows = (low: number, high: number): string =>
  high === 0
    ? `the ${low} rows that it sets apart have no event`
    : low === 0
      ? `the ${high} rows that it sets apart all have the event`
      : `it tells ${high} rows with the event from ${low} without it, and none is on the wrong side`;

const isOut = (starts: Int32Array, without: number | null, g: number): boolean =>
  without !== null && g >= starts[without]! && g < starts[without + 1]!;

function largestOf(change: Float64Array, starts: Int32Array, without: number | null): number {
  let largest = 0;
  for (let g = 0; g < change.length; g++)
    if (!isOut(starts, without, g)) largest = Math.max(largest, Math.abs(change[g]!));
  return largest;
}
