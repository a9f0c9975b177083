import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Measure } from "../../../src/contract/estimate.ts";
import { buildFrame } from "../../../src/data/buildFrame.ts";
import type { OutcomeRole, Roles } from "../../../src/data/roles.ts";
import { tableFromColumns } from "../../../src/data/tableFromColumns.ts";
import { randomStream } from "../../../src/numerics/random/randomStream.ts";
import { clusterSummary } from "../../../src/trial/effect/clusterSummary.ts";

/** Clusters as events out of trials, in rows of their own; practices 2k and 2k + 1 are a pair. */
type Cluster = readonly [events: number, trials: number];

const grouped = (clusters: readonly Cluster[]) => ({
  practice: clusters.map((_, j) => j),
  pair: clusters.map((_, j) => Math.floor(j / 2)),
  arm: clusters.map((_, j) => j % 2),
  events: clusters.map(([events]) => events),
  trials: clusters.map(([, trials]) => trials),
});

/** The same, one row per trial. */
function binary(clusters: readonly Cluster[]) {
  const rows = clusters.flatMap(([events, trials], j) =>
    Array.from({ length: trials }, (_, i) => ({ j, ill: i < events ? 1 : 0, i })),
  );
  return {
    practice: rows.map(({ j }) => j),
    pair: rows.map(({ j }) => Math.floor(j / 2)),
    arm: rows.map(({ j }) => j % 2),
    ill: rows.map(({ ill }) => ill),
    well: rows.map(({ ill }) => 1 - ill),
    age: rows.map(({ i, j }) => ((i * 7 + j * 3) % 11) + (i % 2)),
  };
}

const ill: OutcomeRole = { name: "ill", event: 1 };
const perTrial: OutcomeRole = { events: "events", trials: "trials" };

function ask(
  columns: Readonly<Record<string, readonly (number | string)[]>>,
  outcome: OutcomeRole,
  measure: Measure | null = null,
  options: object = {},
  roles: Partial<Roles> = {},
) {
  const { outcomes } = clusterSummary.needs(options, measure);
  const frame = buildFrame(tableFromColumns(columns), {
    outcome,
    cluster: "practice",
    arm: "arm",
    ...(outcomes === undefined ? {} : { outcomeKinds: outcomes }),
    ...roles,
  });
  return clusterSummary.analyse({ frame, options, measure, level: 0.95, seed: 1 });
}

const codes = (found: { readonly notices: readonly { readonly code: string }[] }) => found.notices.map((n) => n.code);

const refused = (run: () => unknown) => {
  try {
    run();
  } catch (problem) {
    return (problem as { code: string }).code;
  }
  return null;
};

const usual: readonly Cluster[] = [
  [3, 10],
  [6, 12],
  [2, 9],
  [7, 15],
  [4, 20],
  [5, 8],
  [1, 7],
  [9, 14],
];
const anyClusters = fc
  .array(
    fc
      .integer({ min: 2, max: 14 })
      .chain((trials) => fc.tuple(fc.integer({ min: 0, max: trials }), fc.constant(trials))),
    { minLength: 6, maxLength: 14 },
  )
  .filter((clusters) => {
    const events = clusters.reduce((sum, [e]) => sum + e, 0);
    return events > 0 && events < clusters.reduce((sum, [, n]) => sum + n, 0);
  });

/** Numbers of a result, or the code of its refusal: both must be the same. */
const outcomeOf = (run: () => ReturnType<typeof ask>) => {
  const code = refused(run);
  if (code !== null) return code;
  const [estimate] = run().estimates;
  return [estimate!.value, estimate!.working!.standardError, estimate!.test!.pValue];
};
const expectAlike = (ours: ReturnType<typeof outcomeOf>, theirs: ReturnType<typeof outcomeOf>) => {
  if (typeof theirs === "string" || typeof ours === "string") expect(ours).toBe(theirs);
  else for (let k = 0; k < theirs.length; k++) expect(ours[k]! / theirs[k]!).toBeCloseTo(1, 9);
};

describe("proportions", () => {
  const measures = ["risk-difference", "risk-ratio", "odds-ratio"] as const;
  test("do not depend on whether trials are rows or numbers", () => {
    fc.assert(
      fc.property(anyClusters, fc.constantFrom(...measures), (clusters, measure) => {
        const options = [
          {},
          { weights: "size" },
          ...(measure === "risk-difference" ? [{ weights: "inverse-variance" }] : []),
        ];
        for (const each of options)
          expectAlike(
            outcomeOf(() => ask(binary(clusters), ill, measure, each)),
            outcomeOf(() => ask(grouped(clusters), perTrial, measure, each)),
          );
      }),
      { numRuns: 25 },
    );
  });

  test("odds of the event and of its absence are reciprocal, clusters without either included", () => {
    fc.assert(
      fc.property(anyClusters, (clusters) => {
        const sick = outcomeOf(() => ask(binary(clusters), ill, "odds-ratio"));
        const healthy = outcomeOf(() => ask(binary(clusters), { name: "well", event: 1 }, "odds-ratio"));
        if (typeof sick === "string" || typeof healthy === "string") expect(healthy).toBe(sick);
        else expectAlike([1 / healthy[0]!, healthy[1]!, healthy[2]!], sick);
      }),
      { numRuns: 25 },
    );
  });

  test("are geometric means over clusters as ratios, arithmetic ones as differences", () => {
    const found = ask(grouped(usual), perTrial, "risk-ratio").estimates[0]!;
    const log = (arm: number) =>
      usual.filter((_, j) => j % 2 === arm).reduce((sum, [e, n]) => sum + Math.log(e / n) / 4, 0);
    expect(found.value).toBeCloseTo(Math.exp(log(1) - log(0)), 12);
    expect(found.quantity).toMatchObject({ measure: "risk-ratio", scale: "ratio", unit: "1" });
    expect(found.working!.scale).toBe("log");
    const mean = (arm: number) => usual.filter((_, j) => j % 2 === arm).reduce((sum, [e, n]) => sum + e / n / 4, 0);
    expect(ask(grouped(usual), perTrial).estimates[0]!.value).toBeCloseTo(mean(1) - mean(0), 12);
  });

  test("records of clusters are proportions of participants", () => {
    const { clusters } = ask(grouped(usual), perTrial);
    expect(clusters.map(({ size }) => size)).toEqual(usual.map(([, trials]) => trials));
    expect(clusters.map(({ summary }) => summary)).toEqual(usual.map(([events, trials]) => events / trials));
  });
});

describe("clusters without events", () => {
  const some: readonly Cluster[] = usual.map(([events, trials], j) =>
    j === 2 || j === 6 ? [0, trials] : [events, trials],
  );
  const logs = (clusters: readonly Cluster[], of: (events: number, trials: number) => number) => {
    const mean = (arm: number) =>
      clusters.filter((_, j) => j % 2 === arm).reduce((sum, [e, n]) => sum + of(e, n) / 4, 0);
    return Math.exp(mean(1) - mean(0));
  };

  test("0.5 is added to the events of every cluster, and the result says how many there were", () => {
    const found = ask(grouped(some), perTrial, "risk-ratio");
    expect(found.estimates[0]!.value).toBeCloseTo(
      logs(some, (e, n) => Math.log((e + 0.5) / n)),
      12,
    );
    expect(found.notices.find(({ code }) => code === "zero-clusters")!.facts).toMatchObject({ clusters: 2, of: 8 });
    expect(codes(ask(grouped(usual), perTrial, "risk-ratio"))).not.toContain("zero-clusters");
    expect(codes(ask(grouped(some), perTrial, "risk-difference"))).not.toContain("zero-clusters");
  });

  test("odds: 0.5 to events and to others, where a cluster has none of either", () => {
    const full: readonly Cluster[] = usual.map(([e, n], j) => (j === 3 ? [n, n] : [e, n]));
    for (const clusters of [some, full])
      expect(ask(grouped(clusters), perTrial, "odds-ratio").estimates[0]!.value).toBeCloseTo(
        logs(clusters, (e, n) => Math.log((e + 0.5) / (n - e + 0.5))),
        12,
      );
    // All events is nothing odd for a risk ratio.
    expect(codes(ask(grouped(full), perTrial, "risk-ratio"))).not.toContain("zero-clusters");
  });

  test("an arm without any is said aloud: as a ratio it rests on the 0.5, as a difference it is itself", () => {
    const none: readonly Cluster[] = usual.map(([e, n], j) => (j % 2 === 1 ? [0, n] : [e, n]));
    const ratio = ask(grouped(none), perTrial, "risk-ratio");
    expect(ratio.notices.find(({ code }) => code === "arm-without-events")!.facts).toMatchObject({ arm: "1" });
    const pooled = ask(grouped(none), perTrial);
    expect(codes(pooled)).toContain("summaries-alike-in-arm");
    expect(pooled.estimates[0]!.value).toBeCloseTo(-none.reduce((sum, [e, n]) => sum + e / n / 4, 0), 12);
    // Welch: all variance is that of the other arm.
    const welch = ask(grouped(none), perTrial, null, { variances: "welch" });
    expect(welch.estimates[0]!.test!.reference.df).toBeCloseTo(3, 10);
    const turned = ask(grouped(none), perTrial, null, { variances: "welch" }, { control: "1" });
    expect(turned.estimates[0]!.test!.reference.df).toBeCloseTo(3, 10);
    expect(turned.coefficients.map(({ term }) => term)).toEqual(["arm[0]"]);
    expect(turned.covariance).toHaveLength(1);
  });
});

describe("rates", () => {
  const stream = randomStream(5);
  const clusters = Array.from({ length: 10 }, (_, j) => j);
  const rows = clusters.flatMap((j) => Array.from({ length: 3 + (j % 4) }, () => j));
  const trial = {
    practice: rows,
    arm: rows.map((j) => j % 2),
    falls: rows.map(() => stream.integer(4)),
    years: rows.map(() => 0.25 + 2 * stream.uniform()),
    age: rows.map(() => 60 + 20 * stream.uniform()),
  };
  const falls: OutcomeRole = { name: "falls", exposure: "years" };

  test("the unit of exposure divides a difference and leaves a ratio alone, with covariates too", () => {
    const months = { ...trial, years: trial.years.map((y) => 12 * y) };
    for (const covariates of [[], ["age"]]) {
      const difference = ask(trial, falls, null, {}, { covariates }).estimates[0]!;
      const monthly = ask(months, falls, null, {}, { covariates }).estimates[0]!;
      expect((12 * monthly.value) / difference.value).toBeCloseTo(1, 9);
      expect(monthly.test!.pValue).toBeCloseTo(difference.test!.pValue, 10);
      const ratio = ask(trial, falls, "rate-ratio", {}, { covariates }).estimates[0]!;
      expect(ask(months, falls, "rate-ratio", {}, { covariates }).estimates[0]!.value / ratio.value).toBeCloseTo(1, 9);
    }
  });

  test("a count without exposure is a rate per row; weights by size are then weights by rows", () => {
    const one = { ...trial, years: trial.years.map(() => 1) };
    for (const options of [{}, { weights: "size" }]) {
      const bare = ask(trial, "falls", "rate-ratio", options).estimates[0]!;
      expect(bare.value).toBeCloseTo(ask(one, falls, "rate-ratio", options).estimates[0]!.value, 12);
    }
  });

  test("exposures of any size", () => {
    const tiny = { ...trial, years: trial.years.map((y) => y * 1e-200) };
    expect(ask(tiny, falls, "rate-ratio").estimates[0]!.value).toBeCloseTo(
      ask(trial, falls, "rate-ratio").estimates[0]!.value,
      10,
    );
    const none = { ...trial, years: trial.years.map((y) => y * 5e-324) };
    expect(["not-finite", "exposure-invalid"]).toContain(refused(() => ask(none, falls)));
  });
});

describe("two stages", () => {
  const rows = binary(usual.map(([e, n]) => [e, n + 4]));

  test("a covariate that says nothing leaves differences nearly alone, and its unit changes nothing", () => {
    const plain = ask(rows, ill, "risk-ratio", {}, { covariates: ["age"] }).estimates[0]!;
    const scaled = { ...rows, age: rows.age.map((a) => 1e6 - 250 * a) };
    const other = ask(scaled, ill, "risk-ratio", {}, { covariates: ["age"] }).estimates[0]!;
    expect(other.value / plain.value).toBeCloseTo(1, 9);
    expect(other.working!.standardError / plain.working!.standardError).toBeCloseTo(1, 9);
  });

  test("observed less expected sums to zero, over all and over strata of the first stage", () => {
    // What the arms' weighted mean residuals are: with size weights they cancel.
    const found = ask(rows, ill, null, { weights: "size" }, { covariates: ["age"] });
    const n = (arm: number) => rows.arm.filter((a) => a === arm).length;
    const [control, effect] = found.coefficients.map(({ value }) => value);
    expect((control! * (n(0) + n(1)) + effect! * n(1)) / (n(0) + n(1))).toBeCloseTo(0, 12);
  });

  test("a pair without events, or without anything else, is set aside by the first stage and kept by the second", () => {
    const clusters: readonly Cluster[] = [...usual, [0, 9], [0, 11], [12, 12], [8, 8]];
    const some = binary(clusters);
    const adjusted = ask(some, ill, null, {}, { pairs: "pair", covariates: ["age"] });
    expect(adjusted.estimates[0]!.test!.reference.df).toBe(5);
    // Their differences within the pair are zero exactly, as unadjusted ones.
    const without = ask(binary(usual), ill, null, {}, { pairs: "pair", covariates: ["age"] }).estimates[0]!.value;
    expect(adjusted.estimates[0]!.value).toBeCloseTo((without * 4) / 6, 10);
    expect(refused(() => ask(some, ill, "risk-ratio", {}, { pairs: "pair", covariates: ["age"] }))).toBe(
      "expected-none",
    );
  });

  test("a covariate that separates is named", () => {
    const split = { ...rows, sign: rows.ill.map((y, i) => (y === 1 ? 1 : i % 2)), severe: rows.ill };
    expect(refused(() => ask(split, ill, null, {}, { covariates: ["sign"] }))).toBe("first-stage-separation");
    expect(refused(() => ask(split, ill, null, {}, { covariates: ["severe"] }))).toBe("first-stage-separation");
  });
});

describe("measures", () => {
  const trial = { ...grouped(usual), score: usual.map(([e, n]) => e - n / 2), litres: usual.map(([e]) => 1 + e) };

  test("a bare column of numbers is continuous unless the measure says otherwise", () => {
    expect(ask(binary(usual), "ill").estimand.measure).toBe("mean-difference");
    expect(ask(binary(usual), "ill", "odds-ratio").estimand.measure).toBe("odds-ratio");
    expect(ask(trial, "events", "rate-ratio").estimand.measure).toBe("rate-ratio");
    expect(ask(trial, "litres", "mean-ratio").estimates[0]!.quantity.scale).toBe("ratio");
    expect(ask(binary(usual), ill).estimand).toEqual({
      population: "cluster-average",
      contrast: "marginal",
      measure: "risk-difference",
    });
    expect(ask(trial, perTrial, "risk-ratio").variant).toMatchObject({ summary: "log-proportion" });
  });

  test("what is not defined is refused by name", () => {
    expect(refused(() => ask(trial, perTrial, "rate-ratio"))).toBe("outcome-kind");
    expect(refused(() => ask(trial, "litres", "icc"))).toBe("measure-not-for-outcome");
    expect(refused(() => ask(trial, "score", "mean-ratio"))).toBe("mean-not-positive");
    expect(refused(() => ask(binary(usual), ill, "odds-ratio", {}, { covariates: ["age"] }))).toBe(
      "summary-measure-with-covariates",
    );
    for (const measure of ["risk-ratio", "odds-ratio"] as const)
      expect(refused(() => ask(trial, perTrial, measure, { weights: "inverse-variance" }))).toBe(
        "inverse-variance-for-differences",
      );
    expect(refused(() => ask(trial, "events", "rate-difference", { weights: "inverse-variance" }))).toBe(
      "inverse-variance-for-differences",
    );
  });

  test("too little is refused by name", () => {
    const two = grouped(usual.slice(0, 2));
    expect(refused(() => ask(two, perTrial, "risk-ratio"))).toBe("no-degrees-of-freedom");
    const single = { ...grouped(usual), stratum: usual.map((_, j) => j) };
    expect(refused(() => ask(single, perTrial, null, {}, { strata: ["stratum"] }))).toBe("no-degrees-of-freedom");
    const alike = grouped(usual.map(() => [2, 8]));
    expect(refused(() => ask(alike, perTrial, "odds-ratio"))).toBe("no-variation");
  });
});
