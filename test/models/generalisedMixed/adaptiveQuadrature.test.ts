import { describe, expect, test } from "vitest";
import { quadratureLikelihood } from "../../../src/models/generalisedMixed/adaptiveQuadrature.ts";
import { jetOf } from "../../../src/models/generalisedMixed/conditionalDensity.ts";
import { densityOf } from "../../../src/models/generalisedMixed/densities.ts";
import { mixedModels, simulatedCells, somewhere } from "./simulatedCells.ts";

describe.each(mixedModels)("%s %s", (family, link) => {
  const cells = simulatedCells(7, family);
  const density = densityOf(family, link);

  test.each([
    [1, 0.7],
    [1, 0],
    [5, 0.7],
    [5, 2],
    [15, 0.3],
  ])("gradient and Hessian are those of the approximation (%d nodes, σ = %d)", (nodes, sigma) => {
    const likelihood = quadratureLikelihood(cells, density, nodes);
    const q = likelihood.parameters;
    const point = somewhere(family, link, sigma);
    const at = (k: number, h: number) => {
      const moved = point.slice();
      moved[k]! += h;
      const { value, gradient } = likelihood.evaluate(moved);
      return { value, gradient: gradient.slice() };
    };
    likelihood.evaluate(point);
    const { gradient, hessian } = likelihood.evaluate(point);
    const slopes = gradient.slice();
    const bends = hessian.slice();
    // Scores of the clusters add up to the gradient, but for what the dispersion has of the counts alone.
    for (let k = 0; k < 4; k++) {
      let sum = 0;
      for (let j = 0; j < cells.clusters; j++) sum += likelihood.scores[j * q + k]!;
      expect(sum).toBeCloseTo(slopes[k]!, 10);
    }
    const scale = Math.max(1, ...bends.map(Math.abs));
    for (let k = 0; k < q; k++) {
      const [near, back, far, farBack] = [at(k, 5e-4), at(k, -5e-4), at(k, 1e-3), at(k, -1e-3)];
      const slope = (8 * (near.value - back.value) - (far.value - farBack.value)) / 6e-3;
      expect(Math.abs(slope - slopes[k]!)).toBeLessThan(2e-10 * scale);
      for (let l = 0; l < q; l++) {
        const bend = (8 * (near.gradient[l]! - back.gradient[l]!) - (far.gradient[l]! - farBack.gradient[l]!)) / 6e-3;
        expect(Math.abs(bend - bends[k * q + l]!)).toBeLessThan(3e-9 * scale);
      }
    }
  });

  test("orders converge to the integral", () => {
    const point = somewhere(family, link, 0.9);
    const exact = trapezium(point);
    const errors = [1, 3, 9, 25].map((nodes) =>
      Math.abs(quadratureLikelihood(cells, density, nodes).evaluate(point).value - exact),
    );
    expect(errors[3]).toBeLessThan(1e-7);
    expect(errors[3]).toBeLessThan(errors[2]!);
    expect(errors[2]).toBeLessThan(errors[1]!);
    // Laplace is at times as good as three nodes, never as good as nine.
    expect(errors[2]).toBeLessThan(errors[0]! / 3);
  });

  test("is even in σ, and at σ = 0 the likelihood of independent rows whatever the order", () => {
    const point = somewhere(family, link, 1.2);
    const mirrored = point.slice();
    mirrored[3] = -1.2;
    const likelihood = quadratureLikelihood(cells, density, 9);
    expect(likelihood.evaluate(mirrored).value).toBeCloseTo(likelihood.evaluate(point).value, 10);
    const none = somewhere(family, link, 0);
    const values = [1, 3, 15].map((nodes) => quadratureLikelihood(cells, density, nodes).evaluate(none).value);
    const { value } = rows(none);
    for (const each of values) expect(Math.abs(each - value)).toBeLessThan(1e-12 * (1 + Math.abs(value)));
  });

  /** Σ log ∫ exp(Σ ℓ(η + σv)) φ(v) dv by the trapezium rule, which is exact to rounding for such integrands. */
  function trapezium(point: Float64Array): number {
    const step = 0.01;
    let total = density.ofCounts(cells, point[4] ?? 0)[0];
    for (let j = 0; j < cells.clusters; j++) {
      const logs: number[] = [];
      for (let v = -12; v <= 12; v += step) logs.push(rows(point, v, j).value - 0.5 * v * v);
      const top = Math.max(...logs);
      total +=
        top + Math.log((step * logs.reduce((sum, log) => sum + Math.exp(log - top), 0)) / Math.sqrt(2 * Math.PI));
    }
    return total;
  }

  /** The log-likelihood of all rows (with what is of counts alone), or of cluster j (without), at a random effect v. */
  function rows(point: Float64Array, v = 0, j: number | null = null): { value: number } {
    const from = j === null ? 0 : cells.starts[j]!;
    const to = j === null ? cells.events.length : cells.starts[j + 1]!;
    const jet = jetOf(to - from, density.dispersed);
    const eta = Float64Array.from({ length: to - from }, (_, i) => {
      const x = cells.design.subarray(3 * (from + i), 3 * (from + i) + 3);
      return cells.offset[from + i]! + x.reduce((sum, each, k) => sum + each * point[k]!, 0) + point[3]! * v;
    });
    density.fill("node", cells, from, to, eta, point[4] ?? 0, jet);
    const own = jet.value.reduce((sum, each) => sum + each, 0);
    return { value: own + (j === null ? density.ofCounts(cells, point[4] ?? 0)[0] : 0) };
  }
});
