import { readdirSync, readFileSync } from "node:fs";
import type { Analysis, NotEstimable } from "../../src/contract/analysis.ts";
import { parsePlan } from "../../src/plan/parsePlan.ts";
import { analysePlan } from "../../src/published/analyse.ts";
import { atPath } from "./analysisPath.ts";
import { trialTable } from "./trials.ts";

/** What a number ought to be. Without tolerance it must be the same; a loose tolerance carries its reason. */
interface Expected {
  readonly value: number | string | null;
  /** Largest |ours − value| / |value|. */
  readonly relative?: number;
  /** Largest |ours − value|. */
  readonly absolute?: number;
  readonly reason?: string;
}

/** What other software, a printed table or exact arithmetic makes of one analysis of the plan. */
export interface GoldenCase {
  /** Its id in the plan. */
  readonly analysis: string;
  readonly origin: {
    readonly kind: "software" | "published" | "exact" | "multiple-precision";
    readonly source: string;
    readonly script: string;
    readonly versions: Readonly<Record<string, string>>;
    readonly note?: string;
  };
  /** By path into the Analysis, see `atPath`. */
  readonly expect: Readonly<Record<string, Expected>>;
}

/** One file of fixtures/golden/<method>/: analyses of one trial, as a user would plan them. */
export interface GoldenFile {
  readonly name: string;
  readonly trial: string;
  readonly plan: object;
  readonly cases: readonly GoldenCase[];
}

const folder = new URL("../../fixtures/golden/", import.meta.url);

/** Every file of a method that holds analyses of a plan, in alphabetical order. */
export function goldenFiles(method: string): readonly GoldenFile[] {
  return readdirSync(new URL(`${method}/`, folder))
    .filter((file) => file.endsWith(".json"))
    .sort()
    .map((file) => ({
      name: file.replace(/\.json$/, ""),
      ...JSON.parse(readFileSync(new URL(`${method}/${file}`, folder), "utf8")),
    }))
    .filter(({ plan }) => plan !== undefined);
}

/** Runs the whole plan through the public runner, as `clustrial analyse` would; analyses by id. */
export function runGolden({ plan, trial }: GoldenFile): ReadonlyMap<string, Analysis | NotEstimable> {
  const { analyses } = analysePlan(parsePlan(plan), trialTable(trial));
  return new Map(analyses.map((analysis) => [analysis.id, analysis]));
}

/** One expectation beside what came out. */
export interface Comparison {
  readonly path: string;
  readonly expected: Expected;
  readonly actual: unknown;
  /** Digits agreed on the scale of the tolerance, 16 when equal; null for words and whole numbers that must be the same. */
  readonly digits: number | null;
  readonly agrees: boolean;
}

export function compareGolden({ expect }: GoldenCase, analysis: Analysis | NotEstimable): readonly Comparison[] {
  return Object.entries(expect).map(([path, expected]) => {
    const actual = atPath(analysis, path);
    return { path, expected, actual, ...judge(expected, actual) };
  });
}

function judge({ value, relative, absolute }: Expected, actual: unknown): Pick<Comparison, "digits" | "agrees"> {
  if (typeof value !== "number" || typeof actual !== "number" || (relative ?? absolute) === undefined) {
    return { digits: null, agrees: actual === value };
  }
  const gap = Math.abs(actual - value);
  return { digits: digitsOf(gap, value), agrees: gap <= (absolute ?? relative! * Math.abs(value)) };
}

const digitsOf = (gap: number, value: number): number =>
  gap === 0 ? 16 : Math.min(16, Math.max(0, -Math.log10(gap / (value === 0 ? 1 : Math.abs(value)))));

/** A sentence for a failed expectation: what, ours, theirs, how far apart and how far was allowed. */
export function describeComparison({ path, expected, actual }: Comparison): string {
  const { value, relative, absolute } = expected;
  if (typeof value !== "number" || typeof actual !== "number") return `${path}: ${String(actual)}, expected ${value}`;
  const gap = Math.abs(actual - value);
  return absolute === undefined
    ? `${path}: ${actual}, expected ${value}; relative gap ${(gap / Math.abs(value)).toExponential(1)}, allowed ${relative ?? 0}`
    : `${path}: ${actual}, expected ${value}; gap ${gap.toExponential(1)}, allowed ${absolute}`;
}
