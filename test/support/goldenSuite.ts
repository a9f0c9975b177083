import { describe, expect, test } from "vitest";
import type { Analysis, NotEstimable } from "../../src/contract/analysis.ts";
import { compareGolden, describeComparison, goldenFiles, runGolden } from "./golden.ts";

/** One test per golden case of a method; a failure lists every number that disagrees. */
export function goldenSuite(method: string): void {
  describe(`${method} against fixtures/golden/${method}`, () => {
    for (const file of goldenFiles(method)) {
      let results: ReadonlyMap<string, Analysis | NotEstimable> | null = null;
      for (const golden of file.cases) {
        test(`${file.name} ${golden.analysis}: ${golden.origin.source}`, () => {
          results ??= runGolden(file);
          const analysis = results.get(golden.analysis)!;
          expect(analysis.problem).toBeNull();
          const disagreements = compareGolden(golden, analysis).filter(({ agrees }) => !agrees);
          expect(disagreements.map(describeComparison)).toEqual([]);
        });
      }
    }
  });
}
