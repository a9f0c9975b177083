import { describe, expect, it } from "vitest";
import golden from "../../../fixtures/golden/numerics/random/philox.json" with { type: "json" };
import { type RandomStream, randomStream } from "../../../src/numerics/random/randomStream.ts";

/** Pearson's X² of counts against equal expectations. */
const chiSquared = (counts: ArrayLike<number>, draws: number) => {
  const expected = draws / counts.length;
  let value = 0;
  for (let i = 0; i < counts.length; i++) value += (counts[i]! - expected) ** 2 / expected;
  return value;
};
/** Mean and standard deviation of X² with that many cells: a z-score, close to normal for many cells. */
const zOf = (x2: number, cells: number) => (x2 - (cells - 1)) / Math.sqrt(2 * (cells - 1));

const powers = (draw: () => number, draws: number, degree: number) => {
  const sums = new Float64Array(degree + 1);
  for (let i = 0; i < draws; i++) {
    const x = draw();
    let power = 1;
    for (let k = 0; k <= degree; k++) {
      sums[k]! += power;
      power *= x;
    }
  }
  return sums.map((total) => total / draws);
};

// All limits below are 4 standard errors of the statistic: fixed seeds decide once and for all.
const DRAWS = 400_000;

describe("randomStream", () => {
  it("is Philox with the seed as key and the stream as upper half of the counter", () => {
    // Random123's first answer: counter and key zero.
    const first = randomStream(0, 0);
    expect([first.uint32(), first.uint32(), first.uint32(), first.uint32()]).toEqual(golden.published.cases[0]!.answer);
    // −1 is all ones in two's complement.
    expect(randomStream(-1).uint32()).not.toBe(randomStream(1).uint32());
  });

  it("repeats itself, and differs between seeds, streams and halves of the seed", () => {
    const words = (stream: RandomStream) => Array.from({ length: 9 }, () => stream.uint32());
    expect(words(randomStream(20230420, 7))).toEqual(words(randomStream(20230420, 7)));
    const seen = new Set<string>();
    const seeds = [0, 1, -1, 2 ** 32, 2 ** 32 + 1, 2 ** 53 - 1, 1 - 2 ** 53];
    for (const seed of seeds) for (const stream of seeds) seen.add(words(randomStream(seed, stream)).join());
    expect(seen.size).toBe(seeds.length ** 2);
  });

  it("begins again as any stream of its seed, wherever it was", () => {
    const words = (stream: RandomStream, n: number) => Array.from({ length: n }, () => stream.uint32());
    const one = randomStream(20230420, 3);
    for (const used of [0, 1, 4, 6]) {
      words(one, used);
      for (const stream of [0, 3, -1, 2 ** 40 + 1]) {
        one.restart(stream);
        expect(words(one, 9)).toEqual(words(randomStream(20230420, stream), 9));
      }
    }
    expect(() => one.restart(0.5)).toThrow(expect.objectContaining({ code: "not-a-seed" }));
  });

  it("draws uniforms with the moments of the uniform, never 0 or 1", () => {
    const stream = randomStream(1);
    let smallest = 1;
    let largest = 0;
    const draw = () => {
      const u = stream.uniform();
      smallest = Math.min(smallest, u);
      largest = Math.max(largest, u);
      return u;
    };
    const moments = powers(draw, DRAWS, 4);
    for (let k = 1; k <= 4; k++) {
      const error = Math.sqrt((1 / (2 * k + 1) - 1 / (k + 1) ** 2) / DRAWS);
      expect(Math.abs(moments[k]! - 1 / (k + 1))).toBeLessThan(4 * error);
    }
    expect(smallest).toBeGreaterThan(0);
    expect(largest).toBeLessThan(1);
  });

  it("fills 4096 cells of a unit square evenly, also across streams", () => {
    for (const pair of [
      (() => {
        const stream = randomStream(2);
        return () => [stream.uniform(), stream.uniform()] as const;
      })(),
      (() => {
        let k = 0;
        return () => {
          const stream = randomStream(3, k++);
          return [stream.uniform(), randomStream(4, k).uniform()] as const;
        };
      })(),
    ]) {
      const counts = new Int32Array(4096);
      for (let i = 0; i < 100_000; i++) {
        const [u, v] = pair();
        counts[Math.floor(u * 64) * 64 + Math.floor(v * 64)]!++;
      }
      expect(Math.abs(zOf(chiSquared(counts, 100_000), 4096))).toBeLessThan(4);
    }
  });

  it("draws every bit of a word equally often 0 and 1", () => {
    const stream = randomStream(5);
    const ones = new Int32Array(32);
    for (let i = 0; i < 100_000; i++) {
      const word = stream.uint32();
      for (let bit = 0; bit < 32; bit++) ones[bit]! += (word >>> bit) & 1;
    }
    for (const count of ones) expect(Math.abs(count - 50_000)).toBeLessThan(4 * Math.sqrt(25_000));
  });

  it("draws standard normals: moments 0, 1, 0, 3, 0, 15 and the tails", () => {
    const stream = randomStream(6);
    let beyond = 0;
    const moments = powers(
      () => {
        const z = stream.normal();
        if (Math.abs(z) > 3) beyond++;
        return z;
      },
      DRAWS,
      6,
    );
    const exact = [1, 0, 1, 0, 3, 0, 15];
    const second = [1, 1, 3, 15, 105, 945, 10395];
    for (let k = 1; k <= 6; k++) {
      const error = Math.sqrt((second[k]! - exact[k]! ** 2) / DRAWS);
      expect(Math.abs(moments[k]! - exact[k]!)).toBeLessThan(4 * error);
    }
    // P(|Z| > 3) = 0.0026997960632601866.
    const expected = DRAWS * 0.0026997960632601866;
    expect(Math.abs(beyond - expected)).toBeLessThan(4 * Math.sqrt(expected));
  });

  it("draws exponentials: moments 1, 2, 6", () => {
    const stream = randomStream(7);
    const moments = powers(() => stream.exponential(), DRAWS, 3);
    const factorial = [1, 1, 2, 6, 24, 120, 720];
    for (let k = 1; k <= 3; k++) {
      const error = Math.sqrt((factorial[2 * k]! - factorial[k]! ** 2) / DRAWS);
      expect(Math.abs(moments[k]! - factorial[k]!)).toBeLessThan(4 * error);
    }
  });

  it("draws integers evenly, for small and for large n", () => {
    const stream = randomStream(8);
    for (const n of [1, 2, 3, 7, 40, 1000]) {
      const counts = new Int32Array(n);
      for (let i = 0; i < 50_000; i++) counts[stream.integer(n)]!++;
      if (n > 1) expect(Math.abs(zOf(chiSquared(counts, 50_000), n))).toBeLessThan(4);
    }
    for (const n of [3 * 2 ** 30, 2 ** 32, 2 ** 32 + 1, 3 * 2 ** 51, 2 ** 53 - 1]) {
      // Three equal thirds: a biased remainder of 3 · 2³⁰ would give one of them a half.
      const counts = new Int32Array(3);
      for (let i = 0; i < 30_000; i++) {
        const draw = stream.integer(n);
        if (!(Number.isInteger(draw) && draw >= 0 && draw < n)) expect.fail(`${draw} is not below ${n}`);
        counts[Math.floor((draw / n) * 3)]!++;
      }
      expect(chiSquared(counts, 30_000)).toBeLessThan(18.4);
    }
  });

  it("puts arrays in each of their orders equally often", () => {
    const stream = randomStream(9);
    const counts = new Map<string, number>();
    for (let i = 0; i < 24_000; i++) {
      const array = ["a", "b", "c", "d"];
      stream.shuffle(array);
      const order = array.join("");
      counts.set(order, (counts.get(order) ?? 0) + 1);
    }
    expect(counts.size).toBe(24);
    expect(Math.abs(zOf(chiSquared([...counts.values()], 24_000), 24))).toBeLessThan(4);
    const typed = Int32Array.of(1, 2, 3);
    stream.shuffle(typed);
    expect([...typed].sort()).toEqual([1, 2, 3]);
    stream.shuffle([]);
  });

  it("refuses what is not a seed, a stream or a range", () => {
    for (const bad of [0.5, Number.NaN, 2 ** 53, Number.POSITIVE_INFINITY]) {
      expect(() => randomStream(bad)).toThrow(expect.objectContaining({ code: "not-a-seed" }));
      expect(() => randomStream(1, bad)).toThrow(expect.objectContaining({ code: "not-a-seed" }));
      expect(() => randomStream(1).integer(bad)).toThrow(expect.objectContaining({ code: "not-a-range" }));
    }
    expect(() => randomStream(1).integer(0)).toThrow(expect.objectContaining({ code: "not-a-range" }));
  });
});
