import { describe, expect, test } from "vitest";
import { InputProblem } from "../../../src/contract/problem.ts";
import type { Frame } from "../../../src/data/frame.ts";
import type { LinkName } from "../../../src/models/family/link.ts";
import { fitGeneralisedMixed } from "../../../src/models/generalisedMixed/fitGeneralisedMixed.ts";
import type { GeneralisedMixedFit, MixedFamilyName } from "../../../src/models/generalisedMixed/generalisedMixedFit.ts";
import { fitNestedMixed, maximiseNested } from "../../../src/models/generalisedMixed/nestedGeneralisedFit.ts";
import { nestedProfiles } from "../../../src/models/generalisedMixed/nestedProfiles.ts";
import { parseRandomTerm } from "../../../src/models/mixed/randomFormula.ts";
import { randomStream } from "../../../src/numerics/random/randomStream.ts";
import { type NestedRows, nestedFrame, nestedRows } from "./nestedData.ts";

const linkOf = (family: MixedFamilyName): LinkName => (family === "binomial" ? "logit" : "log");

const fitted = (frame: Frame, family: MixedFamilyName, random: readonly string[], link = linkOf(family)) =>
  fitNestedMixed(frame, { family, link, quadrature: 1 }, random.map(parseRandomTerm));

function expectClose(ours: ArrayLike<number>, theirs: ArrayLike<number>, tolerance: number, what: string) {
  expect(ours.length).toBe(theirs.length);
  const scale = Math.max(...Array.from(theirs, Math.abs), 1e-6);
  for (let k = 0; k < theirs.length; k++)
    expect(Math.abs(ours[k]! - theirs[k]!) / scale, `${what}[${k}]: ${ours[k]} and ${theirs[k]}`).toBeLessThan(
      tolerance,
    );
}

/** q × q, the coefficients' block. */
function covarianceOf(found: GeneralisedMixedFit): Float64Array {
  const p = found.coefficients.length;
  const q = Math.round(Math.sqrt(found.covariance.length));
  return Float64Array.from({ length: p * p }, (_, e) => found.covariance[Math.floor(e / p) * q + (e % p)]!);
}

const families = ["binomial", "poisson", "negative-binomial", "negative-binomial-1"] as const;

/** Rows of one person share their outcome's only cause, the practice: nothing is left between people. */
function withoutPeople(seed: number, family: MixedFamilyName): NestedRows {
  const rows = nestedRows(seed, family, 24);
  return { ...rows, id: rows.id.map((_, i) => `i${rows.practice[i]}-${i % 3}`) };
}

describe("nested random effects", () => {
  for (const family of families) {
    test(`${family}: with no variance between people, the Laplace approximation of one intercept per practice`, () => {
      const random = ["1 | practice/id"];
      // Some study in which chance leaves people more alike than practices make them.
      let seed = 0;
      let frame = nestedFrame(withoutPeople(seed, family), family, random);
      let nested = fitted(frame, family, random);
      while (!(nested.deviations[1] === 0 && nested.deviations[0]! > 0 && !nested.poissonLimit)) {
        frame = nestedFrame(withoutPeople(++seed, family), family, random);
        nested = fitted(frame, family, random);
      }
      const one = fitGeneralisedMixed(frame, { family, link: linkOf(family), quadrature: 1 });
      expectClose([nested.logLikelihood], [one.logLikelihood], 1e-12, "log-likelihood");
      expectClose(nested.coefficients, one.coefficients, 1e-8, "coefficients");
      expectClose([nested.deviations[0]!], one.deviations, 1e-8, "deviation");
      expectClose(covarianceOf(nested), covarianceOf(one), 1e-7, "covariance");
      expectClose(nested.levels[0]!.modes, one.levels[0]!.modes, 1e-7, "modes");
      expectClose(nested.levels[0]!.conditionalVariances, one.levels[0]!.conditionalVariances, 1e-7, "variances");
      expect(nested.atBoundary).toBe(true);
      const profiles = nestedProfiles(
        maximiseNested(frame, { family, link: linkOf(family), quadrature: 1 }, [parseRandomTerm("1 | practice/id")]),
        0.95,
      );
      expect(profiles[1]![0]!.lower).toBe(0);
    });

    test(`${family}: one level by this path and by that of one intercept`, () => {
      const frame = nestedFrame(nestedRows(5, family, 20), family, ["1 | practice"]);
      const nested = fitted(frame, family, ["1 | practice"]);
      const one = fitGeneralisedMixed(frame, { family, link: linkOf(family), quadrature: 1 });
      expectClose([nested.logLikelihood], [one.logLikelihood], 1e-12, "log-likelihood");
      expectClose(nested.coefficients, one.coefficients, 1e-8, "coefficients");
      expectClose(covarianceOf(nested), covarianceOf(one), 1e-7, "covariance");
      expectClose(nested.information, one.information, 1e-6, "information");
    });

    test(`${family}: the order of rows and the names of groups do not matter`, () => {
      const rows = nestedRows(8, family, 14);
      const random = ["time | practice", "1 | id"];
      const plain = fitted(nestedFrame(rows, family, random), family, random);
      const order = Array.from(rows.y, (_, i) => i);
      randomStream(3).shuffle(order);
      const mixed = Object.fromEntries(
        Object.entries(rows).map(([name, column]) => [
          name,
          order.map((i) => (column as readonly (string | number)[])[i]!),
        ]),
      ) as unknown as NestedRows;
      const renamed = { ...mixed, practice: mixed.practice.map((name) => `${9 - (Number(name.slice(1)) % 7)}${name}`) };
      const other = fitted(nestedFrame(renamed, family, random), family, random);
      expectClose([other.logLikelihood], [plain.logLikelihood], 1e-12, "log-likelihood");
      expectClose(other.coefficients, plain.coefficients, 1e-8, "coefficients");
      expectClose(other.levels[0]!.covariance, plain.levels[0]!.covariance, 1e-7, "covariance of effects");
      expectClose(covarianceOf(other), covarianceOf(plain), 1e-7, "covariance");
    });
  }

  test("a slope in another unit is the same slope", () => {
    const rows = nestedRows(11, "poisson", 16);
    const random = ["time | practice"];
    const plain = fitted(nestedFrame(rows, "poisson", random), "poisson", random);
    const unit = 1e6;
    const scaled = fitted(
      nestedFrame({ ...rows, time: rows.time.map((t) => t * unit) }, "poisson", random),
      "poisson",
      random,
    );
    expectClose([scaled.logLikelihood], [plain.logLikelihood], 1e-12, "log-likelihood");
    const by = [1, 1 / unit, 1 / unit, 1 / unit ** 2];
    expectClose(
      scaled.levels[0]!.covariance.map((v, e) => v / by[e]!),
      plain.levels[0]!.covariance,
      1e-7,
      "covariance",
    );
    expectClose(
      scaled.levels[0]!.modes.map((v, e) => v / by[e % 2]!),
      plain.levels[0]!.modes,
      1e-7,
      "modes",
    );
    const factor = [1, 1, unit, 1, unit, unit];
    const q = 6;
    expectClose(
      scaled.covariance.map((v, e) => v * factor[Math.floor(e / q)]! * factor[e % q]!),
      plain.covariance,
      1e-6,
      "covariance of all",
    );
  });

  test("slopes far from their origin are the same model as slopes about their middle", () => {
    const rows = nestedRows(12, "binomial", 20);
    const random = ["time | practice"];
    const about = (origin: number) => ({ ...rows, time: rows.time.map((t) => t + origin) });
    const near = fitted(nestedFrame(rows, "binomial", random), "binomial", random);
    for (const origin of [9, 40]) {
      // 40 is taken off in the fit, 9 is not.
      const far = fitted(nestedFrame(about(origin), "binomial", random), "binomial", random);
      expectClose([far.logLikelihood], [near.logLikelihood], 1e-11, "log-likelihood");
      const [v, c, , s] = near.levels[0]!.covariance as unknown as [number, number, number, number];
      expectClose(
        far.levels[0]!.covariance,
        [v - 2 * origin * c + origin ** 2 * s, c - origin * s, c - origin * s, s],
        1e-6,
        "covariance of effects",
      );
      // By the chain rule for the root of the covariance, on 2 × 2 matrices: Σ′ = TΣTᵀ and its root's derivative.
      const [far0, near0] = [far.covariance, near.covariance];
      const q = 6;
      expect(Math.abs(far0[(q - 1) * q + q - 1]! - rootVariance(near, origin))).toBeLessThan(
        1e-5 * far0[(q - 1) * q + q - 1]!,
      );
      expectClose([far0[2 * q + 2]!], [near0[2 * q + 2]!], 1e-7, "variance of the slope");
    }
  });

  test("weights count rows", () => {
    for (const family of families) {
      const rows = nestedRows(15, family, 14);
      const random = ["1 | practice/id"];
      const weighted = fitted(
        nestedFrame(rows, family, random, { weights: "w", exposure: family !== "binomial" }),
        family,
        random,
      );
      const index = rows.w.flatMap((w, i) => Array.from({ length: w }, () => i));
      const repeated = Object.fromEntries(
        Object.entries(rows).map(([name, column]) => [
          name,
          index.map((i) => (column as readonly (string | number)[])[i]!),
        ]),
      ) as unknown as NestedRows;
      const long = fitted(nestedFrame(repeated, family, random, { exposure: family !== "binomial" }), family, random);
      expectClose([weighted.logLikelihood], [long.logLikelihood], 1e-12, "log-likelihood");
      expectClose(weighted.coefficients, long.coefficients, 1e-8, "coefficients");
      expectClose(weighted.covariance, long.covariance, 1e-7, "covariance");
    }
  });

  test("scores of the coarsest groups sum to zero; information and covariance are inverse", () => {
    for (const family of families) {
      const random = ["1 | region", "1 | practice", "1 | id"];
      const frame = nestedFrame(nestedRows(21, family, 24, 1.2), family, random);
      const found = fitted(frame, family, random);
      const q = Math.round(Math.sqrt(found.covariance.length));
      const free = Array.from({ length: q }, (_, k) => k).filter((k) => found.covariance[k * q + k]! > 0);
      for (const k of free) {
        let sum = 0;
        for (let j = 0; j < found.levels[0]!.groups; j++) sum += found.scores[j * q + k]!;
        expect(Math.abs(sum) * Math.sqrt(found.covariance[k * q + k]!), `${family} score ${k}`).toBeLessThan(1e-8);
        for (const l of free) {
          const product = free.reduce(
            (total, m) => total + found.information[k * q + m]! * found.covariance[m * q + l]!,
            0,
          );
          const size = Math.sqrt(found.information[k * q + k]! * found.covariance[l * q + l]!);
          expect(Math.abs(product - (k === l ? 1 : 0)) / size).toBeLessThan(1e-8);
        }
      }
    }
  });

  test("a profile interval holds its estimate and grows with its level", () => {
    const random = ["time | practice"];
    const frame = nestedFrame(nestedRows(11, "poisson", 16), "poisson", random);
    const estimate = maximiseNested(
      frame,
      { family: "poisson", link: "log", quadrature: 1 },
      random.map(parseRandomTerm),
    );
    const profiles = nestedProfiles(estimate, 0.95);
    const wide = nestedProfiles(estimate, 0.99);
    profiles[0]!.forEach((interval, effect) => {
      const sd = Math.sqrt(fitted(frame, "poisson", random).levels[0]!.covariance[effect * 3]!);
      expect(interval!.lower).toBeLessThan(sd);
      expect(interval!.upper).toBeGreaterThan(sd);
      expect(wide[0]![effect]!.upper).toBeGreaterThan(interval!.upper);
    });
  });

  test("a slope on a constant, and groups of one yes-or-no row, are refused; counts of one row a group are overdispersion", () => {
    const rows = nestedRows(4, "binomial", 20);
    const still = nestedFrame({ ...rows, time: rows.time.map(() => 0) }, "binomial", ["time | practice"], {
      covariates: ["x"],
    });
    expect(() => fitted(still, "binomial", ["time | practice"])).toThrowError(
      expect.objectContaining({ code: "covariate-constant" }) as unknown as InputProblem,
    );
    const alone = (kind: NestedRows) => ({ ...kind, id: kind.id.map((_, i) => `i${i}`) });
    const random = ["1 | practice/id"];
    expect(() => fitted(nestedFrame(alone(rows), "binomial", random), "binomial", random)).toThrowError(
      expect.objectContaining({ code: "clusters-of-one" }) as unknown as InputProblem,
    );
    const counts = nestedFrame(alone(nestedRows(4, "poisson", 20, 1.5)), "poisson", random);
    const found = fitted(counts, "poisson", random);
    expect(found.deviations[1]).toBeGreaterThan(0.1);
    const plain = fitted(counts, "poisson", ["1 | practice"]);
    expect(found.logLikelihood).toBeGreaterThan(plain.logLikelihood);
  });

  test("crossed groupings are refused by name", () => {
    const rows = nestedRows(2, "binomial", 10);
    const crossed = { ...rows, id: rows.id.map((_, i) => `i${i % 5}`) };
    const frame = nestedFrame(crossed, "binomial", ["1 | practice", "1 | id"]);
    expect(() => fitted(frame, "binomial", ["1 | practice", "1 | id"])).toThrowError(
      expect.objectContaining({ code: "crossed-random-effects" }) as unknown as InputProblem,
    );
    const twice = ["1 | practice", "time | practice"];
    expect(() => fitted(nestedFrame(rows, "binomial", twice), "binomial", twice)).toThrow(InputProblem);
  });
});

/** Variance of the last element of the root about another origin, by differences of its formula. */
function rootVariance(near: GeneralisedMixedFit, origin: number): number {
  const q = 6;
  const [a, b, c] = near.deviations as unknown as [number, number, number];
  const last = (x: number, y: number, z: number) => {
    const v = x * x - 2 * origin * x * y + origin ** 2 * (y * y + z * z);
    return (x * z) / Math.sqrt(v);
  };
  const h = 1e-5;
  const slope = [
    (last(a + h, b, c) - last(a - h, b, c)) / (2 * h),
    (last(a, b + h, c) - last(a, b - h, c)) / (2 * h),
    (last(a, b, c + h) - last(a, b, c - h)) / (2 * h),
  ];
  let value = 0;
  for (let k = 0; k < 3; k++)
    for (let l = 0; l < 3; l++) value += slope[k]! * slope[l]! * near.covariance[(3 + k) * q + 3 + l]!;
  return value;
}
