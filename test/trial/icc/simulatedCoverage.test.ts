import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { coverageNotices, simulatedCoverage } from "../../../src/trial/icc/simulatedCoverage.ts";

interface CellResult {
  readonly cell: { readonly clusters: number; readonly prevalence: number; readonly icc: number };
  readonly intervals: Readonly<Record<string, { readonly coverage: number; readonly failures: number }>>;
}

const { replicates, results } = JSON.parse(readFileSync("docs/simulation/icc-binary.json", "utf8")) as {
  readonly replicates: number;
  readonly results: readonly CellResult[];
};

describe("simulated coverage of ICC intervals", () => {
  test("the table has 10, 20 and 40 clusters, two prevalences and two correlations, 1,000 trials a cell", () => {
    expect(replicates).toBe(1000);
    expect(results.length).toBe(12);
  });

  test("what notices say is what the table says", () => {
    for (const [estimator, intervals] of Object.entries(simulatedCoverage)) {
      for (const [interval, found] of Object.entries(intervals)) {
        const name = `${estimator === "anova-within-arm" ? "anova" : estimator} ${interval}`;
        for (const [part, prevalence] of [
          ["rare", 0.1],
          ["common", 0.3],
        ] as const) {
          const coverages = results
            .filter(({ cell }) => cell.prevalence === prevalence)
            .map((each) => each.intervals[name]!.coverage);
          const [least, greatest] = found[part];
          expect(Math.min(...coverages) - least, name).toBeGreaterThanOrEqual(-1e-9);
          expect(Math.min(...coverages) - least, name).toBeLessThan(0.01);
          expect(greatest - Math.max(...coverages), name).toBeGreaterThanOrEqual(-1e-9);
          expect(greatest - Math.max(...coverages), name).toBeLessThan(0.01);
        }
      }
    }
  });

  test("every interval of the table is known here", () => {
    for (const name of Object.keys(results[0]!.intervals)) {
      const [estimator, interval] = name.split(" ") as [string, string];
      const known: Readonly<Record<string, object>> = simulatedCoverage;
      expect(known[estimator], name).toHaveProperty(interval);
    }
  });

  test("a word where it is needed and none where not", () => {
    const codes = (...asked: Parameters<typeof coverageNotices>) => coverageNotices(...asked).map(({ code }) => code);
    expect(codes("anova", "searle", 0.4)).toEqual([]);
    expect(codes("anova", "searle", 0.05)).toEqual(["interval-covers-less"]);
    expect(codes("anova", "searle", 0.95)).toEqual(["interval-covers-less"]);
    expect(codes("fleiss-cuzick", "zou-donner", 0.4)).toEqual(["interval-covers-less"]);
    expect(codes("anova", "searle", null)).toEqual([]);
    expect(codes("pearson", null, 0.4)).toEqual([]);
  });
});
