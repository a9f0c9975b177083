import { describe, expect, test } from "vitest";
import { tableFromColumns } from "../../../src/data/tableFromColumns.ts";
import { analyse } from "../../../src/published/analyse.ts";
import { assumedIntervalsOf } from "../../../src/published/reproduce/assumedIntervals.ts";

/** Five practices of 2, 4 and 6 patients, costs with the same standard deviation in both arms. */
const columns = {
  practice: [1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5],
  arm: [...new Array(12).fill(0), ...new Array(8).fill(1)],
  cost: [10, 30, 20, 40, 10, 30, 20, 40, 10, 30, 20, 40, 60, 80, 90, 70, 60, 80, 90, 70],
};
const analysisOf = (given: Readonly<Record<string, readonly number[]>>) =>
  analyse({
    data: tableFromColumns(given),
    trial: { cluster: "practice", arm: "arm" },
    analyses: [{ outcome: "cost", method: "cluster-robust" }],
  }).analyses[0]!;

describe("assumed intervals", () => {
  const found = assumedIntervalsOf(analysisOf(columns))!;
  const [control, treated] = analysisOf(columns).sample!.byArm.map(({ sd }) => sd!) as [number, number];

  test("without correlation they are the textbook's", () => {
    const plain = found.intervals.find(
      ({ standardDeviations, icc }) => icc === 0 && standardDeviations[0] === control,
    )!;
    expect(plain.standardError).toBeCloseTo(Math.sqrt(control ** 2 / 12 + treated ** 2 / 8), 12);
    expect(found.df).toBe(3);
    // t(3) has its upper 2.5 % at 3.182446305284263.
    expect(plain.upper - plain.lower).toBeCloseTo(2 * 3.182446305284263 * plain.standardError, 9);
  });

  test("with correlation each arm's variance grows by 1 + (Σn²/N − 1)ρ", () => {
    const correlated = found.intervals.find(
      ({ standardDeviations, icc }) => icc === 0.1 && standardDeviations[0] === control,
    )!;
    const inflated = (sd: number, n: number, squares: number) => (sd ** 2 / n) * (1 + (squares / n - 1) * 0.1);
    expect(correlated.standardError ** 2).toBeCloseTo(inflated(control, 12, 56) + inflated(treated, 8, 32), 12);
  });

  test("standard deviations at the break-even multiple put a limit at 0", () => {
    for (const { icc, multiple } of found.breakEven) {
      const one = found.intervals.find((each) => each.icc === icc && each.standardDeviations[0] === control)!;
      const half = ((one.upper - one.lower) / 2) * multiple;
      expect(half).toBeCloseTo(Math.abs(found.difference), 9);
    }
  });

  test("nothing is assumed for three arms", () => {
    const three = { ...columns, arm: columns.practice.map((practice) => (practice < 3 ? 0 : practice < 5 ? 1 : 2)) };
    expect(assumedIntervalsOf(analysisOf(three))).toBeNull();
  });
});
