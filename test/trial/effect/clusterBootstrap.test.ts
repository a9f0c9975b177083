import { describe, expect, test } from "vitest";
import type { Findings } from "../../../src/contract/analysis.ts";
import { buildFrame } from "../../../src/data/buildFrame.ts";
import type { Roles } from "../../../src/data/roles.ts";
import { tableFromColumns } from "../../../src/data/tableFromColumns.ts";
import { runReplicates } from "../../../src/inference/replicates/replicates.ts";
import { randomStream } from "../../../src/numerics/random/randomStream.ts";
import type { RegisteredMethod } from "../../../src/trial/method.ts";
import { methods } from "../../../src/trial/methods.ts";
import { caught } from "../../data/caught.ts";
import { trialTable } from "../../support/trials.ts";

const bootstrap = methods.find(({ id }) => id === "cluster-bootstrap")! as RegisteredMethod;

const question = (
  trial: string | ReturnType<typeof tableFromColumns>,
  options: { readonly of: unknown },
  roles: Partial<Roles> = {},
) => {
  const table = typeof trial === "string" ? trialTable(trial) : trial;
  const needs = bootstrap.needs(options);
  const frame = buildFrame(table, {
    outcome: "ycont",
    outcomeKinds: needs.outcomes!,
    cluster: "cluster",
    arm: "arm",
    groupings: needs.groupings,
    extraColumns: needs.columns,
    ...roles,
  });
  return { frame, options: { draws: 199, ...options }, measure: null, level: 0.95, seed: 3 } as const;
};

const analyse = (...given: Parameters<typeof question>): Findings => bootstrap.analyse(question(...given));

const shuffled = (() => {
  const stream = randomStream(9);
  const order = Array.from({ length: trialTable("simulated-24").rows }, (_, i) => i);
  stream.shuffle(order);
  const columns: Record<string, number[]> = {};
  for (const [name, column] of trialTable("simulated-24").columns)
    if (column.kind === "number") columns[name] = order.map((i) => column.values[i]!);
  return tableFromColumns(columns);
})();

const ways = [
  { of: "linear-mixed-model" },
  { of: "linear-mixed-model", interval: "studentised" },
  { of: "linear-mixed-model", stages: "two" },
  { of: "linear-mixed-model", resample: "parametric" },
  { of: { method: "linear-mixed-model", options: { random: ["age | cluster"] } }, resample: "parametric", draws: 99 },
  {
    of: { method: "linear-mixed-model", options: { covariance: "compound-symmetry" } },
    resample: "parametric",
    interval: "basic",
  },
  { of: "gee", draws: 99 },
  { of: { method: "standardisation", options: { model: "cluster-robust" } }, draws: 99, interval: "percentile" },
  { of: "icc", draws: 99, interval: "percentile" },
] as const;

describe.each(ways)("$of, $interval, $stages $resample", (options) => {
  const roles = options.of === "icc" ? {} : { covariates: ["age"] };
  const found = analyse("simulated-24", options, roles);

  test("an interval about every estimate of the method, in its own numbers", () => {
    expect(found.estimates.length).toBeGreaterThan(0);
    for (const { value, interval, working } of found.estimates) {
      expect(interval!.lower).toBeLessThan(value);
      expect(interval!.upper).toBeGreaterThan(value);
      expect(interval!.method).toMatch(/^bootstrap-/);
      expect(working!.standardError).toBeGreaterThan(0);
    }
    expect(found.summary.failures).toBe(0);
  });

  test("neither the order of rows nor that of portions decides anything", () => {
    const other = analyse(shuffled, options, roles);
    other.estimates.forEach(({ interval }, e) => {
      expect(interval!.lower).toBeCloseTo(found.estimates[e]!.interval!.lower, 7);
      expect(interval!.upper).toBeCloseTo(found.estimates[e]!.interval!.upper, 7);
    });
    const { replicates } = bootstrap.replicated!(question("simulated-24", options, roles));
    const all = runReplicates({ ...replicates, count: 12 });
    const part = new Float64Array(3 * replicates.width);
    replicates.run(7, 10, part);
    expect([...part]).toEqual([...all.subarray(7 * replicates.width, 10 * replicates.width)]);
  });
});

test("with many clusters all intervals, and the method's own, come together", () => {
  const stream = randomStream(12);
  const cluster: number[] = [];
  const arm: number[] = [];
  const ycont: number[] = [];
  for (let j = 0; j < 400; j++) {
    const effect = stream.normal();
    for (let i = 0; i < 4; i++) {
      cluster.push(j);
      arm.push(j % 2);
      ycont.push(effect + 2 * stream.normal() + 0.2 * (j % 2));
    }
  }
  const table = tableFromColumns({ cluster, arm, ycont });
  const own = methods[0].analyse({ ...question(table, { of: "linear-mixed-model" }), options: {} }).estimates[0]!;
  const width = own.interval!.upper - own.interval!.lower;
  for (const interval of ["bca", "percentile", "basic", "studentised"]) {
    const {
      interval: found,
      test: tested,
      working,
    } = analyse(table, { of: "linear-mixed-model", interval, draws: 1999 } as never).estimates[0]!;
    expect(Math.abs(found!.lower - own.interval!.lower) / width, interval).toBeLessThan(0.06);
    expect(Math.abs(found!.upper - own.interval!.upper) / width, interval).toBeLessThan(0.06);
    expect(working!.standardError / own.working!.standardError).toBeCloseTo(1, 0);
    expect(Math.abs(tested!.pValue - own.test!.pValue), interval).toBeLessThan(0.04);
  }
});

test("parametric draws of a mixed model have its mean and its covariance", () => {
  const asked = question("simulated-24", { of: "linear-mixed-model" }, { covariates: ["age"] });
  for (const options of [{}, { covariance: "compound-symmetry" }]) {
    const own = { ...asked, options };
    const fitted = methods[0].analyse(own);
    const simulated = methods[0].simulated!(own)!;
    const { frame } = asked;
    const out = new Float64Array(frame.rows);
    const draws = 3000;
    let pairs = 0;
    let squares = 0;
    let sums = 0;
    const [first, second] = [0, 1];
    expect(frame.cluster.codes[first]).toBe(frame.cluster.codes[second]);
    const beta = Object.fromEntries(fitted.coefficients.map(({ term, value }) => [term, value]));
    const row = new Float64Array(frame.design.width);
    const meanOf = (i: number) => {
      frame.design.fill(i, i + 1, row, row.length, 0);
      return frame.design.terms.reduce((sum, { name }, k) => sum + row[k]! * beta[name]!, 0);
    };
    const centre = [meanOf(first), meanOf(second)];
    for (let k = 0; k < draws; k++) {
      simulated.draw(randomStream(4, k), out);
      const [a, b] = [out[first]! - centre[0]!, out[second]! - centre[1]!];
      sums += a;
      squares += a * a;
      pairs += a * b;
    }
    const [between, residual] = fitted.variances.map(({ variance }) => variance);
    const variance = between! + residual!;
    expect(Math.abs(sums / draws)).toBeLessThan(4 * Math.sqrt(variance / draws));
    expect(Math.abs(squares / draws / variance - 1)).toBeLessThan(4 * Math.sqrt(2 / draws));
    expect(Math.abs(pairs / draws - between!)).toBeLessThan((4 * variance) / Math.sqrt(draws));
  }
});

test("several arms are tested at once by the centred replicates", () => {
  const { tests, estimates, summary } = analyse(
    "simulated-negative-icc",
    { of: "cluster-summary", interval: "percentile" } as never,
    { outcome: "sbp", cluster: "clinic", arm: "dose", control: "control" },
  );
  expect(estimates.length).toBeGreaterThan(1);
  expect(tests).toHaveLength(1);
  expect(tests[0]!.terms).toEqual(estimates.map(({ quantity }) => quantity.term));
  expect(tests[0]!.reference).toEqual({
    name: "bootstrap",
    df: null,
    draws: summary.draws! - summary.failures!,
    complete: false,
  });
  expect(tests[0]!.pValue).toBeGreaterThan(0);
  expect(tests[0]!.pValue).toBeLessThanOrEqual(1);
});

describe("what cannot be", () => {
  const codeOf = (...given: Parameters<typeof question>) => caught(() => analyse(...given)).code;

  test("drawing from a single cluster", () => {
    expect(
      codeOf("simulated-pairs", { of: "cluster-summary" }, { outcome: "score", cluster: "practice", strata: ["pair"] }),
    ).toBe("nothing-to-draw-from");
    expect(
      analyse("simulated-pairs", { of: "cluster-summary" }, { outcome: "score", cluster: "practice", pairs: "pair" })
        .estimates,
    ).toHaveLength(1);
  });

  test("an arm of one cluster: no advice about strata that there are not", () => {
    const cluster = [1, 1, 2, 2, 3, 3];
    const alone = tableFromColumns({ cluster, arm: cluster.map((c) => (c === 3 ? 1 : 0)), ycont: [1, 2, 4, 3, 6, 5] });
    expect(caught(() => analyse(alone, { of: "cluster-summary" })).message).toBe(
      'The bootstrap draws clusters within arm and stratum, and "3" is alone in arm "1", so that every draw there is the same; use permutation or cluster-summary instead',
    );
  });

  test("options that exclude each other", () => {
    expect(codeOf("simulated-24", { of: "cluster-robust", resample: "parametric" } as never)).toBe(
      "bootstrap-without-simulation",
    );
    expect(codeOf("simulated-24", { of: "linear-mixed-model", resample: "parametric", interval: "bca" } as never)).toBe(
      "bca-needs-cases",
    );
    expect(codeOf("simulated-24", { of: "linear-mixed-model", resample: "parametric", stages: "two" } as never)).toBe(
      "parametric-has-no-stages",
    );
  });

  test("features that the method makes no use of", () => {
    expect(codeOf("simulated-24", { of: "cluster-summary" }, { weights: "ptime" })).toBe("feature-not-accepted");
    expect(codeOf("simulated-24", { of: "cluster-summary" }, { arm: null, covariates: ["age"] })).toBe("arm-needed");
  });

  test("replicates that mostly fail", () => {
    const few = tableFromColumns({
      cluster: [1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6],
      arm: [0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1],
      well: [0, 0, 1, 0, 0, 0, 1, 1, 0, 1, 1, 1],
    });
    expect(codeOf(few, { of: "cluster-robust" }, { outcome: { name: "well", event: "1" } })).toBe("replicates-failed");
  });
});
