import { readdirSync, readFileSync } from "node:fs";
import type { Analysis, NotEstimable } from "../../src/contract/analysis.ts";
import { parsePlan } from "../../src/plan/parsePlan.ts";
import { analysePlan } from "../../src/published/analyse.ts";
import { atPath } from "./analysisPath.ts";
import { trialTable } from "./trials.ts";

/** What a number ought to be. Without tolerance it must be the same; a loose tolerance carries its reason. */
export interface Expected {
  readonly value: number | string | null;
  /** Largest |ours − value| / |value|. */
  readonly relative?: number;
  /** Largest |ours − value|. */
  readonly absolute?: number;
  readonly reason?: string;
}

/** One file of fixtures/golden/<method>/: an analysis as a user would write it and what other software makes of it. */
export interface GoldenCase {
  readonly name: string;
  readonly origin: {
    readonly kind: "software" | "published" | "exact" | "multiple-precision";
    readonly source: string;
    readonly script: string;
    readonly versions: Readonly<Record<string, string>>;
    readonly note?: string;
  };
  readonly trial: string;
  readonly plan: object;
  readonly expect: Readonly<Record<string, Expected>>;
}

const folder = new URL("../../fixtures/golden/", import.meta.url);

/** Every case of a method, in alphabetical order. */
export function goldenCases(method: string): readonly GoldenCase[] {
  return readdirSync(new URL(`${method}/`, folder))
    .filter((file) => file.endsWith(".json"))
    .sort()
    .map((file) => ({
      name: file.replace(/\.json$/, ""),
      ...JSON.parse(readFileSync(new URL(`${method}/${file}`, folder), "utf8")),
    }));
}

/** Runs a case through the public runner, as `clustrial analyse` would. */
export function runGolden({ plan, trial }: GoldenCase): Analysis | NotEstimable {
  return analysePlan(parsePlan(plan), trialTable(trial)).analyses[0]!;
}

/** One expectation beside what came out; `digits` agreed on the scale of its tolerance, 16 when equal. */
export interface Comparison {
  readonly path: string;
  readonly expected: Expected;
  readonly actual: unknown;
  readonly digits: number;
  readonly agrees: boolean;
}

export function compareGolden(golden: GoldenCase, analysis: Analysis | NotEstimable): readonly Comparison[] {
  return Object.entries(golden.expect).map(([path, expected]) => {
    const actual = atPath(analysis, path);
    return { path, expected, actual, ...judge(expected, actual) };
  });
}

function judge({ value, relative, absolute }: Expected, actual: unknown): Pick<Comparison, "digits" | "agrees"> {
  if (typeof value !== "number" || typeof actual !== "number") return { digits: 16, agrees: actual === value };
  const gap = Math.abs(actual - value);
  const size = absolute === undefined ? Math.abs(value) : Math.max(Math.abs(value), Math.abs(actual));
  const digits = gap === 0 ? 16 : Math.min(16, -Math.log10(gap / (size === 0 ? 1 : size)));
  const allowed = absolute ?? (relative ?? 0) * Math.abs(value);
  return { digits, agrees: gap <= allowed };
}

/** A sentence for a failed expectation: what, ours, theirs, how far apart and how far was allowed. */
export function describeComparison({ path, expected, actual }: Comparison): string {
  const { value, relative, absolute } = expected;
  if (typeof value !== "number" || typeof actual !== "number") return `${path}: ${String(actual)}, expected ${value}`;
  const gap = Math.abs(actual - value);
  return absolute === undefined
    ? `${path}: ${actual}, expected ${value}; relative gap ${(gap / Math.abs(value)).toExponential(1)}, allowed ${relative ?? 0}`
    : `${path}: ${actual}, expected ${value}; gap ${gap.toExponential(1)}, allowed ${absolute}`;
}
