import { describe, expect, test } from "vitest";
import { Problem } from "../../../src/contract/problem.ts";
import { buildFrame } from "../../../src/data/buildFrame.ts";
import type { Frame } from "../../../src/data/frame.ts";
import type { Roles } from "../../../src/data/roles.ts";
import { tableFromColumns } from "../../../src/data/tableFromColumns.ts";
import { binomial, type Family, poisson } from "../../../src/models/family/family.ts";
import { type LinkName, links } from "../../../src/models/family/link.ts";
import { responseOf } from "../../../src/models/family/response.ts";
import { fitGeneralisedLinear } from "../../../src/models/generalised/fitGeneralisedLinear.ts";
import { expandRandomTerm, parseRandomTerm, type RandomTerm } from "../../../src/models/mixed/randomFormula.ts";
import {
  fitPseudoLikelihood,
  type PseudoLikelihoodFit,
} from "../../../src/models/pseudoLikelihood/fitPseudoLikelihood.ts";
import { inverseOf } from "../../support/denseParts.ts";
import { trialTable } from "../../support/trials.ts";

interface Example {
  readonly name: string;
  readonly trial: string;
  readonly roles: Roles;
  readonly family: Family;
  readonly link: LinkName;
  readonly random: readonly string[];
}

const cbpp = {
  trial: "cbpp-grouped",
  roles: {
    cluster: "herd",
    outcome: { events: "incidence", trials: "size" },
    covariates: ["period"],
    columns: { period: { type: "categorical" } },
    outcomeKinds: ["grouped"],
  },
  family: binomial,
} as const;
const epil = {
  trial: "epil",
  roles: { cluster: "subject", outcome: "y", covariates: ["trt", "lbase", "period"], outcomeKinds: ["count"] },
  family: poisson,
  link: "log",
} as const;

const examples: readonly Example[] = [
  { ...cbpp, name: "logit", link: "logit", random: ["1 | herd"] },
  { ...cbpp, name: "probit", link: "probit", random: ["1 | herd"] },
  { ...cbpp, name: "cloglog", link: "cloglog", random: ["1 | herd"] },
  { ...cbpp, name: "an effect of every row", link: "logit", random: ["1 | herd/period"] },
  { ...epil, name: "counts", random: ["1 | subject"] },
  { ...epil, name: "slopes", random: ["period | subject"] },
];

function frameOf({ trial, roles }: Pick<Example, "trial" | "roles">, terms: readonly RandomTerm[]): Frame {
  const each = terms.flatMap(expandRandomTerm);
  const slopes = new Set(each.flatMap((term) => term.effects).filter((effect) => effect !== "intercept"));
  return buildFrame(trialTable(trial), {
    ...roles,
    groupings: each.map((term) => term.path),
    extraColumns: [...slopes],
  });
}

function fitOf(example: Example, estimation: "reml" | "ml" = "reml") {
  const terms = example.random.map(parseRandomTerm);
  const frame = frameOf(example, terms);
  return { frame, fit: fitPseudoLikelihood(frame, terms, { family: example.family, link: example.link, estimation }) };
}

/**
 * Henderson's mixed-model equations at the fit, dense: their matrix C, right-hand side less C times the fit, and the
 * columns [X Z]. Z has one column for each effect of each group, levels one after another.
 */
function henderson({ family, link }: Example, frame: Frame, fit: PseudoLikelihoodFit) {
  const { design, rows } = frame;
  const p = design.terms.length;
  const x = new Float64Array(rows * p);
  design.fill(0, rows, x, p, 0);
  const starts: number[] = [];
  let q = p;
  for (const { groups, blocks } of fit.levels) {
    starts.push(q);
    q += groups * blocks.flat().length;
  }
  const response = responseOf(frame.outcome, family, link, frame.weights, frame.offset);
  const column = (term: string, i: number) => (term === "intercept" ? 1 : frame.extraColumns.get(term)![i]!);
  const solution = new Float64Array(q);
  solution.set(fit.coefficients);
  fit.levels.forEach(({ modes }, l) => {
    solution.set(modes, starts[l]!);
  });
  const matrix = new Float64Array(q * q);
  const score = new Float64Array(q);
  const size = new Float64Array(q);
  const row = new Float64Array(q);
  for (let i = 0; i < rows; i++) {
    row.fill(0);
    for (let k = 0; k < p; k++) row[k] = x[i * p + k]!;
    fit.levels.forEach(({ name, blocks }, l) => {
      const codes = name === frame.cluster.name ? frame.cluster.codes : frame.extraGroupings.get(name)!.codes;
      const terms = blocks.flat();
      terms.forEach((term, k) => {
        row[starts[l]! + codes[i]! * terms.length + k] = column(term, i);
      });
    });
    let eta = response.offset === null ? 0 : response.offset[i]!;
    for (let k = 0; k < q; k++) eta += row[k]! * solution[k]!;
    const { mean, slope } = links[link];
    const d = slope(eta);
    const weight = ((response.weights?.[i] ?? 1) * d * d) / family.variance(mean(eta));
    const error = (weight * (response.values[i]! - mean(eta))) / d;
    for (let a = 0; a < q; a++) {
      if (row[a] === 0) continue;
      score[a]! += row[a]! * error;
      size[a]! += Math.abs(row[a]! * error);
      for (let b = 0; b < q; b++) matrix[a * q + b]! += row[a]! * weight * row[b]!;
    }
  }
  fit.levels.forEach(({ covariance, groups, blocks }, l) => {
    const r = blocks.flat().length;
    const inverse = inverseOf(covariance, r);
    for (let g = 0; g < groups; g++) {
      for (let a = 0; a < r; a++) {
        const at = starts[l]! + g * r + a;
        for (let b = 0; b < r; b++) {
          matrix[at * q + starts[l]! + g * r + b]! += inverse[a * r + b]!;
          score[at]! -= inverse[a * r + b]! * solution[starts[l]! + g * r + b]!;
        }
      }
    }
  });
  return { matrix, score, size, q, starts, solution };
}

describe("at the solution", () => {
  for (const example of examples) {
    test(`${example.name}: penalised scores vanish, and each variance is the mean of E bb′ given the working response`, () => {
      const { frame, fit } = fitOf(example);
      expect(fit.atBoundary).toBe(false);
      const { matrix, score, size, q, starts, solution } = henderson(example, frame, fit);
      score.forEach((value, k) => {
        expect(Math.abs(value), `score ${k}`).toBeLessThan(1e-8 * Math.max(1, size[k]!));
      });
      const inverse = inverseOf(matrix, q);
      const p = fit.coefficients.length;
      for (let k = 0; k < p * p; k++) {
        const dense = inverse[Math.floor(k / p) * q + (k % p)]!;
        expect(Math.abs(fit.covariance[k]! - dense)).toBeLessThan(1e-8 * Math.abs(dense) + 1e-12);
      }
      // REML: Σ = mean over groups of b̂b̂′ + Var(b̂ − b), the variance with β estimated.
      fit.levels.forEach(({ covariance, groups, blocks }, l) => {
        const r = blocks.flat().length;
        for (let a = 0; a < r; a++) {
          for (let b = 0; b <= a; b++) {
            let total = 0;
            for (let g = 0; g < groups; g++) {
              const at = starts[l]! + g * r;
              total += solution[at + a]! * solution[at + b]! + inverse[(at + a) * q + at + b]!;
            }
            const scale = Math.sqrt(covariance[a * r + a]! * covariance[b * r + b]!);
            expect(Math.abs(total / groups - covariance[a * r + b]!)).toBeLessThan(1e-7 * scale);
          }
        }
      });
    });
  }
});

test.each(examples)("by maximum likelihood each variance is the mean of E bb′ with β known: $name", (example) => {
  const { fit } = fitOf(example, "ml");
  for (const { covariance, groups, blocks, modes, conditionalVariances } of fit.levels) {
    const r = blocks.flat().length;
    for (let a = 0; a < r; a++) {
      for (let b = 0; b <= a; b++) {
        let total = 0;
        for (let g = 0; g < groups; g++)
          total += modes[g * r + a]! * modes[g * r + b]! + conditionalVariances[(g * r + a) * r + b]!;
        const scale = Math.sqrt(covariance[a * r + a]! * covariance[b * r + b]!);
        expect(Math.abs(total / groups - covariance[a * r + b]!)).toBeLessThan(1e-7 * scale);
      }
    }
  }
});

test("without variance between clusters β and its covariance are those of the generalised linear model", () => {
  const cluster = Array.from({ length: 120 }, (_, i) => `c${Math.floor(i / 10)}`);
  const arm = cluster.map((_, i) => (Math.floor(i / 10) % 2 === 0 ? "a" : "b"));
  const x = cluster.map((_, i) => ((i * 7) % 10) / 3);
  // Every cluster of an arm has the same number of events: less variation than chance.
  const y = cluster.map((_, i) => ((i * 3) % 10 < (Math.floor(i / 10) % 2 === 0 ? 4 : 6) ? 1 : 0));
  const frame = buildFrame(tableFromColumns({ cluster, arm, x, y }), {
    cluster: "cluster",
    arm: "arm",
    outcome: "y",
    covariates: ["x"],
    outcomeKinds: ["binary"],
  });
  const fit = fitPseudoLikelihood(frame, [], { family: binomial, link: "logit", estimation: "reml" });
  expect(fit.atBoundary).toBe(true);
  expect(fit.levels[0]!.covariance[0]).toBe(0);
  expect(Array.from(fit.levels[0]!.modes).every((mode) => mode === 0)).toBe(true);
  const glm = fitGeneralisedLinear(
    {
      terms: frame.design.terms.map(({ name }) => name),
      design: frame.design,
      response: responseOf(frame.outcome, binomial, "logit", null, null),
      cluster: frame.cluster,
    },
    binomial,
    links.logit,
  );
  glm.coefficients.forEach((value, k) => {
    expect(fit.coefficients[k]).toBeCloseTo(value, 10);
    let variance = 0;
    for (let l = 0; l < 3; l++) variance += glm.root[k * 3 + l]! ** 2;
    expect(fit.covariance[k * 3 + k]).toBeCloseTo(variance, 10);
  });
});

test("rows, or the same rows as events out of trials, or in another order and unit: one fit", () => {
  const { fit } = fitOf(examples[0]!);
  const table = trialTable("cbpp");
  const order = Array.from({ length: table.rows }, (_, i) => (i * 397) % table.rows);
  const pick = (name: string) => {
    const column = table.columns.get(name)!;
    return order.map((i) => (column.kind === "number" ? column.values[i]! : Number.NaN));
  };
  expect(new Set(order).size).toBe(table.rows);
  const shuffled = tableFromColumns({ herd: pick("herd"), period: pick("period"), y: pick("y") });
  const frame = buildFrame(shuffled, {
    cluster: "herd",
    outcome: "y",
    covariates: ["period"],
    columns: { period: { type: "categorical" } },
    outcomeKinds: ["binary"],
  });
  const other = fitPseudoLikelihood(frame, [], { family: binomial, link: "logit", estimation: "reml" });
  other.coefficients.forEach((value, k) => {
    expect(value).toBeCloseTo(fit.coefficients[k]!, 9);
  });
  expect(other.levels[0]!.covariance[0]! / fit.levels[0]!.covariance[0]!).toBeCloseTo(1, 8);
});

test("steps that go too far are shortened: few clusters with events, one of them with nothing else", () => {
  const sizes = Array.from({ length: 20 }, (_, j) => 3 + ((j * 7) % 13));
  const cluster = sizes.flatMap((size, j) => new Array<string>(size).fill(`c${j}`));
  const within = sizes.flatMap((size) => Array.from({ length: size }, (_, i) => i));
  const of = (i: number) => Number(cluster[i]!.slice(1));
  const y = within.map((k, i) => (of(i) === 0 || (of(i) % 3 === 0 && k % 2 === 0) ? 1 : 0));
  const arm = cluster.map((_, i) => of(i) % 2);
  const w = within.map((k, i) => (of(i) % 3 === 0 ? 1 : 1.5 + k / 10));
  const frame = buildFrame(tableFromColumns({ cluster, arm, y, w }), {
    cluster: "cluster",
    arm: "arm",
    outcome: "y",
    outcomeKinds: ["binary"],
    weights: "w",
  });
  const fit = fitPseudoLikelihood(frame, [], { family: binomial, link: "cloglog", estimation: "reml" });
  expect(fit.levels[0]!.covariance[0]).toBeGreaterThan(1);
  expect(fit.iterations).toBeLessThan(100);
});

test("a single yes or no for each group, or two levels that are one, are refused", () => {
  const group = Array.from({ length: 40 }, (_, i) => Math.floor(i / 5));
  const id = group.map((_, i) => i);
  const same = group.map((g) => g + 100);
  const y = group.map((_, i) => (i % 3 === 0 ? 1 : 0));
  const refusal = (random: string, kind: "binary" | "count") => {
    const terms = [parseRandomTerm(random)];
    const frame = buildFrame(tableFromColumns({ group, id, same, y }), {
      cluster: "group",
      outcome: "y",
      outcomeKinds: [kind],
      groupings: terms.flatMap(expandRandomTerm).map((term) => term.path),
    });
    const family = kind === "binary" ? binomial : poisson;
    try {
      fitPseudoLikelihood(frame, terms, { family, link: family.canonicalLink, estimation: "reml" });
      return null;
    } catch (problem) {
      return problem instanceof Problem ? problem.code : problem;
    }
  };
  expect(refusal("1 | group/id", "binary")).toBe("clusters-of-one");
  expect(refusal("1 | group/id", "count")).toBeNull();
  expect(refusal("1 | group/same", "count")).toBe("levels-coincide");
});

test("clusters that decide the outcome have no finite variance", () => {
  const group = Array.from({ length: 40 }, (_, i) => Math.floor(i / 5));
  const y = group.map((g) => (g % 3 === 0 ? 1 : 0));
  const frame = buildFrame(tableFromColumns({ group, y }), {
    cluster: "group",
    outcome: "y",
    outcomeKinds: ["binary"],
  });
  expect(() => fitPseudoLikelihood(frame, [], { family: binomial, link: "logit", estimation: "reml" })).toThrow(
    /grows without limit/,
  );
});

test("an arm without events has no finite effect", () => {
  const cluster = Array.from({ length: 60 }, (_, i) => `c${Math.floor(i / 10)}`);
  const arm = cluster.map((_, i) => (Math.floor(i / 10) < 3 ? "a" : "b"));
  const y = cluster.map((_, i) => (i < 30 && i % 3 === 0 ? 1 : 0));
  const frame = buildFrame(tableFromColumns({ cluster, arm, y }), {
    cluster: "cluster",
    arm: "arm",
    outcome: "y",
    outcomeKinds: ["binary"],
  });
  const fit = () => fitPseudoLikelihood(frame, [], { family: binomial, link: "logit", estimation: "reml" });
  expect(fit).toThrow(Problem);
  expect(fit).toThrow(/no event/);
});
