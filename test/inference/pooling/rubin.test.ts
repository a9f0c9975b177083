import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { poolVectors, testPooledVector } from "../../../src/inference/pooling/poolVectors.ts";
import { type Pooled, poolRubin } from "../../../src/inference/pooling/rubin.ts";

interface Golden {
  readonly scalars: readonly {
    readonly values: readonly number[];
    readonly variances: readonly number[];
    readonly completeDf: number | null;
    readonly expect: Omit<Pooled, "df"> & { readonly df: number };
  }[];
  readonly vectors: readonly {
    readonly values: readonly (readonly number[])[];
    readonly covariances: readonly (readonly number[])[];
    readonly completeDf: number | null;
    readonly expect: Readonly<Record<"statistic" | "df1" | "df2" | "pValue", number>>;
  }[];
}
const golden: Golden = JSON.parse(
  readFileSync(new URL("../../../fixtures/golden/pooling/rubin.json", import.meta.url), "utf8"),
);

const close = (found: number, value: number) => expect(Math.abs(found / value - 1)).toBeLessThan(1e-10);

describe("Rubin's rules", () => {
  it.each(golden.scalars)("agree with R for $values.length imputations and $completeDf degrees of freedom", (each) => {
    const found = poolRubin(each.values, each.variances, each.completeDf);
    for (const [name, value] of Object.entries(each.expect)) close(found[name as keyof Pooled]!, value);
  });

  it("leave an estimate alone that imputations do not change, but for the caution of Barnard and Rubin", () => {
    const found = poolRubin([0.1, 0.1, 0.1], [0.04, 0.04, 0.04], 10);
    expect(found).toMatchObject({
      value: 0.1,
      within: 0.04,
      between: 0,
      total: 0.04,
      missingInformation: 0,
      efficiency: 1,
    });
    close(found.df!, (10 * 11) / 13);
    expect(poolRubin([0.1, 0.1], [0.04, 0.04], null).df).toBeNull();
  });
});

describe("the joint test D1", () => {
  it.each(golden.vectors)("agrees with R for $completeDf degrees of freedom", (each) => {
    const pooled = poolVectors(
      each.values.map((values) => Float64Array.from(values)),
      each.covariances.map((matrix) => Float64Array.from(matrix)),
    );
    const found = testPooledVector(pooled, each.completeDf)!;
    close(found.statistic, each.expect.statistic);
    const [df1, df2] = found.reference.df as readonly [number, number];
    expect(df1).toBe(each.expect.df1);
    close(df2, each.expect.df2);
    close(found.pValue, each.expect.pValue);
  });

  it("of one number is its t test, but for the degrees of freedom", () => {
    const values = [0.3, 0.5, 0.42, 0.38];
    const variances = [0.02, 0.03, 0.025, 0.02];
    const one = poolRubin(values, variances, null);
    const pooled = poolVectors(
      values.map((value) => Float64Array.of(value)),
      variances.map((variance) => Float64Array.of(variance)),
    );
    close(testPooledVector(pooled, null)!.statistic, one.value ** 2 / one.total);
  });

  it("has positive degrees of freedom with few clusters, falling as more is missing", () => {
    for (const completeDf of [1, 2, 4, 5, 6, 8]) {
      let last = Number.POSITIVE_INFINITY;
      for (const spread of [0, 0.05, 0.2, 0.6]) {
        const values = [-2, -1, 0, 1, 2].map((z) => Float64Array.of(0.5 + spread * z, 0.2 - spread * z * z));
        const { reference } = testPooledVector(
          poolVectors(
            values,
            values.map(() => Float64Array.of(0.1, 0, 0, 0.1)),
          ),
          completeDf,
        )!;
        const df = (reference.df as readonly number[])[1]!;
        expect(df).toBeGreaterThan(0);
        expect(df).toBeLessThan(last);
        last = df;
      }
    }
  });

  it("is not made of a singular covariance", () => {
    const values = [Float64Array.of(1, 1), Float64Array.of(2, 2)];
    expect(
      testPooledVector(
        poolVectors(
          values,
          values.map(() => Float64Array.of(1, 1, 1, 1)),
        ),
        10,
      ),
    ).toBeNull();
  });
});
