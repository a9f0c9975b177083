import { describe, expect, test } from "vitest";
import type { Findings } from "../../src/contract/analysis.ts";
import { buildFrame } from "../../src/data/buildFrame.ts";
import type { Roles } from "../../src/data/roles.ts";
import { tableFromColumns } from "../../src/data/tableFromColumns.ts";
import { randomStream } from "../../src/numerics/random/randomStream.ts";
import type { RegisteredMethod } from "../../src/trial/method.ts";
import { methods } from "../../src/trial/methods.ts";

/** A small unequal trial: 14 practices of 1 to 12 participants, two of them with a single one. */
interface Trial {
  readonly practice: readonly string[];
  readonly arm: readonly string[];
  readonly age: readonly number[];
  readonly y: readonly number[];
}

const trial: Trial = (() => {
  const stream = randomStream(20231120);
  const practice: string[] = [];
  const arm: string[] = [];
  const age: number[] = [];
  const y: number[] = [];
  const sizes = [1, 3, 5, 12, 7, 2, 9, 4, 6, 1, 8, 5, 3, 10];
  sizes.forEach((size, j) => {
    const effect = stream.normal();
    for (let i = 0; i < size; i++) {
      practice.push(`${(j * 37) % 101}`);
      arm.push(j % 2 === 0 ? "usual" : "new");
      age.push(40 + 10 * stream.normal());
      y.push(20 + effect + 0.05 * age.at(-1)! + 2 * stream.normal() + (j % 2));
    }
  });
  return { practice, arm, age, y };
})();

function analyse(method: RegisteredMethod, data: Trial, roles: Partial<Roles> = {}): Findings {
  const frame = buildFrame(tableFromColumns({ ...data, unused: data.y.map((_, i) => (i % 3 === 0 ? "a" : "b")) }), {
    outcome: "y",
    cluster: "practice",
    arm: "arm",
    control: "usual",
    covariates: method.accepts.includes("covariates") ? ["age"] : [],
    ...roles,
  });
  return method.analyse({ frame, options: {}, measure: null, level: 0.95, seed: 1 });
}

/** Every number of the first estimate and of the coefficient table, with what a change of unit does to it. */
function numbersOf(findings: Findings): { name: string; value: number; perUnit: boolean }[] {
  const estimate = findings.estimates[0]!;
  const perUnit = estimate.quantity.unit !== "1";
  const list = [{ name: "value", value: estimate.value, perUnit }];
  if (estimate.interval !== null) {
    list.push({ name: "lower", value: estimate.interval.lower, perUnit });
    list.push({ name: "upper", value: estimate.interval.upper, perUnit });
  }
  if (estimate.working !== null) list.push({ name: "standardError", value: estimate.working.standardError, perUnit });
  if (estimate.test !== null) {
    list.push({ name: "statistic", value: estimate.test.statistic, perUnit: false });
    list.push({ name: "pValue", value: estimate.test.pValue, perUnit: false });
  }
  if (findings.icc !== null) list.push({ name: "icc", value: findings.icc.value, perUnit: false });
  return list;
}

function expectSame(changed: Findings, original: Findings, factor = 1) {
  const theirs = numbersOf(original);
  numbersOf(changed).forEach(({ name, value, perUnit }, k) => {
    const expected = theirs[k]!.value * (perUnit ? factor : 1);
    const scale = Math.max(Math.abs(expected), 1e-3);
    expect(Math.abs(value - expected) / scale, `${name}: ${value} against ${expected}`).toBeLessThan(1e-8);
  });
}

const reorder = <T>(values: readonly T[]) => values.map((_, i) => values[(i * 29 + 11) % values.length]!);

const continuous = methods.filter((method) => method.outcomes.includes("continuous"));

describe.each(continuous.map((method) => [method.id, method] as const))("%s", (_, method) => {
  const original = analyse(method, trial);

  test("does not depend on the order of rows", () => {
    // 29 and the number of rows have no common factor, so this is a permutation.
    expect(new Set(reorder(trial.y.map((_, i) => i))).size).toBe(trial.y.length);
    const moved = {
      practice: reorder(trial.practice),
      arm: reorder(trial.arm),
      age: reorder(trial.age),
      y: reorder(trial.y),
    };
    expectSame(analyse(method, moved), original);
  });

  test("does not depend on the names of clusters", () => {
    expectSame(
      analyse(method, { ...trial, practice: trial.practice.map((id) => `surgery ${1000 - Number(id)}`) }),
      original,
    );
  });

  test("scales with the unit of the outcome and not with its origin", () => {
    expectSame(analyse(method, { ...trial, y: trial.y.map((y) => 1e5 + 2.54 * y) }), original, 2.54);
  });

  test("does not depend on unit and origin of a covariate", () => {
    expectSame(analyse(method, { ...trial, age: trial.age.map((age) => 1950 + age / 12) }), original);
  });

  test("swapping control changes the sign of a difference and nothing else", () => {
    const swapped = analyse(method, trial, { control: "new" });
    const [ours, theirs] = [swapped.estimates[0]!, original.estimates[0]!];
    const sign = theirs.quantity.measure === "mean-difference" ? -1 : 1;
    expect(ours.value).toBeCloseTo(sign * theirs.value, 9);
    if (theirs.working !== null) expect(ours.working!.standardError).toBeCloseTo(theirs.working.standardError, 9);
    if (theirs.test !== null) expect(ours.test!.pValue).toBeCloseTo(theirs.test.pValue, 9);
  });

  test("gives finite numbers and an interval that holds the estimate, with clusters of one", () => {
    for (const { value } of numbersOf(original)) expect(Number.isFinite(value)).toBe(true);
    const { value, interval } = original.estimates[0]!;
    expect(interval!.lower).toBeLessThan(value);
    expect(interval!.upper).toBeGreaterThan(value);
  });
});
