import { describe, expect, test } from "vitest";
import { compareGolden, describeComparison, goldenCases, runGolden } from "./golden.ts";

/** One test per golden case of a method; a failure lists every number that disagrees. */
export function goldenSuite(method: string): void {
  describe(`${method} against fixtures/golden/${method}`, () => {
    for (const golden of goldenCases(method)) {
      test(`${golden.name}: ${golden.origin.source}`, () => {
        const analysis = runGolden(golden);
        expect(analysis.problem).toBeNull();
        const disagreements = compareGolden(golden, analysis).filter(({ agrees }) => !agrees);
        expect(disagreements.map(describeComparison)).toEqual([]);
      });
    }
  });
}
