import { describe, expect, test } from "vitest";
import golden from "../../../fixtures/golden/models/meanOverNormal.json" with { type: "json" };
import { links } from "../../../src/models/family/link.ts";
import { meanOverNormal } from "../../../src/models/family/meanOverNormal.ts";

describe("meanOverNormal", () => {
  test.each(Object.keys(links).filter((id) => golden.cases.some(({ link }) => link === id)))(
    "%s agrees with 40-digit quadrature, whatever the variance",
    (id) => {
      const integral = meanOverNormal(links[id as keyof typeof links]);
      const wrong = golden.cases
        .filter(({ link }) => link === id)
        .flatMap(({ predictor, variance, ...expected }) => {
          const found = integral(predictor, variance);
          const { mean, slope, byVariance } = expected;
          const scale = { mean, slope, byVariance: Math.max(slope, Math.abs(byVariance)) };
          return (["mean", "slope", "byVariance"] as const)
            .filter((key) => !(Math.abs(found[key] - expected[key]) <= 3e-14 * Math.abs(scale[key])))
            .map((key) => `${key} at ${predictor}, ${variance}: ${found[key]}, expected ${expected[key]}`);
        });
      expect(wrong).toEqual([]);
    },
  );

  test("without variance it is the inverse link", () => {
    for (const link of Object.values(links))
      for (const predictor of [-3, -0.2, 0.7]) {
        const { mean, slope, byVariance } = meanOverNormal(link)(predictor, 0);
        expect(mean).toBeCloseTo(link.mean(predictor), 14);
        expect(slope).toBeCloseTo(link.slope(predictor), 14);
        expect(byVariance).toBeCloseTo(link.curvature(predictor) / 2, 14);
      }
  });
});
