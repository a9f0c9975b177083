import { describe, expect, test } from "vitest";
import { tableFromRows } from "../../src/data/tableFromColumns.ts";
import { parsePlan } from "../../src/plan/parsePlan.ts";
import { type AnalysisRequest, analyse, analysePlan } from "../../src/published/analyse.ts";

// Cluster means 2 and 4 against 5 and 9: difference 4, standard error √5, 2 degrees of freedom.
const means = { a: [1, 3], b: [4, 4], c: [5, 5], d: [8, 10] };
const data = tableFromRows(
  Object.entries(means).flatMap(([practice, values]) =>
    values.map((y) => ({ practice, arm: practice < "c" ? "control" : "active", y })),
  ),
);
const trial = { cluster: "practice", arm: "arm" };

describe("analyse", () => {
  test("fills in the claims of an analysis that expects any", () => {
    const { analyses } = analyse({
      data,
      trial,
      analyses: [
        { outcome: "y", method: "cluster-summary", expect: { effect: { value: "4.0", standardError: "2.23" } } },
        { outcome: "y", method: "cluster-summary" },
      ],
    });
    expect(analyses[0]!.claims!.map(({ path, agrees }) => [path, agrees])).toEqual([
      ["effect.value", true],
      ["effect.standardError", false], // √5 = 2.236… prints 2.24
    ]);
    expect(analyses[1]!.claims).toBeNull();
  });

  test("a plan read from a file gives the same analyses as the object of a script", () => {
    const analyses = [{ outcome: "y", method: "linear-mixed-model" }] as const;
    const plan = parsePlan({ clustrial: 1, data: "trial.csv", trial, analyses });
    expect(analysePlan(plan, data)).toEqual(analyse({ data, trial, analyses }));
  });

  test("methods and their own options are typed", () => {
    const request = { data, trial };
    const typed: AnalysisRequest[] = [
      { ...request, analyses: [{ outcome: "y", method: "cluster-summary", options: { weights: "size" } }] },
      // @ts-expect-error there is no such method
      { ...request, analyses: [{ outcome: "y", method: "cluster-sumary" }] },
      // @ts-expect-error there is no such level
      { ...request, analyses: [{ outcome: "y", method: "cluster-summary", options: { weights: "sise" } }] },
      // @ts-expect-error another method's option
      { ...request, analyses: [{ outcome: "y", method: "linear-mixed-model", options: { weights: "size" } }] },
    ];
    for (const wrong of typed.slice(1)) expect(() => analyse(wrong)).toThrow();
  });
});
