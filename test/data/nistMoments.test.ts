import { describe, expect, test } from "vitest";
import { accumulateMoments } from "../../src/data/accumulateMoments.ts";
import { categoriesOf } from "../../src/data/categories.ts";
import { columnSource, concatenateColumns, interceptSource } from "../../src/data/columnSource.ts";
import { groupingOf } from "../../src/data/groupingOf.ts";
import { readCsvText } from "../../src/data/readCsv.ts";

/**
 * NIST StRD one-way analysis of variance, SmLs01–SmLs09 (Simon and Lesage 1989): nine groups of 21, 201 or 2001 values
 * about 1, 10⁶ or 10¹²; the first value of a group is its level, then level − 0.1 and level + 0.1 take turns.
 * Levels .4, then .3 and .5 in turn. Certified sums of squares as published, https://www.itl.nist.gov/div898/strd/.
 */
const certified = [
  { size: 21, between: 1.68, within: 1.8 },
  { size: 201, between: 16.08, within: 18 },
  { size: 2001, between: 160.08, within: 180 },
];
const origins = ["1", "1000000", "1000000000000"];

function simonLesage(origin: string, size: number): string {
  const lines = ["group,y"];
  for (let group = 1; group <= 9; group++) {
    const level = group === 1 ? 4 : group % 2 === 0 ? 3 : 5;
    for (let i = 0; i < size; i++) lines.push(`${group},${origin}.${i === 0 ? level : level + (i % 2 === 1 ? -1 : 1)}`);
  }
  return lines.join("\n");
}

/** Sums of squares of the doubles themselves, in whole multiples of 2⁻⁵² of one. */
function exact(values: Float64Array, codes: Int32Array, size: number): { between: number; within: number } {
  const bits = 52n;
  const scaled = Array.from(values, (value) => {
    const whole = Math.floor(value);
    return (BigInt(whole) << bits) + BigInt((value - whole) * 2 ** 52);
  });
  const sums = new Array<bigint>(9).fill(0n);
  let squares = 0n;
  scaled.forEach((value, i) => {
    sums[codes[i]!] = sums[codes[i]!]! + value;
    squares += value * value;
  });
  const n = BigInt(size);
  const groupSquares = sums.reduce((total, sum) => total + sum * sum, 0n);
  const all = sums.reduce((total, sum) => total + sum, 0n);
  const unit = (numerator: bigint, divisor: bigint) => Number((numerator << 60n) / divisor) / 2 ** 60 / 2 ** 104;
  return { within: unit(n * squares - groupSquares, n), between: unit(9n * groupSquares - all * all, 9n * n) };
}

describe.each(origins)("about %s", (origin) => {
  test.each(certified)("groups of $size", ({ size, between, within }) => {
    const table = readCsvText(simonLesage(origin, size));
    const y = table.columns.get("y")!;
    if (y.kind !== "number") throw new Error("y is not a column of numbers");
    const groups = groupingOf("group", categoriesOf(table.columns.get("group")!, null));
    const source = concatenateColumns(interceptSource(table.rows), columnSource([y.values]));
    const { cross } = accumulateMoments(["intercept", "y"], source, groups);
    let ssWithin = 0;
    const sums: number[] = [];
    for (let g = 0; g < 9; g++) {
      const sum = cross[g * 4 + 1]!;
      sums.push(sum);
      ssWithin += cross[g * 4 + 3]! - sum ** 2 / size;
    }
    const mean = sums.reduce((a, b) => a + b, 0) / 9;
    const ssBetween = sums.reduce((total, sum) => total + (sum - mean) ** 2, 0) / size;

    // Every digit that the doubles hold.
    const held = exact(y.values, groups.codes, size);
    expect(Math.abs(ssWithin / held.within - 1)).toBeLessThan(2e-14);
    expect(Math.abs(ssBetween / held.between - 1)).toBeLessThan(2e-14);

    // The doubles nearest to the published decimals are off by up to half a unit in the last place, 6e-5 about 10¹².
    const spacing = Number(origin) * 2 ** -52;
    expect(Math.abs(ssWithin / within - 1)).toBeLessThan(2e-14 + 20 * spacing);
    expect(Math.abs(ssBetween / between - 1)).toBeLessThan(2e-14 + 20 * spacing);
  });
});
