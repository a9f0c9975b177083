import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { ClusterParts } from "../../../src/contract/clusterParts.ts";
import { columnSource } from "../../../src/data/columnSource.ts";
import { groupingFromLabels } from "../../../src/data/groupingOf.ts";
import {
  contrastMoments,
  expectedVariance,
  inScoreCoordinates,
} from "../../../src/inference/sandwich/contrastMoments.ts";
import { type Correction, corrections } from "../../../src/inference/sandwich/correction.ts";
import { hotellingTest } from "../../../src/inference/sandwich/hotelling.ts";
import { type SandwichVariance, sandwichVariance } from "../../../src/inference/sandwich/sandwichVariance.ts";
import { satterthwaite } from "../../../src/inference/sandwich/satterthwaite.ts";
import { waldTest } from "../../../src/inference/wald/waldTest.ts";
import { fitLinear } from "../../../src/models/linear/fitLinear.ts";
import { randomEffectClusterParts } from "../../../src/models/linear/randomEffectClusterParts.ts";
import { type ClusteredData, clusteredData, linearData, rowsByCluster } from "../../support/clusteredData.ts";
import { type DenseCluster, denseParts, inverseOf, product } from "../../support/denseParts.ts";

const anyTrial = fc.tuple(fc.integer({ min: 1, max: 1e6 }), fc.integer({ min: 6, max: 10 }));
const runs = { numRuns: 15 };

const contrastOf = (p: number, k: number) => Float64Array.from({ length: p }, (_, l) => (l === k ? 1 : 0));

/** Full matrices of every cluster for a linear model with the given weights and target. */
function denseClusters(
  data: ClusteredData,
  coefficients: Float64Array,
  matrices: (rows: readonly number[]) => { weight: Float64Array; target: Float64Array },
): DenseCluster[] {
  const p = data.columns.length;
  return rowsByCluster(data.cluster).map((rows) => ({
    rows: rows.length,
    design: Float64Array.from(rows.flatMap((i) => data.columns.map((column) => column[i]!))),
    residual: Float64Array.from(rows, (i) => {
      let residual = data.outcome[i]!;
      for (let k = 0; k < p; k++) residual -= data.columns[k]![i]! * coefficients[k]!;
      return residual;
    }),
    ...matrices(rows),
  }));
}

const diagonal = (values: readonly number[]) => {
  const out = new Float64Array(values.length ** 2);
  values.forEach((value, i) => {
    out[i * values.length + i] = value;
  });
  return out;
};

const relative = (a: number, b: number, scale: number) => Math.abs(a - b) / scale;

/** Compressed and full parts give the same covariance, degrees of freedom and joint tests. */
function expectSame(compressed: ClusterParts, full: ClusterParts, coefficients: Float64Array): void {
  const p = coefficients.length;
  for (const correction of corrections) {
    const a = sandwichVariance(compressed, correction);
    const b = sandwichVariance(full, correction);
    for (let k = 0; k < p; k++)
      for (let l = 0; l < p; l++) {
        const scale = Math.sqrt(b.covariance[k * p + k]! * b.covariance[l * p + l]!);
        expect(relative(a.covariance[k * p + l]!, b.covariance[k * p + l]!, scale)).toBeLessThan(1e-8);
      }
    for (let k = 0; k < p; k++) {
      const df = satterthwaite(b, contrastOf(p, k));
      expect(relative(satterthwaite(a, contrastOf(p, k)), df, df)).toBeLessThan(1e-8);
    }
    const two = Float64Array.from([...contrastOf(p, 1), ...contrastOf(p, 2)]);
    const values = coefficients.slice(1, 3);
    const [x, y] = [hotellingTest(a, two, values), hotellingTest(b, two, values)];
    expect(x === null).toBe(y === null);
    if (x !== null && y !== null) {
      expect(relative(x.statistic, y.statistic, y.statistic)).toBeLessThan(1e-7);
      expect(relative(x.df[1], y.df[1], y.df[1])).toBeLessThan(1e-7);
    }
  }
}

describe("cluster parts seen in few coordinates stand for the full nⱼ × nⱼ matrices", () => {
  test("least squares", () => {
    fc.assert(
      fc.property(anyTrial, ([seed, clusters]) => {
        const data = clusteredData(seed, clusters, 7, 2);
        const fit = fitLinear(linearData(data));
        const identity = (rows: readonly number[]) => {
          const one = diagonal(rows.map(() => 1));
          return { weight: one, target: one };
        };
        const full = denseParts(denseClusters(data, fit.coefficients, identity), 4, "identity");
        expectSame(fit.clusterParts, full, fit.coefficients);
      }),
      runs,
    );
  });

  test("weighted least squares with a homoscedastic target", () => {
    fc.assert(
      fc.property(anyTrial, ([seed, clusters]) => {
        const data = clusteredData(seed, clusters, 7, 2);
        const mean = data.weights.reduce((a, b) => a + b, 0) / data.weights.length;
        const fit = fitLinear({ ...linearData(data), weights: data.weights });
        const matrices = (rows: readonly number[]) => ({
          weight: diagonal(rows.map((i) => data.weights[i]! / mean)),
          target: diagonal(rows.map(() => 1)),
        });
        const full = denseParts(denseClusters(data, fit.coefficients, matrices), 4, "general");
        expectSame(fit.clusterParts, full, fit.coefficients);
      }),
      runs,
    );
  });

  test("a random intercept and slope, with the fitted covariance for its target", () => {
    fc.assert(
      fc.property(anyTrial, ([seed, clusters]) => {
        const data = clusteredData(seed, clusters, 7, 2);
        const psi = Float64Array.of(1.3, -0.2, -0.2, 0.4);
        const residualVariance = 2.1;
        const p = 4;
        const target = (rows: readonly number[]) => {
          const n = rows.length;
          const out = diagonal(rows.map(() => residualVariance));
          rows.forEach((a, i) => {
            rows.forEach((b, k) => {
              const za = [1, data.columns[2]![a]!];
              const zb = [1, data.columns[2]![b]!];
              for (let u = 0; u < 2; u++)
                for (let v = 0; v < 2; v++) out[i * n + k]! += za[u]! * psi[u * 2 + v]! * zb[v]!;
            });
          });
          return out;
        };
        const matrices = (rows: readonly number[]) => {
          const theta = target(rows);
          return { weight: inverseOf(theta, rows.length), target: theta };
        };
        const coefficients = Float64Array.of(9, 1, 0.5, -0.2);
        const clustersOf = denseClusters(data, coefficients, matrices);
        const full = denseParts(clustersOf, p, "inverse-weight");
        const compressed = randomEffectClusterParts({
          clusters: full.clusters,
          observations: full.observations,
          coefficients: p,
          basis: full.root,
          root: full.root,
          residualVariance,
          maxColumns: p,
          maxEffects: 2,
          fill(j, into) {
            const { rows, design, residual } = clustersOf[j]!;
            into.columns = p;
            into.effects = 2;
            into.effectColumns.set([0, 2]);
            into.covariance.set(psi);
            into.gram.fill(0);
            into.products.fill(0);
            for (let i = 0; i < rows; i++)
              for (let a = 0; a < p; a++) {
                into.products[a]! += design[i * p + a]! * residual[i]!;
                for (let b = 0; b < p; b++) into.gram[a * p + b]! += design[i * p + a]! * design[i * p + b]!;
              }
          },
        });
        expectSame(compressed, full, coefficients);
      }),
      runs,
    );
  });
});

describe("laws", () => {
  test("cr3 of least squares is the sum of squared changes when clusters are left out one by one", () => {
    fc.assert(
      fc.property(anyTrial, ([seed, clusters]) => {
        const data = clusteredData(seed, clusters, 7, 2);
        const fit = fitLinear(linearData(data, 3));
        const { covariance } = sandwichVariance(fit.clusterParts, "cr3");
        const jackknife = new Float64Array(3);
        for (let left = 0; left < clusters; left++) {
          const kept = [...data.cluster.codes.keys()].filter((i) => data.cluster.codes[i] !== left);
          const take = (values: Float64Array) => Float64Array.from(kept, (i) => values[i]!);
          const without = fitLinear({
            terms: data.terms.slice(0, 3),
            design: columnSource(data.columns.slice(0, 3).map(take)),
            outcome: take(data.outcome),
            cluster: groupingFromLabels(
              "practice",
              kept.map((i) => data.cluster.codes[i]!),
            ),
          });
          for (let k = 0; k < 3; k++) jackknife[k]! += (without.coefficients[k]! - fit.coefficients[k]!) ** 2;
        }
        for (let k = 0; k < 3; k++) expect(covariance[k * 3 + k]! / jackknife[k]!).toBeCloseTo(1, 9);
      }),
      runs,
    );
  });

  test("arms only: the variance of arm means has the closed form with (1 − nⱼ/N) once for cr2, twice for cr3", () => {
    fc.assert(
      fc.property(anyTrial, ([seed, clusters]) => {
        const data = clusteredData(seed, clusters, 9);
        const { clusterParts } = fitLinear(linearData(data, 2));
        const rows = rowsByCluster(data.cluster);
        const closed = (power: number) => {
          let variance = 0;
          for (const arm of [0, 1]) {
            const own = rows.filter((cluster) => data.columns[1]![cluster[0]!] === arm);
            const total = own.flat().length;
            const mean = own.flat().reduce((sum, i) => sum + data.outcome[i]!, 0) / total;
            for (const cluster of own) {
              const share = cluster.length / total;
              const difference = cluster.reduce((sum, i) => sum + data.outcome[i]!, 0) / cluster.length - mean;
              variance += (share ** 2 * difference ** 2) / (1 - share) ** power;
            }
          }
          return variance;
        };
        expect(sandwichVariance(clusterParts, "cr2").covariance[3]! / closed(1)).toBeCloseTo(1, 11);
        expect(sandwichVariance(clusterParts, "cr3").covariance[3]! / closed(2)).toBeCloseTo(1, 11);
      }),
    );
  });

  test("cr2 is unbiased under its target, with and without weights", () => {
    fc.assert(
      fc.property(anyTrial, fc.boolean(), ([seed, clusters], weighted) => {
        const data = clusteredData(seed, clusters, 6, 2);
        const weights = weighted ? data.weights : null;
        const fit = fitLinear({ ...linearData(data), weights });
        const variance = sandwichVariance(fit.clusterParts, "cr2");
        // Truth: M XᵀW²X M for the weighted estimator of homoscedastic rows.
        const p = 4;
        const gram = (power: number) => {
          const out = new Float64Array(p * p);
          for (let i = 0; i < data.outcome.length; i++)
            for (let a = 0; a < p; a++)
              for (let b = 0; b < p; b++)
                out[a * p + b]! += data.columns[a]![i]! * data.columns[b]![i]! * (weights?.[i] ?? 1) ** power;
          return out;
        };
        const m = inverseOf(gram(1), p);
        const truth = product(product(m, gram(2), p, p, p), m, p, p, p);
        for (let k = 0; k < p; k++) {
          const gamma = inScoreCoordinates(variance, contrastOf(p, k), 1);
          const expected = expectedVariance(contrastMoments(variance, gamma, 1))[0]!;
          expect(expected / truth[k * p + k]!).toBeCloseTo(1, 8);
        }
      }),
      runs,
    );
  });

  test("clusters of one: cr0, cr2 and cr3 are White's HC0, HC2 and HC3", () => {
    const data = clusteredData(5, 30, 1);
    const { clusterParts, coefficients } = fitLinear(linearData(data));
    const p = 4;
    const x = (i: number) => data.columns.map((column) => column[i]!);
    const gram = new Float64Array(p * p);
    for (let i = 0; i < 30; i++)
      for (let k = 0; k < p; k++) for (let l = 0; l < p; l++) gram[k * p + l]! += x(i)[k]! * x(i)[l]!;
    const m = inverseOf(gram, p);
    for (const [correction, power] of [
      ["cr0", 0],
      ["cr2", 1],
      ["cr3", 2],
    ] as const) {
      let variance = 0;
      for (let i = 0; i < 30; i++) {
        const mx = product(m, Float64Array.from(x(i)), p, p, 1);
        const leverage = x(i).reduce((sum, v, k) => sum + v * mx[k]!, 0);
        const residual = data.outcome[i]! - x(i).reduce((sum, v, k) => sum + v * coefficients[k]!, 0);
        variance += (mx[1]! * residual) ** 2 / (1 - leverage) ** power;
      }
      expect(sandwichVariance(clusterParts, correction).covariance[p + 1]! / variance).toBeCloseTo(1, 11);
    }
  });

  test("the large-sample corrections are multiples of cr0 and share its degrees of freedom", () => {
    const data = clusteredData(8, 9, 6, 2);
    const { clusterParts } = fitLinear(linearData(data));
    const n = data.outcome.length;
    const variance = (correction: Correction) => sandwichVariance(clusterParts, correction);
    const plain = variance("cr0");
    for (const [correction, factor] of [
      ["cr1", 9 / 8],
      ["cr1p", 9 / 5],
      ["cr1s", (9 * (n - 1)) / (8 * (n - 4))],
    ] as const) {
      expect(variance(correction).covariance[5]! / plain.covariance[5]!).toBeCloseTo(factor, 12);
      expect(satterthwaite(variance(correction), contrastOf(4, 1))).toBeCloseTo(
        satterthwaite(plain, contrastOf(4, 1)),
        9,
      );
    }
  });

  test("Satterthwaite degrees of freedom are those of the J × J matrix written out", () => {
    const data = clusteredData(21, 8, 6, 2);
    const { clusterParts } = fitLinear(linearData(data));
    const variance = sandwichVariance(clusterParts, "cr2");
    for (const k of [0, 1, 2, 3])
      expect(satterthwaite(variance, contrastOf(4, k))).toBeCloseTo(writtenOut(variance, k), 9);
  });

  test("equal clusters, arms only: the degrees of freedom of Welch's test with equal variances", () => {
    // (1/J₀ + 1/J₁)² / (1/(J₀²(J₀−1)) + 1/(J₁²(J₁−1))), Bell & McCaffrey.
    const size = 4;
    const arms = [0, 0, 0, 1, 1, 1, 1, 1];
    const labels = arms.flatMap((_, j) => new Array<number>(size).fill(j));
    const arm = Float64Array.from(labels, (j) => arms[j]!);
    const fit = fitLinear({
      terms: ["intercept", "arm"],
      design: columnSource([arm.map(() => 1), arm]),
      outcome: arm.map((a, i) => a + Math.sin(7 * i)),
      cluster: groupingFromLabels("practice", labels),
    });
    const expected = (1 / 3 + 1 / 5) ** 2 / (1 / (9 * 2) + 1 / (25 * 4));
    expect(satterthwaite(sandwichVariance(fit.clusterParts, "cr2"), contrastOf(2, 1))).toBeCloseTo(expected, 10);
  });

  test("the joint test of one contrast is the t test squared; of several it does not depend on how they are written", () => {
    fc.assert(
      fc.property(anyTrial, ([seed, clusters]) => {
        const data = clusteredData(seed, clusters + 4, 6, 2);
        const { clusterParts, coefficients } = fitLinear(linearData(data));
        const variance = sandwichVariance(clusterParts, "cr2");
        const one = hotellingTest(variance, contrastOf(4, 2), coefficients.slice(2, 3))!;
        const t = waldTest("x", coefficients[2]!, Math.sqrt(variance.covariance[10]!), one.df[1], 0.95);
        expect(one.df[1]).toBeCloseTo(satterthwaite(variance, contrastOf(4, 2)), 8);
        expect(one.statistic / t.statistic ** 2).toBeCloseTo(1, 10);
        expect(one.pValue / t.pValue).toBeCloseTo(1, 8);

        const [b1, b2] = [coefficients[1]!, coefficients[2]!];
        const plain = hotellingTest(variance, Float64Array.of(0, 1, 0, 0, 0, 0, 1, 0), Float64Array.of(b1, b2));
        const mixed = hotellingTest(
          variance,
          Float64Array.of(0, 2, 1, 0, 0, -1, 3, 0),
          Float64Array.of(2 * b1 + b2, 3 * b2 - b1),
        );
        expect(plain === null).toBe(mixed === null);
        if (plain !== null && mixed !== null) {
          expect(mixed.statistic / plain.statistic).toBeCloseTo(1, 8);
          expect(mixed.df[1] / plain.df[1]).toBeCloseTo(1, 8);
        }
      }),
      runs,
    );
  });

  test("the scale of weights, of columns and the order of clusters change nothing", () => {
    const data = clusteredData(31, 8, 6, 2);
    const at = (weights: Float64Array, columns: readonly Float64Array[]) => {
      const fit = fitLinear({ ...linearData(data), design: columnSource(columns), weights });
      const variance = sandwichVariance(fit.clusterParts, "cr2");
      return { se: Math.sqrt(variance.covariance[5]!), df: satterthwaite(variance, contrastOf(4, 1)) };
    };
    const plain = at(data.weights, data.columns);
    const scaled = at(
      data.weights.map((w) => 1e6 * w),
      data.columns.map((column, k) => (k === 2 ? column.map((x) => 1e-5 * x) : column)),
    );
    expect(scaled.se / plain.se).toBeCloseTo(1, 10);
    expect(scaled.df / plain.df).toBeCloseTo(1, 10);
  });
});

/** (Σ Pⱼⱼ)² / Σ Pⱼₖ² with every Pⱼₖ formed. */
function writtenOut(variance: SandwichVariance, k: number): number {
  const { clusters, coefficients: p, root, own, reach } = variance;
  const gamma = Float64Array.from({ length: p }, (_, l) => root[k * p + l]!);
  const b = Array.from({ length: clusters }, (_, j) =>
    product(reach.subarray(j * p * p, (j + 1) * p * p), gamma, p, p, 1),
  );
  let trace = 0;
  let squares = 0;
  for (let i = 0; i < clusters; i++)
    for (let j = 0; j < clusters; j++) {
      let entry = 0;
      for (let a = 0; a < p; a++) entry -= b[i]![a]! * b[j]![a]!;
      if (i === j) {
        const spread = product(own.subarray(i * p * p, (i + 1) * p * p), gamma, p, p, 1);
        for (let a = 0; a < p; a++) entry += gamma[a]! * spread[a]!;
        trace += entry;
      }
      squares += entry * entry;
    }
  return (trace * trace) / squares;
}

describe("what cannot be estimated", () => {
  test("one cluster", () => {
    const data = clusteredData(2, 1, 9, 9);
    const columns = [data.columns[0]!, data.columns[2]!];
    const fit = fitLinear({ ...linearData(data), terms: ["intercept", "x"], design: columnSource(columns) });
    expect(() => sandwichVariance(fit.clusterParts, "cr2")).toThrow(expect.objectContaining({ code: "one-cluster" }));
  });

  test("cr1p with as many coefficients as clusters", () => {
    const data = clusteredData(2, 4, 9, 5);
    const fit = fitLinear(linearData(data));
    expect(() => sandwichVariance(fit.clusterParts, "cr1p")).toThrow(
      expect.objectContaining({ code: "too-few-clusters-for-correction" }),
    );
  });

  test("a cluster that alone determines a coefficient is counted, and the others keep finite variances", () => {
    const data = clusteredData(2, 8, 6, 3);
    const alone = data.cluster.codes.reduce((out, code, i) => {
      out[i] = code === 3 ? 1 : 0;
      return out;
    }, new Float64Array(data.outcome.length));
    const fit = fitLinear({
      ...linearData(data),
      terms: ["intercept", "arm", "alone"],
      design: columnSource([data.columns[0]!, data.columns[1]!, alone]),
    });
    for (const correction of ["cr2", "cr3"] as const) {
      const variance = sandwichVariance(fit.clusterParts, correction);
      expect(variance.determiningClusters).toEqual([3]);
      expect(satterthwaite(variance, contrastOf(3, 1))).toBeGreaterThan(2);
      expect(variance.covariance.every(Number.isFinite)).toBe(true);
    }
  });
});
