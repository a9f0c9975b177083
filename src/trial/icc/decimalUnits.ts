const MOST_DECIMALS = 12;

/**
 * The power of ten in which every value is a whole number, or null when there is none up to 10¹² or the whole numbers
 * would not be exact.
 *
 * Figures are written as decimals, and a double is only the nearest thing to 1000000000000.4. Where a large level
 * leaves few digits for the variation (NIST's SmLs07 to 09, atomic weights), differences taken in whole units are those
 * of the decimals as written; differences of the doubles are not.
 */
export function decimalUnits(values: ArrayLike<number>): number | null {
  let decimals = 0;
  let unit = 1;
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!;
    // A quotient of whole numbers is rounded as the decimal itself was when it was read.
    while (Math.round(value * unit) / unit !== value) {
      if (++decimals > MOST_DECIMALS) return null;
      unit *= 10;
    }
  }
  for (let i = 0; i < values.length; i++) if (Math.abs(values[i]! * unit) > Number.MAX_SAFE_INTEGER) return null;
  return unit;
}
