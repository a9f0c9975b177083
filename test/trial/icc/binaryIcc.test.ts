import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { binomial } from "../../../src/numerics/distributions/index.ts";
import { randomStream } from "../../../src/numerics/random/randomStream.ts";
import { anovaIcc } from "../../../src/trial/icc/anovaIcc.ts";
import { bootstrapFleissCuzick, bootstrapPairs, bootstrapT } from "../../../src/trial/icc/bootstrapT.ts";
import { type ClusterEvents, sumsOfEvents } from "../../../src/trial/icc/clusterEvents.ts";
import { varianceOfQuadratic } from "../../../src/trial/icc/commonCorrelation.ts";
import { fleissCuzick } from "../../../src/trial/icc/fleissCuzick.ts";
import { oneWayAnova } from "../../../src/trial/icc/oneWayAnova.ts";
import { pairwiseSums } from "../../../src/trial/icc/pairwiseIcc.ts";
import { coefficient, rateVariation, rateVariationInterval } from "../../../src/trial/icc/rateVariation.ts";
import { zouDonnerInterval } from "../../../src/trial/icc/zouDonner.ts";

const anyData = fc.tuple(fc.integer({ min: 1, max: 1e6 }), fc.integer({ min: 6, max: 14 })).map(([seed, clusters]) => {
  const stream = randomStream(seed);
  const sizes = Float64Array.from({ length: clusters }, () => 2 + stream.integer(12));
  const events = sizes.map((n, j) => (j < 4 ? 1 + stream.integer(n - 1) : stream.integer(n + 1)));
  return { sizes, events, arms: { levels: 2, ofCluster: Int32Array.from(sizes, (_, j) => j % 2) } };
});

const part = ({ sizes, events }: ClusterEvents, kept: (j: number) => boolean): ClusterEvents => ({
  sizes: sizes.filter((_, j) => kept(j)),
  events: events.filter((_, j) => kept(j)),
});

/** `copies` of every cluster and one more of cluster j. */
const heavier = ({ sizes, events }: ClusterEvents, copies: number, j: number): ClusterEvents => {
  const repeat = (values: Float64Array) =>
    Float64Array.of(...Array.from({ length: copies }, () => [...values]).flat(), values[j]!);
  return { sizes: repeat(sizes), events: repeat(events) };
};

describe("Fleiss–Cuzick", () => {
  test("with arms, the average of their own estimates by (N − J)π(1 − π)", () => {
    fc.assert(
      fc.property(anyData, ({ arms, ...data }) => {
        const own = [0, 1].map((arm) => fleissCuzick(part(data, (j) => j % 2 === arm)));
        const weights = own.map(({ expected }) => expected);
        const average = (own[0]!.value * weights[0]! + own[1]!.value * weights[1]!) / (weights[0]! + weights[1]!);
        expect(fleissCuzick(data, arms).value).toBeCloseTo(average, 12);
      }),
    );
  });

  test("equal clusters without arms: as the pairwise correlation, and close to the analysis of variance", () => {
    const sizes = new Float64Array(8).fill(10);
    const events = Float64Array.of(1, 4, 3, 7, 2, 2, 6, 5);
    const { value } = fleissCuzick({ sizes, events });
    expect(value).toBeCloseTo(pairwiseSums(sumsOfEvents({ sizes, events })).value, 12);
    expect(Math.abs(value - anovaIcc(oneWayAnova(sumsOfEvents({ sizes, events }))))).toBeLessThan(0.03);
  });

  test("an arm without events, or with nothing else, changes nothing", () => {
    const sizes = Float64Array.of(10, 8, 12, 9, 11, 7);
    const events = Float64Array.of(2, 5, 3, 0, 0, 0);
    const arms = { levels: 2, ofCluster: Int32Array.of(0, 0, 0, 1, 1, 1) };
    const alone = fleissCuzick(part({ sizes, events }, (j) => j < 3)).value;
    expect(fleissCuzick({ sizes, events }, arms).value).toBeCloseTo(alone, 14);
    expect(fleissCuzick({ sizes, events: events.map((x, j) => (j < 3 ? x : sizes[j]!)) }, arms).value).toBeCloseTo(
      alone,
      14,
    );
  });
});

describe("the influences of the bootstraps", () => {
  test("are derivatives by the weight of a cluster", () => {
    fc.assert(
      fc.property(anyData, ({ sizes, events }) => {
        const copies = 2000;
        const data = { sizes, events };
        const { value, within, expected, withinOf, expectedOf } = fleissCuzick(data);
        const pairs = pairwiseSums(sumsOfEvents(data));
        for (const j of [0, sizes.length - 1]) {
          const more = heavier(data, copies, j);
          const influence = -(withinOf[j]! - (within / expected) * expectedOf[j]!) / expected;
          expect((fleissCuzick(more).value - value) * copies).toBeCloseTo(influence, 2);
          const pairwise = (pairs.sharedOf[j]! - pairs.value * pairs.spreadOf[j]!) / pairs.spread;
          expect((pairwiseSums(sumsOfEvents(more)).value - pairs.value) * copies).toBeCloseTo(pairwise, 2);
        }
      }),
      { numRuns: 15 },
    );
  });

  test("limits hold the estimate, repeat with the seed and differ with another", () => {
    const stream = randomStream(3);
    const sizes = Float64Array.from({ length: 16 }, () => 10 + stream.integer(20));
    const events = sizes.map((n) => Math.round(n * (0.2 + 0.3 * stream.uniform())));
    const data = { sizes, events };
    const n0 = oneWayAnova(sumsOfEvents(data)).effectiveSize;
    const made = (seed: number) => [
      bootstrapFleissCuzick(data, null, n0, 0.95, seed, 499),
      bootstrapPairs(sumsOfEvents(data), null, n0, 0.95, seed, 499),
      bootstrapT(sumsOfEvents(data), null, 0.95, seed, 499),
    ];
    expect(made(1)).toEqual(made(1));
    expect(made(2)).not.toEqual(made(1));
    const { value } = fleissCuzick(data);
    expect(made(1)[0]!.lower).toBeLessThan(value);
    expect(made(1)[0]!.upper).toBeGreaterThan(value);
  });
});

describe("the common correlation model", () => {
  test("variances are sums over every number of events", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 30 }),
        fc.double({ min: 0.01, max: 0.99, noNaN: true }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        fc.double({ min: -1, max: 1, noNaN: true }),
        (n, p, rho, alpha) => {
          const mass = Array.from({ length: n + 1 }, (_, k) => (1 - rho) * binomial.density(k, n, p));
          mass[0]! += rho * (1 - p);
          mass[n]! += rho * p;
          const at = (k: number) => alpha * k * k - k;
          const mean = mass.reduce((sum, m, k) => sum + m * at(k), 0);
          const variance = mass.reduce((sum, m, k) => sum + m * (at(k) - mean) ** 2, 0);
          const found = varianceOfQuadratic(n, p, rho, alpha, -1);
          expect(Math.abs(found - variance)).toBeLessThan(1e-11 * (1 + n ** 4));
        },
      ),
    );
  });

  test("without arms the variance of Fleiss–Cuzick is the closed form of Zou and Donner", () => {
    fc.assert(
      fc.property(anyData, ({ sizes, events }) => {
        const { working } = zouDonnerInterval("fleiss-cuzick", { sizes, events }, null, 0.95);
        const rho = working!.value;
        fc.pre(rho >= 0);
        const total = (of: (n: number) => number) => sizes.reduce((sum, n) => sum + of(n), 0);
        const J = sizes.length;
        const N = total((n) => n);
        const p = events.reduce((sum, x) => sum + x, 0) / N;
        const q = 1 / (p * (1 - p));
        const free = (N - J) ** 2;
        const squares = total((n) => n * n);
        const variance =
          (1 - rho) *
          (((q - 6) * total((n) => 1 / n)) / free +
            ((2 * N + 4 * J - J * q) * J) / (N * free) +
            ((squares * q) / N ** 2 -
              ((3 * N - 2 * J) * (N - 2 * J) * squares) / (N ** 2 * free) -
              (2 * N - J) / free) *
              rho +
            (((4 - q) * (squares - N)) / N ** 2) * rho ** 2);
        expect(working!.standardError ** 2).toBeCloseTo(variance, 11);
      }),
    );
  });

  test("at ρ = 0 the interval is that of independent members; events and others change places", () => {
    fc.assert(
      fc.property(anyData, ({ arms, ...data }) => {
        const others = { sizes: data.sizes, events: data.events.map((x, j) => data.sizes[j]! - x) };
        for (const estimator of ["anova", "fleiss-cuzick", "pearson"] as const) {
          for (const strata of [null, arms]) {
            const ours = zouDonnerInterval(estimator, data, strata, 0.95);
            const theirs = zouDonnerInterval(estimator, others, strata, 0.95);
            expect(theirs.lower).toBeCloseTo(ours.lower, 9);
            expect(theirs.upper).toBeCloseTo(ours.upper, 9);
            expect(ours.lower).toBeLessThanOrEqual(ours.upper);
          }
        }
      }),
    );
  });
});

describe("the coefficient of variation between clusters", () => {
  const events = Float64Array.of(12, 20, 7, 15, 31, 9);
  const exposures = Float64Array.of(100, 120, 80, 110, 150, 90);

  test("one arm: (s² − r/H)/r²", () => {
    const rates = events.map((x, j) => x / exposures[j]!);
    const mean = rates.reduce((a, b) => a + b) / 6;
    const s2 = rates.reduce((sum, r) => sum + (r - mean) ** 2, 0) / 5;
    const overall = events.reduce((a, b) => a + b) / exposures.reduce((a, b) => a + b);
    const harmonic = 6 / exposures.reduce((sum, e) => sum + 1 / e, 0);
    const of = (noise: number) => (s2 - noise / harmonic) / overall ** 2;
    expect(rateVariation({ events, exposures, kind: "rate" }).squared).toBeCloseTo(of(overall), 14);
    expect(rateVariation({ events, exposures, kind: "proportion" }).squared).toBeCloseTo(
      of(overall * (1 - overall)),
      14,
    );
  });

  test("does not depend on the unit of time, nor on the ratio between arms", () => {
    const arms = { levels: 2, ofCluster: Int32Array.of(0, 1, 0, 1, 0, 1) };
    const plain = rateVariation({ events, exposures, kind: "rate" }, arms);
    const days = rateVariation({ events, exposures: exposures.map((e) => 365.25 * e), kind: "rate" }, arms);
    expect(days.squared).toBeCloseTo(plain.squared, 13);
    // Ten times the events in ten times the time is a smaller chance variation; in a tenth of the time ten times the rate.
    const long = { events, exposures: exposures.map((e, j) => (j % 2 === 0 ? e : e / 10)), kind: "rate" as const };
    const own = [0, 1].map((arm) => {
      const kept = (_: number, j: number) => j % 2 === arm;
      return rateVariation({ events: events.filter(kept), exposures: exposures.filter(kept), kind: "rate" }).squared;
    });
    const pooled = rateVariation(long, arms).squared;
    expect(pooled).toBeGreaterThan(Math.min(...own) - 1e-12);
    expect(pooled).toBeLessThan(Math.max(...own) + 1e-12);
  });

  test("the influence is the derivative of log(S/C) by a cluster's weight", () => {
    const weighted = (w: readonly number[]) => {
      const total = (f: (j: number) => number) => w.reduce((sum, weight, j) => sum + weight * f(j), 0);
      const n = total(() => 1);
      const mean = total((j) => events[j]! / exposures[j]!) / n;
      const rate = total((j) => events[j]!) / total((j) => exposures[j]!);
      const spread = total((j) => (events[j]! / exposures[j]! - mean) ** 2);
      return Math.log(spread / (((n - 1) * rate * (1 - rate) * total((j) => 1 / exposures[j]!)) / n));
    };
    const { influence } = rateVariation({ events, exposures, kind: "proportion" });
    const ones = [1, 1, 1, 1, 1, 1];
    for (let j = 0; j < 6; j++) {
      const slope = (weighted(ones.with(j, 1 + 1e-5)) - weighted(ones.with(j, 1 - 1e-5))) / 2e-5;
      expect(influence[j]!).toBeCloseTo(slope, 8);
    }
  });

  test("below chance it is 0, and so is the lower limit", () => {
    const even = rateVariation({
      events: new Float64Array(6).fill(10),
      exposures: new Float64Array(6).fill(50),
      kind: "rate",
    });
    expect(even.squared).toBeLessThan(0);
    expect(coefficient(even.squared)).toBe(0);
    expect(rateVariationInterval(even, 0.95)).toEqual({ lower: 0, upper: 0 });
  });
});
