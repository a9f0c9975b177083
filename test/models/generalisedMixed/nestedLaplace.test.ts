import { describe, expect, test } from "vitest";
import type { LinkName } from "../../../src/models/family/link.ts";
import { jetOf } from "../../../src/models/generalisedMixed/conditionalDensity.ts";
import { densityOf } from "../../../src/models/generalisedMixed/densities.ts";
import type { MixedFamilyName } from "../../../src/models/generalisedMixed/generalisedMixedFit.ts";
import { nestedLaplace } from "../../../src/models/generalisedMixed/nestedLaplace.ts";
import { nestedTree } from "../../../src/models/generalisedMixed/nestedTree.ts";
import { parseRandomTerm } from "../../../src/models/mixed/randomFormula.ts";
import {
  cholesky,
  choleskyInverse,
  choleskyLogDeterminant,
  choleskySolve,
} from "../../../src/numerics/matrix/cholesky.ts";
import { randomStream } from "../../../src/numerics/random/randomStream.ts";
import { nestedFrame, nestedRows } from "./nestedData.ts";

const models: readonly (readonly [MixedFamilyName, LinkName])[] = [
  ["binomial", "logit"],
  ["binomial", "probit"],
  ["binomial", "cloglog"],
  ["poisson", "log"],
  ["negative-binomial", "log"],
  ["negative-binomial-1", "log"],
];

const structures: readonly (readonly string[])[] = [
  ["1 | practice/id"],
  ["time | practice"],
  ["1 | practice", "0 + time | practice"],
  ["time | practice", "1 | id"],
  ["1 | region", "time | practice", "1 | id"],
  ["x + time | practice", "0 + time | id"],
];

function example(seed: number, [family, link]: (typeof models)[number], random: readonly string[]) {
  const frame = nestedFrame(nestedRows(seed, family, 6), family, random, {
    weights: "w",
    exposure: family !== "binomial",
  });
  const tree = nestedTree(frame, family, random.map(parseRandomTerm));
  const density = densityOf(family, link);
  const laplace = nestedLaplace(tree, density);
  const stream = randomStream(seed, 7);
  const point = Float64Array.from({ length: laplace.size }, (_, k) =>
    k < laplace.coefficients ? 0.3 * stream.normal() : 0.5 * stream.normal(),
  );
  return { tree, density, laplace, point };
}

/** The same approximation with matrices over all random effects at once. */
function dense({ tree, density, laplace, point }: ReturnType<typeof example>) {
  const { cells, levels, slopes, width } = tree;
  const { coefficients: p, elements } = laplace;
  const n = cells.events.length;
  const starts: number[] = [];
  let m = 0;
  for (const { effects, original } of levels) {
    starts.push(m);
    m += effects * original.length;
  }
  const a = new Float64Array(n * m);
  const eta0 = new Float64Array(n);
  for (let g = 0; g < cells.clusters; g++) {
    for (let c = cells.starts[g]!; c < cells.starts[g + 1]!; c++) {
      eta0[c] = cells.offset[c]!;
      for (let k = 0; k < p; k++) eta0[c]! += cells.design[c * p + k]! * point[k]!;
      elements.forEach(({ level, row, column }, e) => {
        const { effects, ofFinest, level: random } = levels[level]!;
        const z = random.blocks.flatMap((block) => block.columns)[row]!;
        a[c * m + starts[level]! + ofFinest[g]! * effects + column]! += slopes[c * width + z]! * point[p + e]!;
      });
    }
  }
  const jet = jetOf(n, density.dispersed);
  const logTheta = density.dispersed ? point[laplace.size - 1]! : 0;
  const u = new Float64Array(m);
  // NB1 is not concave, where plain Newton steps may climb the wrong way: for it only the end is checked.
  if (density === densityOf("negative-binomial-1", "log"))
    laplace.modes(point).forEach(({ modes }, l) => {
      u.set(modes, starts[l]!);
    });
  const h = new Float64Array(m * m);
  const step = new Float64Array(m);
  const eta = new Float64Array(n);
  for (let round = 0; round < 60; round++) {
    h.fill(0);
    for (let k = 0; k < m; k++) {
      h[k * m + k] = 1;
      step[k] = -u[k]!;
    }
    for (let c = 0; c < n; c++) {
      eta[c] = eta0[c]!;
      for (let k = 0; k < m; k++) eta[c]! += a[c * m + k]! * u[k]!;
    }
    density.fill("mode", cells, 0, n, eta, logTheta, jet);
    for (let c = 0; c < n; c++)
      for (let k = 0; k < m; k++) {
        step[k]! += a[c * m + k]! * jet.first[c]!;
        for (let l = 0; l < m; l++) h[k * m + l]! -= a[c * m + k]! * a[c * m + l]! * jet.second[c]!;
      }
    expect(cholesky(h, m, h)).toBe(true);
    choleskySolve(h, m, step, step);
    const longest = Math.max(...step.map(Math.abs));
    if (longest < 1e-13) break;
    for (let k = 0; k < m; k++) u[k]! += step[k]! * Math.min(1, 2 / longest);
  }
  let value = choleskyLogDeterminant(h, m) / 2 - density.ofCounts(cells, logTheta)[0];
  for (const effect of u) value += effect ** 2 / 2;
  for (let c = 0; c < n; c++) value -= jet.value[c]!;
  choleskyInverse(h, m, h);
  return { value, u, inverse: h, starts, m };
}

describe("Laplace approximation over a tree of groups", () => {
  for (const model of models) {
    for (const [s, random] of structures.entries()) {
      test(`${model.join(" ")} ${random.join(" + ")}: value, modes and variances of dense matrices; gradient of differences`, () => {
        const made = example(31 + s, model, random);
        const { laplace, point, tree } = made;
        const gradient = new Float64Array(laplace.size);
        const scores = new Float64Array(tree.levels[0]!.original.length * laplace.size);
        const value = laplace.minus(point, gradient, scores);
        const brute = dense(made);
        expect(Math.abs(value - brute.value)).toBeLessThan(1e-11 * (1 + Math.abs(value)));
        laplace.modes(point).forEach(({ modes, variances }, l) => {
          const r = tree.levels[l]!.effects;
          modes.forEach((mode, k) => {
            expect(Math.abs(mode - brute.u[brute.starts[l]! + k]!)).toBeLessThan(1e-10);
          });
          variances.forEach((variance, e) => {
            const g = Math.floor(e / (r * r));
            const [row, column] = [Math.floor(e / r) % r, e % r];
            const at = brute.starts[l]! + g * r;
            expect(Math.abs(variance - brute.inverse[(at + row) * brute.m + at + column]!)).toBeLessThan(1e-10);
          });
        });
        const moved = point.slice();
        for (let k = 0; k < laplace.size; k++) {
          const central = (h: number) => {
            moved[k] = point[k]! + h;
            const up = laplace.minus(moved, null);
            moved[k] = point[k]! - h;
            const down = laplace.minus(moved, null);
            moved[k] = point[k]!;
            return (up - down) / (2 * h);
          };
          const slope = (4 * central(1e-3) - central(2e-3)) / 3;
          expect(Math.abs(gradient[k]! - slope), `parameter ${k}`).toBeLessThan(1e-7 * (1 + Math.abs(slope)));
          let sum = 0;
          for (let j = 0; j < tree.levels[0]!.original.length; j++) sum += scores[j * laplace.size + k]!;
          expect(Math.abs(sum + gradient[k]!)).toBeLessThan(1e-9 * (1 + Math.abs(sum)));
        }
      });
    }
  }
});
