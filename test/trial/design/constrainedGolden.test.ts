import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { balanceScore } from "../../../src/trial/design/balanceScore.ts";
import { constrainedSpace } from "../../../src/trial/design/constrainedSpace.ts";
import { stratifiedSpace } from "../../../src/trial/design/stratifiedSpace.ts";

interface Golden {
  readonly cases: readonly {
    readonly name: string;
    readonly columns: readonly (readonly number[])[];
    readonly weights: readonly number[];
    readonly metric: "l2" | "l1";
    readonly stratum: readonly number[] | null;
    readonly sizes: readonly (readonly number[])[];
    readonly quantile?: number;
    readonly score?: number;
    readonly expect: {
      readonly within: number;
      readonly count: number;
      readonly cutoff: number;
      readonly best: string;
      readonly least: number;
      readonly worst: string;
      readonly most: number;
      readonly mean: number;
      readonly togetherWithFirst: readonly number[];
    };
  }[];
}

const file = new URL("../../../fixtures/golden/design/constrained.json", import.meta.url);
const golden = JSON.parse(readFileSync(file, "utf8")) as Golden;

/** R's scores are rounded to nine digits. */
const relative = 1e-8;

describe.each(golden.cases)("constrained randomisation of schools, $name", (given) => {
  const { expect: wanted, quantile } = given;
  const best = Int32Array.from(wanted.best, Number);
  const stratum = Int32Array.from(given.stratum ?? best.map(() => 0));
  const within = stratifiedSpace(stratum, given.sizes);
  const balance = balanceScore(
    { ...given, columns: given.columns.map((column) => Float64Array.from(column)) },
    best,
    within.arms,
    stratum,
  );
  const space = constrainedSpace(within, balance, quantile === undefined ? { score: given.score! } : { quantile });
  const near = (value: number, expected: number) =>
    expect(Math.abs(value - expected)).toBeLessThanOrEqual(relative * expected);

  it("scores as R does", () => {
    near(balance.of(best), wanted.least);
    near(balance.of(Int32Array.from(wanted.worst, Number)), wanted.most);
    let sum = 0;
    within.enumerate!((allocation, one, other) => {
      sum += balance.follow(allocation, one, other);
    });
    near(sum / wanted.within, wanted.mean);
  });

  it("allows the same allocations", () => {
    expect(within.count).toBe(BigInt(wanted.within));
    expect(space.count).toBe(BigInt(wanted.count));
    near(space.details["cutoffScore"] as number, wanted.cutoff);
    const together = new Array<number>(best.length).fill(0);
    space.enumerate!((allocation) => {
      for (let j = 0; j < allocation.length; j++) if (allocation[j] === allocation[0]) together[j]!++;
    });
    expect(together).toEqual(wanted.togetherWithFirst);
    expect(space.refusal(best)).toBeNull();
    expect(space.refusal(Int32Array.from(wanted.worst, Number))).toMatch(/^its balance score is /);
  });
});
