import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { stepDownMaxT } from "../../../src/inference/permutation/stepDownMaxT.ts";

/** By the definition: for every hypothesis the largest of those not larger than it, and then no P below an earlier one. */
function byDefinition(observed: readonly number[], rows: readonly (readonly number[])[]): number[] {
  const order = observed.map((_, h) => h).sort((a, b) => Math.abs(observed[b]!) - Math.abs(observed[a]!));
  const p = new Array<number>(observed.length).fill(0);
  let least = 0;
  order.forEach((h, k) => {
    const rest = order.slice(k);
    const count = rows.filter(
      (row) => Math.max(...rest.map((each) => Math.abs(row[each]!))) >= Math.abs(observed[h]!),
    ).length;
    least = Math.max(least, count / rows.length);
    p[h] = least;
  });
  return p;
}

const tables = fc.integer({ min: 1, max: 4 }).chain((m) =>
  fc.array(fc.array(fc.integer({ min: -6, max: 6 }), { minLength: m, maxLength: m }), {
    minLength: 1,
    maxLength: 40,
  }),
);

describe("step-down max-T", () => {
  test("is what its definition says, for any table", () => {
    fc.assert(
      fc.property(tables, (rows) => {
        const observed = rows[0]!;
        const found = stepDownMaxT(Float64Array.from(observed), Float64Array.from(rows.flat()), true);
        expect(Array.from(found.adjusted)).toEqual(byDefinition(observed, rows));
        expect(found.adjusted.every((p, h) => p >= found.unadjusted[h]!)).toBe(true);
      }),
    );
  });

  test("of one hypothesis is its own P value, and random draws count the observed one besides", () => {
    const statistics = Float64Array.of(3, -1, 2, 0.5);
    expect(stepDownMaxT(Float64Array.of(2), statistics, true).adjusted[0]).toBe(2 / 4);
    expect(stepDownMaxT(Float64Array.of(2), statistics, false).adjusted[0]).toBe(3 / 5);
  });

  test("of the same outcome twice costs nothing", () => {
    const t = [2, -1, 3, 0.5, 1.5];
    const twice = stepDownMaxT(Float64Array.of(2, 2), Float64Array.from(t.flatMap((each) => [each, each])), true);
    expect(Array.from(twice.adjusted)).toEqual([2 / 5, 2 / 5]);
  });

  test("leaves rows without a number out, and refuses what is no table", () => {
    expect(stepDownMaxT(Float64Array.of(1, 1), Float64Array.of(1, 1, Number.NaN, 5, 0, 0), true).adjusted[0]).toBe(
      1 / 2,
    );
    expect(() => stepDownMaxT(Float64Array.of(1, 1), Float64Array.of(1, 1, 1), true)).toThrow(/3 statistics/);
    expect(() => stepDownMaxT(new Float64Array(0), new Float64Array(0), true)).toThrow(/of 0 hypotheses/);
  });
});
