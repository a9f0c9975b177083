import { readFileSync } from "node:fs";
import type { Distribution } from "../../../src/numerics/index.ts";
import * as numerics from "../../../src/numerics/index.ts";

export type Family = Distribution<number[]>;

export const central = {
  normal: numerics.normal,
  studentT: numerics.studentT,
  fisherF: numerics.fisherF,
  chiSquared: numerics.chiSquared,
  gamma: numerics.gamma,
  beta: numerics.beta,
} as unknown as Record<string, Family>;

export const counts = {
  binomial: numerics.binomial,
  poisson: numerics.poisson,
  negativeBinomial: numerics.negativeBinomial,
} as unknown as Record<string, Family>;

export const noncentral = {
  noncentralT: numerics.noncentralT,
  noncentralF: numerics.noncentralF,
  noncentralChiSquared: numerics.noncentralChiSquared,
} as unknown as Record<string, Family>;

export const functions = ["density", "lower", "upper", "logDensity", "logLower", "logUpper"] as const;

/** One line of a golden table: the point, and the six values there (null: below 1e-306, or the log of zero). */
interface Point {
  readonly x: number;
  readonly parameters: number[];
  readonly values: readonly (number | null)[];
}

interface GoldenTable {
  readonly points: readonly Point[];
  readonly quantiles: readonly {
    parameters: number[];
    p: number;
    quantile: number | null;
    quantileUpper: number | null;
  }[];
}

/** The table `fixtures/golden/numerics/distributions/<name>.json`. */
export function readTable(name: string): GoldenTable {
  const path = new URL(`../../../fixtures/golden/numerics/distributions/${name}.json`, import.meta.url);
  const { rows, quantiles = [] } = JSON.parse(readFileSync(path, "utf8"));
  return {
    points: rows.map((row: number[]) => ({
      parameters: row.slice(0, -7),
      x: row[row.length - 7],
      values: row.slice(-6),
    })),
    quantiles: quantiles.map((row: number[]) => ({
      parameters: row.slice(0, -3),
      p: row[row.length - 3],
      quantile: row[row.length - 2],
      quantileUpper: row[row.length - 1],
    })),
  };
}

/** The largest of many errors, and where it was. */
export class Worst {
  error = 0;
  where = "nowhere";
  add(error: number, where: () => string): void {
    if (error <= this.error) return;
    this.error = error;
    this.where = where();
  }
  toString(): string {
    return `${this.error.toExponential(1)} at ${this.where}`;
  }
}

/** |value/truth − 1|, NaN counted as infinite; a log density goes through zero, so it is judged against 1 when it is smaller. */
export function relativeError(value: number, truth: number, floor = 0): number {
  const error = value === truth ? 0 : Math.abs(value - truth) / Math.max(Math.abs(truth), floor);
  return Number.isNaN(error) ? Number.POSITIVE_INFINITY : error;
}
