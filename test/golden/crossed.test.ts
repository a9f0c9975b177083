import { expect, test } from "vitest";
import type { Problem } from "../../src/contract/problem.ts";
import { parsePlan } from "../../src/plan/parsePlan.ts";
import { analysePlan } from "../../src/published/analyse.ts";
import { trialTable } from "../support/trials.ts";

const crossed = [
  { trial: "penicillin", outcome: "diameter", first: "plate", second: "sample" },
  { trial: "scotssec", outcome: "attain", first: "primary", second: "second" },
  { trial: "insteval", outcome: "y", first: "d", second: "s" },
];

for (const { trial, outcome, first, second } of crossed) {
  test(`crossed random effects are refused by name: ${first} and ${second} of ${trial}`, () => {
    const plan = parsePlan({
      clustrial: 1,
      data: "data.csv",
      trial: { cluster: first },
      analyses: [{ outcome, method: "linear-mixed-model", options: { random: [`1 | ${first}`, `1 | ${second}`] } }],
    });
    let problem: Problem | null = null;
    try {
      analysePlan(plan, trialTable(trial));
    } catch (thrown) {
      problem = thrown as Problem;
    }
    expect(problem?.code).toBe("crossed-random-effects");
    expect(problem?.kind).toBe("input");
    expect([problem?.facts["first"], problem?.facts["second"]].sort()).toEqual([first, second].sort());
  });
}
