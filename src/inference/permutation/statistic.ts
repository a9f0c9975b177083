/**
 * Told of allocations of clusters to two arms, 0 and 1, one after another, and which two clusters have exchanged arms since
 * the last one, −1, −1 where that is not known. `allocation` is overwritten between visits.
 */
type VisitArms = (allocation: Int32Array, one: number, other: number) => void;

/** The allocations that an observed one is compared with, the same order every time. */
export interface Allocations {
  /** How many are visited. */
  readonly total: number;
  /** Every one that was possible, the observed one among them; else random draws, the observed one besides them. */
  readonly complete: boolean;
  each(visit: VisitArms): void;
}

/** What is compared between the observed allocation and the others. */
export interface PermutationStatistic {
  /** Numbers per allocation; the first is the statistic. */
  readonly width: number;
  /**
   * Writes the numbers of an allocation to out[at …], brought up to date from the one before by the exchange that led to
   * it, or anew. NaN where it is not defined, because an arm is empty.
   */
  follow(allocation: Int32Array, one: number, other: number, out: Float64Array, at: number): void;
}

/** Exchanges after which running sums are formed anew, so that rounding does not build up. */
export const REFRESH = 4096;

/** Statistics that differ by less than this share of the observed one are equal on paper. */
const TIE = 1e-10;

/**
 * From where on a statistic counts as being as far from zero as the observed one.
 *
 * @param largest a bound on the statistic: nothing below 10⁻¹³ of it is told from zero
 * @param tie share of the observed statistic that makes no difference
 */
export const atLeast = (observed: number, largest = 0, tie = TIE): number =>
  observed === Number.POSITIVE_INFINITY || observed === Number.NEGATIVE_INFINITY
    ? Number.POSITIVE_INFINITY
    : Math.abs(observed) * (1 - tie) - 1e-13 * largest;

/** The statistic at one allocation. */
export function statisticAt(statistic: PermutationStatistic, allocation: Int32Array): number {
  const out = new Float64Array(statistic.width);
  statistic.follow(allocation, -1, -1, out, 0);
  return out[0]!;
}

/** How many statistics there are, and how many of them are as far from zero as the observed one; NaN is none. */
export interface Extremes {
  readonly extreme: number;
  readonly compared: number;
}

/** Counts while going through the allocations once, keeping nothing. */
export function extremesOf(allocations: Allocations, statistic: PermutationStatistic, threshold: number): Extremes {
  const out = new Float64Array(statistic.width);
  let extreme = 0;
  let failed = 0;
  allocations.each((allocation, one, other) => {
    statistic.follow(allocation, one, other, out, 0);
    const size = Math.abs(out[0]!);
    if (size >= threshold) extreme++;
    else if (Number.isNaN(size)) failed++;
  });
  return { extreme, compared: allocations.total - failed };
}

/** P = b/N of a complete enumeration, which counts the observed allocation itself; (b + 1)/(B + 1) of random draws. */
export const pValueOf = ({ extreme, compared }: Extremes, complete: boolean): number =>
  complete ? extreme / compared : (extreme + 1) / (compared + 1);
