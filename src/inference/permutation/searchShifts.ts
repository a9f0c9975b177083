import { allowedExtremes } from "./invertShifts.ts";
import { type Allocations, atLeast, extremesOf, type PermutationStatistic, statisticAt } from "./statistic.ts";

/** A test of every shift, whose statistic has to be made anew for each. */
export interface ShiftedTest {
  readonly allocations: Allocations;
  /** The allocation that was made. */
  readonly observed: Int32Array;
  /** The statistic when the outcomes of the observed arm are made `shift` lower, and a bound on it. */
  at(shift: number): { readonly statistic: PermutationStatistic; readonly largest: number };
  readonly level: number;
  /** The shift at which the observed statistic is zero. */
  readonly estimate: number;
  /** Order of magnitude of the interval, above 0. */
  readonly step: number;
  /** Shifts farther than that from the estimate are not looked at. */
  readonly reach: number;
}

/** Doublings of the first step after which a limit is taken to lie nowhere. */
const FARTHEST = 40;
const HALVINGS = 48;
/** A limit is found to as many digits as ties are told apart by here. */
const TIE = 1e-12;

/**
 * The limits of the shifts about an estimate that a test does not reject: out from the estimate by doubled steps until δ is
 * rejected, and so is a δ twice as far; then by bisection between the last shift that was not rejected and the first that
 * was, to rounding. Only allocations that are extreme at one end of the bracket and not at the other are looked at again.
 *
 * @returns null when nothing within reach is rejected on some side
 */
export function searchShifts(test: ShiftedTest): { readonly lower: number; readonly upper: number } | null {
  const upper = limit(test, test.step);
  if (upper === null) return null;
  const lower = limit(test, -test.step);
  return lower === null ? null : { lower, upper };
}

function limit(test: ShiftedTest, step: number): number | null {
  const { allocations, estimate, reach, level } = test;
  const besides = allocations.complete ? 0 : 1;
  const accepts = (offset: number): boolean => {
    const { statistic, threshold } = thresholdAt(test, estimate + offset);
    const { extreme, compared } = extremesOf(allocations, statistic, threshold);
    return extreme + besides > allowedExtremes(compared + besides, level);
  };
  let inside = 0;
  let outside = step;
  for (let k = 0; ; k++) {
    if (k === FARTHEST || Math.abs(outside) > reach) return null;
    if (accepts(outside)) inside = outside;
    else if (!accepts(2 * outside)) break;
    else inside = 2 * outside;
    outside = 2 * (inside === 0 ? outside : inside);
  }
  return estimate + bisect(test, inside, outside, besides);
}

function thresholdAt(test: ShiftedTest, shift: number): { statistic: PermutationStatistic; threshold: number } {
  const { statistic, largest } = test.at(shift);
  return { statistic, threshold: atLeast(statisticAt(statistic, test.observed), largest, TIE) };
}

function bisect(test: ShiftedTest, from: number, to: number, besides: number): number {
  const { estimate, observed, level } = test;
  const clusters = observed.length;
  let inside = from;
  let outside = to;
  const start = undecided(test, estimate + from, estimate + to);
  const allowed = allowedExtremes(start.compared + besides, level) - besides;
  const { list, extremeInside } = start;
  let active = list.length / clusters;
  let base = start.base;
  const allocation = new Int32Array(clusters);
  const extreme = new Uint8Array(active);
  const out = new Float64Array(1);
  for (let k = 0; k < HALVINGS && active > 0; k++) {
    const middle = (inside + outside) / 2;
    if (middle === inside || middle === outside) break;
    const { statistic, threshold } = thresholdAt(test, estimate + middle);
    let count = base;
    for (let i = 0; i < active; i++) {
      for (let j = 0; j < clusters; j++) allocation[j] = list[i * clusters + j]!;
      statistic.follow(allocation, -1, -1, out, 0);
      extreme[i] = Math.abs(out[0]!) >= threshold ? 1 : 0;
      count += extreme[i]!;
    }
    const accepted = count > allowed;
    if (accepted) inside = middle;
    else outside = middle;
    // What is alike at both ends of the new bracket is settled.
    let kept = 0;
    for (let i = 0; i < active; i++) {
      const settled = accepted ? extreme[i] !== extremeInside[i] : extreme[i] === extremeInside[i];
      if (settled) base += extreme[i]!;
      else {
        list.copyWithin(kept * clusters, i * clusters, (i + 1) * clusters);
        extremeInside[kept++] = extremeInside[i]!;
      }
    }
    active = kept;
  }
  return inside;
}

/** Allocations that are extreme at one of two shifts only, and how many are at both. */
function undecided(test: ShiftedTest, inside: number, outside: number) {
  const { allocations, observed } = test;
  const clusters = observed.length;
  const near = thresholdAt(test, inside);
  const far = thresholdAt(test, outside);
  const out = new Float64Array(2);
  let list = new Uint8Array(1024 * clusters);
  let extremeInside = new Uint8Array(1024);
  let active = 0;
  let base = 0;
  let compared = 0;
  allocations.each((allocation, one, other) => {
    near.statistic.follow(allocation, one, other, out, 0);
    far.statistic.follow(allocation, one, other, out, 1);
    const size = Math.abs(out[0]!);
    if (Number.isNaN(size)) return;
    compared++;
    const first = size >= near.threshold;
    const second = Math.abs(out[1]!) >= far.threshold;
    if (first === second) {
      if (first) base++;
      return;
    }
    if (active === extremeInside.length) {
      list = grown(list);
      extremeInside = grown(extremeInside);
    }
    for (let j = 0; j < clusters; j++) list[active * clusters + j] = allocation[j]!;
    extremeInside[active++] = first ? 1 : 0;
  });
  return { list: list.subarray(0, active * clusters), extremeInside, base, compared };
}

function grown(list: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  const out = new Uint8Array(2 * list.length);
  out.set(list);
  return out;
}
