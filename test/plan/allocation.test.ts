import { describe, expect, test } from "vitest";
import { z } from "zod";
import type { Findings } from "../../src/contract/analysis.ts";
import { tableFromColumns } from "../../src/data/tableFromColumns.ts";
import { planJsonSchema } from "../../src/plan/jsonSchema.ts";
import { parseScript } from "../../src/plan/parsePlan.ts";
import { runPlan } from "../../src/plan/runPlan.ts";
import type { AllocationPlan } from "../../src/trial/design/allocationPlan.ts";
import type { AllocationSpace } from "../../src/trial/design/allocationSpace.ts";
import { allocationSpaceOf } from "../../src/trial/design/allocationSpaceOf.ts";
import { defineMethod, type RegisteredMethod } from "../../src/trial/method.ts";
import { refusal } from "../support/refusal.ts";
import { fakeMethods } from "./fakeMethods.ts";

const table = tableFromColumns({
  practice: [..."aabbccddeeff"],
  arm: [0, 0, 1, 1, 1, 1, 0, 0, 0, 0, 1, 1],
  region: [..."NNNNNNSSSSSS"],
  pair: [1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3],
  list: [10, 10, 12, 12, 9, 9, 14, 14, 11, 11, 13, 13],
  entry: [1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6],
  y: [3, 1, 4, 1, 5, 9, 2, 6, 5, 3, 5, 8],
});

/** Runs one analysis by a method that only looks at its space. */
function spaceOf(trial: object, accepts: RegisteredMethod["accepts"] = ["allocation", "strata", "pairs"]) {
  const seen: { space: AllocationSpace | null; allocation: AllocationPlan | null | undefined; columns: string[] } = {
    space: null,
    allocation: null,
    columns: [],
  };
  const watching = defineMethod({
    id: "watching",
    title: "Watching",
    purpose: "Watches the runner",
    outcomes: ["continuous"],
    measures: ["mean-difference"],
    references: [],
    accepts,
    options: z.strictObject({}),
    analyse({ frame, allocation }): Findings {
      seen.allocation = allocation;
      seen.columns = [...frame.clusterColumns.keys()];
      if (accepts.includes("allocation")) seen.space = allocationSpaceOf(frame, allocation);
      return fakeMethods[0].analyse({ frame, options: {}, measure: null, level: 0.95, seed: 1 });
    },
  });
  const plan = parseScript(
    { trial: { cluster: "practice", arm: "arm", ...trial }, analyses: [{ outcome: "y", method: "watching" }] },
    [watching],
  );
  const { analyses } = runPlan(plan, table, { methods: [watching] });
  return { ...seen, analysis: analyses[0]! };
}

describe("trial.allocation", () => {
  test("may be left out", () => {
    expect(spaceOf({}).allocation).toBeNull();
    expect(spaceOf({}).space).toMatchObject({ scheme: "simple", count: 20n });
    expect(spaceOf({ strata: ["region"] }).space).toMatchObject({ scheme: "stratified", count: 9n });
    expect(spaceOf({ pairs: "pair" }).space).toMatchObject({ scheme: "paired", count: 8n });
  });

  test("has its strata and pairs looked up for a method that rests on it", () => {
    expect(spaceOf({ strata: ["region"] }, ["allocation"]).space).toMatchObject({ scheme: "stratified" });
    expect(spaceOf({ pairs: "pair" }, ["allocation"]).space).toMatchObject({ scheme: "paired" });
  });

  test("reaches the method with the columns that it names", () => {
    const allocation = { scheme: "constrained", covariates: ["list", "region"], cutoff: 1 };
    const seen = spaceOf({ allocation });
    expect(seen.allocation).toEqual(allocation);
    expect(seen.columns).toEqual(["list", "region"]);
    expect(seen.space).toMatchObject({ scheme: "constrained", count: 20n });
    expect(seen.analysis).toMatchObject({ provenance: { plan: { trial: { allocation } } } });
  });

  test("costs a method that makes no use of it neither rows nor a refusal", () => {
    const allocation = { scheme: "constrained", covariates: ["y"], cutoff: 1 };
    expect(spaceOf({ allocation }, []).columns).toEqual([]);
    expect(refusal(() => spaceOf({ allocation }))).toMatchObject({ code: "cluster-column-varies" });
  });

  test("minimises over the strata unless factors are named", () => {
    const allocation = { scheme: "minimised", order: "entry", probability: 0.8 };
    expect(spaceOf({ strata: ["region"], allocation }).allocation).toEqual({ ...allocation, factors: ["region"] });
    expect(spaceOf({ allocation: { ...allocation, factors: ["list"] } }).columns).toEqual(["list", "entry"]);
  });

  test("lists allocations in a script", () => {
    const allocations = [
      { a: 0, b: 1, c: 1, d: 0, e: 0, f: 1 },
      { a: "1", b: 0, c: 0, d: 1, e: 1, f: 0 },
    ];
    expect(spaceOf({ allocation: { scheme: "constrained", allocations } }).space!.count).toBe(2n);
  });

  test("that could not have made the observed one is the analysis's problem, the others go on", () => {
    const allocations = [{ a: 0, b: 0, c: 1, d: 1, e: 0, f: 1 }];
    expect(spaceOf({ allocation: { scheme: "constrained", allocations } }).analysis.problem).toMatchObject({
      code: "allocation-impossible",
    });
  });

  test.each<[object, string, string]>([
    [
      { scheme: "constrained", covariates: ["list"], cutof: 0.1 },
      "unknown-key",
      'trial.allocation has no key "cutof"; did you mean "cutoff"?',
    ],
    [
      { scheme: "stratifed" },
      "invalid-value",
      'trial.allocation.scheme is "stratifed", but must be one of "simple", "stratified", "paired", "blocked", "constrained", "minimised"; did you mean "stratified"?',
    ],
    [
      { scheme: "simple", block: "pair" },
      "allocation-key",
      'trial.allocation.block: scheme simple has no key "block"; it takes none but scheme',
    ],
    [
      { scheme: "minimised", factors: ["region"], order: "entry", cutoff: 0.1 },
      "allocation-key",
      'trial.allocation.cutoff: scheme minimised has no key "cutoff"; it takes factors, weights, probability, order, imbalance',
    ],
    [{ scheme: "stratified" }, "missing-key", "trial.strata is missing; it must be the factors of the randomisation"],
    [{ scheme: "paired" }, "missing-key", "trial.pairs is missing; it must be the column that names the pair"],
    [
      { scheme: "blocked" },
      "missing-key",
      "trial.allocation.block is missing; it must be the column that names the block",
    ],
    [
      { scheme: "constrained", cutoff: 0.1 },
      "missing-key",
      "trial.allocation.covariates is missing; it must be a list of columns of clusters (or give allocations, a file that lists them)",
    ],
    [
      { scheme: "constrained", covariates: ["list"] },
      "missing-key",
      "trial.allocation.cutoff is missing; it must be the share of the allocations that were allowed, such as 0.1 (or give score, the largest allowed)",
    ],
    [
      { scheme: "constrained", covariates: ["list"], cutoff: 0.1, score: 2 },
      "allocation-keys-exclude",
      "trial.allocation has both cutoff and score, which say the same thing in two ways; keep one",
    ],
    [
      { scheme: "constrained", covariates: ["list"], allocations: "list.csv" },
      "allocation-keys-exclude",
      "trial.allocation has both covariates and allocations, which say the same thing in two ways; keep one",
    ],
    [
      { scheme: "constrained", covariates: ["list"], weights: [1, 2], cutoff: 0.1 },
      "allocation-weights",
      "trial.allocation.weights has 2 weights for 1 covariates; give one for each, or leave them out",
    ],
    [
      { scheme: "constrained", covariates: ["list"], cutoff: 1.5 },
      "invalid-value",
      "trial.allocation.cutoff is 1.5, but must be at most 1",
    ],
    [
      { scheme: "constrained", allocations: "list.csv" },
      "allocations-not-read",
      'trial.allocation.allocations names the file "list.csv", which only the command line reads; in a script give the allocations themselves, one object of clusters and arms each',
    ],
    [
      { scheme: "minimised", order: "entry", probability: 0.8 },
      "missing-key",
      "trial.allocation.factors is missing; it must be a list of columns of clusters that were balanced",
    ],
    [
      { scheme: "minimised", factors: ["region"], probability: 0.8 },
      "missing-key",
      "trial.allocation.order is missing; it must be the column of the order in which clusters entered",
    ],
    [
      { scheme: "minimised", factors: ["region"], order: "entry" },
      "missing-key",
      "trial.allocation.probability is missing; it must be the probability of the arm that balances best, such as 0.8",
    ],
    [
      { scheme: "constrained", covariates: ["list", "lst"], cutoff: 0.1 },
      "unknown-column",
      'trial.allocation.covariates[1]: data has no column "lst"; did you mean "list"?',
    ],
    [
      { scheme: "minimised", factors: ["regin"], order: "entry", probability: 0.8 },
      "unknown-column",
      'trial.allocation.factors[0]: data has no column "regin"; did you mean "region"?',
    ],
  ])("is refused: %j", (allocation, code, message) => {
    expect(refusal(() => spaceOf({ allocation }))).toEqual({ code, message });
  });

  test("is in the JSON Schema for editors", () => {
    const text = JSON.stringify(planJsonSchema(fakeMethods));
    for (const key of ["blocked", "covariates", "cutoff", "imbalance"]) expect(text).toContain(`"${key}"`);
  });
});
