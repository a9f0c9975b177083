import { describe, expect, it } from "vitest";
import type { Analysis } from "../../../src/contract/analysis.ts";
import { cellOf } from "../../../src/data/missing/imputationVariables.ts";
import type { Roles } from "../../../src/data/roles.ts";
import { type Cell, tableFromColumns } from "../../../src/data/tableFromColumns.ts";
import { runReplicates } from "../../../src/inference/replicates/replicates.ts";
import { randomStream } from "../../../src/numerics/random/randomStream.ts";
import { analyse } from "../../../src/published/analyse.ts";
import { prepareImputation } from "../../../src/trial/missing/imputation.ts";
import type { ImputationPlan } from "../../../src/trial/missing/missingPlan.ts";

type Columns = Record<string, Cell[]>;

/** A trial of 12 practices with an outcome, a baseline, an amount and a yes-or-no variable, all partly missing. */
function trial(): Columns {
  const stream = randomStream(31);
  const columns: Columns = { practice: [], arm: [], age: [], baseline: [], score: [], cost: [], better: [] };
  for (let j = 0; j < 12; j++) {
    const u = 0.4 * stream.normal();
    for (let i = 0; i < 12 + (j % 4); i++) {
      const age = Math.round(50 + 10 * stream.normal());
      const baseline = 0.03 * (age - 50) + stream.normal();
      const score = 0.6 * baseline + 0.5 * (j % 2) + u + stream.normal();
      const gone = stream.uniform() < 1 / (1 + Math.exp(1.2 + baseline));
      columns["practice"]!.push(`p${j}`);
      columns["arm"]!.push(j % 2 === 1 ? "intervention" : "control");
      columns["age"]!.push(age);
      columns["baseline"]!.push(stream.uniform() < 0.08 ? null : baseline);
      columns["score"]!.push(gone ? null : score);
      columns["cost"]!.push(gone && stream.uniform() < 0.6 ? null : Math.exp(5 - 0.3 * score + stream.normal()));
      columns["better"]!.push(gone ? null : score + stream.normal() > 0 ? "yes" : "no");
    }
  }
  return columns;
}

const imputation = { imputations: 10, iterations: 60 };
const analysisOf = (columns: Columns, asked: object, trialPlan: object = {}): Analysis => {
  const [analysis] = analyse({
    data: tableFromColumns(columns),
    trial: { cluster: "practice", arm: "arm", ...trialPlan },
    analyses: [
      { id: "a", outcome: "score", covariates: ["baseline", "age"], method: "cluster-robust", ...asked } as never,
    ],
  }).analyses;
  if (analysis!.problem !== null) throw new Error(analysis!.problem.message);
  return analysis! as Analysis;
};
const effectOf = ({ estimates }: Analysis) => estimates[0]!;
const mapRows = (columns: Columns, order: readonly number[]): Columns =>
  Object.fromEntries(Object.entries(columns).map(([name, cells]) => [name, order.map((i) => cells[i]!)]));

const settings: ImputationPlan = {
  method: "multiple-imputation",
  ...imputation,
  auxiliary: ["cost", "better"],
  scales: { cost: "log" },
  byArm: true,
  assumption: "missing-at-random",
  priorIcc: 0.05,
};
const roles: Roles = {
  outcome: "score",
  outcomeKinds: ["continuous"],
  cluster: "practice",
  arm: "arm",
  covariates: ["baseline", "age"],
};

describe("completed tables", () => {
  const columns = trial();
  const table = tableFromColumns(columns);
  const prepared = prepareImputation(table, roles, settings, 1);
  const numbers = runReplicates(prepared.replicates);

  it("miss nothing that was to be imputed, in any arm, and leave known values as they were", () => {
    for (const k of [0, 9]) {
      const completed = prepared.complete(numbers, k);
      for (const name of ["baseline", "score", "cost", "better"]) {
        const before = table.columns.get(name)!;
        const after = completed.columns.get(name)!;
        for (let row = 0; row < table.rows; row++) {
          const known = cellOf(before, row);
          if (known === null) expect(cellOf(after, row)).not.toBeNull();
          else expect(cellOf(after, row)).toBe(known);
        }
      }
      const cost = completed.columns.get("cost")!;
      if (cost.kind === "number") expect(Math.min(...cost.values)).toBeGreaterThan(0);
    }
  });

  it("come in portions as they come at once", () => {
    const { count, width } = prepared.replicates;
    const portion = new Float64Array(3 * width);
    prepared.replicates.run(4, 7, portion);
    expect(portion).toEqual(numbers.slice(4 * width, 7 * width));
    expect(count).toBe(10);
  });

  it("differ from one imputation to the next", () => {
    const score = (k: number) => prepared.complete(numbers, k).columns.get("score");
    expect(score(0)).not.toEqual(score(1));
  });
});

describe("an imputed analysis", () => {
  const columns = trial();
  const asked = { imputation: { ...imputation, auxiliary: ["cost", "better"], scales: { cost: "log" } } };
  const base = analysisOf(columns, asked);

  it("analyses every row and says how many values were imputed", () => {
    expect(base.sample.rows).toBe(columns["score"]!.length);
    expect(base.sample.excluded).toEqual([]);
    const missing = columns["score"]!.filter((cell, i) => cell === null && columns["arm"]![i] === "control").length;
    const said = base.notices.find(
      ({ code, facts }) => code === "imputed" && facts["variable"] === "score" && facts["arm"] === "control",
    );
    expect(said?.facts["imputed"]).toBe(missing);
    expect(base.notices.some(({ code }) => code === "missing-information")).toBe(true);
  });

  it("does not depend on the order of rows, to the last bit", () => {
    const order = columns["score"]!.map((_, i) => i);
    randomStream(2).shuffle(order);
    expect(effectOf(analysisOf(mapRows(columns, order), asked)).value).toBeCloseTo(effectOf(base).value, 12);
    const table = (each: Columns) => {
      const prepared = prepareImputation(tableFromColumns(each), roles, settings, 1);
      const { width } = prepared.replicates;
      return [...runReplicates(prepared.replicates).slice(0, width)];
    };
    expect(table(mapRows(columns, order))).toEqual(table(columns));
  });

  it("changes sign alone when the control is swapped", () => {
    const swapped = analysisOf(columns, asked, { control: "intervention" });
    expect(effectOf(swapped).value).toBeCloseTo(-effectOf(base).value, 10);
    expect(effectOf(swapped).working!.standardError).toBeCloseTo(effectOf(base).working!.standardError, 10);
  });

  it("follows the unit of its outcome", () => {
    const scaled = {
      ...columns,
      score: columns["score"]!.map((cell) => (cell === null ? null : 1000 + 50 * (cell as number))),
    };
    const found = effectOf(analysisOf(scaled, asked));
    expect(found.value / 50).toBeCloseTo(effectOf(base).value, 8);
    expect(found.test!.pValue).toBeCloseTo(effectOf(base).test!.pValue, 8);
  });

  it("is the analysis itself when nothing is missing", () => {
    const full = { ...columns, score: columns["age"]!.map((age, i) => (age as number) + i / 10) };
    const covariates = { covariates: ["age"] };
    const plain = analysisOf(full, covariates);
    const imputed = analysisOf(full, { ...covariates, imputation });
    expect(imputed.estimates).toEqual(plain.estimates);
    expect(imputed.notices.map(({ code }) => code)).toContain("nothing-missing");
  });

  it("depends on the seed and on nothing else", () => {
    expect(analysisOf(columns, asked)).toEqual(base);
    const [other] = analyse({
      data: tableFromColumns(columns),
      trial: { cluster: "practice", arm: "arm" },
      seed: 2,
      analyses: [
        { id: "a", outcome: "score", covariates: ["baseline", "age"], method: "cluster-robust", ...asked } as never,
      ],
    }).analyses;
    expect(other!.estimates![0]!.value).not.toBe(effectOf(base).value);
    expect(other!.provenance!.dataFingerprint).toBe(base.provenance.dataFingerprint);
  });

  it.each([
    ["linear-mixed-model", {}],
    ["gee", {}],
    ["cluster-summary", {}],
    ["standardisation", {}],
  ])("is made by %s as well", (method, options) => {
    const found = analysisOf(columns, { method, options, imputation });
    expect(found.sample.excluded).toEqual([]);
    expect(effectOf(found).interval!.method).toBe("rubin-t");
    expect(effectOf(found).value).toBeGreaterThan(-0.5);
    expect(effectOf(found).value).toBeLessThan(1.5);
  });

  it.each(["gee", "generalised-linear-mixed-model", "cluster-robust"])(
    "is made of a yes-or-no outcome by %s",
    (method) => {
      const found = analysisOf(columns, {
        method,
        outcome: { name: "better", event: "yes" },
        covariates: ["age"],
        imputation,
      });
      const { quantity, value, working } = effectOf(found);
      expect(quantity.measure).toBe("odds-ratio");
      expect(Math.log(value)).toBeCloseTo(working!.value, 12);
      expect(found.sample.byArm.every(({ participants, events }) => events! > 0 && events! < participants)).toBe(true);
    },
  );

  it("may be made in one model for all arms", () => {
    const found = analysisOf(columns, { imputation: { ...imputation, byArm: false } });
    expect(found.notices.filter(({ code, facts }) => code === "imputed" && facts["variable"] === "score")).toHaveLength(
      1,
    );
    expect(Math.abs(effectOf(found).value - effectOf(base).value)).toBeLessThan(0.3);
  });
});

describe("departures from missing at random", () => {
  const columns = trial();
  const share =
    columns["score"]!.filter((cell, i) => cell === null && columns["arm"]![i] === "intervention").length /
    columns["arm"]!.filter((arm) => arm === "intervention").length;
  const plain = { covariates: [], imputation };

  it("shift an unadjusted effect by the shift times the share of missing values, for each of a list", () => {
    const base = effectOf(analysisOf(columns, plain)).value;
    const { analyses } = analyse({
      data: tableFromColumns(columns),
      trial: { cluster: "practice", arm: "arm" },
      analyses: [
        {
          id: "tipping",
          outcome: "score",
          method: "cluster-robust",
          imputation: { ...imputation, delta: [0, -0.5, -1].map((score) => ({ intervention: { score } })) },
        },
      ],
    });
    expect(analyses.map(({ id }) => id)).toEqual(["tipping-delta-1", "tipping-delta-2", "tipping-delta-3"]);
    analyses.forEach((analysis, k) => {
      expect(analysis.estimates![0]!.value).toBeCloseTo(base - 0.5 * k * share, 10);
    });
  });

  it("as shares multiply imputed amounts", () => {
    const amount = { outcome: "cost", covariates: [] };
    const scales = { cost: "log" };
    const base = analysisOf(columns, { ...amount, imputation: { ...imputation, scales } });
    const more = analysisOf(columns, {
      ...amount,
      imputation: { ...imputation, scales, delta: { control: { cost: "+100%" } } },
    });
    const control = columns["cost"]!.flatMap((cell, i) =>
      columns["arm"]![i] === "control" ? [cell as number | null] : [],
    );
    const known = control.reduce((sum: number, cell) => sum + (cell ?? 0), 0) / control.length;
    const [before, after] = [base, more].map((each) => each.sample.byArm[0]!.mean);
    expect(after! - known).toBeCloseTo(2 * (before! - known), 6);
    expect(more.notices.some(({ code }) => code === "delta-shifted")).toBe(true);
  });

  it("jumping to the reference takes about the share of missing values off the effect", () => {
    // No clustering to speak of, a large effect, 40 % missing in the intervention arm and none in control.
    const stream = randomStream(4);
    const made: Columns = { practice: [], arm: [], score: [] };
    for (let i = 0; i < 1200; i++) {
      const treated = i % 2 === 1;
      made["practice"]!.push(i % 24);
      made["arm"]!.push(treated ? 1 : 0);
      made["score"]!.push(treated && i % 5 < 2 ? null : 10 * (treated ? 1 : 0) + stream.normal());
    }
    const at = { covariates: [], imputation: { imputations: 20, iterations: 40 } };
    expect(effectOf(analysisOf(made, at)).value).toBeCloseTo(10, 0);
    const jumped = analysisOf(made, { ...at, imputation: { ...at.imputation, assumption: "jump-to-reference" } });
    expect(Math.abs(effectOf(jumped).value - 6)).toBeLessThan(0.25);
    expect(jumped.notices.find(({ code }) => code === "jumped-to-reference")?.facts["reference"]).toBe("0");
  });
});

describe("an intracluster correlation", () => {
  it("is pooled on its own z, whose origin depends on the cluster size", () => {
    const columns = trial();
    const found = analysisOf(columns, { method: "icc", options: { interval: "fisher" }, covariates: [], imputation });
    const plain = analysisOf(columns, { method: "icc", options: { interval: "fisher" }, covariates: [] });
    expect(Math.abs(effectOf(found).value - effectOf(plain).value)).toBeLessThan(0.1);
    expect(effectOf(found).interval!.lower).toBeLessThan(effectOf(found).value);
    expect(effectOf(found).test).toBeNull();
    expect(Math.abs(found.icc!.value - effectOf(found).value)).toBeLessThan(0.02);
  });
});
