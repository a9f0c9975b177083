import { describe, expect, test } from "vitest";
import { z } from "zod";
import type { Findings } from "../../src/contract/analysis.ts";
import { InputProblem } from "../../src/contract/problem.ts";
import { buildFrame } from "../../src/data/buildFrame.ts";
import type { OutcomeKind } from "../../src/data/frame.ts";
import type { OutcomeRole, Roles } from "../../src/data/roles.ts";
import { tableFromColumns } from "../../src/data/tableFromColumns.ts";
import { randomStream } from "../../src/numerics/random/randomStream.ts";
import type { RegisteredMethod } from "../../src/trial/method.ts";
import { methods } from "../../src/trial/methods.ts";

/** A small unequal trial: 14 practices of 1 to 12 participants, two of them with a single one; an outcome of every kind. */
const trial = (() => {
  const stream = randomStream(20231120);
  const practice: string[] = [];
  const arm: string[] = [];
  const age: number[] = [];
  const y: number[] = [];
  const well: string[] = [];
  const relapses: number[] = [];
  const years: number[] = [];
  const attended: number[] = [];
  const invited: number[] = [];
  const sizes = [1, 3, 5, 12, 7, 2, 9, 4, 6, 1, 8, 5, 3, 10];
  sizes.forEach((size, j) => {
    const effect = stream.normal();
    for (let i = 0; i < size; i++) {
      practice.push(`${(j * 37) % 101}`);
      arm.push(j % 2 === 0 ? "usual" : "new");
      age.push(40 + 10 * stream.normal());
      y.push(20 + effect + 0.05 * age.at(-1)! + 2 * stream.normal() + (j % 2));
      const risk = 1 / (1 + Math.exp(-(0.6 * effect + 0.01 * age.at(-1)! - 0.5 + 0.5 * (j % 2))));
      well.push(stream.uniform() < risk ? "yes" : "no");
      years.push(0.5 + 2 * stream.uniform());
      relapses.push(poissonDraw(stream, years.at(-1)! * Math.exp(0.5 * effect - 0.3 * (j % 2))));
      invited.push(1 + stream.integer(4));
      attended.push(Array.from({ length: invited.at(-1)! }, () => stream.uniform() < risk).filter(Boolean).length);
    }
  });
  return { practice, arm, age, y, well, relapses, years, attended, invited };
})();

type Trial = { readonly [K in keyof typeof trial]: (typeof trial)[K] };

/** Inversion of the distribution function; means here are small. */
function poissonDraw(stream: ReturnType<typeof randomStream>, mean: number): number {
  let count = 0;
  let term = Math.exp(-mean);
  for (let left = stream.uniform() - term; left > 0; left -= term) {
    count += 1;
    term *= mean / count;
  }
  return count;
}

const outcomes: Readonly<Record<OutcomeKind, OutcomeRole>> = {
  continuous: "y",
  binary: { name: "well", event: "yes" },
  count: { name: "relapses", exposure: "years" },
  grouped: { events: "attended", trials: "invited" },
};

function analyse(method: RegisteredMethod, kind: OutcomeKind, data: Trial, roles: Partial<Roles> = {}): Findings {
  const frame = buildFrame(tableFromColumns({ ...data, unused: data.y.map((_, i) => (i % 3 === 0 ? "a" : "b")) }), {
    outcome: outcomes[kind],
    cluster: "practice",
    arm: "arm",
    control: "usual",
    covariates: method.accepts.includes("covariates") ? ["age"] : [],
    ...roles,
  });
  return method.analyse({ frame, options: optionsOf(method), measure: null, level: 0.95, seed: 1 });
}

/** Defaults, but fewer draws where draws are random: the laws hold for any number of them. */
const optionsOf = (method: RegisteredMethod): object =>
  "draws" in (z.toJSONSchema(method.options, { io: "input", unrepresentable: "any" }).properties ?? {})
    ? { draws: 499 }
    : {};

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
    // A permutation test compares differences as they are; other statistics are free of units.
    const asItIs = estimate.test.reference.name === "permutation";
    list.push({ name: "statistic", value: estimate.test.statistic, perUnit: perUnit && asItIs });
    list.push({ name: "pValue", value: estimate.test.pValue, perUnit: false });
  }
  if (findings.icc !== null) list.push({ name: "icc", value: findings.icc.value, perUnit: false });
  return list;
}

/** Iterated fits stop when a step no longer matters; their numbers then agree to fewer digits than closed forms. */
function expectSame(changed: Findings, original: Findings, factor = 1) {
  const theirs = numbersOf(original);
  const ours = numbersOf(changed);
  expect(ours.length).toBe(theirs.length);
  ours.forEach(({ name, value, perUnit }, k) => {
    const expected = theirs[k]!.value * (perUnit ? factor : 1);
    const scale = Math.max(Math.abs(expected), 1e-3);
    expect(Math.abs(value - expected) / scale, `${name}: ${value} against ${expected}`).toBeLessThan(1e-8);
  });
}

const reorder = <T>(values: readonly T[]) => values.map((_, i) => values[(i * 29 + 11) % values.length]!);

const mapColumns = (data: Trial, change: <T>(values: readonly T[]) => T[]): Trial => ({
  practice: change(data.practice),
  arm: change(data.arm),
  age: change(data.age),
  y: change(data.y),
  well: change(data.well),
  relapses: change(data.relapses),
  years: change(data.years),
  attended: change(data.attended),
  invited: change(data.invited),
});

/** Does the method, with its defaults, say that another option is needed for such an outcome? */
function asksForFamily(method: RegisteredMethod, kind: OutcomeKind): boolean {
  try {
    analyse(method, kind, trial);
    return false;
  } catch (problem) {
    if (problem instanceof InputProblem && problem.code === "family-not-available") return true;
    throw problem;
  }
}

const everyCase = methods.flatMap((method) => method.outcomes.map((kind) => ({ id: method.id, kind, method })));
const cases = everyCase.filter(({ method, kind }) => !asksForFamily(method, kind));

test("every method answers by its defaults for every kind of outcome, but one", () => {
  const others = everyCase.filter((each) => !cases.includes(each)).map(({ id, kind }) => `${id} of a ${kind} outcome`);
  // A generalised mixed model takes amounts only when its family is said to be gamma.
  expect(others).toEqual(["generalised-linear-mixed-model of a continuous outcome"]);
});

describe.each(cases)("$id of a $kind outcome", ({ method, kind }) => {
  const original = analyse(method, kind, trial);

  test("does not depend on the order of rows", () => {
    // 29 and the number of rows have no common factor, so this is a permutation.
    expect(new Set(reorder(trial.y.map((_, i) => i))).size).toBe(trial.y.length);
    expectSame(analyse(method, kind, mapColumns(trial, reorder)), original);
  });

  test("does not depend on the names of clusters", () => {
    const practice = trial.practice.map((id) => `surgery ${1000 - Number(id)}`);
    expectSame(analyse(method, kind, { ...trial, practice }), original);
  });

  test("does not depend on unit and origin of a covariate", () => {
    expectSame(analyse(method, kind, { ...trial, age: trial.age.map((age) => 1950 + age / 12) }), original);
  });

  test("swapping control turns a difference or a ratio round and nothing else", () => {
    const swapped = analyse(method, kind, trial, { control: "new" });
    const [ours, theirs] = [swapped.estimates[0]!, original.estimates[0]!];
    const { measure, scale } = theirs.quantity;
    const expected =
      scale === "ratio" ? 1 / theirs.value : measure.endsWith("difference") ? -theirs.value : theirs.value;
    expect(ours.value / expected).toBeCloseTo(1, 8);
    if (theirs.working !== null) {
      expect(ours.working!.standardError / theirs.working.standardError).toBeCloseTo(1, 8);
    }
    if (theirs.test !== null) expect(ours.test!.pValue).toBeCloseTo(theirs.test.pValue, 8);
  });

  test("gives finite numbers and an interval that holds the estimate, with clusters of one", () => {
    for (const { value } of numbersOf(original)) expect(Number.isFinite(value)).toBe(true);
    const { value, interval } = original.estimates[0]!;
    expect(interval!.lower).toBeLessThan(value);
    expect(interval!.upper).toBeGreaterThan(value);
  });

  test("says which average of whom it is, marginal or cluster-specific", () => {
    expect(original.estimand.measure).toBe(original.estimates[0]!.quantity.measure);
    expect(["participant-average", "cluster-average", "precision-weighted"]).toContain(original.estimand.population);
    expect(["marginal", "cluster-specific"]).toContain(original.estimand.contrast);
  });
});

describe.each(cases.filter(({ kind }) => kind === "continuous"))("$id of a continuous outcome", ({ method }) => {
  test("scales with the unit of the outcome and not with its origin", () => {
    const original = analyse(method, "continuous", trial);
    // Amounts have a zero that means something: nothing was spent.
    const origin = method.id === "two-part" ? 0 : 1e5;
    expectSame(analyse(method, "continuous", { ...trial, y: trial.y.map((y) => origin + 2.54 * y) }), original, 2.54);
  });
});

describe.each(cases.filter(({ kind }) => kind === "binary"))("$id of a binary outcome", ({ method }) => {
  test("counting the other outcome as the event turns a difference or an odds ratio round", () => {
    const original = analyse(method, "binary", trial).estimates[0]!;
    const other = analyse(method, "binary", trial, { outcome: { name: "well", event: "no" } }).estimates[0]!;
    const { measure } = original.quantity;
    if (measure === "odds-ratio") expect(other.value * original.value).toBeCloseTo(1, 8);
    else if (measure.endsWith("difference")) expect(other.value + original.value).toBeCloseTo(0, 8);
    else expect(other.value).toBeCloseTo(original.value, 8);
    if (original.test === null) return;
    const { pValue, reference } = original.test;
    // Random draws are dealt to clusters in the order of their outcomes, which the other event turns round.
    const random = "complete" in reference && !reference.complete ? 4 * Math.sqrt(0.25 / reference.draws) : 5e-8;
    expect(Math.abs(other.test!.pValue - pValue)).toBeLessThan(random);
  });
});

describe.each(cases.filter(({ kind }) => kind === "count"))("$id of a count", ({ method }) => {
  test("a ratio does not depend on the unit of exposure", () => {
    const original = analyse(method, "count", trial);
    if (original.estimates[0]!.quantity.scale !== "ratio") return;
    expectSame(analyse(method, "count", { ...trial, years: trial.years.map((years) => 365.25 * years) }), original);
  });
});
