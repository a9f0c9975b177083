import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { accumulateMoments, accumulateTotal } from "../../src/data/accumulateMoments.ts";
import { columnSource, concatenateColumns, interceptSource } from "../../src/data/columnSource.ts";
import { groupingFromLabels } from "../../src/data/groupingOf.ts";
import { aggregateMoments, mergeMoments, moveShift } from "../../src/data/mergeMoments.ts";
import type { Moments } from "../../src/data/moments.ts";
import { momentsFromJson, momentsToJson } from "../../src/data/momentsJson.ts";
import { caught } from "./caught.ts";

const names = ["intercept", "x", "y"];

interface Data {
  readonly group: readonly number[];
  readonly x: readonly number[];
  readonly y: readonly number[];
  readonly w: readonly number[];
}

const data = (length: fc.IntegerConstraints, offset: fc.Arbitrary<number>) =>
  fc.tuple(fc.integer(length), offset).chain(([n, origin]) => {
    const list = (each: fc.Arbitrary<number>) => fc.array(each, { minLength: n, maxLength: n });
    const value = fc.integer({ min: -1000, max: 1000 }).map((k) => origin + k / 8);
    return fc.record({
      group: list(fc.nat(4)),
      x: list(value),
      y: list(value),
      w: list(fc.integer({ min: 1, max: 9 })),
    });
  });

const anyData = data({ min: 1, max: 40 }, fc.constantFrom(0, 100, 1e6));

const momentsOf = (d: Data, options: Parameters<typeof accumulateMoments>[3] = {}, groups?: Int32Array): Moments => {
  const source = concatenateColumns(interceptSource(d.x.length), columnSource([d.x, d.y]));
  const grouping =
    groups === undefined
      ? groupingFromLabels("g", d.group)
      : {
          name: "g",
          labels: ["0", "1", "2", "3", "4"],
          codes: groups,
          sizes: Int32Array.from({ length: 5 }, (_, g) => groups.filter((each) => each === g).length),
        };
  return accumulateMoments(names, source, grouping, options);
};
/** All of the five groups, also the empty ones. */
const fixedMoments = (d: Data, options: Parameters<typeof accumulateMoments>[3] = {}) =>
  momentsOf(d, options, Int32Array.from(d.group));

const take = <T>(list: readonly T[], keep: (i: number) => boolean) => list.filter((_, i) => keep(i));
const subset = (d: Data, keep: (i: number) => boolean): Data => ({
  group: take(d.group, keep),
  x: take(d.x, keep),
  y: take(d.y, keep),
  w: take(d.w, keep),
});

const close = (a: Moments, b: Moments, digits = 1e-12) => {
  expect(a.sizes).toEqual(b.sizes);
  const moved = moveShift(b, a.shift);
  const q = a.columns.length;
  for (let g = 0; g < a.groups; g++) {
    for (let i = 0; i < q; i++) {
      for (let k = 0; k < q; k++) {
        const at = g * q * q + i * q + k;
        const scale = Math.sqrt(a.cross[g * q * q + i * q + i]! * a.cross[g * q * q + k * q + k]!) + 1e-300;
        expect(Math.abs(a.cross[at]! - moved.cross[at]!) / scale).toBeLessThan(digits);
      }
    }
  }
};

/** Exact cross-products about the shift: eighths are whole numbers of 1/8, their products of 1/64. */
function exactCross(d: Data, moments: Moments, weight: (i: number) => number, group: number): number[] {
  const eighths = (value: number) => BigInt(Math.round(value * 8));
  const shift = Array.from(moments.shift, eighths);
  const sums = new Array<bigint>(9).fill(0n);
  d.x.forEach((_, i) => {
    if (d.group[i] !== group) return;
    const row = [8n, eighths(d.x[i]!) - shift[1]!, eighths(d.y[i]!) - shift[2]!];
    for (let a = 0; a < 3; a++)
      for (let b = 0; b < 3; b++) sums[a * 3 + b] = sums[a * 3 + b]! + BigInt(weight(i)) * row[a]! * row[b]!;
  });
  return sums.map((sum) => Number(sum) / 64);
}

describe("accumulateMoments", () => {
  test("equals exact arithmetic, with and without weights and their powers", () => {
    fc.assert(
      fc.property(
        anyData,
        fc.constantFrom<0 | 1 | 2>(0, 1, 2),
        fc.integer({ min: -50, max: 50 }),
        (d, power, origin) => {
          const moments = fixedMoments(d, {
            weights: Float64Array.from(d.w),
            power,
            shift: Float64Array.of(0, origin, origin / 4),
          });
          for (let g = 0; g < 5; g++) {
            const expected = exactCross(d, moments, (i) => d.w[i]! ** power, g);
            expect(moments.sizes[g]).toBe(d.group.filter((each) => each === g).length);
            for (let k = 0; k < 9; k++) {
              expect(Math.abs(moments.cross[g * 9 + k]! - expected[k]!)).toBeLessThanOrEqual(
                1e-14 * Math.abs(expected[k]!) + 1e-9,
              );
            }
          }
        },
      ),
    );
  });

  test("small whole numbers stay exact", () => {
    const d = { group: [0, 0, 1, 1, 1], x: [0, 1, 1, 0, 1], y: [3, 5, 2, 2, 9], w: [1, 1, 1, 1, 1] };
    const moments = momentsOf(d, { shift: new Float64Array(3) });
    expect([...moments.cross]).toEqual([2, 1, 8, 1, 1, 5, 8, 5, 34, 3, 2, 13, 2, 2, 11, 13, 11, 89]);
    const atOwnShift = momentsOf(d);
    expect([...moveShift(atOwnShift, new Float64Array(3)).cross]).toEqual([...moments.cross]);
  });

  test("the intercept and named columns keep their origin", () => {
    const moments = momentsOf(
      { group: [0, 0, 1], x: [100, 101, 102], y: [1e6, 1e6 + 1, 1e6 + 2], w: [] },
      { unshifted: ["x"] },
    );
    expect([moments.shift[0], moments.shift[1]]).toEqual([0, 0]);
    expect(moments.shift[2]).toBeGreaterThan(999_990);
  });

  test("the order of the rows does not matter", () => {
    fc.assert(
      fc.property(anyData, fc.infiniteStream(fc.nat()), (d, keys) => {
        const order = d.x
          .map((_, i) => [keys.next().value as number, i] as const)
          .sort((a, b) => a[0] - b[0])
          .map(([, i]) => i);
        const permuted = {
          group: order.map((i) => d.group[i]!),
          x: order.map((i) => d.x[i]!),
          y: order.map((i) => d.y[i]!),
          w: d.w,
        };
        close(fixedMoments(permuted), fixedMoments(d));
      }),
    );
  });

  test("long runs and blocks: 5000 rows against exact arithmetic", () => {
    const n = 5000;
    const eighth = (i: number, k: number) => 1e5 + ((i * k) % 4099) / 8;
    const d: Data = {
      group: Array.from({ length: n }, (_, i) => (i < 3000 ? 0 : i % 5)),
      x: Array.from({ length: n }, (_, i) => eighth(i, 7919)),
      y: Array.from({ length: n }, (_, i) => eighth(i, 104_729)),
      w: [],
    };
    const moments = momentsOf(d);
    expect(moments.shift.every((s) => Number.isInteger(s * 8))).toBe(true);
    for (let g = 0; g < 5; g++)
      expect([...moments.cross.subarray(g * 9, g * 9 + 9)]).toEqual(exactCross(d, moments, () => 1, g));
    const total = accumulateTotal(concatenateColumns(interceptSource(n), columnSource([d.x, d.y])), moments.shift);
    expect([...total]).toEqual([...aggregateMoments(moments, new Int32Array(5), 1).cross]);
  });

  test("overflow is said, not returned", () => {
    const d = { group: [0, 0], x: [1, 2], y: [1e200, -1e200], w: [] };
    expect(caught(() => momentsOf(d))).toEqual({
      kind: "numerical",
      code: "not-finite",
      message:
        "A sum of squares of y is not a finite number; look for missing, infinite or extremely large values in the input",
    });
  });

  test("columns that do not fit their names are a defect", () => {
    const groups = groupingFromLabels("g", [1, 1]);
    expect(caught(() => accumulateMoments(["y"], columnSource([[1, 2]]), groups)).code).toBe("defect");
    expect(caught(() => accumulateMoments(["intercept", "y"], interceptSource(2), groups)).code).toBe("defect");
  });
});

describe("moments of parts", () => {
  test("merging the moments of any split gives those of the whole, whatever the shifts", () => {
    fc.assert(
      fc.property(
        data({ min: 2, max: 40 }, fc.constantFrom(0, 100, 1e6)),
        fc.nat(),
        fc.integer({ min: -9, max: 9 }),
        (d, seed, s) => {
          const inFirst = (i: number) => ((i + 1) * 2_654_435_761 + seed) % 3 === 0;
          const first = fixedMoments(subset(d, inFirst));
          const origin = d.x[0]! + s;
          const second = fixedMoments(
            subset(d, (i) => !inFirst(i)),
            { shift: Float64Array.of(0, origin, origin + s / 2) },
          );
          const whole = fixedMoments(d);
          // Moving a shift by δ costs the digits of n δ² against the sum of squares about the new one.
          close(mergeMoments(first, second), moveShift(whole, first.shift), 1e-9);
          close(mergeMoments(second, first), moveShift(whole, second.shift), 1e-9);
        },
      ),
    );
  });

  test("merging is associative and has the empty moments as its unit", () => {
    fc.assert(
      fc.property(anyData, (d) => {
        const part = (k: number) =>
          fixedMoments(
            subset(d, (i) => i % 3 === k),
            { shift: Float64Array.of(0, k, -k) },
          );
        const [a, b, c] = [part(0), part(1), part(2)];
        close(mergeMoments(mergeMoments(a, b), c), mergeMoments(a, mergeMoments(b, c)));
        const empty: Moments = { ...a, sizes: new Int32Array(5), cross: new Float64Array(45) };
        expect(mergeMoments(a, empty)).toEqual(a);
      }),
    );
  });

  test("adding up groups is accumulating by the parent", () => {
    fc.assert(
      fc.property(anyData, fc.array(fc.nat(1), { minLength: 5, maxLength: 5 }), (d, parentOf) => {
        const children = fixedMoments(d);
        const parents = momentsOf(
          d,
          { shift: children.shift },
          Int32Array.from(d.group, (g) => parentOf[g]!),
        );
        const aggregated = aggregateMoments(children, parentOf, 5);
        close(aggregated, parents, 1e-12);
        expect(aggregateMoments(aggregateMoments(children, parentOf, 2), [0, 0], 1).sizes[0]).toBe(d.x.length);
      }),
    );
  });

  test("moments of other columns or groups do not merge", () => {
    const d = { group: [0, 1], x: [1, 2], y: [3, 4], w: [] };
    expect(caught(() => mergeMoments(momentsOf(d), fixedMoments(d))).code).toBe("defect");
    expect(caught(() => mergeMoments(momentsOf(d), { ...momentsOf(d), columns: ["intercept", "x", "z"] })).code).toBe(
      "defect",
    );
  });
});

describe("moments as JSON", () => {
  test("nothing is lost on the way through text", () => {
    fc.assert(
      fc.property(anyData, (d) => {
        const moments = momentsOf(d, { weights: Float64Array.from(d.w, (w) => w / 3) });
        expect(momentsFromJson(JSON.parse(JSON.stringify(momentsToJson(moments))))).toEqual(moments);
      }),
    );
  });

  test.each([
    [{ columns: ["x"] }, 'the first column must be "intercept"'],
    [{ shift: [0, 0] }, "shift must have one number per column, the first 0"],
    [{ sizes: [1, 2, 3] }, "cross must have 3 lists of 6 numbers"],
    [{ cross: [[1, 2, 3], [1]] }, "cross must have 2 lists of 6 numbers"],
    [{ sizes: [1, Number.NaN] }, "every entry must be a finite number"],
    [{ shift: undefined }, "columns, sizes, shift and cross must be lists"],
  ])("what does not fit is refused: %j", (change, detail) => {
    const good = momentsToJson(momentsOf({ group: [0, 1], x: [1, 2], y: [3, 4], w: [] }));
    expect(caught(() => momentsFromJson({ ...good, ...change } as typeof good))).toEqual({
      kind: "input",
      code: "moments-malformed",
      message: `These are not cluster moments as clustrial writes them: ${detail}`,
    });
  });
});
