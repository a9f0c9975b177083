import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { randomStream } from "../../src/numerics/random/randomStream.ts";
import { methods } from "../../src/trial/methods.ts";
import { type BinaryCell, simulateBinaryTrial, truthOf } from "../long/binaryTrialSimulator.ts";

/**
 * The rule of the house for binary outcomes: a default whose simulated type I error leaves 0.035–0.06 in a cell says so
 * in a notice on trials of that cell.
 */
interface CellResult {
  readonly cell: BinaryCell;
  readonly methods: Readonly<
    Record<string, { readonly rejected: number; readonly failures: Readonly<Record<string, number>> }>
  >;
}

const table = JSON.parse(readFileSync("docs/simulation/binary.json", "utf8")) as {
  readonly replicates: number;
  readonly results: readonly CellResult[];
};
const withoutEffect = table.results.filter(({ cell }) => cell.effect === 0);

/** Columns of the table that are the default of a method. */
const defaults = {
  gee: "GEE average",
  "generalised-linear-mixed-model": "GLMM ML",
  "cluster-robust": "logistic CR2",
  "cluster-summary": "cluster t, RD",
};

/** Notices that tell a reader that the level is not to be trusted. */
const warnings = ["sparse-events", "mixed-model-with-few-clusters"];

const isOff = (rate: number) => rate < 0.035 || rate > 0.06;

describe("simulated levels of binary outcomes", () => {
  test("the table covers the plan, with 5,000 trials a cell and every failure counted by its code", () => {
    expect(table.replicates).toBe(5_000);
    expect(table.results).toHaveLength(48);
    expect(new Set(table.results.map(({ cell }) => cell.clusters))).toEqual(new Set([8, 12, 20, 40]));
    expect(new Set(table.results.map(({ cell }) => cell.prevalence))).toEqual(new Set([0.05, 0.2, 0.5]));
    expect(new Set(table.results.map(({ cell }) => cell.icc))).toEqual(new Set([0.01, 0.1]));
  });

  test("the default variance of gee leaves the range in the fewest cells of all", () => {
    const cellsOff = (column: string) => withoutEffect.filter(({ methods: by }) => isOff(by[column]!.rejected)).length;
    const variances = Object.keys(withoutEffect[0]!.methods).filter((name) => name.startsWith("GEE"));
    expect(variances).toHaveLength(8);
    for (const other of variances.filter((name) => name !== defaults.gee)) {
      expect(cellsOff(other)).toBeGreaterThan(cellsOff(defaults.gee));
    }
  });

  test.each(Object.entries(defaults))("%s says so where its default leaves 0.035–0.06", (id, column) => {
    const method = methods.find((each) => each.id === id)!;
    const off = withoutEffect.filter(({ methods: by }) => isOff(by[column]!.rejected));
    expect(off.length).toBeGreaterThan(0);
    for (const { cell } of off) {
      let analysed = 0;
      for (let k = 0; analysed < 3; k++) {
        const frame = simulateBinaryTrial(cell, truthOf(cell), randomStream(7, k));
        // Trials with events in both arms: the others are refused, which says more than a notice.
        const byArm = [0, 0];
        frame.outcome.values.forEach((value, i) => {
          byArm[frame.arm!.ofCluster[frame.cluster.codes[i]!]!]! += value;
        });
        if (byArm.includes(0)) continue;
        analysed += 1;
        const { notices } = method.analyse({
          frame,
          options: {},
          measure: id === "cluster-summary" ? "risk-difference" : null,
          level: 0.95,
          seed: 1,
        });
        expect(
          notices.some(({ code }) => warnings.includes(code)),
          JSON.stringify({ cell, k, notices: notices.map(({ code }) => code) }),
        ).toBe(true);
      }
    }
  });
});
