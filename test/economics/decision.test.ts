import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { decideBy, netBenefit } from "../../src/economics/decision.ts";
import { fieller } from "../../src/economics/fieller.ts";
import { frontier } from "../../src/economics/frontier.ts";
import { jointDraws } from "../../src/economics/jointDraws.ts";
import type { JointFit } from "../../src/economics/jointFit.ts";
import { runReplicates } from "../../src/inference/replicates/replicates.ts";

const fitOf = (
  df: number | null,
  increments = [{ cost: 600, effect: 0.04 }],
  covariance?: readonly number[],
): JointFit => ({
  increments,
  covariance: Float64Array.from(covariance ?? [50000, -2, -2, 0.0004]),
  df: () => df,
  coefficients: null,
  population: "participant-average",
  contrast: "marginal",
  variances: [],
  summary: {},
  variant: {},
  notices: [],
});

describe("decideBy", () => {
  test.each([null, 18, 3.5])("is what very many draws of the model say, df %s", (df) => {
    const fit = fitOf(df);
    const draws = runReplicates(jointDraws(fit, 200_000, 3));
    const exact = decideBy(fit, draws, false)(20000);
    const drawn = decideBy(fit, draws, true)(20000);
    expect(drawn.best[1]!).toBeCloseTo(exact.best[1]!, 2);
    expect(drawn.information! / exact.information!).toBeCloseTo(1, df === 3.5 ? 1 : 1.5);
    expect(exact.best[0]! + exact.best[1]!).toBeCloseTo(1, 12);
  });

  test("says that information is worth infinitely much with one degree of freedom", () => {
    expect(decideBy(fitOf(1), new Float64Array(0), false)(20000).information).toBeNull();
  });

  test("draws have the covariance of the model", () => {
    const fit = fitOf(null);
    const draws = runReplicates(jointDraws(fit, 100_000, 9));
    let product = 0;
    for (let k = 0; k < draws.length; k += 2) product += (draws[k]! - 600) * (draws[k + 1]! - 0.04);
    expect(product / 100_000).toBeCloseTo(-2, 1);
    expect(netBenefit(fit, 0, 20000).standardError).toBeCloseTo(Math.sqrt(50000 + 4 * 20000 + 0.0004 * 4e8), 9);
  });
});

describe("fieller", () => {
  const number = (max: number) => fc.double({ min: -max, max, noNaN: true });
  test("holds just the ratios that the test of C − R E does not reject", () => {
    fc.assert(
      fc.property(
        number(10),
        number(10),
        fc.double({ min: 0.1, max: 5, noNaN: true }),
        fc.double({ min: 0.1, max: 5, noNaN: true }),
        fc.double({ min: -0.95, max: 0.95, noNaN: true }),
        number(20),
        (cost, effect, sdCost, sdEffect, correlation, ratio) => {
          const both = correlation * sdCost * sdEffect;
          const set = fieller(cost, effect, [sdCost ** 2, both, both, sdEffect ** 2], 2);
          const variance = sdCost ** 2 - 2 * ratio * both + (ratio * sdEffect) ** 2;
          const gap = (cost - ratio * effect) ** 2 - 4 * variance;
          if (Math.abs(gap) < 1e-6) return;
          const inside =
            set.form === "everything" ||
            (set.form === "interval"
              ? ratio >= set.lower && ratio <= set.upper
              : ratio <= set.lower || ratio >= set.upper);
          expect(inside).toBe(gap < 0);
        },
      ),
    );
  });

  test("is an interval only where the effect is clear", () => {
    expect(fieller(1, 5, [1, 0, 0, 1], 2).form).toBe("interval");
    expect(fieller(9, 1, [1, 0, 0, 1], 2).form).toBe("outside");
    expect(fieller(1, 1, [1, 0, 0, 1], 2).form).toBe("everything");
  });
});

describe("frontier", () => {
  test("keeps what some threshold makes best, and says why the others never are", () => {
    const found = frontier([
      { arm: "usual", cost: 0, effect: 0 },
      { arm: "leaflet", cost: 100, effect: 0.01 },
      { arm: "calls", cost: 150, effect: 0.05 },
      { arm: "dear", cost: 400, effect: 0.04 },
      { arm: "visits", cost: 700, effect: 0.08 },
    ]);
    expect(found.strategies.map(({ arm }) => arm)).toEqual(["usual", "calls", "visits"]);
    expect(found.strategies[1]!.ratio).toBeCloseTo(3000, 9);
    expect(found.strategies[2]!.ratio).toBeCloseTo(550 / 0.03, 6);
    expect(found.dominated).toEqual([
      { arm: "dear", by: ["calls"], kind: "strong" },
      { arm: "leaflet", by: ["usual", "calls"], kind: "extended" },
    ]);
  });
});
