import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { nearest } from "../../src/contract/nearest.ts";

describe("nearest", () => {
  const methods = ["linear-mixed-model", "cluster-robust", "cluster-summary", "icc"];

  test.each<[string, readonly string[], string | null]>([
    ["linear-mixed-modle", methods, "linear-mixed-model"],
    ["linearMixedModel", methods, "linear-mixed-model"],
    ["cluster", methods, "cluster-robust"],
    ["gee", methods, null],
    ["ICC", methods, "icc"],
    ["practise", ["practice", "patient"], "practice"],
    ["age ", ["agency", "age"], "age"],
    ["y", ["x", "z"], null],
    ["anything", [], null],
  ])("%j among %j is %j", (word, choices, found) => {
    expect(nearest(word, choices)).toBe(found);
  });

  test("one letter too few, too many, changed or swapped is forgiven in any word of four letters", () => {
    const word = fc.stringMatching(/^[a-z]{4,12}$/);
    fc.assert(
      fc.property(word, fc.nat(), fc.constantFrom("drop", "double", "swap"), (choice, seed, change) => {
        const at = seed % (choice.length - 1);
        const [before, here, after] = [choice.slice(0, at), choice.slice(at, at + 1), choice.slice(at + 1)];
        const typed =
          change === "drop"
            ? before + after
            : change === "double"
              ? before + here + here + after
              : before + after.slice(0, 1) + here + after.slice(1);
        expect(nearest(typed, [choice])).toBe(choice);
      }),
    );
  });
});
