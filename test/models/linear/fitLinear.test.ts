import fc from "fast-check";
import { describe, expect, test } from "vitest";
import longley from "../../../fixtures/golden/models/linear/longley.json" with { type: "json" };
import { accumulateMoments } from "../../../src/data/accumulateMoments.ts";
import { columnSource, concatenateColumns } from "../../../src/data/columnSource.ts";
import { groupingFromLabels } from "../../../src/data/groupingOf.ts";
import { fitLinear, fitLinearFromMoments } from "../../../src/models/linear/fitLinear.ts";
import { type LinearFit, modelCovariance } from "../../../src/models/linear/linearFit.ts";
import { clusteredData, linearData, rowsByCluster } from "../../support/clusteredData.ts";

const digits = (computed: number, certified: number) =>
  computed === certified ? 16 : -Math.log10(Math.abs(computed - certified) / Math.abs(certified));

const standardErrors = (fit: LinearFit) => {
  const p = fit.terms.length;
  return fit.terms.map((_, k) => Math.sqrt(modelCovariance(fit)![k * p + k]!));
};

describe("NIST StRD Longley, certified to 15 digits", () => {
  const columns = longley.rows[0]!.map((_, k) => Float64Array.from(longley.rows, (row) => (k === 0 ? 1 : row[k]!)));
  const outcome = Float64Array.from(longley.rows, (row) => row[0]!);
  const terms = ["intercept", "x1", "x2", "x3", "x4", "x5", "x6"];
  const cluster = groupingFromLabels("row", outcome);
  const check = (fit: LinearFit, least: number) => {
    longley.coefficients.forEach(({ value, standardError }, k) => {
      expect(digits(fit.coefficients[k]!, value)).toBeGreaterThan(least);
      expect(digits(standardErrors(fit)[k]!, standardError)).toBeGreaterThan(least);
    });
    expect(digits(fit.residualStandardDeviation!, longley.residualStandardDeviation)).toBeGreaterThan(least);
    expect(digits(fit.rSquared!, longley.rSquared)).toBeGreaterThan(least);
    expect(digits(fit.fStatistic!, longley.fStatistic)).toBeGreaterThan(least);
  };

  test("from rows to 13.5 digits, more than R's lm", () => {
    check(fitLinear({ terms, design: columnSource(columns), outcome, cluster }), 13.5);
  });

  test("from moments alone to 11 digits", () => {
    const source = concatenateColumns(columnSource(columns), columnSource([outcome]));
    check(fitLinearFromMoments({ plain: accumulateMoments([...terms, "y"], source, cluster) }), 11);
  });
});

describe("laws of least squares", () => {
  const anyData = fc.tuple(fc.integer({ min: 1, max: 1e6 }), fc.integer({ min: 5, max: 12 }));

  test("residuals are orthogonal to every column, cluster sums and squares are theirs", () => {
    fc.assert(
      fc.property(anyData, ([seed, clusters]) => {
        const data = clusteredData(seed, clusters, 6, 2);
        const fit = fitLinear(linearData(data));
        const residual = data.outcome.map(
          (y, i) => y - data.columns.reduce((sum, column, k) => sum + column[i]! * fit.coefficients[k]!, 0),
        );
        for (const column of data.columns) {
          const product = column.reduce((sum, x, i) => sum + x * residual[i]!, 0);
          expect(Math.abs(product)).toBeLessThan(1e-10);
        }
        rowsByCluster(data.cluster).forEach((rows, j) => {
          expect(fit.clusterResidualSums[j]!).toBeCloseTo(
            rows.reduce((s, i) => s + residual[i]!, 0),
            10,
          );
          expect(fit.clusterResidualSquares[j]!).toBeCloseTo(
            rows.reduce((s, i) => s + residual[i]! ** 2, 0),
            9,
          );
        });
        const rss = residual.reduce((sum, e) => sum + e * e, 0);
        expect(fit.residualSumOfSquares / rss).toBeCloseTo(1, 11);
        const mean = data.outcome.reduce((a, b) => a + b, 0) / data.outcome.length;
        const tss = data.outcome.reduce((sum, y) => sum + (y - mean) ** 2, 0);
        expect(fit.rSquared!).toBeCloseTo(1 - rss / tss, 11);
      }),
      { numRuns: 40 },
    );
  });

  test("whole-number weights are repeated rows, and only their ratios matter", () => {
    const data = clusteredData(7, 8, 5, 2);
    const weights = data.outcome.map((_, i) => 1 + (i % 3));
    const repeat = (values: ArrayLike<number>) =>
      Float64Array.from(Array.from(values).flatMap((v, i) => new Array<number>(weights[i]!).fill(v)));
    const weighted = fitLinear({ ...linearData(data), weights: weights.map((w) => 17.3 * w) });
    const repeated = fitLinear({
      ...linearData(data),
      design: columnSource(data.columns.map(repeat)),
      outcome: repeat(data.outcome),
      cluster: groupingFromLabels("practice", repeat(data.cluster.codes)),
    });
    weighted.coefficients.forEach((value, k) => {
      expect(value).toBeCloseTo(repeated.coefficients[k]!, 11);
    });
    expect(weighted.rSquared!).toBeCloseTo(repeated.rSquared!, 12);
  });

  test("levels and units of columns shift and scale the answer, however far away the origin", () => {
    const data = clusteredData(11, 8, 6, 2);
    const fit = fitLinear(linearData(data));
    // Powers of two, so that the moved data are the same data.
    const moved = {
      ...data,
      columns: data.columns.map((column, k) => (k === 2 ? column.map((x) => Math.fround(x) + 2 ** 24) : column)),
      outcome: data.outcome.map((y) => 1024 * Math.fround(y) + 2 ** 30),
    };
    const rounded = fitLinear(
      linearData({
        ...data,
        columns: data.columns.map((column, k) =>
          k === 2 ? column.map((x) => Math.fround(x) + 2 ** 24 - 2 ** 24) : column,
        ),
        outcome: data.outcome.map((y) => (1024 * Math.fround(y) + 2 ** 30 - 2 ** 30) / 1024),
      }),
    );
    const far = fitLinear(linearData(moved));
    for (const k of [1, 2, 3]) expect(far.coefficients[k]! / 1024 / rounded.coefficients[k]!).toBeCloseTo(1, 12);
    expect(far.rSquared!).toBeCloseTo(rounded.rSquared!, 13);
    expect(fit.rSquared!).toBeCloseTo(rounded.rSquared!, 5);
  });

  test("moments of rows split in two and of the whole give the same fit", () => {
    const data = clusteredData(13, 9, 5, 1);
    const source = concatenateColumns(columnSource(data.columns), columnSource([data.outcome]));
    const moments = accumulateMoments([...data.terms, "y"], source, data.cluster);
    const fit = fitLinear(linearData(data));
    fitLinearFromMoments({ plain: moments }).coefficients.forEach((value, k) => {
      expect(value).toBeCloseTo(fit.coefficients[k]!, 11);
    });
  });
});

describe("what cannot be fitted", () => {
  const data = clusteredData(3, 6, 4, 2);
  test("a dependent column is named with those it depends on", () => {
    const columns = [...data.columns, data.columns[2]!.map((x, i) => 2 * x - data.columns[1]![i]!)];
    expect(() =>
      fitLinear({ ...linearData(data), terms: [...data.terms, "twice"], design: columnSource(columns) }),
    ).toThrow(
      expect.objectContaining({ code: "rank-deficient", facts: expect.objectContaining({ columns: ["twice"] }) }),
    );
  });

  test("fewer rows than coefficients", () => {
    const few = clusteredData(3, 2, 1, 1);
    expect(() => fitLinear({ ...linearData(few, 3) })).toThrow(
      expect.objectContaining({ code: expect.stringMatching(/too-few-rows|rank-deficient/) }),
    );
  });

  test("an outcome that is fitted exactly leaves exactly zero", () => {
    const outcome = data.outcome.map((_, i) => 0.1 + 0.3 * data.columns[2]![i]! - 0.7 * data.columns[1]![i]!);
    const fit = fitLinear({ ...linearData(data), outcome });
    expect(fit.residualSumOfSquares).toBe(0);
    expect(fit.rSquared).toBe(1);
    expect(fit.fStatistic).toBeNull();
  });
});
