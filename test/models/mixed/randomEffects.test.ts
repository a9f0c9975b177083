import { describe, expect, test } from "vitest";
import { buildFrame } from "../../../src/data/buildFrame.ts";
import { tableFromColumns } from "../../../src/data/tableFromColumns.ts";
import { fitMixedModel } from "../../../src/models/mixed/fitMixedModel.ts";
import { mixedStructureOf } from "../../../src/models/mixed/mixedStructureOf.ts";
import { randomEffects } from "../../../src/models/mixed/randomEffects.ts";
import { expandRandomTerm, parseRandomTerm } from "../../../src/models/mixed/randomFormula.ts";
import { multiply, multiplyTransposed } from "../../../src/numerics/matrix/product.ts";
import { pseudoInverse } from "../../../src/numerics/matrix/pseudoInverse.ts";
import { randomStream } from "../../../src/numerics/random/randomStream.ts";

/** Regions of practices of patients seen several times. */
const data = (() => {
  const stream = randomStream(77);
  const columns = {
    region: [] as string[],
    practice: [] as number[],
    id: [] as number[],
    time: [] as number[],
    y: [] as number[],
  };
  let practice = 0;
  let id = 0;
  for (let region = 0; region < 6; region++) {
    const ofRegion = stream.normal();
    for (let k = 0; k < 2 + (region % 3); k++, practice++) {
      const ofPractice = stream.normal();
      const slope = 0.5 * stream.normal();
      for (let i = 0; i < 2 + (k % 3); i++, id++) {
        const own = 2 * stream.normal();
        for (let visit = 0; visit < 2 + ((i + k) % 3); visit++) {
          columns.region.push(`r${region}`);
          columns.practice.push(practice);
          columns.id.push(id);
          columns.time.push(visit);
          columns.y.push(5 + ofRegion + ofPractice + own + slope * visit + stream.normal());
        }
      }
    }
  }
  return columns;
})();

describe("predicted random effects equal ΨZᵀV⁻¹(y − Xβ̂) and Ψ − ΨZᵀV⁻¹ZΨ with n × n matrices", () => {
  test.each([
    ["one level", ["1 | practice"]],
    ["a slope", ["time | practice"]],
    ["two levels", ["1 | practice/id"]],
    ["three levels, a slope in the middle", ["1 | region", "time | practice", "1 | id"]],
  ])("%s", (_, random) => {
    const terms = random.map(parseRandomTerm);
    const frame = buildFrame(tableFromColumns(data), {
      outcome: "y",
      cluster: "practice",
      covariates: ["time"],
      extraColumns: ["time"],
      groupings: terms.flatMap(expandRandomTerm).map((term) => term.path),
    });
    const structure = mixedStructureOf(frame, terms);
    const fit = fitMixedModel(structure, { estimation: "reml", covariance: "bounded" });
    const n = frame.rows;
    const shift = structure.moments.shift;
    const e = Float64Array.from(
      data.y,
      (y, i) => y - shift.at(-1)! - fit.algebra.beta[0]! - fit.algebra.beta[1]! * (data.time[i]! - shift[1]!),
    );
    // Z of every level side by side, and the covariance of all effects.
    const columns: { level: number; group: number; position: number; z: Float64Array }[] = [];
    structure.levels.forEach((level, l) => {
      const grouping = level.name === "practice" ? frame.cluster : frame.extraGroupings.get(level.name)!;
      level.blocks
        .flatMap((block) => block.terms)
        .forEach((term, position) => {
          for (let group = 0; group < level.groups; group++) {
            const z = Float64Array.from(grouping.codes, (code, i) =>
              code === group ? (term === "intercept" ? 1 : data.time[i]!) : 0,
            );
            columns.push({ level: l, group, position, z });
          }
        });
    });
    const m = columns.length;
    const z = Float64Array.from({ length: n * m }, (_unused, k) => columns[k % m]!.z[Math.floor(k / m)]!);
    const psi = Float64Array.from({ length: m * m }, (_unused, k) => {
      const a = columns[Math.floor(k / m)]!;
      const b = columns[k % m]!;
      const matrix = fit.covariances[a.level]!;
      return a.level === b.level && a.group === b.group
        ? matrix[a.position * Math.sqrt(matrix.length) + b.position]!
        : 0;
    });
    const zPsi = new Float64Array(n * m);
    multiply(z, psi, n, m, m, zPsi);
    const v = new Float64Array(n * n);
    for (let i = 0; i < n; i++) {
      for (let k = 0; k < n; k++) {
        v[i * n + k] = i === k ? fit.residualVariance : 0;
        for (let c = 0; c < m; c++) v[i * n + k]! += zPsi[i * m + c]! * z[k * m + c]!;
      }
    }
    const inverse = pseudoInverse(v, n, n);
    const weighted = new Float64Array(n);
    multiply(inverse, e, n, n, 1, weighted);
    const predicted = new Float64Array(m);
    multiplyTransposed(zPsi, weighted, m, n, 1, predicted);
    const half = new Float64Array(n * m);
    multiply(inverse, zPsi, n, n, m, half);
    const explained = new Float64Array(m * m);
    multiplyTransposed(zPsi, half, m, n, m, explained);

    const ours = randomEffects(fit);
    columns.forEach(({ level, group, position }, a) => {
      const { effects: r, values, conditionalVariances } = ours[level]!;
      expect(values[group * r + position]).toBeCloseTo(predicted[a]!, 8);
      expect(conditionalVariances[(group * r + position) * r + position]).toBeCloseTo(
        psi[a * m + a]! - explained[a * m + a]!,
        8,
      );
    });
  });
});
