import { expect, test } from "vitest";
import { Problem } from "../../src/contract/problem.ts";
import { finite } from "../../src/plan/finite.ts";

test("a finite result passes as it is", () => {
  const result = { a: 1, b: [null, { c: -0 }], d: "NaN" };
  expect(finite(result, "analyses[0]")).toBe(result);
});

test.each([Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY])(
  "%d is our defect, named by its path",
  (value) => {
    try {
      finite({ estimates: [{ interval: { upper: value } }] }, "analyses[2]");
      expect.unreachable();
    } catch (problem) {
      expect(problem).toBeInstanceOf(Problem);
      expect(problem).toMatchObject({
        kind: "defect",
        facts: { path: "analyses[2].estimates[0].interval.upper" },
      });
    }
  },
);
