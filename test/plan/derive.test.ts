import { describe, expect, test } from "vitest";
import { tableFromRows } from "../../src/data/tableFromColumns.ts";
import { deriveColumns } from "../../src/plan/deriveColumns.ts";
import { parseScript } from "../../src/plan/parsePlan.ts";
import { runPlan } from "../../src/plan/runPlan.ts";
import { refusal } from "../support/refusal.ts";

const rows = Array.from({ length: 24 }, (_, i) => ({
  id: `p${i}`,
  practice: `practice ${i % 6}`,
  arm: i % 6 < 3 ? "usual" : "new",
  gp: (i * 7) % 5,
  nurse: i === 4 ? null : (i * 5) % 3,
  eq5d_0: 0.5 + ((i * 3) % 7) / 20,
  eq5d_12: i === 5 ? null : 0.4 + ((i * 11) % 9) / 20,
  list: 1000 + (i % 6),
}));
const table = tableFromRows(rows, { source: "trial.csv" });
const trial = { cluster: "practice", arm: "arm", control: "usual" };
const cost = {
  resources: { gp: { price: 36, year: 2021 }, nurse: { price: 10, year: 2021 } },
  intervention: { training: { arm: "new", perCluster: 500, year: 2021 } },
};
const qaly = { utilities: ["eq5d_0", "eq5d_12"], times: [0, 12], unit: "months" };
const plan = (derive: object, analysis: object = {}, change: object = {}) =>
  parseScript({
    trial,
    derive,
    analyses: [{ outcome: Object.keys(derive)[0] ?? "gp", method: "cluster-robust", ...analysis }],
    ...change,
  });
const run = (...asked: Parameters<typeof plan>) => runPlan(plan(...asked), table).analyses[0]!;
const refuse = (derive: object, data = table, change: object = {}) => {
  const parsed = plan(derive, {}, change);
  return refusal(() => deriveColumns(parsed, data));
};

describe("a derived column", () => {
  test("is an outcome like any other, with what was missing as the reason", () => {
    const analysis = run({ total: cost });
    expect(analysis.sample).toMatchObject({
      participants: 23,
      excluded: [{ reason: "missing nurse", arm: "new", rows: 1 }],
    });
    // Practices of four share 500 each, so that the intervention costs 125 a participant.
    const usual = rows.map(({ gp, nurse }) => 36 * gp + 10 * (nurse ?? 0));
    const mean = (arm: string, extra: number) => {
      const own = rows.flatMap((row, i) => (row.arm === arm && row.nurse !== null ? [usual[i]! + extra] : []));
      return own.reduce((sum, each) => sum + each, 0) / own.length;
    };
    expect(analysis.estimates![0]!.value).toBeCloseTo(mean("new", 125) - mean("usual", 0), 10);
    expect(analysis.provenance!.plan).toMatchObject({
      derive: { total: cost.resources === undefined ? {} : { resources: { gp: { price: 36, year: "2021" } } } },
    });
  });

  test("may be a covariate, and be derived from one before it", () => {
    const analysis = run(
      { care: { resources: cost.resources }, total: { resources: { care: { price: 1 } } } },
      { outcome: "eq5d_12", covariates: ["total"] },
    );
    expect(analysis.sample!.excluded.map(({ reason }) => reason)).toEqual(["missing outcome", "missing care"]);
  });

  test("of QALYs asks for the utility at baseline among the covariates", () => {
    const codes = (analysis: object) => run({ qalys: qaly }, analysis).notices!.map(({ code }) => code);
    expect(codes({})).toContain("qalys-without-baseline");
    expect(codes({ covariates: ["eq5d_0"] })).not.toContain("qalys-without-baseline");
    expect(codes({ outcome: "gp" })).not.toContain("qalys-without-baseline");
  });

  test("serves cost-effectiveness, whose effect is adjusted on its own", () => {
    const ask = (covariates: object) =>
      runPlan(
        parseScript({
          trial,
          derive: { total: cost, qalys: qaly },
          analyses: [
            {
              method: "cost-effectiveness",
              options: { cost: "total", effect: "qalys", estimator: "sur", covariates },
            },
          ],
        }),
        table,
      ).analyses[0]!;
    const plain = ask({});
    expect(plain.problem).toBeNull();
    expect(plain.sample!.excluded.map(({ reason }) => reason).sort()).toEqual(["missing eq5d_12", "missing nurse"]);
    expect(plain.notices!.map(({ code }) => code)).toContain("qalys-without-baseline");
    expect(ask({ effect: ["eq5d_0"] }).notices!.map(({ code }) => code)).not.toContain("qalys-without-baseline");
  });

  test("is the same wherever the rows stand", () => {
    const shuffled = tableFromRows([...rows].reverse(), { source: "trial.csv" });
    const asked = plan({ total: cost, qalys: qaly });
    const forwards = deriveColumns(asked, table);
    const backwards = deriveColumns(asked, shuffled);
    for (const name of ["total", "qalys"]) {
      const values = (found: typeof forwards) => {
        const column = found.table.columns.get(name)!;
        return column.kind === "number" ? [...column.values] : [];
      };
      expect(values(backwards).reverse()).toEqual(values(forwards));
    }
    expect(backwards.derived.map(({ kind, arms }) => [kind, arms.map(({ arm }) => arm)])).toEqual([
      ["costs", ["new", "usual"]],
      ["qalys", ["new", "usual"]],
    ]);
  });

  test("leaves rows of participants out of what is reported", () => {
    const use = {
      data: rows.slice(0, 3).map(({ id }) => ({ id, item: "gp" })),
      participant: "id",
      item: "item",
      absent: "zero",
    };
    const analysis = run({ total: { resources: { gp: { price: 36 } }, use } }, { outcome: "gp" });
    expect(JSON.stringify(analysis.provenance)).toContain('"data":"3 rows"');
    expect(JSON.stringify(analysis.provenance)).not.toContain('"p0"');
  });

  test("has participants' own times said in a notice when follow-up differs", () => {
    const own = tableFromRows(rows.map((row, i) => ({ ...row, t: 11.5 + (i % 3) / 4 })));
    const asked = plan({ qalys: { ...qaly, times: [0, "t"] } }, { covariates: ["eq5d_0"] });
    expect(runPlan(asked, own).analyses[0]!.notices!.map(({ message }) => message)).toContain(
      'The QALYs "qalys" of those who lived cover 0.9583 to 1 years, each participant\'s own; state until to end them all at one time',
    );
  });
});

test("a list of uses takes its year of follow-up from the item, or from a column", () => {
  const rowsOfUse = [{ id: "p0", item: "visit", y: 2 }];
  const use = { data: rowsOfUse, participant: "id", item: "item", absent: "zero" };
  const first = (resource: object, inUse: object) => {
    const found = deriveColumns(
      plan({ total: { resources: { visit: { price: 30, ...resource } }, use: { ...use, ...inUse }, discount: 0.5 } }),
      table,
    );
    const column = found.table.columns.get("total")!;
    return column.kind === "number" ? column.values[0] : null;
  };
  expect(first({}, {})).toBe(30);
  expect(first({ followUpYear: 2 }, {})).toBe(20);
  expect(first({}, { followUpYear: "y" })).toBe(20);
  expect(refusal(() => first({ followUpYear: 2 }, { followUpYear: "y" })).code).toBe("years-twice");
});

describe("a plan that cannot be derived from", () => {
  test.each<[object, string, string]>([
    [
      { gp: cost },
      "derived-column-exists",
      'derive.gp: trial.csv has a column "gp" already; give the derived column another name',
    ],
    [
      { total: {} },
      "derived-from-nothing",
      "derive.total adds up nothing; name the resources that were used, or the costs of the intervention",
    ],
    [
      { total: { resources: { gpp: { price: 1 } } } },
      "unknown-column",
      'derive.total.resources.gpp: trial.csv has no column "gpp"; did you mean "gp"?',
    ],
    [
      { total: { resources: { visits: { columns: ["gp", "nurce"], price: 1 } } } },
      "unknown-column",
      'derive.total.resources.visits.columns[1]: trial.csv has no column "nurce"; did you mean "nurse"?',
    ],
    [
      { total: { resources: { gp: {} } } },
      "missing-key",
      "derive.total.resources.gp.price is missing; it must be the price of one unit, a number from 0 (or give a list of prices)",
    ],
    [
      { total: { resources: ["gp", "nurse"], prices: [{ item: "gp", price: 3 }] } },
      "price-missing",
      'derive.total.prices has no price for "nurse"; give its price',
    ],
    [
      { total: { resources: { visits: { columns: ["gp", "nurse"], followUpYear: [1], price: 1 } } } },
      "resource-columns",
      "derive.total.resources.visits has 2 columns and 1 years of follow-up; give one year for each column, or one for all",
    ],
    [
      { total: { resources: ["gp"], prices: "prices.csv" } },
      "table-not-read",
      'derive.total.prices names the file "prices.csv", which only the command line reads; in a script give its rows, one object each',
    ],
    [
      { total: { intervention: { training: { arm: "new", perCluster: 3, perArm: 4 } } } },
      "cost-basis",
      "derive.total.intervention.training needs exactly one of perCluster, perArm and perParticipant, and has perCluster and perArm",
    ],
    [
      { total: { intervention: { pack: { arm: "new", perParticipant: 3, over: "participants" } } } },
      "cost-not-shared",
      "derive.total.intervention.pack has over, which means nothing to a cost per participant; leave it out",
    ],
    [
      { total: { intervention: { manual: { arm: "new", perArm: 3, among: "arm" } } } },
      "cost-not-shared",
      "derive.total.intervention.manual has among, which means nothing to a cost per arm; leave it out",
    ],
    [
      { total: { intervention: { manual: { arm: "newer", perArm: 3 } } } },
      "unknown-level",
      'Column "arm" has no value "newer" to bear the cost of the intervention; it has "new", "usual"; did you mean "new"?',
    ],
    [
      { total: { intervention: { training: { arm: "new", perCluster: "gp" } } } },
      "cluster-cost-varies",
      'trial.csv row 10, column "gp": cluster "practice 3" has 3 here and 1 before; a figure of the cluster is the same in all its rows, so correct the row',
    ],
    [
      { total: { intervention: { training: { arm: "new", perCluster: 9, over: { column: "nothing" } } } } },
      "patients-invalid",
      'trial.csv row 4, column "nothing": the cost of cluster "practice 3" is to be shared among 0 patients; correct the number, which must be above 0',
    ],
    [
      { total: { intervention: { training: { arm: "new", perCluster: "minus" } } } },
      "cluster-figure-negative",
      'trial.csv row 4, column "minus": -5 for cluster "practice 3" is below 0; correct it, or leave the cell empty when it is not known',
    ],
    [
      {
        total: {
          intervention: {
            a: { arm: "new", perArm: 3, currency: "EUR" },
            b: { arm: "new", perArm: 3, currency: "GBP" },
          },
        },
      },
      "currencies-differ",
      '"b" is priced in GBP and "a" in EUR; amounts in two currencies cannot be added, so convert the prices first',
    ],
    [
      {
        total: {
          resources: { gp: { price: 36 }, nurse: { price: 10 } },
          use: { data: [{ id: "p0", item: "gp" }], participant: "id", item: "item", absent: "zero" },
        },
      },
      "item-in-data",
      'derive.total.resources.nurse: the list of uses never names "nurse", and trial.csv has a column of that name; state columns: [nurse] to count units there',
    ],
    [
      { qalys: { utilities: ["eq5d_0", "eq5d_6"], times: [0, 1] } },
      "unknown-column",
      'derive.qalys.utilities[1]: trial.csv has no column "eq5d_6"; did you mean "eq5d_0"?',
    ],
    [
      { qalys: { utilities: ["eq5d_0", "eq5d_12"], times: [0, "id"] } },
      "not-a-number",
      'trial.csv row 1, column "id": "p0" is not a number, but the column is used as a time; correct the cell, or add it to missingCodes',
    ],
    [
      { qalys: { ...qaly, utilities: ["eq5d_0", "gp"] } },
      "utility-out-of-range",
      'trial.csv row 2, column "gp": a utility of 2; utilities lie between −1 and 1 (full health), so correct the cell, divide a scale of 0 to 100 by 100, or leave the cell empty',
    ],
  ])("%j: %s", (derive, code, message) => {
    const odd = tableFromRows(
      rows.map((row) => ({ ...row, nothing: 0, minus: -5 })),
      { source: "trial.csv" },
    );
    expect(refuse(derive, odd)).toEqual({ code, message });
  });

  test("needs an arm for the intervention, and one row per participant", () => {
    const derive = { total: { intervention: { pack: { arm: "new", perParticipant: 3 } } } };
    expect(refuse(derive, table, { trial: { cluster: "practice" } }).code).toBe("costs-need-arm");
    const twice = tableFromRows([...rows, rows[0]!]);
    expect(refuse(derive, twice, { trial: { ...trial, participant: "id" } })).toMatchObject({
      code: "participant-repeated",
      message: expect.stringContaining('data row 25, column "id": participant "p0" has a row before this one'),
    });
  });

  test.each<[object, string]>([
    [{ total: { resources: { gp: { price: -3 } } } }, "derive.total.resources.gp.price is -3, but must be at least 0"],
    [{ total: { resorces: { gp: { price: 3 } } } }, 'derive.total has no key "resorces"; did you mean "resources"?'],
    [{ qalys: { ...qaly, deth: "died" } }, 'derive.qalys has no key "deth"; did you mean "death"?'],
    [{ qalys: { ...qaly, discount: 1.5 } }, "derive.qalys.discount is 1.5, but must be less than 1"],
    [{ qalys: { utilities: ["eq5d_0", "eq5d_12"] } }, "derive.qalys.times is missing; it must be a list"],
    [{ total: { ...cost, discount: -0.1 } }, "derive.total.discount is -0.1, but must be at least 0"],
    [{ total: { ...cost, index: { 2021: 0 } } }, "derive.total.index.2021 is 0, but must be more than 0"],
  ])("%j: %s", (derive, message) => {
    expect(refusal(() => plan(derive)).message).toBe(message);
  });
});
