import { describe, expect, test } from "vitest";
import { columnSource } from "../../../src/data/columnSource.ts";
import {
  inScoreCoordinates,
  restrictLinear,
  scoresOfClusterParts,
} from "../../../src/inference/wildBootstrap/clusterScores.ts";
import { wildDraws } from "../../../src/inference/wildBootstrap/wildDraws.ts";
import { robustStandardError, studentisations, wildPieces } from "../../../src/inference/wildBootstrap/wildPieces.ts";
import { wildReplicates } from "../../../src/inference/wildBootstrap/wildReplicates.ts";
import { restrictedTerms, studentised, waldStatistic } from "../../../src/inference/wildBootstrap/wildStatistic.ts";
import { fitLinear } from "../../../src/models/linear/fitLinear.ts";
import { clusteredData, linearData } from "../../support/clusteredData.ts";

const clusters = 9;
const data = clusteredData(77, clusters, 7);
const fit = fitLinear(linearData(data));
const fitted = scoresOfClusterParts(fit.clusterParts);
const arm = Float64Array.of(0, 1, 0, 0);
const a = inScoreCoordinates(fitted, arm);
const effect = fit.coefficients[1]!;
const order = Int32Array.from({ length: clusters }, (_, j) => j);

/** t of the arm in least squares of any outcome, the arm's coefficient being compared with `value`. */
function refitted(outcome: Float64Array, value: number, studentise: "cr1" | "cr3"): number {
  const again = fitLinear({ ...linearData(data), outcome });
  const scores = scoresOfClusterParts(again.clusterParts);
  return (
    (again.coefficients[1]! - value) /
    robustStandardError(wildPieces(scores, inScoreCoordinates(scores, arm), studentise))
  );
}

/** The bootstrap sample μ̃ + vⱼẽ under arm = value, by fitting y − value · arm to the other columns. */
function sample(weights: Float64Array, value: number): Float64Array {
  const { columns, outcome, cluster } = data;
  const rest = outcome.map((y, i) => y - value * columns[1]![i]!);
  const { coefficients: b } = fitLinear({
    terms: ["intercept", "x", "z"],
    design: columnSource([columns[0]!, columns[2]!, columns[3]!]),
    outcome: rest,
    cluster,
  });
  return outcome.map((y, i) => {
    const mean = b[0]! + b[1]! * columns[2]![i]! + b[2]! * columns[3]![i]! + value * columns[1]![i]!;
    return mean + weights[cluster.codes[i]!]! * (y - mean);
  });
}

describe.each(studentisations)("statistics of weighted residuals, %s", (studentise) => {
  const pieces = wildPieces(fitted, a, studentise);
  const terms = restrictedTerms(pieces, fitted.information);

  test.each(["rademacher", "webb", "mammen"] as const)("are those of samples fitted anew: %s", (draw) => {
    const draws = wildDraws(draw, order, 40, 3);
    const weights = new Float64Array(clusters);
    const out = new Float64Array(5);
    for (const value of [0, effect, -3.2]) {
      for (let k = 0; k < 8; k++) {
        draws.fill(k, weights);
        const expected = refitted(sample(weights, value), value, studentise);
        terms.write(weights, out, 0);
        const m = effect - value;
        const [n0, n1, q0, q1, q2] = out as unknown as [number, number, number, number, number];
        const t = (n0 + n1 * m) / Math.sqrt(pieces.factor * (q0 + q1 * m + q2 * m * m));
        expect(t / expected).toBeCloseTo(1, 9);
        const under = restrictLinear(fitted, a, Float64Array.of(m))!;
        studentised(wildPieces(under, a, studentise)).write(weights, out, 0);
        expect(out[0]! / expected).toBeCloseTo(1, 9);
      }
    }
  });

  test("equal weights give back the data, or their mirror image, under any null", () => {
    const out = new Float64Array(5);
    const squares = robustStandardError(pieces) ** 2 / pieces.factor;
    for (const sign of [1, -1]) {
      terms.write(new Float64Array(clusters).fill(sign), out, 0);
      expect(out[1]).toBeCloseTo(sign, 12);
      expect(out[2]! / squares).toBeCloseTo(1, 12);
      // The variance does not grow with the distance of the null.
      expect([out[3], out[4]]).toEqual([0, 0]);
    }
  });

  test("of one contrast Wald's is the square", () => {
    const weights = Float64Array.from({ length: clusters }, (_, j) => (j % 3 === 0 ? 1.2 : -0.7));
    const out = new Float64Array(2);
    studentised(pieces).write(weights, out, 0);
    waldStatistic(pieces).write(weights, out, 1);
    expect(out[1]! / out[0]! ** 2).toBeCloseTo(1, 12);
  });
});

describe("replicates", () => {
  const pieces = wildPieces(fitted, a, "cr1");
  const statistics = () => [restrictedTerms(pieces, fitted.information), studentised(pieces)];

  test("a Gray code gives what each vector gives by itself", () => {
    const draws = wildDraws("rademacher", order, 1000, 1);
    expect(draws).toMatchObject({ complete: true, count: 256, each: 2, gray: true });
    const replicates = wildReplicates(draws, statistics());
    const numbers = new Float64Array(replicates.count * replicates.width);
    replicates.run(0, replicates.count, numbers);
    const one = new Float64Array(5);
    const weights = new Float64Array(clusters);
    for (let k = 0; k < draws.count; k += 7) {
      draws.fill(k, weights);
      restrictedTerms(pieces, fitted.information).write(weights, one, 0);
      for (let i = 0; i < 5; i++) expect(numbers[k * replicates.width + i]).toBeCloseTo(one[i]!, 11);
    }
  });

  test.each([
    ["rademacher", 4096],
    ["webb", 500],
    ["mammen", 500],
  ] as const)("are the same bits in whatever portions: %s", (draw, most) => {
    // Thirteen clusters: the blocks in which a Gray code is computed anew are shorter than the whole.
    const many = clusteredData(5, 13, 5);
    const scores = scoresOfClusterParts(fitLinear(linearData(many)).clusterParts);
    const direction = inScoreCoordinates(scores, arm);
    const make = () => {
      const held = wildPieces(scores, direction, "cr1");
      const draws = wildDraws(
        draw,
        Int32Array.from({ length: 13 }, (_, j) => (j * 5) % 13),
        most * 2,
        9,
      );
      return wildReplicates(draws, [restrictedTerms(held, scores.information)]);
    };
    const whole = make();
    const all = new Float64Array(whole.count * whole.width);
    whole.run(0, whole.count, all);
    const parts = make();
    const joined = new Float64Array(all.length);
    for (let from = 0; from < parts.count; from += 701) {
      const to = Math.min(from + 701, parts.count);
      parts.run(from, to, joined.subarray(from * parts.width, to * parts.width));
    }
    expect(joined).toEqual(all);
  });
});

describe("weights", () => {
  const all = (draw: "rademacher" | "webb", clusters: number) => {
    const draws = wildDraws(draw, new Int32Array(clusters), 1e5, 1);
    const weights = new Float64Array(clusters);
    const seen = new Set<string>();
    for (let k = 0; k < draws.count; k++) {
      draws.fill(k, weights);
      seen.add(weights.join());
      seen.add(weights.map((v) => -v).join());
    }
    return { draws, seen };
  };

  test("every vector once, itself or as its opposite", () => {
    expect(all("rademacher", 6).seen.size).toBe(64);
    expect(all("webb", 4).seen.size).toBe(1296);
    expect(all("webb", 4).draws).toMatchObject({ complete: true, count: 648, each: 2 });
  });

  test("auto: Webb's up to twelve clusters, Rademacher's beyond; enumerated where draws allow", () => {
    const of = (clusters: number, draws: number) => {
      const { name, complete } = wildDraws("auto", new Int32Array(clusters), draws, 1);
      return `${name} ${complete}`;
    };
    expect(of(6, 99_999)).toBe("webb true");
    expect(of(6, 46_655)).toBe("webb false");
    expect(of(7, 99_999)).toBe("webb false");
    expect(of(12, 99_999)).toBe("webb false");
    expect(of(13, 99_999)).toBe("rademacher true");
    expect(of(16, 65_536)).toBe("rademacher true");
    expect(of(17, 99_999)).toBe("rademacher false");
  });

  test.each(["rademacher", "webb", "mammen"] as const)("have mean 0 and variance 1: %s", (draw) => {
    const draws = wildDraws(
      draw,
      Int32Array.from({ length: 50 }, (_, j) => j),
      2000,
      12,
    );
    const weights = new Float64Array(50);
    let sum = 0;
    let squares = 0;
    for (let k = 0; k < 2000; k++) {
      draws.fill(k, weights);
      for (const v of weights) {
        sum += v;
        squares += v * v;
      }
    }
    // 100,000 draws: four standard errors.
    expect(Math.abs(sum / 1e5)).toBeLessThan(0.013);
    expect(Math.abs(squares / 1e5 - 1)).toBeLessThan(draw === "mammen" ? 0.015 : 0.006);
  });
});
