import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { columnSource } from "../../../src/data/columnSource.ts";
import { groupingFromLabels } from "../../../src/data/groupingOf.ts";
import {
  binomial,
  type Family,
  gamma,
  gaussian,
  negativeBinomialFamily,
  poisson,
} from "../../../src/models/family/family.ts";
import { type LinkName, links } from "../../../src/models/family/link.ts";
import {
  fitGeneralisedLinear,
  type GeneralisedLinearData,
  type GeneralisedLinearFit,
} from "../../../src/models/generalised/fitGeneralisedLinear.ts";
import { fitLinear } from "../../../src/models/linear/fitLinear.ts";
import { type RandomStream, randomStream } from "../../../src/numerics/random/randomStream.ts";

interface Rows {
  readonly columns: readonly ArrayLike<number>[];
  readonly y: ArrayLike<number>;
  readonly cluster?: ArrayLike<number>;
  readonly weights?: Float64Array | null;
  readonly offset?: Float64Array | null;
}

const dataOf = ({ columns, y, cluster, weights = null, offset = null }: Rows): GeneralisedLinearData => ({
  terms: ["intercept", ...columns.map((_, k) => `x${k + 1}`)],
  design: columnSource([new Float64Array(y.length).fill(1), ...columns]),
  response: { values: Float64Array.from(y), weights, offset },
  cluster: groupingFromLabels("practice", cluster ?? Array.from(y, (_, i) => i % 7)),
});
const regress = (rows: Rows, family: Family, link: LinkName, start?: Float64Array) =>
  fitGeneralisedLinear(dataOf(rows), family, links[link], { start: start ?? null });

/** Largest entry of the score in units of its own standard deviation, from the rows themselves. */
function scoreOf({ columns, y, weights = null, offset = null }: Rows, found: GeneralisedLinearFit): number {
  const { family, link, coefficients } = found;
  let worst = 0;
  for (let k = -1; k < columns.length; k++) {
    let score = 0;
    let information = 0;
    for (let i = 0; i < y.length; i++) {
      let eta = coefficients[0]! + (offset === null ? 0 : offset[i]!);
      columns.forEach((column, l) => {
        eta += column[i]! * coefficients[l + 1]!;
      });
      const mean = link.mean(eta);
      const x = k < 0 ? 1 : columns[k]![i]!;
      // A mean that rounds to the edge is fitted exactly.
      if (family.variance(mean) === 0) continue;
      const slope = ((weights === null ? 1 : weights[i]!) * link.slope(eta)) / family.variance(mean);
      score += x * slope * (y[i]! - mean);
      information += x * x * slope * link.slope(eta);
    }
    worst = Math.max(worst, Math.abs(score) / Math.sqrt(information));
  }
  return worst;
}

const problem = (run: () => unknown): { readonly code: string; readonly facts: Readonly<Record<string, unknown>> } => {
  try {
    run();
  } catch (thrown) {
    return thrown as { code: string; facts: Readonly<Record<string, unknown>> };
  }
  throw new Error("no problem");
};

const count = (stream: RandomStream, mean: number): number => {
  let left = mean;
  let events = -1;
  do {
    left -= stream.exponential();
    events++;
  } while (left > 0);
  return events;
};

function simulated(seed: number, draw: (stream: RandomStream, x: number, arm: number) => number, n = 120): Rows {
  const stream = randomStream(seed);
  const arm = Float64Array.from({ length: n }, (_, i) => i % 2);
  const x = Float64Array.from({ length: n }, () => stream.normal());
  const group = Float64Array.from({ length: n }, () => stream.integer(3));
  return { columns: [arm, x, group], y: Float64Array.from(x, (value, i) => draw(stream, value, arm[i]!)) };
}

describe("closed forms", () => {
  const events = [3, 5, 2, 8, 1, 6];
  const trials = [20, 31, 12, 40, 9, 33];
  const arm = [0, 0, 0, 1, 1, 1];
  const risk = (a: number) => {
    const of = (values: readonly number[]) => values.reduce((sum, value, i) => sum + (arm[i] === a ? value : 0), 0);
    return of(events) / of(trials);
  };
  const grouped: Rows = {
    columns: [arm],
    y: events.map((e, i) => e / trials[i]!),
    weights: Float64Array.from(trials),
    cluster: [0, 1, 2, 3, 4, 5],
  };
  test.each([
    ["logit", (p: number) => Math.log(p / (1 - p))],
    ["log", Math.log],
    ["identity", (p: number) => p],
    ["probit", links.probit.predictor],
    ["cloglog", (p: number) => Math.log(-Math.log(1 - p))],
  ] as const)("two arms: any link puts the means at the risks (%s)", (link, g) => {
    const { coefficients } = regress(grouped, binomial, link);
    expect(coefficients[0]!).toBeCloseTo(g(risk(0)), 13);
    expect(coefficients[1]!).toBeCloseTo(g(risk(1)) - g(risk(0)), 13);
  });

  test("gaussian identity is least squares", () => {
    const rows = simulated(5, (stream, x, a) => 3 + x + a + stream.normal());
    const data = dataOf(rows);
    const expected = fitLinear({ ...data, outcome: data.response.values });
    const found = regress(rows, gaussian, "identity");
    found.coefficients.forEach((value, k) => {
      expect(value).toBeCloseTo(expected.coefficients[k]!, 12);
    });
    expect(found.deviance / expected.residualSumOfSquares).toBeCloseTo(1, 12);
    expect(Math.sqrt(found.dispersion!) / expected.residualStandardDeviation!).toBeCloseTo(1, 12);
  });

  test("the information's inverse root gives the delta-method variances of two log risks", () => {
    const { root } = regress(grouped, binomial, "log");
    const of = (a: number) => trials.reduce((sum, t, i) => sum + (arm[i] === a ? t : 0), 0);
    const variance = (a: number) => (1 - risk(a)) / (risk(a) * of(a));
    expect(Math.hypot(root[0]!, root[1]!) ** 2).toBeCloseTo(variance(0), 13);
    expect(Math.hypot(root[2]!, root[3]!) ** 2).toBeCloseTo(variance(0) + variance(1), 13);
  });
});

describe("the score is zero to rounding", () => {
  const cases: readonly [string, Family, LinkName, (stream: RandomStream, x: number, arm: number) => number][] = [
    ["logistic", binomial, "logit", (s, x, a) => (s.uniform() < 1 / (1 + Math.exp(1 - x - a)) ? 1 : 0)],
    ["probit", binomial, "probit", (s, x, a) => (s.normal() < x - a ? 1 : 0)],
    ["complementary log-log", binomial, "cloglog", (s, x, a) => (s.exponential() < Math.exp(x - a) ? 1 : 0)],
    ["log-binomial", binomial, "log", (s, x, a) => (s.uniform() < Math.exp(-1.2 + 0.15 * x - 0.3 * a) ? 1 : 0)],
    ["binomial identity", binomial, "identity", (s, x, a) => (s.uniform() < 0.45 + 0.08 * x + 0.1 * a ? 1 : 0)],
    ["Poisson", poisson, "log", (s, x, a) => count(s, Math.exp(0.5 + 0.5 * x + a))],
    ["Poisson identity", poisson, "identity", (s, x, a) => count(s, Math.max(0.2, 3 + 0.5 * x + a))],
    ["negative binomial", negativeBinomialFamily(1.5), "log", (s, x, a) => count(s, Math.exp(x + a) * s.exponential())],
    ["gamma", gamma, "log", (s, x, a) => Math.exp(x + a) * s.exponential()],
    ["gamma identity", gamma, "identity", (s, x, a) => (9 + x + a) * s.exponential()],
    ["gaussian log", gaussian, "log", (s, x, a) => Math.exp(2 + 0.3 * x + a) + s.normal()],
  ];
  test.each(cases)("%s", (_, family, link, draw) => {
    let maxima = 0;
    for (let seed = 1; seed <= 20; seed++) {
      const rows = simulated(seed, draw);
      try {
        expect(scoreOf(rows, regress(rows, family, link))).toBeLessThan(1e-11);
        maxima++;
      } catch (thrown) {
        // Bounded links may have their maximum at the edge; nothing else is allowed.
        if ((thrown as { code?: string }).code !== "mean-at-boundary") throw thrown;
      }
    }
    expect(maxima).toBeGreaterThan(8);
  });
});

describe("units, origins and repetitions", () => {
  const rows = simulated(11, (s, x, a) => (s.uniform() < 1 / (1 + Math.exp(1 - x - a)) ? 1 : 0), 200);
  const [arm, x, group] = rows.columns as [Float64Array, Float64Array, Float64Array];
  const plain = regress(rows, binomial, "logit");

  test("a covariate of millions, or of years, costs no digits", () => {
    for (const [scale, origin] of [
      [1e6, 5e7],
      [1e-6, 0],
      [1, 2015],
      [1e-3, 2015],
    ] as const) {
      const moved = regress({ ...rows, columns: [arm, x.map((v) => origin + scale * v), group] }, binomial, "logit");
      // Storing x about a far origin rounds it: about 16 digits less those of the origin over the spread are left.
      const digits = 12 - Math.log10(Math.max(1, origin / scale));
      expect(moved.coefficients[2]! * scale).toBeCloseTo(plain.coefficients[2]!, digits);
      expect(moved.coefficients[1]!).toBeCloseTo(plain.coefficients[1]!, digits);
    }
  });

  test("rows taken together, weights as repetitions, shuffled rows: the same fit", () => {
    const coarse: Rows = { columns: [arm, group], y: rows.y, cluster: Array.from(arm, (_, i) => i % 9) };
    const once = regress(coarse, binomial, "logit");
    expect(once.clusterParts.maxRows).toBeLessThanOrEqual(6);
    const repeated = <T extends ArrayLike<number>>(values: T) =>
      Array.from({ length: 3 * values.length }, (_, i) => values[i % values.length]!);
    const thrice = regress(
      { columns: [repeated(arm), repeated(group)], y: repeated(coarse.y), cluster: repeated(coarse.cluster!) },
      binomial,
      "logit",
    );
    const weighted = regress({ ...coarse, weights: new Float64Array(arm.length).fill(3) }, binomial, "logit");
    for (let k = 0; k < 3; k++) {
      expect(thrice.coefficients[k]!).toBeCloseTo(once.coefficients[k]!, 13);
      expect(weighted.coefficients[k]!).toBeCloseTo(once.coefficients[k]!, 13);
    }
    expect(thrice.deviance / (3 * once.deviance)).toBeCloseTo(1, 13);
    expect(weighted.deviance / (3 * once.deviance)).toBeCloseTo(1, 13);
  });

  test("the order of rows changes nothing", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 1e6 }), (seed) => {
        const order = Int32Array.from(arm, (_, i) => i);
        randomStream(seed).shuffle(order);
        const pick = (values: ArrayLike<number>) => Float64Array.from(order, (i) => values[i]!);
        const cluster = pick(Float64Array.from(arm, (_, i) => i % 7));
        const found = regress({ columns: rows.columns.map(pick), y: pick(rows.y), cluster }, binomial, "logit");
        found.coefficients.forEach((value, k) => {
          expect(value).toBeCloseTo(plain.coefficients[k]!, 12);
        });
        order.forEach((i, at) => {
          expect(found.means()[at]!).toBeCloseTo(plain.means()[i]!, 12);
        });
      }),
      { numRuns: 10 },
    );
  });

  test("starting values change the way, not the end", () => {
    const again = regress(rows, binomial, "logit", plain.coefficients);
    expect(again.iterations).toBeLessThanOrEqual(2);
    const far = regress(rows, binomial, "logit", Float64Array.of(-3, 3, -2, 1));
    for (let k = 0; k < 4; k++) expect(far.coefficients[k]!).toBeCloseTo(plain.coefficients[k]!, 12);
  });
});

describe("without a cluster", () => {
  const rows = simulated(17, (s, x, a) => count(s, Math.exp(0.5 * x + a)), 140);
  const all = regress(rows, poisson, "log");
  test("refit is the fit of the other clusters' rows, and leaves parts of them alone", () => {
    const kept = Array.from(rows.y, (_, i) => i).filter((i) => i % 7 !== 3);
    const pick = (values: ArrayLike<number>) => kept.map((i) => values[i]!);
    const others = regress(
      { columns: rows.columns.map(pick), y: pick(rows.y), cluster: kept.map((i) => i % 7) },
      poisson,
      "log",
    );
    const refitted = all.refit({ without: 3 });
    others.coefficients.forEach((value, k) => {
      expect(refitted.coefficients[k]!).toBeCloseTo(value, 12);
    });
    expect(refitted.deviance / others.deviance).toBeCloseTo(1, 12);
    expect(refitted.dispersion! / others.dispersion!).toBeCloseTo(1, 12);
    expect(refitted.clusterParts.clusters).toBe(6);
    expect(refitted.observations).toBe(120);
  });

  test("a covariate of that cluster alone, and events of that cluster alone, are problems with a name", () => {
    const own = Float64Array.from(rows.y, (_, i) => (i % 7 === 3 ? 1 : 0));
    const withOwn = regress({ ...rows, columns: [...rows.columns, own] }, poisson, "log");
    const missing = problem(() => withOwn.refit({ without: 3 }));
    expect(missing.code).toBe("rank-deficient");
    expect(missing.facts["columns"]).toEqual(["x4"]);
    const arm = Float64Array.from(rows.y, (_, i) => (i % 7 < 3 ? 1 : 0));
    const y = Float64Array.from(rows.y, (value, i) => (arm[i] === 1 && i % 7 !== 0 ? 0 : value));
    const rare = regress({ columns: [arm], y }, poisson, "log");
    expect(problem(() => rare.refit({ without: 0 })).code).toBe("separation");
  });
});

describe("estimating parts", () => {
  test("scores sum to zero, informations to the identity", () => {
    const rows = simulated(23, (s, x, a) => (s.uniform() < 1 / (1 + Math.exp(1 - x - a)) ? 1 : 0));
    const { estimatingParts: parts, clusterParts } = regress(rows, binomial, "logit");
    const p = 4;
    const score = new Float64Array(p);
    const information = new Float64Array(p * p);
    const scores = new Float64Array(p);
    const total = new Float64Array(p * p);
    for (let j = 0; j < parts.clusters; j++) {
      parts.fill(j, score, information);
      score.forEach((value, k) => {
        scores[k]! += value;
      });
      information.forEach((value, k) => {
        total[k]! += value;
      });
    }
    scores.forEach((value) => {
      expect(Math.abs(value)).toBeLessThan(1e-12);
    });
    total.forEach((value, k) => {
      expect(value).toBeCloseTo(k % (p + 1) === 0 ? 1 : 0, 12);
    });
    expect(parts.root).toEqual(clusterParts.root);
    // Upper triangular, as its users may rely on.
    for (let a = 0; a < p; a++) for (let b = 0; b < a; b++) expect(parts.root[a * p + b]).toBe(0);
  });
});
