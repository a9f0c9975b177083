import { describe, expect, test } from "vitest";
import { buildFrame } from "../../../src/data/buildFrame.ts";
import type { OutcomeRole, Roles } from "../../../src/data/roles.ts";
import { tableFromColumns } from "../../../src/data/tableFromColumns.ts";
import { randomStream } from "../../../src/numerics/random/randomStream.ts";
import { clusterRobust } from "../../../src/trial/effect/clusterRobust.ts";
import { clusterSummary } from "../../../src/trial/effect/clusterSummary.ts";
import { gee } from "../../../src/trial/effect/gee.ts";
import type { RegisteredMethod } from "../../../src/trial/method.ts";
import { caught } from "../../data/caught.ts";

type Columns = Readonly<Record<string, readonly (number | string)[]>>;

/** Twelve practices of 3 to 14 participants with an outcome of every kind, a weight and two covariates. */
function trialOf(seed: number, clusters = 12, sizeOf = (draw: number) => 3 + draw) {
  const stream = randomStream(seed);
  const columns: Record<string, (number | string)[]> = {};
  const put = (row: Readonly<Record<string, number | string>>) => {
    for (const [name, value] of Object.entries(row)) {
      columns[name] ??= [];
      columns[name].push(value);
    }
  };
  for (let j = 0; j < clusters; j++) {
    const size = sizeOf(stream.integer(12));
    const effect = 0.6 * stream.normal();
    const list = stream.normal();
    for (let i = 0; i < size; i++) {
      const age = Math.round(50 + 10 * stream.normal());
      const eta = effect + 0.4 * (j % 2) + 0.02 * (age - 50) + 0.1 * list;
      const years = 0.5 + 1.5 * stream.uniform();
      put({
        practice: j,
        arm: j % 2 === 0 ? "usual" : "new",
        age,
        list,
        y: eta + stream.normal(),
        well: stream.uniform() < 1 / (1 + Math.exp(-eta)) ? 1 : 0,
        calls: poissonDraw(stream, years * Math.exp(0.5 * eta)),
        years,
        logyears: Math.log(years),
        w: 0.3 + 2 * stream.uniform(),
        share: 1 / size,
      });
    }
  }
  return columns;
}

function poissonDraw(stream: ReturnType<typeof randomStream>, mean: number): number {
  let count = 0;
  for (let left = Math.exp(-mean), product = stream.uniform(); product > left; product *= stream.uniform()) count += 1;
  return count;
}

const trial = trialOf(20240611);
const outcomes: Readonly<Record<"y" | "well" | "calls", OutcomeRole>> = {
  y: { name: "y" },
  well: { name: "well", event: 1 },
  calls: { name: "calls", exposure: "years" },
};

function ask(
  outcome: OutcomeRole,
  options: object = {},
  roles: Partial<Roles> = {},
  columns: Columns = trial,
  method: RegisteredMethod = gee,
) {
  const frame = buildFrame(tableFromColumns(columns as Record<string, (number | string)[]>), {
    outcome,
    outcomeKinds: method.needs(options).outcomes ?? method.outcomes,
    cluster: "practice",
    arm: "arm",
    control: "usual",
    ...roles,
  });
  return method.analyse({ frame, options, measure: null, level: 0.95, seed: 1 });
}

type Found = ReturnType<typeof ask>;
const errors = (found: Found) => found.coefficients.map(({ standardError }) => standardError);
const values = (found: Found) => found.coefficients.map(({ value }) => value);
const codes = (found: Found) => found.notices.map(({ code }) => code);

/** Relative to the larger of value and standard error for values, to itself for standard errors. */
function expectSame(ours: Found, theirs: Found, digits = 9): void {
  values(ours).forEach((value, k) => {
    expect((value - values(theirs)[k]!) / Math.max(Math.abs(value), errors(ours)[k]!)).toBeCloseTo(0, digits);
  });
  expectSameErrors(ours, theirs, digits);
}
const expectSameErrors = (ours: Found, theirs: Found, digits = 9) => {
  errors(ours).forEach((error, k) => {
    expect(error / errors(theirs)[k]!).toBeCloseTo(1, digits);
  });
};

const variances = ["kauermann-carroll", "robust", "df", "mancl-derouen", "fay-graubard", "average", "morel", "model"];
const arms = { practice: "practice", arm: "arm" };

describe("gee", () => {
  test("family and link follow the outcome; the defaults are named; the estimand is the working correlation's", () => {
    const found = ask(outcomes.well);
    expect(found.variant).toEqual({
      family: "binomial",
      link: "logit",
      correlation: "exchangeable",
      variance: "average",
      moments: "n",
      inference: "t-between",
      correlationUsed: "exchangeable",
    });
    expect(found.estimand).toEqual({ population: "precision-weighted", contrast: "marginal", measure: "odds-ratio" });
    expect(found.estimates[0]!.value).toBeCloseTo(Math.exp(found.coefficients[1]!.value), 12);
    expect(found.estimates[0]!.test!.reference).toEqual({ name: "t", df: 10 });
    expect(ask(outcomes.y).estimand.measure).toBe("mean-difference");
    expect(ask(outcomes.calls, { correlation: "independence" }).estimand).toEqual({
      population: "participant-average",
      contrast: "marginal",
      measure: "rate-ratio",
    });
  });

  test("degrees of freedom: covariates of participants cost none between clusters, those of clusters do", () => {
    const df = (inference: string, covariates: string[]) =>
      ask(outcomes.well, { inference }, { covariates }).coefficients.map((coefficient) => coefficient.df);
    expect(df("t-between", ["age"])).toEqual([10, 10, 10]);
    expect(df("t-between", ["age", "list"])).toEqual([9, 9, 9, 9]);
    expect(df("t", ["age", "list"])).toEqual([8, 8, 8, 8]);
    expect(df("z", ["age"])).toEqual([null, null, null]);
  });

  test("weights of one over the size answer the cluster average, which for means is the unweighted summary", () => {
    const found = ask(outcomes.y, { correlation: "independence" }, { weights: "share" });
    expect(found.estimand.population).toBe("cluster-average");
    expect(codes(found)).not.toContain("weights-change-estimand");
    const summary = ask("y", {}, {}, trial, clusterSummary);
    expect(found.estimates[0]!.value).toBeCloseTo(summary.estimates[0]!.value, 12);
    expect(codes(ask(outcomes.y, { correlation: "independence" }, { weights: "w" }))).toContain(
      "weights-change-estimand",
    );
  });
});

describe("laws of estimating equations", () => {
  test("arm alone, independence, continuous: Kauermann–Carroll is CR2", () => {
    const kc = ask(outcomes.y, { correlation: "independence", variance: "kauermann-carroll" });
    expectSame(kc, ask("y", { variance: "cr2" }, {}, trial, clusterRobust));
  });

  test.each([
    ["y", {}, []],
    ["y", { link: "log", family: "gamma" }, ["age"]],
    ["well", {}, ["age", "list"]],
    ["well", { link: "log" }, []],
    ["well", { link: "identity" }, []],
    ["calls", {}, ["age"]],
  ] as const)("independence: Mancl–DeRouen is CR3 (%s, %o, %o)", (name, model, covariates) => {
    const columns = name === "y" ? { ...trial, y: trial["y"]!.map((value) => Number(value) + 20) } : trial;
    const roles = { covariates: [...covariates] };
    const md = ask(
      outcomes[name],
      { ...model, correlation: "independence", variance: "mancl-derouen" },
      roles,
      columns,
    );
    expectSame(md, ask(outcomes[name], { ...model, variance: "cr3" }, roles, columns, clusterRobust));
    const lz = ask(outcomes[name], { ...model, correlation: "independence", variance: "robust" }, roles, columns);
    expectSame(lz, ask(outcomes[name], { ...model, variance: "cr0" }, roles, columns, clusterRobust));
  });

  test("independence with row weights: Mancl–DeRouen is CR3 still", () => {
    const roles = { covariates: ["age"], weights: "w" };
    const md = ask(outcomes.well, { correlation: "independence", variance: "mancl-derouen" }, roles);
    expectSame(md, ask(outcomes.well, { variance: "cr3" }, roles, trial, clusterRobust));
  });

  test.each(["independence", "exchangeable"])(
    "clusters alike, arm alone, continuous (%s): the t test of cluster means",
    (correlation) => {
      const balanced = trialOf(77, 12, () => 6);
      const found = ask(outcomes.y, { correlation, variance: "kauermann-carroll" }, {}, balanced);
      const summary = ask("y", {}, {}, balanced, clusterSummary);
      expect(found.estimates[0]!.value).toBeCloseTo(summary.estimates[0]!.value, 12);
      expect(found.estimates[0]!.working!.standardError).toBeCloseTo(summary.estimates[0]!.working!.standardError, 12);
      expect(found.estimates[0]!.test!.pValue).toBeCloseTo(summary.estimates[0]!.test!.pValue, 12);
    },
  );

  test.each(variances)(
    "recoding arm and covariates changes nothing about the effect; Fay–Graubard's variance it does (%s)",
    (variance) => {
      const roles = { covariates: ["age"] };
      const shifted = { ...trial, age: trial["age"]!.map((age) => (Number(age) - 50) / 10) };
      const plain = ask(outcomes.well, { variance }, roles).coefficients[1]!;
      const swapped = ask(outcomes.well, { variance }, { ...roles, control: "new" }).coefficients[1]!;
      const moved = ask(outcomes.well, { variance }, roles, shifted).coefficients[1]!;
      expect(swapped.value).toBeCloseTo(-plain.value, 10);
      expect(moved.value).toBeCloseTo(plain.value, 10);
      if (variance === "fay-graubard") {
        expect(Math.abs(swapped.standardError / plain.standardError - 1)).toBeGreaterThan(1e-4);
        expect(Math.abs(moved.standardError / plain.standardError - 1)).toBeGreaterThan(1e-6);
        return;
      }
      expect(swapped.standardError / plain.standardError).toBeCloseTo(1, 9);
      expect(moved.standardError / plain.standardError).toBeCloseTo(1, 9);
    },
  );

  test.each(["exchangeable", "ar1", "independence"])(
    "clusters of one: Poisson GEE (%s) is the Poisson model",
    (correlation) => {
      const single = { ...trial, practice: trial["practice"]!.map((_, i) => i) };
      const roles = { covariates: ["age"] };
      const found = ask(outcomes.calls, { correlation, variance: "robust" }, roles, single);
      expectSame(found, ask(outcomes.calls, { variance: "cr0" }, roles, single, clusterRobust));
      expect(found.summary.alpha).toBeNull();
    },
  );

  test("the order of rows matters to ar1 and to nothing else", () => {
    const order = trial["y"]!.map((_, i) => i);
    randomStream(5).shuffle(order);
    const shuffled = Object.fromEntries(
      Object.entries(trial).map(([name, column]) => [name, order.map((i) => column[i]!)]),
    );
    for (const outcome of [outcomes.y, outcomes.well, outcomes.calls])
      for (const correlation of ["exchangeable", "independence", "ar1"]) {
        const before = ask(outcome, { correlation }, { covariates: ["age"] });
        const after = ask(outcome, { correlation }, { covariates: ["age"] }, shuffled);
        if (correlation === "ar1") expect(after.summary.alpha).not.toBeCloseTo(before.summary.alpha!, 6);
        else expectSame(after, before, 8);
      }
  });

  test.each(variances)("the unit of the weights does not matter (%s)", (variance) => {
    const heavy = { ...trial, w: trial["w"]!.map((weight) => 1000 * Number(weight)) };
    const roles = { covariates: ["age"], weights: "w" };
    expectSame(ask(outcomes.calls, { variance }, roles, heavy), ask(outcomes.calls, { variance }, roles));
  });

  test("events out of trials are their participants one by one, as far as independence goes", () => {
    const groups = new Map<string, { practice: number; arm: string; events: number; trials: number }>();
    trial["well"]!.forEach((well, i) => {
      const key = `${trial["practice"]![i]} ${i % 2}`;
      const group = groups.get(key) ?? {
        practice: Number(trial["practice"]![i]),
        arm: String(trial["arm"]![i]),
        events: 0,
        trials: 0,
      };
      group.events += Number(well);
      group.trials += 1;
      groups.set(key, group);
    });
    const rows = [...groups.values()];
    const grouped: Columns = {
      practice: rows.map(({ practice }) => practice),
      arm: rows.map(({ arm }) => arm),
      events: rows.map(({ events }) => events),
      trials: rows.map(({ trials }) => trials),
    };
    for (const variance of ["kauermann-carroll", "robust", "mancl-derouen", "fay-graubard", "average"]) {
      const options = { correlation: "independence", variance };
      expectSame(ask({ events: "events", trials: "trials" }, options, {}, grouped), ask(outcomes.well, options));
    }
  });

  test("an exposure is an offset of its logarithm; a larger unit moves the intercept alone", () => {
    const roles = { covariates: ["age"] };
    const asOffset = ask({ name: "calls" }, { family: "poisson" }, { ...roles, offset: "logyears" });
    expectSame(ask(outcomes.calls, {}, roles), asOffset);
    const days = { ...trial, years: trial["years"]!.map((years) => 1e9 * Number(years)) };
    const found = ask(outcomes.calls, {}, roles, days);
    expect(found.coefficients[0]!.value).toBeCloseTo(asOffset.coefficients[0]!.value - Math.log(1e9), 9);
    expect(found.coefficients[1]!.value).toBeCloseTo(asOffset.coefficients[1]!.value, 9);
    expectSameErrors(found, asOffset);
  });

  test("covariates in millions far from zero cost no digits", () => {
    const far = { ...trial, age: trial["age"]!.map((age) => 1e9 + 1e6 * Number(age)) };
    for (const variance of ["kauermann-carroll", "mancl-derouen", "morel"]) {
      const near = ask(outcomes.well, { variance }, { covariates: ["age"] }).coefficients;
      const there = ask(outcomes.well, { variance }, { covariates: ["age"] }, far).coefficients;
      expect(there[1]!.value / near[1]!.value).toBeCloseTo(1, 9);
      expect(there[1]!.standardError / near[1]!.standardError).toBeCloseTo(1, 9);
      expect((there[2]!.standardError * 1e6) / near[2]!.standardError).toBeCloseTo(1, 9);
    }
  });
});

describe("what a GEE cannot answer", () => {
  const without = (changes: Columns) => ({ ...trial, ...changes });
  const problem = (outcome: OutcomeRole, options: object, columns: Columns, roles: Partial<Roles> = {}) =>
    caught(() => ask(outcome, options, roles, columns));

  test("an arm without events", () => {
    const none = without({ well: trial["well"]!.map((well, i) => (trial["arm"]![i] === "new" ? 0 : well)) });
    for (const correlation of ["exchangeable", "independence", "ar1"]) {
      const found = problem(outcomes.well, { correlation }, none);
      expect(found.code).toBe("separation");
      expect(found.message).toContain("arm[new]");
    }
    const calls = without({ calls: trial["calls"]!.map((n, i) => (trial["arm"]![i] === "usual" ? 0 : n)) });
    expect(problem(outcomes.calls, {}, calls).code).toBe("separation");
    expect(problem(outcomes.well, { link: "identity" }, none).code).toBe("mean-at-boundary");
  });

  test("an outcome that the covariates fit exactly", () => {
    const exact = without({ y: trial["age"]!.map((age) => 3 + 2 * Number(age)) });
    expect(problem(outcomes.y, {}, exact, { covariates: ["age"] }).code).toBe("no-variation");
  });

  test("too few clusters for the reference or the correction", () => {
    const only = (clusters: number) => {
      const kept = trial["practice"]!.flatMap((j, i) => (Number(j) < clusters ? [i] : []));
      return Object.fromEntries(Object.entries(trial).map(([name, column]) => [name, kept.map((i) => column[i]!)]));
    };
    expect(problem(outcomes.y, {}, only(2)).code).toBe("no-degrees-of-freedom");
    expect(problem(outcomes.y, { inference: "z" }, only(2)).code).toBe("no-degrees-of-freedom");
    expect(problem(outcomes.y, { inference: "t" }, only(3), { covariates: ["age"] }).code).toBe(
      "no-degrees-of-freedom",
    );
    expect(problem(outcomes.y, { variance: "df" }, only(3), { covariates: ["age"] }).code).toBe(
      "too-few-clusters-for-correction",
    );
    expect(ask(outcomes.y, {}, { covariates: ["age"] }, only(3)).coefficients[1]!.df).toBe(1);
  });

  test("moments n-p where pairs are as few as coefficients", () => {
    const pairs = [0, 0, 1, 2, 3, 4, 5, 5];
    const columns = {
      practice: pairs,
      arm: pairs.map((j) => (j % 2 === 0 ? "usual" : "new")),
      y: [1, 2, 3, 2, 5, 1, 2, 4],
    };
    expect(problem("y", { moments: "n-p" }, columns).code).toBe("too-few-pairs");
  });

  test("links that the family has not, and measures that the link does not give", () => {
    expect(problem(outcomes.calls, { link: "logit" }, trial).code).toBe("family-not-available");
    const frame = buildFrame(tableFromColumns(trial), { outcome: outcomes.well, ...arms, cluster: "practice" });
    const asked = { frame, options: {}, measure: "risk-ratio" as const, level: 0.95, seed: 1 };
    expect(caught(() => gee.analyse(asked)).code).toBe("measure-needs-standardisation");
  });
});

describe("what a GEE says beside its answer", () => {
  const falls = (found: Found) => {
    expect(found.variant).toMatchObject({ correlation: "exchangeable", correlationUsed: "independence" });
    expect(found.estimand.population).toBe("participant-average");
    expect(found.summary.alpha).toBeNull();
    return found.notices.find(({ code }) => code === "independence-instead")!;
  };

  test("a correlation below what the largest cluster can have: independence, with a notice", () => {
    const alike = [0, 1, 2, 3, 4, 5].flatMap((j) => Array.from({ length: j === 0 ? 12 : 2 }, () => j));
    const columns = {
      practice: alike,
      arm: alike.map((j) => (j % 2 === 0 ? "usual" : "new")),
      y: alike.map((_, i) => (i % 2 === 0 ? 1 : -1) * (1 + 0.1 * (i % 5))),
    };
    const found = ask("y", {}, {}, columns);
    expect(falls(found).facts).toMatchObject({ lower: -1 / 11, upper: 1, largest: 12 });
    expectSame(found, ask("y", { correlation: "independence" }, {}, columns));
  });

  test("an outcome that is the same throughout every cluster: likewise", () => {
    const balanced = trialOf(77, 12, () => 6);
    const same = { ...balanced, y: balanced["practice"]!.map((j) => (Number(j) * 7) % 5) };
    const found = ask(outcomes.y, {}, {}, same);
    expect(Number(falls(found).facts["alpha"])).toBeGreaterThan(1 - 1e-9);
    expect(found.coefficients[1]!.standardError).toBeGreaterThan(0);
  });

  test("uncorrected variances and normal references with few clusters", () => {
    expect(codes(ask(outcomes.y))).not.toContain("few-clusters-for-inference");
    expect(codes(ask(outcomes.y, { variance: "robust" }))).toContain("few-clusters-for-inference");
    expect(codes(ask(outcomes.y, { inference: "z" }))).toContain("few-clusters-for-inference");
  });

  test("on whose coding Fay–Graubard rests", () => {
    const found = ask(outcomes.y, { variance: "fay-graubard" }).notices.find(
      ({ code }) => code === "variance-depends-on-coding",
    )!;
    expect(found.facts).toEqual({ control: "usual" });
  });

  test("probabilities beyond 1 where nothing bounds them", () => {
    const steep = { ...trial, well: trial["age"]!.map((age, i) => (Number(age) + (i % 7) > 52 ? 1 : 0)) };
    const found = ask(outcomes.well, { family: "gaussian" }, { covariates: ["age"] }, steep);
    expect(found.estimand.measure).toBe("risk-difference");
    const { below, above } = found.notices.find(({ code }) => code === "means-outside-range")!.facts;
    expect(Number(below) + Number(above)).toBeGreaterThan(0);
  });

  test("clusters that alone determine a coefficient", () => {
    const columns = { ...trial, one: trial["practice"]!.map((j) => (j === 4 ? 1 : 0)) };
    const found = ask(outcomes.y, { correlation: "independence" }, { covariates: ["one"] }, columns);
    expect(codes(found)).toContain("cluster-determines-coefficient");
  });
});
