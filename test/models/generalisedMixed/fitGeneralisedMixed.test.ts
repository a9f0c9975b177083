import { describe, expect, test } from "vitest";
import { buildFrame } from "../../../src/data/buildFrame.ts";
import type { Frame } from "../../../src/data/frame.ts";
import type { Roles } from "../../../src/data/roles.ts";
import { tableFromColumns } from "../../../src/data/tableFromColumns.ts";
import type { LinkName } from "../../../src/models/family/link.ts";
import { quadratureLikelihood } from "../../../src/models/generalisedMixed/adaptiveQuadrature.ts";
import { clusterCells } from "../../../src/models/generalisedMixed/clusterCells.ts";
import { poissonDensity } from "../../../src/models/generalisedMixed/countDensity.ts";
import { deviationProfile } from "../../../src/models/generalisedMixed/deviationProfile.ts";
import { fitGeneralisedMixed } from "../../../src/models/generalisedMixed/fitGeneralisedMixed.ts";
import type { GeneralisedMixedFit, MixedFamilyName } from "../../../src/models/generalisedMixed/generalisedMixedFit.ts";
import { climb } from "../../../src/models/generalisedMixed/interceptProblem.ts";
import { maximiseIntercept } from "../../../src/models/generalisedMixed/maximiseIntercept.ts";
import { chiSquared } from "../../../src/numerics/distributions/index.ts";
import { randomStream } from "../../../src/numerics/random/randomStream.ts";
import { trialTable } from "../../support/trials.ts";
import { mixedModels } from "./simulatedCells.ts";

interface Rows {
  readonly practice: number[];
  readonly arm: number[];
  readonly x: number[];
  readonly y: number[];
  readonly years: number[];
  readonly w: number[];
}

/** Unequal practices, some of one row; y is 0/1 for the binomial family, else a count. */
function simulatedRows(seed: number, family: MixedFamilyName, practices = 16, spread = 0.8): Rows {
  const stream = randomStream(seed);
  const rows: Rows = { practice: [], arm: [], x: [], y: [], years: [], w: [] };
  for (let j = 0; j < practices; j++) {
    const own = spread * stream.normal();
    for (let i = stream.integer(12); i >= 0; i--) {
      const x = Math.round(4 * stream.normal()) / 4;
      const eta = -0.3 + 0.5 * (j % 2) + 0.4 * x + own;
      rows.practice.push(j);
      rows.arm.push(j % 2);
      rows.x.push(x);
      rows.years.push(0.5 + stream.uniform());
      rows.w.push(1 + stream.integer(3));
      if (family === "binomial") rows.y.push(stream.uniform() < 1 / (1 + Math.exp(-eta)) ? 1 : 0);
      else {
        let count = 0;
        const mean = Math.exp(eta) * (family === "poisson" ? 1 : 0.3 + stream.exponential());
        for (let left = mean - stream.exponential(); left > 0; left -= stream.exponential()) count++;
        rows.y.push(count);
      }
    }
  }
  return rows;
}

const frameOf = (rows: object, family: MixedFamilyName, roles: Partial<Roles> = {}): Frame =>
  buildFrame(tableFromColumns(rows as Record<string, number[]>), {
    outcome: "y",
    outcomeKinds: family === "binomial" ? ["binary", "grouped"] : ["count"],
    cluster: "practice",
    arm: "arm",
    covariates: ["x"],
    ...roles,
  });

const fitted = (frame: Frame, family: MixedFamilyName, link: LinkName, quadrature = 9): GeneralisedMixedFit =>
  fitGeneralisedMixed(frame, { family, link, quadrature });

const errors = ({ covariance }: GeneralisedMixedFit): number[] => {
  const q = Math.round(Math.sqrt(covariance.length));
  return Array.from({ length: q }, (_, k) => Math.sqrt(covariance[k * q + k]!));
};

const all = (found: GeneralisedMixedFit): number[] => [
  ...found.coefficients,
  ...found.deviations,
  ...errors(found),
  found.logLikelihood,
  found.nbTheta ?? 0,
];

function expectSame(a: readonly number[], b: readonly number[], relative = 1e-8): void {
  expect(a.length).toBe(b.length);
  a.forEach((value, k) => {
    expect(Math.abs(value - b[k]!)).toBeLessThanOrEqual(relative * (1 + Math.abs(b[k]!)));
  });
}

const codeOf = (attempt: () => unknown): unknown => {
  try {
    attempt();
  } catch (problem) {
    return (problem as { code?: unknown }).code;
  }
  return null;
};

describe.each(mixedModels)("%s %s", (family, link) => {
  const rows = simulatedRows(11, family);
  const base = fitted(frameOf(rows, family), family, link);

  test("the order of rows and the names of clusters do not matter", () => {
    const order = rows.y.map((_, i) => i).sort((a, b) => ((a * 7919) % 1009) - ((b * 7919) % 1009));
    const shuffled = Object.fromEntries(
      Object.entries(rows).map(([name, values]) => [
        name,
        order.map((i) => (name === "practice" ? 100 - values[i]! : values[i]!)),
      ]),
    );
    expectSame(all(fitted(frameOf(shuffled, family), family, link)), all(base));
  });

  test("the origin and unit of a covariate change its own coefficient and the intercept alone", () => {
    const moved = { ...rows, x: rows.x.map((x) => 1e6 * x + 5e6) };
    const found = fitted(frameOf(moved, family), family, link);
    const [, arm, x] = base.coefficients;
    expectSame(
      [found.coefficients[1]!, 1e6 * found.coefficients[2]!, found.deviations[0]!, found.logLikelihood],
      [arm!, x!, base.deviations[0]!, base.logLikelihood],
    );
    expectSame([errors(found)[1]!, 1e6 * errors(found)[2]!], [errors(base)[1]!, errors(base)[2]!]);
  });

  test("weights count rows", () => {
    const weighted = fitted(frameOf(rows, family, { weights: "w" }), family, link);
    const copies = rows.w.flatMap((w, i) => Array.from({ length: w }, () => i));
    const repeated = Object.fromEntries(
      Object.entries(rows).map(([name, values]) => [name, copies.map((i) => values[i]!)]),
    );
    expectSame(all(fitted(frameOf(repeated, family), family, link)), all(weighted));
  });

  test("the estimate is where every cluster's scores balance, and the modes shrink", () => {
    const q = errors(base).length;
    for (let k = 0; k < q - (base.nbTheta === null ? 0 : 1); k++) {
      let sum = 0;
      for (let j = 0; j < 16; j++) sum += base.scores[j * q + k]!;
      expect(Math.abs(sum * errors(base)[k]!)).toBeLessThan(1e-8);
    }
    const { modes, conditionalVariances, covariance } = base.levels[0]!;
    expect(conditionalVariances.every((v) => v > 0 && v <= covariance[0]! * (1 + 1e-9))).toBe(true);
    expect(modes.some((mode) => mode > 0) && modes.some((mode) => mode < 0)).toBe(true);
  });

  test("more nodes change less and less", () => {
    const sigmas = [1, 5, 15, 45].map((nodes) => fitted(frameOf(rows, family), family, link, nodes).deviations[0]!);
    const changes = sigmas.slice(1).map((sigma, k) => Math.abs(sigma - sigmas[k]!));
    expect(changes[1]).toBeLessThan(changes[0]!);
    expect(changes[2]).toBeLessThan(1e-5);
  });

  test("profile limits lie where the likelihood-ratio test turns", () => {
    const maximum = maximiseIntercept(frameOf(rows, family), { family, link, quadrature: 9 });
    const { lower, upper } = deviationProfile(maximum, 0.9)!;
    const p = base.coefficients.length;
    const others = Array.from(maximum.point, (_, k) => k).filter((k) => k !== p);
    expect(lower).toBeLessThan(base.deviations[0]!);
    for (const sigma of [lower, upper].filter((limit) => limit > 0)) {
      const start = maximum.point.slice();
      start[p] = sigma;
      const held = climb(maximum.problem.likelihood, p, start, others);
      expect(2 * (maximum.logLikelihood - held.logLikelihood)).toBeCloseTo(chiSquared.quantile(0.9, 1), 6);
    }
  });
});

test("rows of events out of trials, and the trials one by one, are one model", () => {
  const roles = {
    cluster: "herd",
    arm: null,
    covariates: ["period"],
    columns: { period: { type: "categorical" } },
  } as const;
  const single = buildFrame(trialTable("cbpp"), { ...roles, outcome: "y", outcomeKinds: ["binary"] });
  const grouped = buildFrame(trialTable("cbpp-grouped"), {
    ...roles,
    outcome: { events: "incidence", trials: "size" },
  });
  for (const link of ["logit", "probit", "cloglog"] as const) {
    const a = fitted(single, "binomial", link);
    const b = fitted(grouped, "binomial", link);
    expectSame([...a.coefficients, ...a.deviations, ...errors(a)], [...b.coefficients, ...b.deviations, ...errors(b)]);
    // They differ by the ways in which events can fall on trials.
    expect(b.logLikelihood).toBeGreaterThan(a.logLikelihood);
  }
});

describe("exposures and offsets", () => {
  const rows = simulatedRows(3, "poisson");

  test.each(["poisson", "negative-binomial", "negative-binomial-1"] as const)(
    "%s: exposure is a log offset",
    (family) => {
      const exposed = frameOf(rows, family, { outcome: { name: "y", exposure: "years" } });
      const shifted = frameOf({ ...rows, o: rows.years.map(Math.log) }, family, { offset: "o" });
      expectSame(all(fitted(exposed, family, "log")), all(fitted(shifted, family, "log")));
    },
  );

  test("Poisson rows with the same covariates are one cell whatever their exposures, and nothing is lost", () => {
    const frame = frameOf(rows, "poisson", { covariates: [], outcome: { name: "y", exposure: "years" } });
    const merged = clusterCells(frame, "poisson");
    const apart = clusterCells(frame, "negative-binomial");
    expect(merged.events.length).toBe(16);
    expect(apart.events.length).toBe(frame.rows);
    const [a, b] = [merged, apart].map((cells) => {
      const { value, gradient } = quadratureLikelihood(cells, poissonDensity, 5).evaluate(
        Float64Array.of(-0.2, 0.4, 0.6),
      );
      return [value, ...gradient];
    });
    expectSame(a!, b!, 1e-12);
  });

  test("an offset moves the intercept", () => {
    const far = frameOf({ ...rows, o: rows.y.map(() => 200) }, "poisson", { offset: "o" });
    const a = fitted(far, "poisson", "log");
    const b = fitted(frameOf(rows, "poisson"), "poisson", "log");
    expectSame(
      [a.coefficients[0]! + 200, a.coefficients[1]!, a.deviations[0]!],
      [b.coefficients[0]!, b.coefficients[1]!, b.deviations[0]!],
      1e-7,
    );
  });
});

describe("edges", () => {
  test("clusters that vary less than chance: σ = 0 and the generalised linear model", () => {
    // Every practice has the same share of events in each arm.
    const rows = { practice: [] as number[], arm: [] as number[], y: [] as number[] };
    for (let j = 0; j < 8; j++)
      for (let i = 0; i < 10; i++) {
        rows.practice.push(j);
        rows.arm.push(j % 2);
        rows.y.push(i < 3 + 2 * (j % 2) ? 1 : 0);
      }
    const found = fitted(frameOf(rows, "binomial", { covariates: [] }), "binomial", "logit");
    expect(found.atBoundary).toBe(true);
    expect(found.deviations[0]).toBe(0);
    const logit = (p: number) => Math.log(p / (1 - p));
    expect(found.coefficients[0]).toBeCloseTo(logit(0.3), 11);
    expect(found.coefficients[1]).toBeCloseTo(logit(0.5) - logit(0.3), 11);
    expect(errors(found)[1]).toBeCloseTo(Math.sqrt(1 / 12 + 1 / 28 + 1 / 20 + 1 / 20), 11);
    expect(found.logLikelihood).toBeCloseTo(12 * Math.log(0.3) + 28 * Math.log(0.7) + 40 * Math.log(0.5), 10);
    expect(found.levels[0]!.modes.every((mode) => mode === 0)).toBe(true);
  });

  test("counts that vary less than Poisson ones: the Poisson model", () => {
    const rows = simulatedRows(5, "poisson");
    const even = { ...rows, y: rows.y.map((_, i) => 2 + (i % 2) + (rows.practice[i]! % 3)) };
    for (const family of ["negative-binomial", "negative-binomial-1"] as const) {
      const found = fitted(frameOf(even, family), family, "log");
      const poisson = fitted(frameOf(even, "poisson"), "poisson", "log");
      expect(found.poissonLimit).toBe(true);
      expect(found.nbTheta).toBeNull();
      expectSame([...found.coefficients, found.logLikelihood], [...poisson.coefficients, poisson.logLikelihood]);
      const q = errors(found).length;
      expect(q).toBe(errors(poisson).length + 1);
      expectSame(errors(found).slice(0, q - 1), errors(poisson));
      expect(errors(found)[q - 1]).toBe(0);
    }
  });

  test("an arm without events is a separation, whatever the link", () => {
    const rows = simulatedRows(9, "binomial");
    const none = { ...rows, y: rows.y.map((y, i) => (rows.arm[i] === 1 ? 0 : y)) };
    for (const link of ["logit", "probit", "cloglog"] as const) {
      const frame = frameOf(none, "binomial", { covariates: [] });
      expect(codeOf(() => fitted(frame, "binomial", link))).toBe("separation");
      const every = frameOf({ ...none, y: none.y.map((y) => 1 - y) }, "binomial", { covariates: [] });
      expect(codeOf(() => fitted(every, "binomial", link))).toBe("separation");
    }
    expect(codeOf(() => fitted(frameOf(none, "poisson"), "poisson", "log"))).toBe("separation");
    expect(codeOf(() => fitted(frameOf(none, "negative-binomial"), "negative-binomial", "log"))).toBe("separation");
  });

  test("outcomes that clusters decide have no finite σ", () => {
    const rows = simulatedRows(13, "binomial", 20);
    const decided = { ...rows, y: rows.practice.map((j) => (j % 5 < 2 ? 1 : 0)) };
    const frame = frameOf(decided, "binomial", { covariates: [] });
    // Quadrature of a likelihood that is flat in σ may have a top: the data themselves say that there is none.
    for (const nodes of [1, 15])
      expect(codeOf(() => fitted(frame, "binomial", "logit", nodes))).toBe("cluster-variance-unbounded");
  });

  test("clusters of one row have no variance of their own, unless their outcome is a count", () => {
    const rows = simulatedRows(17, "poisson", 60, 0.5);
    const own = { ...rows, practice: rows.y.map((_, i) => i) };
    const binary = { ...own, y: own.y.map((y) => Math.min(1, y)) };
    expect(codeOf(() => fitted(frameOf(binary, "binomial"), "binomial", "logit"))).toBe("clusters-of-one");
    expect(fitted(frameOf(own, "poisson"), "poisson", "log").deviations[0]).toBeGreaterThan(0);
  });

  test("an even order, or a link of another family, is refused", () => {
    const frame = frameOf(simulatedRows(1, "binomial"), "binomial");
    expect(codeOf(() => fitted(frame, "binomial", "logit", 4))).toBe("quadrature-order-even");
    expect(codeOf(() => fitted(frame, "binomial", "log"))).toBe("family-not-available");
    expect(codeOf(() => fitted(frame, "poisson", "logit"))).toBe("family-not-available");
  });
});
