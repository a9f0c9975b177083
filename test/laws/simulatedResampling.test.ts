import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { buildFrame } from "../../src/data/buildFrame.ts";
import { randomStream } from "../../src/numerics/random/randomStream.ts";
import { methods } from "../../src/trial/methods.ts";
import { simulatedTable } from "../../src/trial/simulate/simulation.ts";

/** The rule of `simulatedLevels` for methods that draw: a default that leaves 0.035–0.06 in a cell says so there. */
interface CellResult {
  readonly cell: {
    readonly clusters: number;
    readonly intervention: number;
    readonly icc: number;
    readonly shape: "normal" | "skewed";
    readonly sdRatio: number;
  };
  readonly methods: Readonly<Record<string, { readonly typeOneError: number; readonly failures: number }>>;
}

const table = JSON.parse(readFileSync("docs/simulation/resampling.json", "utf8")) as {
  readonly replicates: number;
  readonly results: readonly CellResult[];
};

/** Columns of the table that are the default of a method. */
const defaults = {
  permutation: "permutation",
  "wild-cluster-bootstrap": "wild restricted",
  "cluster-bootstrap": "bootstrap BCa",
};

const warnings = [
  "few-allocations",
  "unequal-arms",
  "few-clusters-for-inference",
  "few-clusters-in-arm",
  "bootstrap-of-few-clusters",
];

/** Rates that leave the range by no more than twice the Monte Carlo error of the table are within it for all we know. */
const ALLOWANCE = 2 * Math.sqrt((0.05 * 0.95) / table.replicates);

function frameOf({ clusters, intervention, icc, shape, sdRatio }: CellResult["cell"], k: number) {
  const request = {
    clusters: { control: clusters - intervention, intervention },
    sizes: { mean: 10, cv: 0.65 },
    outcome: { kind: "continuous", icc, shape, sdRatio },
    method: "permutation",
    trials: 1,
  };
  return buildFrame(simulatedTable(request, k), { outcome: "outcome", cluster: "cluster", arm: "arm" });
}

describe("simulated levels of resampling", () => {
  test("the table covers 8, 12 and 20 clusters, without failures", () => {
    expect(table.replicates).toBeGreaterThanOrEqual(1000);
    expect(new Set(table.results.map(({ cell }) => cell.clusters))).toEqual(new Set([8, 12, 20]));
    const levels = table.results.flatMap((result) => Object.values(result.methods));
    expect(levels.every(({ failures }) => failures === 0)).toBe(true);
  });

  test.each(Object.entries(defaults))("%s says so where its default leaves 0.035–0.06", (id, column) => {
    const method = methods.find((each) => each.id === id)!;
    const off = table.results.filter(({ methods: by }) => {
      const { typeOneError } = by[column]!;
      return typeOneError < 0.035 - ALLOWANCE || typeOneError > 0.06 + ALLOWANCE;
    });
    expect(off.length).toBeGreaterThan(0);
    for (const { cell } of off) {
      for (let k = 0; k < 2; k++) {
        const { notices } = method.analyse({
          frame: frameOf(cell, k),
          options: id === "permutation" ? {} : { draws: 199 },
          measure: null,
          level: 0.95,
          seed: randomStream(k).integer(1000),
        });
        expect(
          notices.some(({ code }) => warnings.includes(code)),
          JSON.stringify(cell),
        ).toBe(true);
      }
    }
  });
});
