import { describe, expect, it } from "vitest";
import { chiSquared, gamma, normal } from "../../../src/numerics/distributions/index.ts";
import { chiSquaredDraw, gammaDraw } from "../../../src/numerics/random/gammaDraw.ts";
import { inverseWishart } from "../../../src/numerics/random/inverseWishart.ts";
import { randomStream } from "../../../src/numerics/random/randomStream.ts";
import { truncatedNormal } from "../../../src/numerics/random/truncatedNormal.ts";

const N = 20000;
/** Kolmogorov–Smirnov distance beyond which one sample in 10,000 lies. */
const LIMIT = 2.23 / Math.sqrt(N);

function distance(draws: readonly number[], lower: (x: number) => number): number {
  const sorted = [...draws].sort((a, b) => a - b);
  return sorted.reduce((most, x, i) => Math.max(most, Math.abs(lower(x) - (i + 0.5) / sorted.length)), 0);
}
const sample = (draw: () => number) => Array.from({ length: N }, draw);

describe("gamma and χ² draws", () => {
  it.each([0.2, 0.9, 1, 2.5, 40, 1e6])("have the distribution of shape %s", (shape) => {
    const stream = randomStream(11, 1);
    expect(
      distance(
        sample(() => gammaDraw(stream, shape)),
        (x) => gamma.lower(x, shape, 1),
      ),
    ).toBeLessThan(LIMIT);
  });

  it("are χ² on fractional degrees of freedom", () => {
    const stream = randomStream(12);
    expect(
      distance(
        sample(() => chiSquaredDraw(stream, 3.7)),
        (x) => chiSquared.lower(x, 3.7),
      ),
    ).toBeLessThan(LIMIT);
  });
});

describe("truncated normal draws", () => {
  it.each([-6, -1, 0, 0.44, 0.46, 3, 12])("have the distribution above %s", (lower) => {
    const stream = randomStream(13);
    const tail = normal.upper(lower);
    const found = sample(() => truncatedNormal(stream, lower));
    expect(Math.min(...found)).toBeGreaterThan(lower);
    expect(distance(found, (x) => 1 - normal.upper(x) / tail)).toBeLessThan(LIMIT);
  });
});

describe("inverse Wishart draws", () => {
  const scale = Float64Array.of(2, 0.6, -0.3, 0.6, 1, 0.2, -0.3, 0.2, 3);
  const wishart = inverseWishart(3);

  it("have the mean S/(df − p − 1), and every diagonal entry the distribution of an inverse gamma", () => {
    const stream = randomStream(14);
    const df = 12;
    const out = new Float64Array(9);
    const sum = new Float64Array(9);
    const squares = new Float64Array(9);
    const first: number[] = [];
    for (let t = 0; t < N; t++) {
      expect(wishart.draw(stream, df, scale, out)).toBe(true);
      out.forEach((value, at) => {
        sum[at]! += value;
        squares[at]! += value * value;
      });
      first.push(out[0]!);
    }
    scale.forEach((value, at) => {
      const mean = sum[at]! / N;
      const error = Math.sqrt((squares[at]! / N - mean * mean) / N);
      expect(Math.abs(mean - value / (df - 4))).toBeLessThan(4.5 * error);
    });
    // Σ₁₁ = S₁₁/χ² on df − p + 1.
    expect(distance(first, (x) => chiSquared.upper(scale[0]! / x, df - 2))).toBeLessThan(LIMIT);
  });

  it("say when the scale is no covariance", () => {
    const bad = Float64Array.of(1, 2, 0, 2, 1, 0, 0, 0, 1);
    expect(wishart.draw(randomStream(1), 5, bad, new Float64Array(9))).toBe(false);
  });
});
