import { keepLargest, type Largest } from "./keepLargest.ts";
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

/** Where sets of shifts that hold the estimate enter and leave on one side of it, going towards the estimate. */
interface Side {
  readonly enters: Largest;
  readonly leaves: number[];
  /** Sets that reach without end. */
  endless: number;
}

/** Takes up allocation after allocation. */
export interface ShiftInverter {
  /** @param t T(a), NaN where it is not defined  @param u u(a) */
  add(t: number, u: number): void;
  /** null when so many sets have gaps that too few ends were kept: then all have to be, by `keepAll`. */
  finish(): Inversion | null;
}

/** Sets with gaps for which there is room unless all ends are kept. */
const GAPS = 4096;

/**
 * Inverts a permutation test whose statistic falls by δ u(a) at allocation a, and by δ at the observed one, when every
 * outcome of the observed arm is made δ lower. The shift δ is not rejected when
 *
 *   P(δ) = share of allocations with |T(a) − δ u(a)| ≥ |T − δ|  >  1 − level
 *
 * For one allocation these δ are an interval about T with ends (T − T(a))/(1 − u(a)) and (T + T(a))/(1 + u(a)); with
 * |u(a)| > 1, possible where weights differ, everything but a gap between them. So P is a step function that jumps at such
 * ends only, and the limits of {δ : P(δ) > 1 − level} are order statistics of them: exact, and attained. Where there are
 * gaps the set may have holes, and the limits are its smallest and largest member.
 *
 * @param total largest number of allocations
 * @param observed T
 * @param largest below 10⁻⁹ of it statistics are equal
 * @param complete the observed allocation is among them; else it is counted besides
 * @param level in (0, 1)
 */
export function shiftInverter(
  total: number,
  observed: number,
  largest: number,
  complete: boolean,
  level: number,
  keepAll = false,
): ShiftInverter {
  const besides = complete ? 0 : 1;
  const keep = keepAll ? total : Math.min(total, allowedExtremes(total + besides, level) + 1 + GAPS);
  const side = (): Side => ({ enters: keepLargest(keep, total), leaves: [], endless: besides });
  const below = side();
  const above = side();
  const crossings = new Float64Array(total);
  let crossed = 0;
  let compared = besides;

  const both = (): void => {
    below.endless++;
    above.endless++;
  };
  /** Everything on the estimate's side of `end`. */
  const ray = (end: number): void => {
    if (observed <= end) {
      above.enters.add(end);
      below.endless++;
    } else {
      below.enters.add(-end);
      above.endless++;
    }
  };
  /** Everything but what lies between two ends. */
  const gap = (from: number, to: number): void => {
    both();
    if (observed <= from) {
      above.enters.add(from);
      above.leaves.push(to);
    } else {
      below.enters.add(-to);
      below.leaves.push(-from);
    }
  };

  return {
    add(t, u) {
      if (Number.isNaN(t)) return;
      compared++;
      const plus = 1 - u;
      const minus = 1 + u;
      const first = (observed - t) / plus;
      const second = (observed + t) / minus;
      if (plus > ALIKE) crossings[crossed++] = first;
      if (plus > ALIKE && minus > ALIKE) {
        below.enters.add(-Math.min(first, second));
        above.enters.add(Math.max(first, second));
        return;
      }
      const noFirst = Math.abs(plus) <= ALIKE;
      if (noFirst || Math.abs(minus) <= ALIKE) {
        const far = noFirst ? Math.abs(observed - t) : Math.abs(observed + t);
        // The observed allocation, or its mirror image: as extreme whatever the shift.
        if (far <= ALIKE * largest) both();
        else ray(noFirst ? second : first);
      } else gap(Math.min(first, second), Math.max(first, second));
    },
    finish() {
      if (!keepAll && Math.max(below.leaves.length, above.leaves.length) > GAPS) return null;
      const rejected = allowedExtremes(compared, level);
      const upper = outermost(above, rejected);
      const lower = outermost(below, rejected);
      return {
        interval: upper === null || lower === null ? null : { lower: -lower, upper },
        smallestP: Math.max(below.endless, above.endless) / compared,
        median: medianOf(crossings, crossed),
      };
    },
  };
}

/** As many allocations can be as extreme as the observed one, itself among them, when P is at most 1 − level. */
export const allowedExtremes = (compared: number, level: number): number =>
  Math.floor((1 - level) * compared * (1 + 1e-12) + 1e-9);

/** The largest δ that more than `rejected` sets hold; null when there is none. */
function outermost({ enters, leaves, endless }: Side, rejected: number): number | null {
  if (endless > rejected) return null;
  if (leaves.length === 0) return enters.fromTop(rejected - endless + 1);
  const ends = enters.ascending();
  const left = Float64Array.from(leaves).sort();
  let gone = 0;
  for (let k = 0; k < ends.length; k++) {
    const end = ends[ends.length - 1 - k]!;
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
