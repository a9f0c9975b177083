import { describe, expect, test } from "vitest";
import { links } from "../../../src/models/family/link.ts";
import type { ClusterCells } from "../../../src/models/generalisedMixed/clusterCells.ts";
import { type Jet, jetOf } from "../../../src/models/generalisedMixed/conditionalDensity.ts";
import { densityOf } from "../../../src/models/generalisedMixed/densities.ts";
import { logRisingFactorial } from "../../../src/models/generalisedMixed/risingFactorial.ts";
import { binomial, negativeBinomial, poisson } from "../../../src/numerics/distributions/index.ts";
import { logGamma } from "../../../src/numerics/special/logGamma.ts";
import { mixedModels } from "./simulatedCells.ts";

/** One cell of y events out of t. */
const cell = (events: number, size: number): ClusterCells => ({
  clusters: 1,
  coefficients: 1,
  starts: Int32Array.of(0, 1),
  design: Float64Array.of(1),
  offset: Float64Array.of(0),
  events: Float64Array.of(events),
  size: Float64Array.of(size),
  constant: 0,
  counts: { values: Float64Array.of(events), weights: Float64Array.of(1) },
});

const etas = [-4, -1.3, -0.2, 0, 0.7, 2.1, 4];
const etaDerivatives = ["value", "first", "second", "third", "fourth"] as const;
const once = ["dispersion", "dispersion1", "dispersion2", "dispersion3"] as const;
const twice = ["dispersionTwice", "dispersionTwice1", "dispersionTwice2"] as const;

describe.each(mixedModels)("%s %s", (family, link) => {
  const density = densityOf(family, link);
  const [y, t] = family === "binomial" ? [2, 5] : [7, 1];
  const cells = cell(y, t);
  const at = (eta: number, a: number): Jet => {
    const jet = jetOf(1, density.dispersed);
    density.fill("mode", cells, 0, 1, Float64Array.of(eta), a, jet);
    return jet;
  };
  /** Fourth-order central difference. */
  const difference = (f: (h: number) => number) => (8 * (f(1e-3) - f(-1e-3)) - (f(2e-3) - f(-2e-3))) / 12e-3;

  test("is the log density of the distribution, up to what is constant", () => {
    // The mean of a complementary log–log link at η = 4 rounds to 1, where only the predictor tells log(1 − μ).
    for (const eta of etas.filter((value) => value < 3)) {
      const mean = links[link].mean(eta);
      const value = at(eta, 0.4).value[0]! + density.ofCounts(cells, 0.4)[0];
      const theta = Math.exp(0.4);
      const expected = {
        binomial: () => binomial.logDensity(y, t, mean) - Math.log(10),
        poisson: () => poisson.logDensity(y, mean) + logGamma(y + 1),
        "negative-binomial": () => negativeBinomial.logDensity(y, theta, mean) + logGamma(y + 1),
        "negative-binomial-1": () => negativeBinomial.logDensity(y, mean / theta, mean) + logGamma(y + 1),
      }[family]();
      expect(Math.abs(value - expected)).toBeLessThan(2e-13 * (1 + Math.abs(expected)));
    }
  });

  test("each derivative is the slope of the one before", () => {
    for (const eta of etas) {
      const jet = at(eta, 0.4);
      etaDerivatives.slice(1).forEach((name, k) => {
        const slope = difference((h) => at(eta + h, 0.4)[etaDerivatives[k]!][0]!);
        expect(Math.abs(jet[name][0]! - slope)).toBeLessThan(1e-9 * (1 + Math.abs(slope)));
      });
      if (!density.dispersed) continue;
      once.forEach((name, k) => {
        const slope = difference((h) => at(eta, 0.4 + h)[etaDerivatives[k]!][0]!);
        expect(Math.abs(jet[name][0]! - slope)).toBeLessThan(1e-9 * (1 + Math.abs(slope)));
      });
      twice.forEach((name, k) => {
        const slope = difference((h) => at(eta, 0.4 + h)[once[k]!][0]!);
        expect(Math.abs(jet[name][0]! - slope)).toBeLessThan(1e-9 * (1 + Math.abs(slope)));
      });
      const [, first, second] = density.ofCounts(cells, 0.4);
      expect(Math.abs(difference((h) => density.ofCounts(cells, 0.4 + h)[0]) - first)).toBeLessThan(1e-9);
      expect(Math.abs(difference((h) => density.ofCounts(cells, 0.4 + h)[1]) - second)).toBeLessThan(1e-9);
    }
  });

  test("says the same in part, and shifted, as in full", () => {
    for (const eta of etas) {
      const full = at(eta, 0.4);
      for (const part of ["slope", "node"] as const) {
        const jet = jetOf(1, density.dispersed);
        density.fill(part, cells, 0, 1, Float64Array.of(eta), 0.4, jet);
        expect(jet.first[0]).toBeCloseTo(full.first[0]!, 13);
        expect(jet.second[0]).toBeCloseTo(full.second[0]!, 13);
      }
      if (density.shifted === undefined) continue;
      const jet = jetOf(1, false);
      const start = Float64Array.of(eta - 1.1);
      for (const part of ["slope", "node", "mode"] as const) {
        const value = density.shifted(part, cells, 0, 1, start, start.map(Math.exp), 1.1, jet);
        if (part !== "slope") expect(value).toBeCloseTo(full.value[0]!, 12);
        for (const name of part === "mode" ? etaDerivatives.slice(1) : (["first", "second"] as const))
          expect(jet[name][0]).toBeCloseTo(full[name][0]!, 12);
      }
    }
  });

  test("is finite wherever means can still be told from their edges", () => {
    for (const eta of [-35, 35].filter((value) => value < 0 || link !== "cloglog")) {
      for (const events of family === "binomial" ? [0, 2, 5] : [0, 7, 1e6]) {
        const jet = jetOf(1, density.dispersed);
        density.fill("mode", cell(events, t), 0, 1, Float64Array.of(eta), -2, jet);
        for (const name of etaDerivatives) expect(Number.isFinite(jet[name][0]!)).toBe(true);
      }
    }
  });
});

describe("rising factorial", () => {
  // The sums that define it, term by term.
  const direct = (y: number, r: number) => {
    const out = [0, 0, 0, 0, 0];
    for (let k = 1; k < y; k++) {
      const s = k / (r + k);
      const v = s * (1 - s);
      out[0]! += Math.log1p(k / r);
      out[1]! -= s;
      out[2]! += v;
      out[3]! -= v * (1 - 2 * s);
      out[4]! += v * (1 - 6 * v);
    }
    return out;
  };

  test.each([
    [0, 2],
    [1, 2],
    [32, 0.3],
    [33, 0.3],
    [40, 1e-4],
    [200, 7.5],
    [5000, 0.01],
    [5000, 40],
    [3000, 1e6],
  ])("y = %d, r = %d", (y, r) => {
    const out = new Float64Array(5);
    logRisingFactorial(y, r, out);
    // Differences of the gamma function's derivatives lose digits against y, never against more.
    direct(y, r).forEach((value, k) => {
      expect(Math.abs(out[k]! - value)).toBeLessThanOrEqual(1e-12 * (Math.abs(value) + y));
    });
    const slope = new Float64Array(5);
    logRisingFactorial(y, r, slope, true);
    expect(Math.abs(slope[1]! - out[1]!)).toBeLessThan(1e-13 * (1 + y));
    expect(Math.abs(slope[2]! - out[2]!)).toBeLessThan(1e-13 * (1 + y));
  });
});
