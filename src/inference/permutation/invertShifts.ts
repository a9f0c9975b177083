import { selectRank } from "./selectRank.ts";

/** What a test of every shift says about it. */
export interface Inversion {
  /** All shifts that the test does not reject lie between them, and both are such shifts; null when they have no end. */
  readonly interval: { readonly lower: number; readonly upper: number } | null;
  /** The P value of shifts without end: no test of these allocations can have a smaller one. */
  readonly smallestP: number;
  /** Median of the shifts at which one allocation's statistic is the observed one: half of them are as large there. */
  readonly median: number | null;
}

/** Moved by this share of what the observed allocation is moved by, up to rounding: as much as it, that is. */
const ALIKE = 1e-9;

/** Where a set of shifts that holds the estimate enters and leaves on one side of it, going towards the estimate. */
interface Side {
  readonly enters: Float64Array;
  entered: number;
  readonly leaves: number[];
  /** Sets that reach without end. */
  endless: number;
}

/**
 * Inverts a permutation test whose statistic falls by δ u(a) at allocation a, and by δ at the observed one, when every
 * outcome of the observed arm is made δ lower. The shift δ is not rejected when
 *
 *   P(δ) = share of allocations with |T(a) − δ u(a)| ≥ |T − δ|  >  1 − level
 *
 * For one allocation these δ are an interval about T with ends (T − T(a))/(1 − u(a)) and (T + T(a))/(1 + u(a)); with
 * |u(a)| > 1, possible where weights differ, everything but a gap between them. So P is a step function that jumps at such
 * ends only, and the limits of {δ : P(δ) > 1 − level} are order statistics of them: exact, and attained.
 *
 * @param numbers T(a), u(a) of every allocation; rows with NaN are not counted
 * @param observed T
 * @param largest below 10⁻⁹ of it statistics are equal
 * @param complete the observed allocation is among them; else it is counted besides
 * @param level in (0, 1)
 */
export function invertShifts(
  numbers: Float64Array,
  observed: number,
  largest: number,
  complete: boolean,
  level: number,
): Inversion {
  const rows = numbers.length / 2;
  const below = side(rows);
  const above = side(rows);
  const crossings = new Float64Array(rows);
  let crossed = 0;
  let compared = 0;
  for (let i = 0; i < numbers.length; i += 2) {
    const t = numbers[i]!;
    const u = numbers[i + 1]!;
    if (Number.isNaN(t)) continue;
    compared++;
    const plus = 1 - u;
    const minus = 1 + u;
    const first = (observed - t) / plus;
    const second = (observed + t) / minus;
    if (plus > ALIKE) crossings[crossed++] = first;
    if (plus > ALIKE && minus > ALIKE) {
      below.enters[below.entered++] = -Math.min(first, second);
      above.enters[above.entered++] = Math.max(first, second);
      continue;
    }
    const noFirst = Math.abs(plus) <= ALIKE;
    const noSecond = Math.abs(minus) <= ALIKE;
    if (noFirst || noSecond) {
      const far = noFirst ? Math.abs(observed - t) : Math.abs(observed + t);
      // The observed allocation, or its mirror image: as extreme whatever the shift.
      if (far <= ALIKE * largest) both(below, above);
      else ray(noFirst ? second : first, observed, below, above);
      continue;
    }
    gap(Math.min(first, second), Math.max(first, second), observed, below, above);
  }
  if (!complete) {
    compared++;
    both(below, above);
  }
  const rejected = allowedExtremes(compared, level);
  const upper = outermost(above, rejected);
  const lower = outermost(below, rejected);
  return {
    interval: upper === null || lower === null ? null : { lower: -lower, upper },
    smallestP: Math.max(below.endless, above.endless) / compared,
    median: medianOf(crossings, crossed),
  };
}

/** As many allocations can be as extreme as the observed one, itself among them, when P is at most 1 − level. */
export const allowedExtremes = (compared: number, level: number): number =>
  Math.floor((1 - level) * compared * (1 + 1e-12) + 1e-9);

const side = (rows: number): Side => ({ enters: new Float64Array(rows), entered: 0, leaves: [], endless: 0 });

function both(below: Side, above: Side): void {
  below.endless++;
  above.endless++;
}

/** Everything on the estimate's side of `end`. */
function ray(end: number, observed: number, below: Side, above: Side): void {
  if (observed <= end) {
    above.enters[above.entered++] = end;
    below.endless++;
  } else {
    below.enters[below.entered++] = -end;
    above.endless++;
  }
}

/** Everything but what lies between two ends. */
function gap(from: number, to: number, observed: number, below: Side, above: Side): void {
  both(below, above);
  if (observed <= from) {
    above.enters[above.entered++] = from;
    above.leaves.push(to);
  } else {
    below.enters[below.entered++] = -to;
    below.leaves.push(-from);
  }
}

/** The largest δ that more than `rejected` sets hold; null when there is none. */
function outermost({ enters, entered, leaves, endless }: Side, rejected: number): number | null {
  if (endless > rejected) return null;
  if (leaves.length === 0) return selectRank(enters, entered, entered - (rejected - endless));
  const ends = enters.subarray(0, entered).sort();
  const left = Float64Array.from(leaves).sort();
  let gone = 0;
  for (let k = 0; k < entered; k++) {
    const end = ends[entered - 1 - k]!;
    while (gone < left.length && left[left.length - 1 - gone]! > end) gone++;
    if (endless + k + 1 - gone > rejected) return end;
  }
  return null;
}

function medianOf(values: Float64Array, length: number): number | null {
  if (length === 0) return null;
  const half = length >>> 1;
  const upper = selectRank(values, length, half + 1);
  return length % 2 === 1 ? upper : (selectRank(values, length, half) + upper) / 2;
}
