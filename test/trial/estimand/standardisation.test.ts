import { describe, expect, test } from "vitest";
import type { Findings } from "../../../src/contract/analysis.ts";
import type { Measure } from "../../../src/contract/estimate.ts";
import { Problem } from "../../../src/contract/problem.ts";
import { buildFrame } from "../../../src/data/buildFrame.ts";
import type { OutcomeRole, Roles } from "../../../src/data/roles.ts";
import { tableFromColumns } from "../../../src/data/tableFromColumns.ts";
import { logitLink } from "../../../src/models/family/link.ts";
import { meanOverNormal } from "../../../src/models/family/meanOverNormal.ts";
import { randomStream } from "../../../src/numerics/random/randomStream.ts";
import type { RegisteredMethod } from "../../../src/trial/method.ts";
import { methods } from "../../../src/trial/methods.ts";

type Columns = Record<string, (string | number)[]>;

/** Unequal practices in two or three arms; an outcome of every kind, related to practice and size. */
function trialOf(seed: number, clusters: number, arms: readonly string[]): Columns {
  const stream = randomStream(seed);
  const columns: Columns = {
    practice: [],
    arm: [],
    age: [],
    female: [],
    score: [],
    well: [],
    relapses: [],
    years: [],
    attended: [],
    invited: [],
  };
  const push = (name: string, value: string | number) => columns[name]!.push(value);
  for (let j = 0; j < clusters; j++) {
    const size = 4 + stream.integer(16);
    const effect = stream.normal();
    const a = j % arms.length;
    for (let i = 0; i < size; i++) {
      const age = 50 + 12 * stream.normal();
      const risk = 1 / (1 + Math.exp(-(0.7 * effect + 0.02 * (age - 50) - 0.4 + 0.6 * a)));
      const invited = 1 + stream.integer(5);
      push("practice", j);
      push("arm", arms[a]!);
      push("age", age);
      push("female", stream.integer(2));
      push("score", 10 + effect + 0.1 * age + a + 3 * stream.normal());
      push("well", stream.uniform() < risk ? 1 : 0);
      push("years", 0.2 + 2 * stream.uniform());
      push("relapses", [0, 0, 1, 2, 0, 1, 4][stream.integer(7)]!);
      push("invited", invited);
      push("attended", Array.from({ length: invited }, () => stream.uniform() < risk).filter(Boolean).length);
    }
  }
  return columns;
}

const trial = trialOf(31, 16, ["usual", "new"]);
const outcomes = {
  continuous: "score",
  binary: { name: "well", event: 1 },
  count: { name: "relapses", exposure: "years" },
  grouped: { events: "attended", trials: "invited" },
} as const satisfies Record<string, OutcomeRole>;

const methodOf = (id: string): RegisteredMethod => methods.find((method) => method.id === id)!;

interface Ask {
  readonly method?: string;
  readonly outcome?: OutcomeRole;
  readonly options?: object;
  readonly measure?: Measure | null;
  readonly roles?: Partial<Roles>;
  readonly columns?: Columns;
}

function ask({
  method = "standardisation",
  outcome = outcomes.binary,
  options = {},
  measure = null,
  roles = {},
  columns = trial,
}: Ask): Findings {
  const chosen = methodOf(method);
  const needs = chosen.needs(options, measure);
  const frame = buildFrame(tableFromColumns(columns), {
    outcome,
    cluster: "practice",
    arm: "arm",
    control: "usual",
    groupings: needs.groupings,
    extraColumns: needs.columns,
    ...roles,
  });
  return chosen.analyse({ frame, options, measure, level: 0.95, seed: 1 });
}

const shown = (found: Findings, term: string) => found.estimates.find(({ quantity }) => quantity.term === term)!.value;
const agree = (actual: number, expected: number, relative = 1e-9) =>
  expect(Math.abs(actual - expected), `${actual} against ${expected}`).toBeLessThanOrEqual(
    relative * Math.max(Math.abs(expected), 1e-3),
  );

function refusal(asked: Ask): string {
  try {
    ask(asked);
  } catch (problem) {
    if (problem instanceof Problem) return problem.code;
    throw problem;
  }
  return "nothing was refused";
}

/** Sums over the rows of an arm. */
const armSum = (name: string, arm: string, columns = trial) =>
  columns[name]!.reduce<number>((sum, value, i) => sum + (columns["arm"]![i] === arm ? Number(value) : 0), 0);
const armRows = (arm: string) => trial["arm"]!.filter((value) => value === arm).length;

/** Mean of practices' own means in an arm. */
function clusterMean(values: string, arm: string, per: string | null = null): number {
  const of = new Map<string | number, [number, number]>();
  trial["practice"]!.forEach((practice, i) => {
    if (trial["arm"]![i] !== arm) return;
    const [sum, size] = of.get(practice) ?? [0, 0];
    of.set(practice, [sum + Number(trial[values]![i]), size + (per === null ? 1 : Number(trial[per]![i]))]);
  });
  const means = [...of.values()].map(([sum, size]) => sum / size);
  return means.reduce((sum, mean) => sum + mean, 0) / means.length;
}

describe("without covariates", () => {
  const independent = [
    { model: "cluster-robust" },
    { model: { method: "gee", options: { correlation: "independence" } } },
  ];

  test.each(independent)("participants' average is the arm's own mean: $model", (options) => {
    for (const arm of ["usual", "new"]) {
      agree(shown(ask({ options, outcome: "score" }), `mean[${arm}]`), armSum("score", arm) / armRows(arm));
      agree(shown(ask({ options }), `risk[${arm}]`), armSum("well", arm) / armRows(arm));
      agree(
        shown(ask({ options, outcome: outcomes.count }), `rate[${arm}]`),
        armSum("relapses", arm) / armSum("years", arm),
      );
      agree(
        shown(ask({ options, outcome: outcomes.grouped }), `risk[${arm}]`),
        armSum("attended", arm) / armSum("invited", arm),
      );
    }
  });

  test.each([
    ...independent.map((each) => ({ ...each, augmentation: "none" })),
    ...independent.map((each) => ({ ...each, augmentation: "model-robust" })),
    { model: "gee", augmentation: "model-robust" },
  ])("clusters' average is the mean of their means: $model, $augmentation", (given) => {
    const options = { ...given, estimand: "cluster-average" };
    for (const arm of ["usual", "new"]) {
      agree(shown(ask({ options, outcome: "score" }), `mean[${arm}]`), clusterMean("score", arm));
      agree(shown(ask({ options }), `risk[${arm}]`), clusterMean("well", arm));
      agree(shown(ask({ options, outcome: outcomes.count }), `rate[${arm}]`), clusterMean("relapses", arm, "years"));
      agree(
        shown(ask({ options, outcome: outcomes.grouped }), `risk[${arm}]`),
        clusterMean("attended", arm, "invited"),
      );
    }
  });

  test("model-robust, participants alike: the arm's own mean where the model gives that", () => {
    const options = { augmentation: "model-robust" };
    for (const arm of ["usual", "new"])
      agree(shown(ask({ options }), `risk[${arm}]`), armSum("well", arm) / armRows(arm));
  });

  test("model-robust, clusters alike: the jackknife is that of the difference of means of cluster means", () => {
    const found = ask({ outcome: "score", options: { estimand: "cluster-average", augmentation: "model-robust" } });
    // Leaving one of J_a clusters out moves the mean by (ȳ_j − ȳ)/(J_a − 1), so the jackknife has a closed form.
    let squares = 0;
    const all = [...new Set(trial["practice"]!)].length;
    for (const arm of ["usual", "new"]) {
      const of = new Map<string | number, number[]>();
      trial["practice"]!.forEach((practice, i) => {
        if (trial["arm"]![i] === arm) of.set(practice, [...(of.get(practice) ?? []), Number(trial["score"]![i])]);
      });
      const means = [...of.values()].map((values) => values.reduce((a, b) => a + b, 0) / values.length);
      const centre = means.reduce((a, b) => a + b, 0) / means.length;
      squares += means.reduce((sum, mean) => sum + ((mean - centre) / (means.length - 1)) ** 2, 0);
    }
    agree(found.estimates[0]!.working!.standardError, Math.sqrt(((all - 1) / all) * squares));
    expect(found.estimates[0]!.test!.reference).toEqual({ name: "t", df: all - 2 });
    expect(found.summary.failures).toBe(0);
  });
});

describe("identity link", () => {
  const adjusted = { roles: { covariates: ["age", "female"] }, outcome: "score" } as const;

  test("the standardised difference is the coefficient, with its test and interval", () => {
    for (const [method, options] of [
      ["cluster-robust", {}],
      ["gee", {}],
      ["linear-mixed-model", { inference: "kenward-roger" }],
      ["linear-mixed-model", { inference: "cr2" }],
    ] as const) {
      const own = ask({ ...adjusted, method, options }).estimates[0]!;
      const standardised = ask({ ...adjusted, options: { model: { method, options } } }).estimates[0]!;
      agree(standardised.value, own.value);
      agree(standardised.working!.standardError, own.working!.standardError);
      agree(standardised.test!.pValue, own.test!.pValue, 1e-7);
      agree(standardised.interval!.lower, own.interval!.lower, 1e-8);
    }
  });

  test("with an interaction it is the effect averaged over participants", () => {
    const roles = { covariates: ["age", "arm:age"] };
    const own = ask({ method: "cluster-robust", outcome: "score", roles }).estimates[0]!;
    const standardised = ask({ outcome: "score", roles }).estimates[0]!;
    agree(standardised.value, own.value);
    agree(standardised.working!.standardError, own.working!.standardError);
  });

  test("the coefficients are those of the working model", () => {
    const own = ask({ ...adjusted, method: "cluster-robust" });
    const standardised = ask(adjusted);
    expect(standardised.coefficients).toEqual(own.coefficients);
    expect(standardised.covariance).toEqual(own.covariance);
  });
});

describe("mixed models", () => {
  const model = "generalised-linear-mixed-model";

  test("without variance between clusters a logistic mixed model gives the means of logistic regression", () => {
    // Every practice has the same number of events: less variation between practices than chance.
    const columns: Columns = { practice: [], arm: [], age: [], well: [] };
    for (let j = 0; j < 10; j++)
      for (let i = 0; i < 8; i++) {
        columns["practice"]!.push(j);
        columns["arm"]!.push(j % 2 === 0 ? "usual" : "new");
        columns["age"]!.push(40 + ((7 * i + 3 * j) % 11));
        columns["well"]!.push((i + j) % 8 < (j % 2 === 0 ? 3 : 5) ? 1 : 0);
      }
    const roles = { covariates: ["age"] };
    const mixed = ask({ columns, roles, options: { model } });
    const plain = ask({
      columns,
      roles,
      options: { model: { method: "cluster-robust", options: { variance: "cr0" } } },
    });
    for (const term of ["arm[new]", "risk[usual]", "risk[new]"]) agree(shown(mixed, term), shown(plain, term), 1e-7);
    // The mixed model's sandwich is CR0 times J/(J − b).
    agree(
      mixed.estimates[0]!.working!.standardError,
      plain.estimates[0]!.working!.standardError * Math.sqrt(10 / 8),
      1e-6,
    );
  });

  test("the marginal rate ratio of a Poisson mixed model is its conditional one, the rates are e^(σ²/2) higher", () => {
    const roles = { covariates: ["age"] };
    const own = ask({ method: model, outcome: outcomes.count, roles });
    const standardised = ask({ outcome: outcomes.count, roles, measure: "rate-ratio", options: { model } });
    agree(standardised.estimates[0]!.value, own.estimates[0]!.value);
    const [intercept, , age] = own.coefficients.map(({ value }) => value);
    const sigma2 = own.variances[0]!.variance;
    const total = armSum("years", "usual") + armSum("years", "new");
    const rate = trial["age"]!.reduce<number>(
      (sum, x, i) => sum + (Number(trial["years"]![i]) / total) * Math.exp(intercept! + age! * Number(x) + sigma2 / 2),
      0,
    );
    agree(shown(standardised, "rate[usual]"), rate);
  });

  test("the marginal odds ratio lies nearer to one than the conditional", () => {
    const conditional = ask({ method: model }).estimates[0]!.value;
    const marginal = ask({ measure: "odds-ratio", options: { model } }).estimates[0]!.value;
    expect(conditional).toBeGreaterThan(1.05);
    expect(marginal).toBeGreaterThan(1);
    expect(marginal).toBeLessThan(conditional);
  });

  test("a slope of the arm gives each arm its own variance", () => {
    const columns = { ...trial, arm: trial["arm"]!.map((arm) => (arm === "new" ? 1 : 0)) };
    const random = ["1 | practice", "0 + arm | practice"];
    const found = ask({ columns, roles: { control: 0 }, options: { model: { method: model, options: { random } } } });
    const own = ask({ method: model, columns, roles: { control: 0 }, options: { random } });
    const [intercept, arm] = own.coefficients.map(({ value }) => value);
    const [shared, extra] = own.variances.map(({ variance }) => variance);
    const mean = meanOverNormal(logitLink);
    agree(shown(found, "risk[0]"), mean(intercept!, shared!).mean);
    agree(shown(found, "risk[1]"), mean(intercept! + arm!, shared! + extra!).mean);
  });

  test("correlated slopes of a covariate: a row's variance is zᵀΣz", () => {
    // Practices whose slopes differ.
    const stream = randomStream(5);
    const slopes = Array.from({ length: 30 }, () => 1.5 * stream.normal());
    const columns = trialOf(91, 30, ["usual", "new"]);
    columns["old"] = columns["age"]!.map((age) => (Number(age) - 50) / 10);
    columns["well"] = columns["old"].map((z, i) =>
      stream.uniform() < 1 / (1 + Math.exp(-0.4 - slopes[Number(columns["practice"]![i])]! * Number(z))) ? 1 : 0,
    );
    const roles = { covariates: ["old"] };
    const random = ["old | practice"];
    const found = ask({ columns, roles, options: { model: { method: model, options: { random } } } });
    const own = ask({ method: model, columns, roles, options: { random } });
    const [intercept, , slope] = own.coefficients.map(({ value }) => value);
    const variance = (term: string, other: string | null) =>
      own.variances.find((each) => each.term === term && each.with === other)!.variance;
    const covariance = own.variances.find((each) => each.with !== null)!.variance;
    const mean = meanOverNormal(logitLink);
    const risks = columns["old"]!.map((x) => {
      const z = Number(x);
      const v = variance("intercept", null) + 2 * z * covariance + z * z * variance("old", null);
      return mean(intercept! + slope! * z, v).mean;
    });
    agree(shown(found, "risk[usual]"), risks.reduce((sum, risk) => sum + risk, 0) / risks.length);
  });

  test("after pseudo-likelihood only the jackknife can judge", () => {
    const options = { model: { method: model, options: { estimation: "restricted-pseudo-likelihood" } } };
    expect(refusal({ options })).toBe("no-delta-method");
    const found = ask({ options: { ...options, augmentation: "model-robust" } });
    expect(found.estimates[0]!.interval).not.toBeNull();
    expect(found.coefficients).toEqual([]);
  });
});

describe("invariance", () => {
  const models = ["cluster-robust", "gee", "generalised-linear-mixed-model"];
  const roles = { covariates: ["age", "female"] };

  test.each(models.flatMap((model) => ["none", "model-robust"].map((augmentation) => ({ model, augmentation }))))(
    "swapping the control turns the effect round; units of covariates and order of rows do not matter: $model, $augmentation",
    (options) => {
      for (const measure of ["risk-difference", "risk-ratio", "odds-ratio"] as const) {
        const original = ask({ options, measure, roles }).estimates;
        const swapped = ask({ options, measure, roles: { ...roles, control: "new" } }).estimates;
        agree(measure === "risk-difference" ? -swapped[0]!.value : 1 / swapped[0]!.value, original[0]!.value, 1e-7);
        agree(swapped[0]!.working!.standardError, original[0]!.working!.standardError, 1e-6);
        agree(swapped[1]!.value, original[2]!.value, 1e-7);
        const order = trial["age"]!.map((_, i) => (i * 37 + 5) % trial["age"]!.length);
        expect(new Set(order).size).toBe(order.length);
        const columns = Object.fromEntries(
          Object.entries(trial).map(([name, values]) => [name, order.map((i) => values[i]!)]),
        );
        columns["age"] = columns["age"]!.map((age) => 1e4 * Number(age) - 2e5);
        const other = ask({ options, measure, roles, columns }).estimates;
        agree(other[0]!.value, original[0]!.value, 1e-7);
        agree(other[0]!.working!.standardError, original[0]!.working!.standardError, 1e-6);
      }
    },
  );

  test("weights of one change nothing, equal weights neither; a row of weight two is two rows", () => {
    const ones = {
      ...trial,
      w: trial["age"]!.map(() => 1),
      five: trial["age"]!.map(() => 5),
      two: trial["age"]!.map((_, i) => 1 + (i % 2)),
    };
    const plain = ask({ roles });
    for (const weights of ["w", "five"]) {
      const weighted = ask({ columns: ones, roles: { ...roles, weights } });
      agree(weighted.estimates[0]!.value, plain.estimates[0]!.value);
      agree(weighted.estimates[0]!.working!.standardError, plain.estimates[0]!.working!.standardError, 1e-8);
    }
    const twice = Object.fromEntries(
      Object.entries(trial).map(([name, values]) => [
        name,
        values.flatMap((value, i) => (i % 2 === 1 ? [value, value] : [value])),
      ]),
    );
    for (const options of [{}, { estimand: "cluster-average" }, { augmentation: "model-robust" }]) {
      const weighted = ask({ columns: ones, roles: { ...roles, weights: "two" }, options });
      const doubled = ask({ columns: twice, roles, options });
      agree(weighted.estimates[0]!.value, doubled.estimates[0]!.value);
    }
  });

  test("grouped rows are their participants", () => {
    const single: Columns = { practice: [], arm: [], female: [], well: [] };
    trial["invited"]!.forEach((invited, i) => {
      for (let k = 0; k < Number(invited); k++) {
        for (const name of ["practice", "arm", "female"]) single[name]!.push(trial[name]![i]!);
        single["well"]!.push(k < Number(trial["attended"]![i]) ? 1 : 0);
      }
    });
    for (const options of [
      {},
      { estimand: "cluster-average" },
      { augmentation: "model-robust" },
      { augmentation: "model-robust", estimand: "cluster-average" },
    ]) {
      const grouped = ask({ outcome: outcomes.grouped, roles: { covariates: ["female"] }, options });
      const rows = ask({ columns: single, roles: { covariates: ["female"] }, options });
      grouped.estimates.forEach(({ value }, k) => {
        agree(value, rows.estimates[k]!.value);
      });
    }
  });

  test("rates do not depend on how exposure is split over rows, and scale with its unit", () => {
    const split: Columns = Object.fromEntries(
      Object.entries(trial).map(([name, values]) => [
        name,
        values.flatMap((value, i) =>
          name === "years"
            ? [Number(value) * 0.3, Number(value) * 0.7]
            : name === "relapses"
              ? [value, 0]
              : [value, values[i]!],
        ),
      ]),
    );
    const days = { ...trial, years: trial["years"]!.map((years) => 365.25 * Number(years)) };
    for (const estimand of ["participant-average", "cluster-average"]) {
      const asked = { outcome: outcomes.count, roles: { covariates: ["age"] }, options: { estimand } };
      const original = ask(asked);
      const whole = ask({ ...asked, columns: split });
      const perDay = ask({ ...asked, columns: days });
      original.estimates.forEach(({ value }, k) => {
        agree(whole.estimates[k]!.value, value);
        agree(perDay.estimates[k]!.value * 365.25, value);
      });
    }
  });
});

describe("informative cluster size", () => {
  // The effect is 1 in practices of four and 0 in practices of twelve.
  const columns: Columns = { practice: [], arm: [], score: [] };
  for (let j = 0; j < 12; j++) {
    const small = j % 4 < 2;
    for (let i = 0; i < (small ? 4 : 12); i++) {
      columns["practice"]!.push(j);
      columns["arm"]!.push(j % 2 === 0 ? "usual" : "new");
      columns["score"]!.push((small && j % 2 === 1 ? 1 : 0) + (i % 2 === 0 ? 0.5 : -0.5) + 0.01 * j);
    }
  }

  test.each(["none", "model-robust"])("participants and clusters have different averages: %s", (augmentation) => {
    const asked = (estimand: string) => ask({ columns, outcome: "score", options: { estimand, augmentation } });
    const participants = asked("participant-average");
    const clusters = asked("cluster-average");
    agree(participants.estimates[0]!.value, 0.25 + 0.01);
    agree(clusters.estimates[0]!.value, 0.5 + 0.01);
    expect(participants.estimand).toEqual({
      population: "participant-average",
      contrast: "marginal",
      measure: "mean-difference",
    });
    expect(clusters.estimand.population).toBe("cluster-average");
  });

  test("a mixed model answers neither and says so, unless augmented", () => {
    const plain = ask({ columns, outcome: "score", options: { model: "linear-mixed-model" } });
    expect(plain.estimand.population).toBe("precision-weighted");
    expect(plain.notices.map(({ code }) => code)).toContain("working-model-weighs-by-precision");
    const robust = ask({
      columns,
      outcome: "score",
      options: { model: "linear-mixed-model", augmentation: "model-robust", estimand: "cluster-average" },
    });
    expect(robust.estimand.population).toBe("cluster-average");
    agree(robust.estimates[0]!.value, 0.51);
    expect(robust.notices.map(({ code }) => code)).not.toContain("working-model-weighs-by-precision");
  });
});

describe("three arms", () => {
  const columns = trialOf(77, 18, ["usual", "letter", "visit"]);

  test.each(["none", "model-robust"])("an estimate for each, their means, and a joint test: %s", (augmentation) => {
    const found = ask({ columns, options: { augmentation }, roles: { covariates: ["age"] }, measure: "odds-ratio" });
    expect(found.estimates.map(({ quantity }) => quantity.term)).toEqual([
      "arm[letter]",
      "arm[visit]",
      "risk[usual]",
      "risk[letter]",
      "risk[visit]",
    ]);
    expect(found.tests.map(({ terms }) => terms)).toEqual([["arm[letter]", "arm[visit]"]]);
    const [letter, visit, usual, letterRisk] = found.estimates.map(({ value }) => value);
    agree(letter!, letterRisk! / (1 - letterRisk!) / (usual! / (1 - usual!)));
    expect(visit).toBeGreaterThan(0);
    expect(found.estimates[0]!.working!.scale).toBe("log");
    expect(found.estimates[2]!).toMatchObject({
      quantity: { measure: "risk", scale: "probability", unit: "1" },
      test: null,
      working: { scale: "logit" },
    });
    if (augmentation === "model-robust") expect(found.estimates[0]!.test!.reference).toEqual({ name: "t", df: 15 });
  });
});

describe("without an arm", () => {
  test("levels of a covariate are compared; a measurement has none; the jackknife needs arms", () => {
    const roles = { arm: null, control: null, covariates: ["female", "age"] };
    const found = ask({ roles: { ...roles, effect: "female" } });
    expect(found.estimates.map(({ quantity }) => quantity.term)).toEqual(["female", "risk[0]", "risk[1]"]);
    expect(refusal({ roles: { ...roles, effect: "age" } })).toBe("effect-without-levels");
    expect(refusal({ roles: { ...roles, effect: "female" }, options: { augmentation: "model-robust" } })).toBe(
      "arm-needed",
    );
  });
});

describe("a covariate level of one practice alone", () => {
  const columns = {
    ...trial,
    region: trial["practice"]!.map((practice) =>
      practice === 3 ? "island" : Number(practice) % 3 === 0 ? "north" : "south",
    ),
  };

  test("leaves the design with its practice, and no fit fails", () => {
    const found = ask({
      columns,
      outcome: "score",
      roles: { covariates: ["region"] },
      options: { augmentation: "model-robust" },
    });
    expect(found.summary.failures).toBe(0);
    expect(found.estimates[0]!.working!.standardError).toBeGreaterThan(0);
  });

  test("a practice without which a fit fails is counted and named", () => {
    // All events among the old are in practice 3: without it age separates events from others.
    const events = {
      ...trial,
      rare: trial["practice"]!.map((practice, i) => (practice === 3 && i % 2 === 0 ? "yes" : "no")),
      well: [] as number[],
    };
    events.well = trial["well"]!.map((well, i) =>
      events.rare[i] === "yes"
        ? 1
        : trial["female"]![i] === 1 && Number(trial["practice"]![i]) !== 3
          ? 0
          : Number(well),
    );
    const found = ask({
      columns: events,
      roles: { covariates: ["female"] },
      options: { augmentation: "model-robust" },
    });
    expect(found.summary.failures).toBe(1);
    expect(found.notices.find(({ code }) => code === "left-out-fits-not-used")!.facts).toMatchObject({
      failures: 1,
      clusters: 16,
      first: "3",
    });
  });
});

describe("the model", () => {
  test("may be a word or a word with options, and comes back in full", () => {
    const written = [
      {},
      { model: "cluster-robust" },
      { model: { method: "cluster-robust" } },
      { model: { method: "cluster-robust", options: { variance: "cr2" } } },
    ];
    const found = written.map((options) => ask({ options }));
    for (const each of found) expect(each.variant).toEqual(found[0]!.variant);
    expect(found[0]!.variant).toMatchObject({
      model: {
        method: "cluster-robust",
        options: { family: "binomial", link: "logit", variance: "cr2", inference: "satterthwaite" },
      },
      estimand: "participant-average",
      augmentation: "none",
    });
  });

  test.each([
    [{ model: "cluster-summary" }, "invalid-value"],
    [{ model: "standardisation" }, "invalid-value"],
    [{ model: { method: "gea" } }, "invalid-value"],
    [{ model: { method: "gee", options: { variance: "cr2" } } }, "invalid-value"],
    [{ model: { method: "gee", options: { varianse: "robust" } } }, "unknown-key"],
    [{ model: { options: {} } }, "missing-key"],
    [{ modle: "gee" }, "unknown-key"],
  ])("%j is refused", (options, code) => {
    expect(refusal({ options })).toBe(code);
  });
});

describe("a linear model of a risk", () => {
  test("that passes 1 says so", () => {
    // Risk rises with age under usual care; the new arm is young and always well, so at everybody's ages it passes 1.
    const columns: Columns = { practice: [], arm: [], age: [], well: [] };
    for (let j = 0; j < 12; j++)
      for (let i = 0; i < 10; i++) {
        const isNew = j % 2 === 1;
        columns["practice"]!.push(j);
        columns["arm"]!.push(isNew ? "new" : "usual");
        columns["age"]!.push(isNew ? 2 * i + j : 20 + 4 * i + j);
        columns["well"]!.push(isNew || i + (j % 3) > 5 ? 1 : 0);
      }
    const options = { model: { method: "cluster-robust", options: { family: "gaussian" } } };
    const found = ask({ columns, roles: { covariates: ["age"] }, options });
    expect(shown(found, "risk[new]")).toBeGreaterThan(1);
    expect(found.notices.map(({ code }) => code)).toContain("risk-outside-range");
    const risk = found.estimates.find(({ quantity }) => quantity.term === "risk[new]")!;
    expect(risk).toMatchObject({ working: null, interval: null });
    expect(refusal({ columns, roles: { covariates: ["age"] }, options, measure: "odds-ratio" })).toBe(
      "marginal-mean-out-of-range",
    );
  });
});

describe("few degrees of freedom", () => {
  test("that put a rate's limit beyond all numbers leave its interval out", () => {
    const columns: Columns = { practice: [], arm: [], events: [], years: [] };
    // One practice has nearly all of the exposure of its arm.
    [1e5, 0.01, 0.01, 3, 2, 4].forEach((years, j) => {
      for (let i = 0; i < 3; i++) {
        columns["practice"]!.push(j);
        columns["arm"]!.push(j < 3 ? "usual" : "new");
        columns["events"]!.push(1 + ((i + j) % 3));
        columns["years"]!.push(years);
      }
    });
    const found = ask({ columns, outcome: { name: "events", exposure: "years" } });
    const rates = found.estimates.slice(1);
    for (const { interval } of rates)
      if (interval !== null)
        for (const limit of [interval.lower, interval.upper]) expect(limit).toBeLessThan(Number.MAX_VALUE);
    expect(rates[0]!.interval).toBeNull();
    expect(rates[1]!.interval).not.toBeNull();
  });
});

describe("refusals", () => {
  const cases: readonly (readonly [string, Ask, string])[] = [
    ["a measure of another kind", { measure: "rate-ratio" }, "measure-not-for-outcome"],
    [
      "an outcome that the model does not take",
      { outcome: "score", options: { model: "generalised-linear-mixed-model" } },
      "family-not-available",
    ],
    [
      "an arm without events",
      { columns: { ...trial, well: trial["well"]!.map((well, i) => (trial["arm"]![i] === "new" ? 0 : well)) } },
      "separation",
    ],
    [
      "an arm of one practice, left out",
      {
        columns: { ...trial, arm: trial["practice"]!.map((practice) => (practice === 1 ? "new" : "usual")) },
        options: { augmentation: "model-robust" },
      },
      "one-cluster-left-out-of-arm",
    ],
    [
      "a ratio of means below zero",
      {
        outcome: "score",
        measure: "mean-ratio",
        columns: { ...trial, score: trial["score"]!.map((score) => Number(score) - 100) },
      },
      "marginal-mean-out-of-range",
    ],
    ["clusters no more than arms", { columns: trialOf(5, 2, ["usual", "new"]) }, "no-degrees-of-freedom"],
  ];
  test.each(cases)("%s", (_, asked, code) => {
    expect(refusal(asked)).toBe(code);
  });

  test("a mean ratio of positive means is none of them", () => {
    const found = ask({ outcome: "score", measure: "mean-ratio" });
    agree(found.estimates[0]!.value, shown(found, "mean[new]") / shown(found, "mean[usual]"));
  });
});
