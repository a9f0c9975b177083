import { describe, expect, it } from "vitest";
import golden from "../../../fixtures/golden/numerics/quadrature/gaussHermite.json" with { type: "json" };
import { gaussHermite } from "../../../src/numerics/quadrature/gaussHermite.ts";

describe("gaussHermite", () => {
  it.each(golden.cases)("of order $order agrees with 60-digit arithmetic", ({ order, nodes, weights }) => {
    const rule = gaussHermite(order);
    const first = order - nodes.length;
    for (const [k, node] of nodes.entries()) {
      expect(Math.abs(rule.nodes[first + k]! - node)).toBeLessThanOrEqual(4e-16 * node);
      expect(Math.abs(rule.weights[first + k]! / weights[k]! - 1)).toBeLessThan(order <= 25 ? 4e-15 : 2e-14);
    }
  });

  it("is ascending, symmetric to the last bit, positive, and sums to √π, up to its largest order", () => {
    for (const order of [1, 2, 9, 64, 300]) {
      const { nodes, weights } = gaussHermite(order);
      let total = 0;
      for (let k = 0; k < order; k++) {
        if (k > 0) expect(nodes[k]).toBeGreaterThan(nodes[k - 1]!);
        expect(nodes[k]! + nodes[order - 1 - k]!).toBe(0);
        expect(weights[k]).toBe(weights[order - 1 - k]);
        expect(weights[k]).toBeGreaterThan(0);
        total += weights[k]!;
      }
      expect(Math.abs(total / Math.sqrt(Math.PI) - 1)).toBeLessThan(1e-14);
    }
  });

  it("integrates even powers exactly: ∫ x^2m e^{−x²} dx = Γ(m + ½)", () => {
    const order = 15;
    const { nodes, weights } = gaussHermite(order);
    let exact = Math.sqrt(Math.PI);
    for (let m = 0; m < order; m++) {
      let value = 0;
      for (let k = 0; k < order; k++) value += weights[k]! * nodes[k]! ** (2 * m);
      expect(Math.abs(value / exact - 1)).toBeLessThan(1e-13);
      exact *= m + 0.5;
    }
  });

  it("refuses what is not an order", () => {
    for (const order of [0, -1, 2.5, 301, Number.NaN]) {
      expect(() => gaussHermite(order)).toThrow(expect.objectContaining({ code: "quadrature-order" }));
    }
  });
});
