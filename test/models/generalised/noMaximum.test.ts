import { describe, expect, test } from "vitest";
import { columnSource } from "../../../src/data/columnSource.ts";
import { groupingFromLabels } from "../../../src/data/groupingOf.ts";
import { binomial, type Family, gamma, negativeBinomialFamily, poisson } from "../../../src/models/family/family.ts";
import { type LinkName, links } from "../../../src/models/family/link.ts";
import { fitGeneralisedLinear } from "../../../src/models/generalised/fitGeneralisedLinear.ts";
import { randomStream } from "../../../src/numerics/random/randomStream.ts";

const names = ["arm", "x", "z"];
const regress = (
  columns: readonly ArrayLike<number>[],
  y: ArrayLike<number>,
  family: Family,
  link: LinkName,
  offset: Float64Array | null = null,
) =>
  fitGeneralisedLinear(
    {
      terms: ["intercept", ...names.slice(0, columns.length)],
      design: columnSource([new Float64Array(y.length).fill(1), ...columns]),
      response: { values: Float64Array.from(y), weights: null, offset },
      cluster: groupingFromLabels(
        "practice",
        Array.from(y, (_, i) => i % 10),
      ),
    },
    family,
    links[link],
  );
const problem = (...given: Parameters<typeof regress>) => {
  try {
    regress(...given);
  } catch (thrown) {
    const { code, facts, message } = thrown as { code: string; facts: Record<string, unknown>; message: string };
    expect(JSON.stringify(facts)).not.toMatch(/null/);
    return { code, ...facts, message } as { readonly code: string; readonly [fact: string]: unknown };
  }
  return { code: "none" };
};

const n = 100;
const arm = Array.from({ length: n }, (_, i) => i % 2);
const every = (k: number, a: number) => arm.map((value, i) => (value === a && i % k < 2 ? 1 : 0));
const infinite: readonly (readonly [Family, LinkName])[] = [
  [binomial, "logit"],
  [binomial, "log"],
  [binomial, "probit"],
  [binomial, "cloglog"],
  [poisson, "log"],
  [negativeBinomialFamily(2), "log"],
];
const bounded: readonly (readonly [Family, LinkName])[] = [
  [binomial, "identity"],
  [poisson, "identity"],
];

describe("separation", () => {
  test.each(infinite)("an arm without events (%o, %s)", (family, link) => {
    for (const a of [0, 1])
      expect(problem([arm], every(6, a), family, link)).toMatchObject({
        code: "separation",
        term: "arm",
        reason: "the 50 rows that it sets apart have no event",
      });
  });

  test("an arm with nothing but events; no events at all", () => {
    const full = arm.map((a, i) => (a === 1 || i % 6 < 2 ? 1 : 0));
    for (const link of ["logit", "probit", "cloglog"] as const)
      expect(problem([arm], full, binomial, link)).toMatchObject({ code: "separation", term: "arm" });
    expect(
      problem(
        [arm],
        arm.map(() => 0),
        poisson,
        "log",
      ),
    ).toMatchObject({ code: "separation", term: "intercept" });
  });

  test("complete by a covariate, quasi-complete by a combination, and in a covariate of millions", () => {
    const stream = randomStream(7);
    const x = arm.map(() => stream.normal());
    expect(
      problem(
        [arm, x],
        x.map((v) => (v > 0.1 ? 1 : 0)),
        binomial,
        "logit",
      ),
    ).toMatchObject({ code: "separation", term: "x" });
    const z = arm.map((a, i) => a + x[i]!);
    expect(
      problem(
        [arm, x],
        z.map((v) => (v > 0.5 ? 1 : 0)),
        binomial,
        "logit",
      ).code,
    ).toBe("separation");
    expect(
      problem(
        [arm, x.map((v) => 4e6 + 1e6 * v)],
        x.map((v) => (v > 0.1 ? 1 : 0)),
        binomial,
        "logit",
      ).code,
    ).toBe("separation");
    // Ties on the dividing line, with and without the event: quasi-complete.
    const steps = x.map((v) => Math.round(v));
    expect(
      problem(
        [arm, steps],
        steps.map((v, i) => (v > 0 ? 1 : v < 0 ? 0 : i % 3 === 0 ? 1 : 0)),
        binomial,
        "logit",
      ).code,
    ).toBe("separation");
  });

  test("a category without events among several with", () => {
    const group = arm.map((_, i) => (i % 5 === 0 ? 1 : 0));
    const y = arm.map((_, i) => (i % 5 !== 0 && i % 3 === 0 ? 1 : 0));
    expect(problem([arm, group], y, poisson, "log")).toMatchObject({ code: "separation", term: "x" });
  });

  test("what only looks like it has a maximum, and finds it", () => {
    // Four rows on each side far out, and five that overlap by a millionth.
    const x = [-1, -1, -1, -1, 1, 1, 1, 1, 1e-6, -1e-6, 1e-6, -1e-6, 1e-6];
    const y = [0, 0, 0, 0, 1, 1, 1, 1, 1, 0, 0, 1, 1];
    const { coefficients } = regress([x], y, binomial, "logit");
    expect(coefficients[1]! / (Math.log(2) / 2e-6)).toBeCloseTo(1, 9);
    expect(coefficients[0]!).toBeCloseTo(Math.log(2) / 2, 9);
  });

  test("rare events, three of 170, are no separation", () => {
    const two = Array.from({ length: 170 }, (_, i) => i % 2);
    const { coefficients } = regress(
      [two],
      two.map((_, i) => (i === 3 || i === 5 || i === 8 ? 1 : 0)),
      binomial,
      "logit",
    );
    expect(coefficients[1]!).toBeCloseTo(Math.log(2 / 83) - Math.log(1 / 84), 12);
  });
});

describe("means at the edge of their range", () => {
  test.each(bounded)("an arm without events (%o, %s)", (family, link) => {
    for (const a of [0, 1])
      expect(problem([arm], every(6, a), family, link)).toMatchObject({ code: "mean-at-boundary", bound: 0, rows: 50 });
  });

  test("an arm with nothing but events, and no events at all", () => {
    const full = arm.map((a, i) => (a === 1 || i % 6 < 2 ? 1 : 0));
    for (const link of ["log", "identity"] as const)
      expect(problem([arm], full, binomial, link)).toMatchObject({ code: "mean-at-boundary", bound: 1, rows: 50 });
    expect(
      problem(
        [arm],
        arm.map(() => 0),
        poisson,
        "identity",
      ).code,
    ).toBe("mean-at-boundary");
    expect(
      problem(
        [arm],
        arm.map(() => 0),
        binomial,
        "identity",
      ).code,
    ).toBe("mean-at-boundary");
  });

  test("log-binomial: a maximum where it is inside, the problem exactly where it is not", () => {
    let inside = 0;
    let outside = 0;
    for (let seed = 1; seed <= 60; seed++) {
      const stream = randomStream(seed);
      const x = arm.map(() => stream.normal());
      const y = x.map((v, i) => (stream.uniform() < Math.min(1, Math.exp(-0.7 + 0.35 * v - 0.2 * arm[i]!)) ? 1 : 0));
      const found = problem([arm, x], y, binomial, "log");
      if (found.code === "none") {
        const { coefficients: b } = regress([arm, x], y, binomial, "log");
        expect(Math.max(...x.map((v, i) => b[0]! + arm[i]! * b[1]! + v * b[2]!))).toBeLessThan(0);
        inside++;
      } else {
        expect(found).toMatchObject({ code: "mean-at-boundary", bound: 1 });
        // The search by other means takes a while: on a few of them.
        if (outside < 4) expect(edgeMaximum(arm, x, y)).toBeGreaterThan(-1e-4);
        outside++;
      }
    }
    expect(Math.min(inside, outside)).toBeGreaterThan(5);
  });

  test("rates of a few in a hundred million are not at the edge", () => {
    const stream = randomStream(2);
    const y = arm.map((a) => (1 + a + stream.integer(4)) * 1e-8);
    expect(regress([arm], y, poisson, "identity").coefficients[1]!).toBeCloseTo(
      y.reduce((sum, v, i) => sum + (arm[i] === 1 ? v : -v), 0) / 50,
      20,
    );
  });

  test("offsets that leave no room are said to", () => {
    const offset = Float64Array.from(arm, (_, i) => Math.sin(i));
    expect(problem([arm], every(6, 0), binomial, "identity", offset).code).toBe("no-valid-start");
  });
});

describe("outcomes outside the family", () => {
  test.each([
    [binomial, [0, 1, 2, 0], "from 0 to 1"],
    [poisson, [0, 3, -1, 2], "of at least 0"],
    [gamma, [1, 2, 0, 4], "above 0"],
  ] as const)("%o", (family, y, range) => {
    expect(problem([[0, 1, 0, 1]], y, family, "log")).toMatchObject({ code: "outcome-outside-family", range });
  });
});

/**
 * Largest η of the best log-binomial fit by random steps that grow when they gain and shrink when they do not: slow, and
 * without anything that the search under test uses.
 */
function edgeMaximum(arm: readonly number[], x: readonly number[], y: readonly number[]): number {
  const eta = (b: readonly number[], i: number) => b[0]! + arm[i]! * b[1]! + x[i]! * b[2]!;
  const value = (b: readonly number[]) => {
    let sum = 0;
    for (let i = 0; i < y.length; i++) {
      const e = eta(b, i);
      if (e > 0 || (e === 0 && y[i] === 0)) return Number.NEGATIVE_INFINITY;
      sum += y[i] === 1 ? e : Math.log(-Math.expm1(e));
    }
    return sum;
  };
  const stream = randomStream(99);
  let best: number[] = [-3, 0, 0];
  let most = value(best);
  let size = 1;
  // The likelihood is concave: any way up leads to the maximum.
  for (let round = 0; round < 30_000; round++) {
    const next = best.map((b) => b + size * stream.normal());
    const there = value(next);
    if (there > most) {
      best = next;
      most = there;
      size *= 1.6;
    } else size = Math.max(1e-12, size * 0.94);
    if (size < 1e-11) size = 1e-3;
  }
  return Math.max(...y.map((_, i) => eta(best, i)));
}
