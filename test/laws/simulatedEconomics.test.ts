import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";

/** The committed table of costs and effects, against what was promised of it and against published simulations. */
interface Tally {
  readonly missed: number;
  readonly answered: number;
}

type Quantity = "netBenefit" | "cost" | "effect";

interface CellResult {
  readonly cell: {
    readonly clustersPerArm: number;
    readonly sizes: "equal" | "gamma";
    readonly icc: number;
    readonly name: string;
  };
  readonly replicates: number;
  readonly methods: Readonly<Record<string, Readonly<Record<Quantity, Tally>>>>;
}

const table = JSON.parse(readFileSync("docs/simulation/economics.json", "utf8")) as {
  readonly draws: number;
  readonly replicates: number;
  readonly results: readonly CellResult[];
};

const coverage = ({ missed, answered }: Tally) => 1 - missed / answered;
/** Two Monte Carlo standard errors of a coverage of 0.93. */
const allowance = 2 * Math.sqrt((0.93 * 0.07) / table.replicates);

const quantities = ["netBenefit", "cost", "effect"] as const;

describe("simulated costs and effects", () => {
  test("8 to 48 clusters, no trial without an interval", () => {
    expect(table.draws).toBe(499);
    expect(table.replicates).toBeGreaterThanOrEqual(1000);
    expect(new Set(table.results.map(({ cell }) => cell.clustersPerArm))).toEqual(new Set([4, 5, 10, 20, 24]));
    for (const { methods, replicates } of table.results) {
      for (const name of ["two-stage bootstrap", "SUR CR2", "bivariate mixed", "GEE"]) {
        for (const quantity of quantities) expect(methods[name]![quantity].answered).toBe(replicates);
      }
    }
  });

  test("the default keeps 0.93 down to 10 clusters an arm", () => {
    const enough = table.results.filter(({ cell }) => cell.clustersPerArm >= 10);
    expect(enough.length).toBeGreaterThan(15);
    for (const { cell, methods } of enough) {
      for (const quantity of quantities) {
        const found = coverage(methods["two-stage bootstrap"]![quantity]);
        expect(found, JSON.stringify({ cell, quantity })).toBeGreaterThan(0.93 - allowance);
      }
    }
  });

  test("with 20 balanced clusters an arm at least what Gomes and others found, 0.92", () => {
    const cells = table.results.filter(({ cell }) => cell.clustersPerArm === 20 && cell.sizes === "equal");
    expect(cells).toHaveLength(4);
    for (const { methods } of cells) {
      for (const name of ["two-stage bootstrap", "SUR CR2", "bivariate mixed", "GEE"])
        expect(coverage(methods[name]!.netBenefit)).toBeGreaterThan(0.92);
    }
  });

  test("with 24 clusters of 25 an arm at least what Flynn and Peters found of robust intervals, 0.935", () => {
    const cells = table.results.filter(({ cell }) => cell.clustersPerArm === 24);
    expect(cells).toHaveLength(4);
    for (const { methods } of cells) {
      for (const name of ["cluster-robust CR2", "two-stage bootstrap"])
        expect(coverage(methods[name]!.cost)).toBeGreaterThan(0.935 - allowance);
    }
  });
});
