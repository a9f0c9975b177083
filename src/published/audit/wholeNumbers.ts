import { powerOfTen } from "../exactDecimal.ts";
import { type PrintedNumber, printedInterval } from "../printedNumber.ts";

const ceilDivide = (a: bigint, b: bigint) => (a >= 0n ? (a + b - 1n) / b : -(-a / b));
const floorDivide = (a: bigint, b: bigint) => -ceilDivide(-a, b);

/** Ends of the closed rounding interval as integers over a power of ten. */
function ends(printed: PrintedNumber): { low: bigint | null; high: bigint | null; unit: bigint } {
  const places = Math.max(0, printed.decimals + 1);
  const integer = (text: string | null) => {
    if (text === null) return null;
    const end = printedInterval(text);
    return (
      end.digits * powerOfTen(places - Math.max(0, end.decimals)) * (end.decimals < 0 ? powerOfTen(-end.decimals) : 1n)
    );
  };
  return { low: integer(printed.lowText), high: integer(printed.highText), unit: powerOfTen(places) };
}

/**
 * Whole numbers T for which scale · T / n prints as given: [first, last], empty (first > last) when there is none.
 * Exact, ends included: a half-way value may have been rounded either way. For a bound one end is `least` or `most`.
 *
 * GRIM (Brown & Heathers 2017) asks this of a mean with T the total of n whole numbers; percentages ask it with scale 100.
 */
export function totalsThatPrint(printed: PrintedNumber, n: number, scale = 1): { first: bigint; last: bigint } {
  const { low, high, unit } = ends(printed);
  const [size, factor] = [BigInt(n), BigInt(scale)];
  const first = low === null ? 0n : ceilDivide(low * size, unit * factor);
  const last = high === null ? first + size * size : floorDivide(high * size, unit * factor);
  return { first, last };
}

/** A scale on which every participant's value is a whole number. */
export interface WholeScale {
  /** Least and greatest whole number of a participant; null for no limit. */
  readonly least: number | null;
  readonly most: number | null;
}

/**
 * Is there a set of n whole numbers whose total lies in [first, last] and whose sample standard deviation lies in
 * [sdLow, sdHigh]? After GRIMMER (Anaya 2016; Allard 2018): for a total T the sum of squares Q satisfies
 *
 *   SD² = (Q − T²/n)/(n − 1),   Q ≡ T (mod 2),   Q_min(T) ≤ Q ≤ Q_max(T)
 *
 * Q_min spreads T as evenly as whole numbers can, Q_max puts everybody at the ends of the scale. Necessary conditions:
 * "false" is certain, "true" is not a proof. Totals beyond the first 5000 are taken as possible.
 */
export function standardDeviationPossible(
  n: number,
  totals: { first: bigint; last: bigint },
  sd: { low: number; high: number },
  { least, most }: WholeScale,
): boolean {
  if (totals.last - totals.first > 5000n || n < 2) return true;
  for (let total = Number(totals.first); total <= Number(totals.last); total++) {
    const centre = (total * total) / n;
    const slack = 1e-9 * (1 + centre);
    const low = Math.max((n - 1) * Math.max(0, sd.low) ** 2 + centre - slack, leastSquares(total, n) - slack);
    const high = Math.min((n - 1) * sd.high ** 2 + centre + slack, mostSquares(total, n, least, most) + slack);
    const first = Math.ceil(low);
    const even = (first - total) % 2 === 0 ? first : first + 1;
    if (even <= high) return true;
  }
  return false;
}

function leastSquares(total: number, n: number): number {
  const share = Math.floor(total / n);
  const above = total - share * n;
  return above * (share + 1) ** 2 + (n - above) * share ** 2;
}

function mostSquares(total: number, n: number, least: number | null, most: number | null): number {
  if (least === null) return Number.POSITIVE_INFINITY;
  const spare = total - n * least;
  if (spare < 0) return Number.NEGATIVE_INFINITY;
  const span = most === null ? Math.max(1, spare) : most - least;
  const full = Math.min(n, Math.floor(spare / span));
  const rest = spare - full * span;
  if (full === n) return rest > 0 ? Number.NEGATIVE_INFINITY : n * (least + span) ** 2;
  return full * (least + span) ** 2 + (least + rest) ** 2 + (n - full - 1) * least ** 2;
}
