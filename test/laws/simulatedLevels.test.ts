import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { buildFrame } from "../../src/data/buildFrame.ts";
import { tableFromColumns } from "../../src/data/tableFromColumns.ts";
import { randomStream } from "../../src/numerics/random/randomStream.ts";
import { methods } from "../../src/trial/methods.ts";
import { type Cell, clusterSize } from "../long/clusterTrialSimulator.ts";

/**
 * The rule of the house: a default whose simulated type I error leaves 0.035–0.06 in a cell says so in a notice on trials
 * of that cell. The committed table is the evidence; here trials of its cells go through the methods.
 */
interface CellResult {
  readonly cell: Cell;
  readonly iccReachesZero: number;
  readonly methods: Readonly<Record<string, { readonly typeOneError: number; readonly failures: number }>>;
}

const table = JSON.parse(readFileSync("docs/simulation/continuous.json", "utf8")) as {
  readonly replicates: number;
  readonly results: readonly CellResult[];
};

/** Columns of the table that are the default of a method. */
const defaults = {
  "linear-mixed-model": "LMM Kenward–Roger",
  "cluster-summary": "cluster t",
  "cluster-robust": "OLS CR2",
};

/** Notices that tell a reader that the level is not to be trusted. */
const warnings = ["conservative-test", "unequal-arms", "few-degrees-of-freedom", "few-clusters"];

function trialOf({ clusters, intervention, icc }: Cell, replicate: number) {
  const stream = randomStream(1, replicate);
  const columns = { practice: [] as number[], arm: [] as number[], y: [] as number[] };
  for (let j = 0; j < clusters; j++) {
    const effect = Math.sqrt(icc) * stream.normal();
    const size = clusterSize(stream);
    for (let i = 0; i < size; i++) {
      columns.practice.push(j);
      columns.arm.push(j < intervention ? 1 : 0);
      columns.y.push(effect + Math.sqrt(1 - icc) * stream.normal());
    }
  }
  return buildFrame(tableFromColumns(columns), { outcome: "y", cluster: "practice", arm: "arm" });
}

describe("simulated levels", () => {
  test("the table covers the plan, with 10,000 trials a cell and no failures", () => {
    expect(table.replicates).toBe(10_000);
    expect(new Set(table.results.map(({ cell }) => cell.clusters))).toEqual(new Set([6, 10, 20, 40]));
    expect(new Set(table.results.map(({ cell }) => cell.icc))).toEqual(new Set([0, 0.01, 0.05, 0.15]));
    expect(
      table.results.flatMap((result) => Object.values(result.methods)).every(({ failures }) => failures === 0),
    ).toBe(true);
  });

  test.each(Object.entries(defaults))("%s says so where its default leaves 0.035–0.06", (id, column) => {
    const method = methods.find((each) => each.id === id)!;
    const off = table.results.filter(({ methods: by }) => {
      const { typeOneError } = by[column]!;
      return typeOneError < 0.035 || typeOneError > 0.06;
    });
    expect(off.length).toBeGreaterThan(0);
    for (const { cell, iccReachesZero } of off) {
      const trials = 4;
      let warned = 0;
      for (let k = 0; k < trials; k++) {
        const { notices } = method.analyse({
          frame: trialOf(cell, k),
          options: {},
          measure: null,
          level: 0.95,
          seed: 1,
        });
        if (notices.some(({ code }) => warnings.includes(code))) warned += 1;
      }
      // Where the notice depends on the trial's own intracluster correlation, nearly all trials of the cell have it.
      expect(
        warned === trials || (warned > 0 && iccReachesZero > 0.95),
        JSON.stringify({ cell, warned, iccReachesZero }),
      ).toBe(true);
    }
  });
});
