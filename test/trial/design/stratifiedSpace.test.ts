import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { chiSquared } from "../../../src/numerics/distributions/index.ts";
import { randomStream } from "../../../src/numerics/random/randomStream.ts";
import type { AllocationSpace } from "../../../src/trial/design/allocationSpace.ts";
import {
  armSizesOf,
  blockedSpace,
  pairedSpace,
  simpleSpace,
  stratifiedSpace,
} from "../../../src/trial/design/stratifiedSpace.ts";
import { bruteForce, counted, drawn, enumerated, unevenness } from "./allocations.ts";

interface Example {
  readonly name: string;
  readonly space: AllocationSpace;
  readonly stratumOf: readonly number[];
  readonly armSizes: readonly (readonly number[])[];
}

const simple = (...armSizes: number[]): Example => ({
  name: `simple ${armSizes}`,
  space: simpleSpace(armSizes),
  stratumOf: new Array(armSizes.reduce((a, b) => a + b)).fill(0),
  armSizes: [armSizes],
});
const stratified = (stratumOf: readonly number[], ...armSizes: (readonly number[])[]): Example => ({
  name: `strata ${stratumOf.join("")} of ${armSizes.map((sizes) => sizes.join(":")).join(" ")}`,
  space: stratifiedSpace(stratumOf, armSizes),
  stratumOf,
  armSizes,
});
const paired = (...pairOf: number[]): Example => ({
  name: `pairs ${pairOf.join("")}`,
  space: pairedSpace(pairOf),
  stratumOf: pairOf,
  armSizes: pairOf.filter((pair, j) => pairOf.indexOf(pair) === j).map(() => [1, 1]),
});

const examples: readonly Example[] = [
  simple(1, 1),
  simple(1, 6),
  simple(6, 1),
  simple(4, 4),
  simple(3, 6),
  simple(5, 4),
  simple(0, 5),
  simple(2, 2, 2),
  simple(1, 3, 2),
  simple(2, 0, 3),
  simple(2, 1, 2, 1),
  stratified([0, 0, 0, 0, 1, 1, 1, 1, 1], [2, 2], [3, 2]),
  stratified([1, 0, 2, 1, 0, 2, 1, 0, 2, 0], [2, 2], [1, 2], [2, 1]),
  stratified([0, 1, 2, 1, 2, 2, 2], [0, 1], [1, 1], [2, 2]),
  stratified([0, 1, 0, 1, 0, 1, 0, 1], [2, 1, 1], [1, 2, 1]),
  stratified([1, 1, 0, 0, 1, 1, 0, 1], [1, 1, 1], [2, 1, 2]),
  paired(0, 0, 1, 1, 2, 2),
  paired(3, 1, 2, 0, 0, 2, 1, 3, 4, 4),
];

const possible = ({ stratumOf, armSizes }: Example) =>
  bruteForce(stratumOf.length, armSizes[0]!.length, (allocation) =>
    armSizes.every(
      (sizes, stratum) =>
        counted(
          allocation,
          sizes.length,
          stratumOf.map((code) => code === stratum),
        ) === sizes.join(),
    ),
  );

describe.each(examples)("$name", (example) => {
  const { space, stratumOf } = example;
  const all = possible(example);

  it("counts every allocation that the arm sizes allow", () => {
    expect(space.count).toBe(BigInt(all.length));
  });

  it("visits each of them once", () => {
    expect(enumerated(space).visited.toSorted()).toEqual(all.toSorted());
  });

  it("exchanges two clusters between visits, within a stratum, and names them", () => {
    const { changes } = enumerated(space);
    expect(changes.map(({ changed }) => changed)).toEqual([0, ...new Array(all.length - 1).fill(2)]);
    expect(changes.every(({ named }) => named)).toBe(true);
    space.enumerate!((_, one, other) => {
      expect(stratumOf[one]).toBe(stratumOf[other]);
    });
  });

  it("visits them in the same order again, whatever was drawn in between", () => {
    const before = enumerated(space).visited;
    drawn(space, 3);
    expect(enumerated(space).visited).toEqual(before);
  });

  it("draws each as often as any other", () => {
    const draws = Math.max(2000, 30 * all.length);
    const statistic = unevenness(drawn(space, draws), draws, all.length);
    // The seed is fixed: a fair space fails once in ten thousand choices of it.
    if (all.length > 1) expect(chiSquared.upper(statistic, all.length - 1)).toBeGreaterThan(1e-4);
    else expect(statistic).toBe(0);
  });

  it("refuses what it does not visit, and nothing else", () => {
    const members = new Set(all);
    for (const allocation of bruteForce(stratumOf.length, space.arms, () => true).slice(0, 3000)) {
      const refusal = space.refusal(Int32Array.from(allocation, Number));
      expect(refusal === null).toBe(members.has(allocation));
    }
  });

  it("knows its arm sizes", () => {
    const total = example.armSizes[0]!.map((_, arm) => example.armSizes.reduce((sum, sizes) => sum + sizes[arm]!, 0));
    expect(Array.from(space.armSizes!)).toEqual(total);
  });
});

describe("counts", () => {
  it("are exact beyond doubles", () => {
    // C(64, 32), and 20 pairs within nothing else; from Pascal's triangle in whole numbers.
    const row = [1n];
    for (let n = 1; n <= 64; n++) for (let k = n; k >= 1; k--) row[k] = (row[k] ?? 0n) + row[k - 1]!;
    expect(simpleSpace([32, 32]).count).toBe(row[32]);
    expect(simpleSpace([32, 32]).enumerate).toBeNull();
    expect(pairedSpace(Array.from({ length: 140 }, (_, j) => j >> 1)).count).toBe(2n ** 70n);
    expect(simpleSpace([11, 12]).count).toBe(1352078n);
  });

  it("multiply over strata and do not depend on the order of arms", () => {
    fc.assert(
      fc.property(
        fc.array(fc.array(fc.nat(9), { minLength: 3, maxLength: 3 }), { minLength: 1, maxLength: 4 }),
        (armSizes) => {
          const stratumOf = armSizes.flatMap((sizes, s) => new Array<number>(sizes.reduce((a, b) => a + b)).fill(s));
          const product = armSizes.reduce((count, sizes) => count * simpleSpace(sizes).count!, 1n);
          expect(stratifiedSpace(stratumOf, armSizes).count).toBe(product);
          expect(
            stratifiedSpace(
              stratumOf,
              armSizes.map((sizes) => sizes.toReversed()),
            ).count,
          ).toBe(product);
        },
      ),
      { seed: 4 },
    );
  });
});

describe("draws", () => {
  it("depend on their stream only", () => {
    const space = simpleSpace([7, 5, 3]);
    const out = new Int32Array(15);
    const alone = new Int32Array(15);
    simpleSpace([7, 5, 3]).draw(randomStream(5, 9), alone);
    for (let k = 0; k <= 9; k++) space.draw(randomStream(5, k), out);
    expect(out).toEqual(alone);
  });
});

describe("refusals", () => {
  it("say what does not fit, by name", () => {
    const names = { arms: ["usual care", "link worker"], strata: ["north", "south"], clusters: ["a", "b", "c", "d"] };
    const space = stratifiedSpace(
      [0, 0, 1, 1],
      [
        [1, 1],
        [1, 1],
      ],
      names,
    );
    expect(space.refusal(Int32Array.of(0, 1, 1, 1))).toBe(
      'arm "usual care" has 0 of the clusters of stratum "south", and the randomisation gives it 1',
    );
    expect(space.refusal(Int32Array.of(0, 1, 1))).toBe("it has 3 clusters, and the randomisation 4");
    expect(space.refusal(Int32Array.of(0, 1, 2, 1))).toBe('cluster "c" is in arm number 3 of 2');
    expect(
      blockedSpace(
        [0, 0, 1, 1],
        [
          [1, 1],
          [1, 1],
        ],
      ).refusal(Int32Array.of(0, 0, 0, 1)),
    ).toContain('block "1"');
    expect(simpleSpace([2, 2]).refusal(Int32Array.of(0, 0, 0, 1))).toContain('arm "1" has 3 of the clusters, and');
  });

  it.each([
    () => simpleSpace([4]),
    () => simpleSpace([2, -1]),
    () => simpleSpace([2, 1.5]),
    () => simpleSpace([2, Number.NaN]),
    () =>
      stratifiedSpace(
        [0, 0, 1],
        [
          [1, 1],
          [1, 1],
        ],
      ),
    () => stratifiedSpace([0, 0, 2], [[1, 1]]),
    () =>
      stratifiedSpace(
        [0, 0, 1, 1],
        [
          [1, 1],
          [1, 1, 0],
        ],
      ),
    () => stratifiedSpace([], []),
    () => pairedSpace([0, 0, 0, 1]),
  ])("of sizes that do not fit: %s", (make) => {
    expect(make).toThrow(expect.objectContaining({ code: "arm-sizes" }));
  });
});

describe("armSizesOf", () => {
  it("counts arms, within strata or not", () => {
    const allocation = Int32Array.of(0, 1, 1, 2, 1);
    expect(armSizesOf(allocation, 3, null)).toEqual([Int32Array.of(1, 3, 1)]);
    expect(armSizesOf(allocation, 3, Int32Array.of(1, 0, 0, 1, 1))).toEqual([
      Int32Array.of(0, 2, 0),
      Int32Array.of(1, 1, 1),
    ]);
  });
});
