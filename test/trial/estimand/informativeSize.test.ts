import { readdirSync, readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Measure } from "../../../src/contract/estimate.ts";
import { buildFrame } from "../../../src/data/buildFrame.ts";
import type { Roles } from "../../../src/data/roles.ts";
import { tableFromColumns } from "../../../src/data/tableFromColumns.ts";
import { randomStream } from "../../../src/numerics/random/randomStream.ts";
import { clusterRobust } from "../../../src/trial/effect/clusterRobust.ts";
import { clusterSummary } from "../../../src/trial/effect/clusterSummary.ts";
import { linearMixedModel } from "../../../src/trial/effect/linearMixedModel.ts";
import { informativeSize } from "../../../src/trial/estimand/informativeSize.ts";
import { informativeSizeNotices } from "../../../src/trial/estimand/informativeSizeNotices.ts";
import { trialTable } from "../../support/trials.ts";

interface Golden {
  readonly trial: string;
  readonly roles: Roles;
  readonly level: number;
  readonly cases: readonly {
    readonly measure: Measure;
    readonly term: string;
    readonly participantAverage: number;
    readonly clusterAverage: number;
    readonly gap: number;
    readonly standardError: number;
    readonly df: number;
    readonly pValue: number;
    readonly lower: number;
    readonly upper: number;
  }[];
}

const folder = new URL("../../../fixtures/golden/informative-size/", import.meta.url);
const goldens = readdirSync(folder).map((file): Golden & { readonly name: string } => ({
  name: file.replace(".json", ""),
  ...JSON.parse(readFileSync(new URL(file, folder), "utf8")),
}));

/** Agreement of 10 digits relative to the size of what was subtracted. */
const near = (ours: number, theirs: number, scale = Math.abs(theirs)) =>
  expect(Math.abs(ours - theirs) / scale, `${ours} against ${theirs}`).toBeLessThan(1e-10);

describe("the gap of clubSandwich's CR2 contrast", () => {
  test.each(goldens)("$name", ({ trial, roles, level, cases }) => {
    const frame = buildFrame(trialTable(trial), roles);
    for (const expected of cases) {
      const found = informativeSize(frame, expected.measure, level).find(({ term }) => term === expected.term)!;
      const { working, test: t, interval } = found.gap;
      near(found.participantAverage, expected.participantAverage);
      near(found.clusterAverage, expected.clusterAverage);
      near(working!.value, expected.gap, expected.standardError);
      near(working!.standardError, expected.standardError);
      near(t!.reference.df as number, expected.df);
      near(t!.pValue, expected.pValue);
      near(interval!.lower, expected.lower, Math.max(Math.abs(expected.lower), expected.standardError));
      near(interval!.upper, expected.upper, Math.max(Math.abs(expected.upper), expected.standardError));
    }
  });
});

/** Practices of the given sizes, alternately in arms 0 and 1, whose mean is what `of` makes of size and arm. */
function trialOf(sizes: readonly number[], of: (size: number, arm: number) => number, seed = 1, noise = 1) {
  const stream = randomStream(seed);
  const trial = { practice: [] as number[], arm: [] as number[], person: [] as number[], y: [] as number[] };
  sizes.forEach((size, j) => {
    for (let i = 0; i < size; i++) {
      trial.practice.push(j);
      trial.arm.push(j % 2);
      trial.person.push(i);
      trial.y.push(of(size, j % 2) + noise * stream.normal());
    }
  });
  return trial;
}

const frameOf = (trial: ReturnType<typeof trialOf>, roles: Partial<Roles> = {}) =>
  buildFrame(tableFromColumns({ ...trial }), { outcome: "y", cluster: "practice", arm: "arm", ...roles });

const unequal = [4, 5, 9, 8, 14, 17, 22, 20, 31, 29, 40, 44, 3, 6, 12, 10];

describe("what the averages are", () => {
  test("the effects that cluster-robust and unweighted cluster summaries estimate", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 1e6 }), (seed) => {
        const frame = frameOf(trialOf(unequal, (size, arm) => 0.01 * size * arm, seed));
        const question = { frame, options: {}, measure: null, level: 0.95, seed: 1 };
        const [gap] = informativeSize(frame);
        expect(gap!.participantAverage).toBeCloseTo(clusterRobust.analyse(question).estimates[0]!.value, 10);
        expect(gap!.clusterAverage).toBeCloseTo(clusterSummary.analyse(question).estimates[0]!.value, 10);
        expect(gap!.gap.value).toBeCloseTo(gap!.participantAverage - gap!.clusterAverage, 10);
      }),
      { numRuns: 25 },
    );
  });

  test("origin and unit of the outcome change nothing that they should not", () => {
    const trial = trialOf(unequal, (size, arm) => 0.02 * size * arm, 8);
    const [plain] = informativeSize(frameOf(trial));
    const [moved] = informativeSize(frameOf({ ...trial, y: trial.y.map((y) => 1e6 + 1000 * y) }));
    expect(moved!.gap.value / plain!.gap.value).toBeCloseTo(1000, 4);
    expect(moved!.gap.test!.pValue).toBeCloseTo(plain!.gap.test!.pValue, 6);
  });

  test("rows that repeat a participant do not make a cluster larger", () => {
    const trial = trialOf(unequal, (size, arm) => 0.02 * size * arm, 3);
    // The first participant of every third practice is seen four times.
    const repeats = trial.practice.flatMap((j, i) => (j % 3 === 0 && trial.person[i] === 0 ? [i, i, i, i] : [i]));
    const pick = (values: readonly number[]) => repeats.map((i) => values[i]!);
    const longer = {
      practice: pick(trial.practice),
      arm: pick(trial.arm),
      person: pick(trial.person),
      y: pick(trial.y),
    };
    const [once] = informativeSize(frameOf(trial));
    const [often] = informativeSize(frameOf(longer, { participant: "person" }));
    expect(often!.gap.value).toBeCloseTo(once!.gap.value, 11);
    expect(often!.gap.test!.pValue).toBeCloseTo(once!.gap.test!.pValue, 10);
  });
});

describe("what cannot be told", () => {
  const code = (run: () => unknown) => {
    try {
      run();
    } catch (problem) {
      return (problem as { code: string }).code;
    }
    return null;
  };
  const ask = (sizes: readonly number[], measure: Measure | null = null) =>
    code(() => informativeSize(frameOf(trialOf(sizes, () => 0)), measure));

  test("is refused by name", () => {
    expect(ask([5, 5, 5, 5, 5, 5, 5, 5])).toBe("cluster-sizes-equal");
    // All of one size but one in the first arm, where nothing but that cluster would decide.
    expect(ask([5, 4, 5, 6, 5, 7, 9, 8])).toBe("too-few-unequal-clusters");
    expect(ask([5, 4, 6, 8])).toBe("too-few-unequal-clusters");
    expect(ask(unequal, "mean-ratio")).toBe("mean-not-positive");
    expect(ask(unequal, "risk-ratio")).toBe("measure-not-for-outcome");
    expect(
      code(() =>
        informativeSize(
          frameOf(
            trialOf(unequal, () => 0),
            { arm: null },
          ),
        ),
      ),
    ).toBe("arm-needed");
    const events = trialOf(unequal, (_, arm) => (arm === 0 ? 0 : 0.5), 4, 0);
    const some = { ...events, y: events.y.map((y, i) => (y > 0 && i % 3 === 0 ? 1 : 0)) };
    const binary = frameOf(some, { outcome: { name: "y", event: 1 } });
    expect(code(() => informativeSize(binary, "risk-ratio"))).toBe("ratio-without-events");
    expect(code(() => informativeSize(binary, "risk-difference"))).toBe(null);
    // Nothing varies about the lines.
    expect(code(() => informativeSize(frameOf(trialOf(unequal, (size) => size, 1, 0))))).toBe("no-variation");
  });

  test("makes no notice", () => {
    for (const sizes of [
      [5, 5, 5, 5, 5, 5, 5, 5],
      [5, 4, 6, 8],
      [5, 4, 5, 6, 5, 7, 9, 8],
    ])
      expect(informativeSizeNotices(frameOf(trialOf(sizes, () => 0)), "mean-difference")).toEqual([]);
    expect(
      informativeSizeNotices(
        frameOf(
          trialOf(unequal, () => 0),
          { arm: null },
        ),
        "coefficient",
      ),
    ).toEqual([]);
    expect(informativeSizeNotices(frameOf(trialOf(unequal, (size) => size, 1, 0)), "mean-difference")).toEqual([]);
  });
});

describe("the notice", () => {
  const large = [...unequal, ...unequal.map((size) => size + 1)];
  test("comes with methods that answer neither average when the effect grows with size, and with no other", () => {
    const frame = frameOf(trialOf(large, (size, arm) => 0.2 * size * arm, 21));
    const question = { frame, options: {}, measure: null, level: 0.95, seed: 1 };
    const codes = (found: { readonly notices: readonly { readonly code: string }[] }) =>
      found.notices.map((each) => each.code);
    expect(codes(linearMixedModel.analyse(question))).toContain("informative-cluster-size");
    expect(codes(clusterSummary.analyse({ ...question, options: { weights: "inverse-variance" } }))).toContain(
      "informative-cluster-size",
    );
    expect(codes(clusterSummary.analyse(question))).not.toContain("informative-cluster-size");
    expect(codes(clusterRobust.analyse(question))).not.toContain("informative-cluster-size");
    const [found] = informativeSizeNotices(frame, "mean-difference");
    const [gap] = informativeSize(frame);
    expect(found!.facts).toMatchObject({
      term: "arm[1]",
      measure: "mean-difference",
      gap: gap!.gap.value,
      lower: gap!.gap.interval!.lower,
      upper: gap!.gap.interval!.upper,
      pValue: gap!.gap.test!.pValue,
    });
    expect(found!.facts["pValue"]).toBeLessThan(0.05);
  });

  test("stays away when size has nothing to do with the outcome, in at least 19 trials of 20", () => {
    let notices = 0;
    for (let seed = 1; seed <= 300; seed++)
      notices += informativeSizeNotices(frameOf(trialOf(large, () => 0, seed)), "mean-difference").length;
    expect(notices).toBeLessThanOrEqual(15 + 2 * Math.sqrt(15));
  });
});
