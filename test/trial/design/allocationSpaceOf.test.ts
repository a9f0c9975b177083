import { describe, expect, it } from "vitest";
import { buildFrame } from "../../../src/data/buildFrame.ts";
import type { Roles } from "../../../src/data/roles.ts";
import { tableFromColumns } from "../../../src/data/tableFromColumns.ts";
import { withoutCluster } from "../../../src/data/withoutCluster.ts";
import { type AllocationPlan, allocationColumns } from "../../../src/trial/design/allocationPlan.ts";
import { allocationSpaceOf } from "../../../src/trial/design/allocationSpaceOf.ts";
import { balanceScore } from "../../../src/trial/design/balanceScore.ts";
import { enumerated } from "./allocations.ts";

/** Eight practices of two patients each. */
const practices = ["a", "b", "c", "d", "e", "f", "g", "h"];
const twice = <T>(values: readonly T[]) => values.flatMap((value) => [value, value]);
const columns = {
  practice: twice(practices),
  arm: twice(["usual", "link", "link", "usual", "link", "usual", "usual", "link"]),
  region: twice(["N", "N", "N", "N", "S", "S", "S", "S"]),
  pair: twice([1, 1, 2, 2, 3, 3, 4, 4]),
  block: twice([1, 1, 1, 2, 2, 2, 2, 1]),
  list: twice([1200, 3400, 2500, 1800, 900, 4100, 3000, 2200]),
  setting: twice(["town", "city", "village", "town", "city", "village", "city", "town"]),
  entry: twice([3, 1, 2, 10, 5, 6, 7, 4]),
  same: twice(practices.map(() => 7)),
  y: Array.from({ length: 16 }, (_, i) => (i * 7) % 11),
};
const observed = Int32Array.of(0, 1, 1, 0, 1, 0, 0, 1);

function frameOf(allocation: AllocationPlan | null, roles: Partial<Roles> = {}, change: object = {}) {
  return buildFrame(tableFromColumns({ ...columns, ...change }), {
    outcome: "y",
    cluster: "practice",
    arm: "arm",
    control: "usual",
    clusterColumns: allocationColumns(allocation),
    ...roles,
  });
}
const spaceOf = (allocation: AllocationPlan | null, roles: Partial<Roles> = {}, change: object = {}) =>
  allocationSpaceOf(frameOf(allocation, roles, change), allocation);
const refusing = (make: () => unknown) => {
  try {
    make();
  } catch (problem) {
    return problem;
  }
  throw new Error("nothing was refused");
};

describe("allocationSpaceOf", () => {
  it("takes what pairs and strata imply, unless the plan says otherwise", () => {
    expect(spaceOf(null)).toMatchObject({ scheme: "simple", count: 70n });
    expect(spaceOf(null, { strata: ["region"] })).toMatchObject({ scheme: "stratified", count: 36n });
    expect(spaceOf(null, { pairs: "pair" })).toMatchObject({ scheme: "paired", count: 16n });
    expect(spaceOf({ scheme: "simple" }, { strata: ["region"] })).toMatchObject({ scheme: "simple", count: 70n });
    expect(spaceOf({ scheme: "stratified" }, { strata: ["region"] }).count).toBe(36n);
    expect(spaceOf({ scheme: "paired" }, { pairs: "pair" }).count).toBe(16n);
  });

  it("deals out the arms within blocks, and within blocks of strata", () => {
    // Blocks hold 3 : 1 and 1 : 3.
    expect(spaceOf({ scheme: "blocked", block: "block" })).toMatchObject({ scheme: "blocked", count: 16n });
    // Region N: block 1 has a, b, c (one usual of three), block 2 has d; region S: e, f, g (two usual of three) and h.
    expect(spaceOf({ scheme: "blocked", block: "block" }, { strata: ["region"] }).count).toBe(9n);
  });

  it("is of the observed arm sizes, the observed allocation among them", () => {
    for (const space of [spaceOf(null), spaceOf(null, { strata: ["region"] }), spaceOf(null, { pairs: "pair" })]) {
      expect(Array.from(space.armSizes!)).toEqual([4, 4]);
      expect(space.refusal(observed)).toBeNull();
      expect(enumerated(space).visited.filter((key) => key === observed.join(""))).toHaveLength(1);
    }
  });

  it("constrains numbers, and categories by indicators", () => {
    const plan = { scheme: "constrained", covariates: ["list", "setting"], weights: [2, 1], cutoff: 0.5 } as const;
    const space = spaceOf(plan, { strata: ["region"] });
    const setting = columns.setting.filter((_, i) => i % 2 === 0);
    const is = (level: string) => Float64Array.from(setting, (each) => (each === level ? 1 : 0));
    const balance = balanceScore(
      {
        columns: [Float64Array.from(columns.list.filter((_, i) => i % 2 === 0)), is("town"), is("village")],
        weights: [2, 1, 1],
        metric: "l2",
      },
      observed,
      2,
      Int32Array.of(0, 0, 0, 0, 1, 1, 1, 1),
    );
    const scores = enumerated(spaceOf(null, { strata: ["region"] })).visited.map((key) =>
      balance.of(Int32Array.from(key, Number)),
    );
    const cut = scores.toSorted((a, b) => a - b)[17]!;
    expect(space).toMatchObject({ scheme: "constrained", details: { within: "stratified", allocationsWithin: "36" } });
    expect(space.details["cutoffScore"]).toBeCloseTo(cut, 10);
    expect(space.count).toBe(BigInt(scores.filter((score) => score <= cut + 1e-9).length));
  });

  it("takes numbers for categories where they are declared so", () => {
    const plan: AllocationPlan = { scheme: "constrained", covariates: ["block"], score: 0.5 };
    const other = { ...plan, covariates: ["region"] };
    expect(spaceOf(plan, { columns: { block: { type: "categorical" } } }, { block: columns.region }).count).toBe(
      spaceOf(other).count,
    );
  });

  it("reads a list of allocations by the clusters' names, other columns aside", () => {
    const rows = ["uullulul", "ulluluul", "luuluull"];
    const word = (letter: string) => (letter === "u" ? "usual" : "link");
    const allocations = tableFromColumns({
      chosen: [0, 1, 0],
      ...Object.fromEntries(practices.map((name, j) => [name, rows.map((row) => word(row[j]!))]).toReversed()),
    });
    const space = spaceOf({ scheme: "constrained", allocations });
    expect(enumerated(space).visited).toEqual(["00110101", "01101001", "10010011"]);
    expect(space).toMatchObject({ scheme: "constrained", count: 3n, armSizes: Int32Array.of(4, 4) });
  });

  it("re-runs a minimisation in the order of entry, 10 after 7", () => {
    const plan: AllocationPlan = { scheme: "minimised", factors: ["region"], order: "entry", probability: 1 };
    // North enters b (link), c, a, d; south h, e, f, g: c must be usual.
    expect(refusing(() => spaceOf(plan))).toMatchObject({
      code: "allocation-impossible",
      facts: { scheme: "minimised", reason: expect.stringContaining('cluster "c", number 2 to enter') },
    });
    const arm = twice(["link", "link", "usual", "usual", "link", "usual", "link", "usual"]);
    expect(spaceOf(plan, {}, { arm })).toMatchObject({ scheme: "minimised", count: null, enumerate: null });
  });

  it("keeps columns of clusters when a cluster is left out", () => {
    const plan: AllocationPlan = { scheme: "constrained", covariates: ["list", "setting"], cutoff: 1 };
    const frame = withoutCluster(frameOf(plan), 2);
    expect(frame.clusterColumns.get("list")!.values).toEqual(Float64Array.of(1200, 3400, 1800, 900, 4100, 3000, 2200));
    expect(frame.clusterColumns.get("setting")!.values).toBeNull();
    expect(allocationSpaceOf(frame, plan).count).toBe(35n);
  });

  it.each<[string, AllocationPlan, Partial<Roles>, object]>([
    ["allocation-needs-arm", { scheme: "simple" }, { arm: null, control: null }, {}],
    ["missing-key", { scheme: "stratified" }, {}, {}],
    ["missing-key", { scheme: "paired" }, {}, {}],
    ["missing-key", { scheme: "blocked" }, {}, {}],
    ["missing-key", { scheme: "constrained", cutoff: 0.1 }, {}, {}],
    ["missing-key", { scheme: "constrained", covariates: ["list"] }, {}, {}],
    ["missing-key", { scheme: "constrained", covariates: ["list"], cutoff: 0.5 }, { clusterColumns: [] }, {}],
    ["missing-key", { scheme: "minimised", factors: ["region"], probability: 0.8 }, {}, {}],
    ["missing-key", { scheme: "minimised", factors: ["region"], order: "entry" }, {}, {}],
    ["minimisation", { scheme: "minimised", order: "entry", probability: 0.8 }, {}, {}],
    ["entry-order-tied", { scheme: "minimised", factors: ["region"], order: "pair", probability: 0.8 }, {}, {}],
    ["constraint-constant", { scheme: "constrained", covariates: ["same"], cutoff: 0.5 }, {}, {}],
    ["constraint-too-tight", { scheme: "constrained", covariates: ["list"], score: 0 }, {}, {}],
    ["cluster-column-varies", { scheme: "constrained", covariates: ["y"], cutoff: 0.5 }, {}, {}],
    ["allocation-impossible", { scheme: "constrained", covariates: ["list"], cutoff: 0.01 }, {}, {}],
    [
      "allocations-cluster-missing",
      { scheme: "constrained", allocations: tableFromColumns({ a: ["usual"], b: ["link"] }) },
      {},
      {},
    ],
    [
      "allocations-cell",
      { scheme: "constrained", allocations: tableFromColumns(Object.fromEntries(practices.map((p) => [p, ["new"]]))) },
      {},
      {},
    ],
    [
      "allocations-cell",
      {
        scheme: "constrained",
        allocations: tableFromColumns(
          Object.fromEntries(practices.map((p) => [p, ["usual", p === "c" ? null : "link"]])),
        ),
      },
      {},
      {},
    ],
    [
      "allocations-empty",
      { scheme: "constrained", allocations: tableFromColumns(Object.fromEntries(practices.map((p) => [p, []]))) },
      {},
      {},
    ],
  ])("refuses, as %s: %j", (code, plan, roles, change) => {
    expect(refusing(() => spaceOf(plan, roles, change))).toMatchObject({ code });
  });

  it("says which allocation was not possible, and why", () => {
    const allocations = tableFromColumns(
      Object.fromEntries(practices.map((name, j) => [name, [j < 4 ? "usual" : "link"]])),
    );
    expect(refusing(() => spaceOf({ scheme: "constrained", allocations }))).toMatchObject({
      kind: "design",
      message:
        "The allocation that was made is not one that constrained randomisation could make: it is not among the allocations listed (1); correct trial.allocation or the column it names, or look for clusters without analysed rows",
    });
  });
});
