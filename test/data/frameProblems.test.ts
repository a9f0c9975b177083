import { describe, expect, test } from "vitest";
import { buildFrame } from "../../src/data/buildFrame.ts";
import { readCsvText } from "../../src/data/readCsv.ts";
import type { Roles } from "../../src/data/roles.ts";
import { tableFromColumns, tableFromRows } from "../../src/data/tableFromColumns.ts";
import { caught } from "./caught.ts";

/** Twelve rows, four practices in two pairs; rows begin on line 2. */
const rows = Array.from({ length: 12 }, (_, i) => {
  const practice = (i % 4) + 1;
  return {
    practice,
    arm: practice % 2 === 0 ? "intervention" : "control",
    region: practice <= 2 ? "north" : "south",
    pair: practice <= 2 ? "p1" : "p2",
    age: 30 + ((i * 7) % 12),
    y: 5 + ((i * 5) % 7),
    won: i % 3 === 0 ? "yes" : "no",
    d: i % 4,
    n: 10,
    w: 1,
  };
});
type Row = (typeof rows)[number];
type Change = Partial<Record<keyof Row, string | number>>;

/** The CSV file with cells of some lines changed. */
const file = (changes: Readonly<Record<number, Change>> = {}) => {
  const names = Object.keys(rows[0]!) as (keyof Row)[];
  const line = (row: Row, i: number) => names.map((name) => `"${{ ...row, ...changes[i + 2] }[name]}"`).join(",");
  return readCsvText([names.join(","), ...rows.map(line)].join("\n"), { source: "trial.csv" });
};
const everywhere = (change: Change) => file(Object.fromEntries(rows.map((_, i) => [i + 2, change])));

const base: Roles = { outcome: "y", cluster: "practice", arm: "arm" };
const problem = (roles: Partial<Roles>, table = file()) => caught(() => buildFrame(table, { ...base, ...roles }));
const input = (code: string, message: string) => ({ kind: "input", code, message });
const design = (code: string, message: string) => ({ kind: "design", code, message });

test("the table of these tests has nothing wrong", () => {
  const frame = buildFrame(file(), {
    ...base,
    covariates: ["age", "region"],
    strata: ["region"],
    pairs: "pair",
    weights: "w",
    outcomeKinds: ["continuous"],
  });
  expect([frame.rows, frame.cluster.labels.length, frame.excluded.length]).toEqual([12, 4, 0]);
});

describe("columns", () => {
  test.each<[string, Partial<Roles>, string, string | null]>([
    ["outcome", { outcome: "Y" }, "Y", "y"],
    ["cluster", { cluster: "practise" }, "practise", "practice"],
    ["covariate", { covariates: ["aeg"] }, "aeg", "age"],
    ["part of an interaction", { covariates: ["age:regoin"] }, "regoin", "region"],
    ["where", { where: { month: 12 } }, "month", null],
    ["declaration", { columns: { regio: { type: "categorical" } } }, "regio", "region"],
    ["grouping", { groupings: [["practice", "participant"]] }, "participant", null],
  ])("unknown %s", (_, roles, column, near) => {
    expect(problem(roles)).toEqual(
      input("unknown-column", `trial.csv has no column "${column}"${near === null ? "" : `; did you mean "${near}"?`}`),
    );
  });

  test("one column in two roles", () => {
    expect(problem({ outcome: "arm" })).toEqual(expect.objectContaining({ kind: "input" }));
    expect(problem({ cluster: "y" })).toEqual(
      input("role-twice", 'Column "y" is named both as outcome and as cluster; name a column for each'),
    );
    expect(problem({ arm: "practice" })).toEqual(
      input("role-twice", 'Column "practice" is named both as cluster and as arm; name a column for each'),
    );
  });

  test("covariates that cannot be", () => {
    const twice = (covariate: string) =>
      input(
        "covariate-twice",
        `The covariate "${covariate}" is listed twice, or multiplies a column by itself; list it once`,
      );
    expect(problem({ covariates: ["age", "region", "age"] })).toEqual(twice("age"));
    expect(problem({ covariates: ["age:region", "region:age"] })).toEqual(twice("region:age"));
    expect(problem({ covariates: ["age:age"] })).toEqual(twice("age:age"));
    expect(problem({ covariates: ["age", "arm"] })).toEqual(
      input(
        "arm-among-covariates",
        'The arm "arm" is listed among the covariates; it enters every model by itself, so take it off the list',
      ),
    );
    expect(problem({ covariates: ["age:y"] })).toEqual(
      input("outcome-among-covariates", 'The outcome column "y" is listed among the covariates; take it off the list'),
    );
    expect(problem({ outcome: { events: "d", trials: "n" }, covariates: ["n"] }).code).toBe("outcome-among-covariates");
  });

  test("effects that cannot be", () => {
    expect(problem({ arm: null, covariates: ["age", "region"], effect: "regions" })).toEqual(
      input(
        "effect-not-covariate",
        'The effect "regions" is not one of the covariates ("age", "region"); list it among them; did you mean "region"?',
      ),
    );
    expect(problem({ effect: "age", covariates: ["age"] })).toEqual(
      input(
        "effect-and-arm",
        'The effect "age" is named, but the effect of a trial is that of its arm "arm"; leave one of the two out',
      ),
    );
  });
});

describe("cells that are not numbers", () => {
  const mixed = file({ 5: { age: "n/k", y: "n/k", w: "n/k", d: "n/k", n: "n/k" }, 9: { age: "?" } });

  test.each<[string, Partial<Roles>, string, string]>([
    ["outcome", { outcome: "y" }, "y", "the outcome"],
    ["weights", { outcome: "practice", cluster: "pair", weights: "w" }, "w", "the weights"],
    ["offset", { outcome: "practice", cluster: "pair", offset: "w" }, "w", "the offset"],
    ["exposure", { outcome: { name: "practice", exposure: "n" }, cluster: "pair" }, "n", "the exposure"],
    ["trials", { outcome: { events: "practice", trials: "n" }, cluster: "pair" }, "n", "the number of trials"],
    ["events", { outcome: { events: "d", trials: "practice" }, cluster: "pair" }, "d", "the outcome"],
    ["random slope", { outcome: "practice", cluster: "pair", extraColumns: ["age"] }, "age", "a random slope"],
    [
      "declared continuous",
      { outcome: "practice", cluster: "pair", covariates: ["age"], columns: { age: { type: "continuous" } } },
      "age",
      "the covariate age",
    ],
  ])("%s", (_, roles, column, part) => {
    expect(problem({ outcome: "age", arm: null, ...roles }, mixed)).toEqual(
      input(
        "not-a-number",
        `trial.csv line 5, column "${column}": "n/k" is not a number, but the column is used as ${part}; correct the cell, or add it to missingCodes`,
      ),
    );
  });

  test("a covariate of few codes, some of them words, is categorical", () => {
    const codes = ["0", "1", "2", "3+"];
    const table = tableFromColumns({
      practice: Array.from({ length: 24 }, (_, i) => Math.floor(i / 3)),
      children: Array.from({ length: 24 }, (_, i) => codes[i % 4]!),
      y: Array.from({ length: 24 }, (_, i) => (i * 7) % 5),
    });
    const frame = buildFrame(table, { outcome: "y", cluster: "practice", covariates: ["children"] });
    expect(frame.design.terms.map((term) => term.name)).toEqual([
      "intercept",
      "children[1]",
      "children[2]",
      "children[3+]",
    ]);
  });

  test("a mixed covariate of many numbers is refused unless it is declared categorical", () => {
    const table = file({ 5: { age: "n/k" } });
    expect(problem({ covariates: ["age"] }, table)).toEqual(
      input(
        "not-a-number",
        'trial.csv line 5, column "age": "n/k" is not a number, but the column is used as the covariate age; correct the cell, or add it to missingCodes, or declare the column categorical (columns: { age: { type: categorical } })',
      ),
    );
    expect(problem({ covariates: ["age:region"] }, table).code).toBe("not-a-number");
    const declared = buildFrame(table, {
      ...base,
      arm: null,
      covariates: ["age"],
      columns: { age: { type: "categorical" } },
    });
    expect(declared.design.terms.at(-1)!.name).toBe("age[n/k]");
  });

  test("words where numbers are needed", () => {
    expect(problem({ outcome: "won" })).toEqual(
      input(
        "not-a-number",
        'trial.csv line 2, column "won": "yes" is not a number, but the column is used as the outcome; correct the cell, or add it to missingCodes',
      ),
    );
    expect(problem({ covariates: ["region"], columns: { region: { type: "continuous" } } }).code).toBe("not-a-number");
  });

  test("decimal commas, some or all", () => {
    const message = (cell: string, line: number) =>
      `trial.csv line ${line}, column "y": "${cell}" has a comma, but the column is used as the outcome; write numbers with a decimal point and without thousands separators`;
    expect(problem({}, file({ 4: { y: "3,5" } }))).toEqual(input("decimal-comma", message("3,5", 4)));
    expect(problem({}, everywhere({ y: "1,250" }))).toEqual(input("decimal-comma", message("1,250", 2)));
    expect(problem({ outcome: "age", covariates: ["y"] }, everywhere({ y: "0,5" })).code).toBe("decimal-comma");
  });

  test("a table that is no file says the row", () => {
    expect(problem({}, tableFromRows(rows.map((row, i) => ({ ...row, y: i === 4 ? "x" : row.y })))).message).toMatch(
      /^data row 5, column "y": "x" is not a number/,
    );
  });
});

describe("clusters, arms, strata, pairs", () => {
  test("a cluster column of fractions", () => {
    expect(problem({}, file({ 3: { practice: 2.5 } }))).toEqual(
      input(
        "identifier-not-whole",
        'trial.csv line 3, column "practice": 2.5 is not a whole number, so it cannot name the cluster; name the column of identifiers, or write identifiers as text',
      ),
    );
    expect(problem({ participant: "age" }, file({ 3: { age: 2.5 } })).message).toMatch(/cannot name the participant/);
  });

  test("an arm that varies within a cluster", () => {
    expect(problem({}, file({ 10: { arm: "intervention" } }))).toEqual(
      input(
        "arm-varies",
        'trial.csv line 10, column "arm": cluster "1" is in arm "intervention" here and in arm "control" before; every cluster belongs to one arm, so correct the row or give the clusters different names',
      ),
    );
  });

  test("the line is right when rows are excluded before it", () => {
    expect(problem({}, file({ 2: { y: "" }, 3: { y: "NA" }, 10: { arm: "intervention" } })).message).toMatch(
      /^trial\.csv line 10, .* cluster "1"/,
    );
  });

  test("a stratum or pair that varies within a cluster", () => {
    expect(problem({ strata: ["region"] }, file({ 10: { region: "west" } }))).toEqual(
      input(
        "factor-varies",
        'trial.csv line 10, column "region": cluster "1" is in stratum "west" here and in stratum "north" before; every cluster belongs to one stratum, so correct the row',
      ),
    );
    expect(problem({ pairs: "pair" }, file({ 11: { pair: "p2" } })).message).toMatch(
      /line 11, column "pair": cluster "2" is in pair "p2" here and in pair "p1" before/,
    );
  });

  test("fewer than two arms", () => {
    expect(problem({ where: { arm: "control" } })).toEqual(
      design(
        "too-few-arms",
        'The analysed rows have only one arm in column "arm" ("control"), and a comparison needs two; look at where and at the excluded rows, or leave the arm out',
      ),
    );
  });

  test("levels that are not there", () => {
    const unknown = (column: string, level: string, part: string, levels: string, hint = "") =>
      input("unknown-level", `Column "${column}" has no value "${level}" ${part}; it has ${levels}${hint}`);
    expect(problem({ control: "contrl" })).toEqual(
      unknown("arm", "contrl", "for the control arm", '"control", "intervention"', '; did you mean "control"?'),
    );
    expect(problem({ covariates: ["region"], columns: { region: { reference: "west" } } }).message).toBe(
      'Column "region" has no value "west" for the reference; it has "north", "south"',
    );
    expect(problem({ outcome: { name: "won", event: "Yes" } })).toEqual(
      unknown("won", "Yes", "for the event of the outcome", '"no", "yes"', '; did you mean "yes"?'),
    );
    expect(problem({ outcome: { name: "d", event: 7 } })).toEqual(
      unknown("d", "7", "for the event of the outcome", '"0", "1", "2", "3"'),
    );
    expect(problem({ where: { practice: [1, 9] } })).toEqual(
      unknown("practice", "9", "to filter rows by", '"1", "2", "3", "4"'),
    );
    expect(problem({ where: { region: "nort" } }).message).toBe(
      'Column "region" has no value "nort" to filter rows by; it has "north", "south"; did you mean "north"?',
    );
  });

  test("pairs that are no pairs", () => {
    expect(problem({ pairs: "pair", where: { practice: [1, 2, 3] } })).toEqual(
      design(
        "pair-incomplete",
        'Pair "p2" of column "pair" has 1 analysed cluster (3) and needs exactly two; leave the pair out with where, or correct the column',
      ),
    );
    expect(problem({ pairs: "all" }, tableFromRows(rows.map((row) => ({ ...row, all: "x" })))).message).toBe(
      'Pair "x" of column "all" has 4 analysed clusters (1, 2, 3, 4) and needs exactly two; leave the pair out with where, or correct the column',
    );
    expect(problem({ pairs: "same" }, tableFromRows(rows.map((row) => ({ ...row, same: row.arm }))))).toEqual(
      design(
        "pair-same-arm",
        'Both clusters of pair "control" of column "same" (1, 3) are in arm "control", so the pair compares nothing; correct the column or leave the pair out with where',
      ),
    );
  });
});

describe("outcomes and weights", () => {
  test("an outcome whose squares no number holds", () => {
    expect(problem({}, file({ 2: { y: 1e200 }, 5: { y: -3e200 } }))).toEqual(
      design(
        "outcome-too-large",
        'The outcome "y" reaches 3e+200, whose square is more than a number can hold; divide the column by a power of ten, or look for a wrong cell',
      ),
    );
  });

  test("nothing varies", () => {
    expect(problem({}, everywhere({ y: 3 }))).toEqual(
      design(
        "outcome-constant",
        'The outcome "y" is the same in all 12 analysed rows (3), so nothing can be estimated from it; look for a wrong column or a wrong row filter',
      ),
    );
    expect(problem({ outcome: { name: "won", event: "yes" }, where: { won: "no" } }).code).toBe("outcome-constant");
    expect(problem({ outcome: { events: "d", trials: "n" } }, everywhere({ d: 0 })).code).toBe("outcome-constant");
    expect(problem({ outcome: { events: "d", trials: "n" } }, everywhere({ d: 10 })).message).toContain(
      "(events in every trial)",
    );
    expect(problem({ outcome: { name: "d", exposure: "n" } }, everywhere({ d: 0 })).code).toBe("outcome-constant");
    expect(problem({ covariates: ["age"] }, everywhere({ age: 40 }))).toEqual(
      design(
        "covariate-constant",
        'The covariate "age" is "40" in every analysed row, so it has no effect to estimate; take it off the list',
      ),
    );
    expect(problem({ covariates: ["region"] }, everywhere({ region: "west" })).code).toBe("covariate-constant");
  });

  test("no rows", () => {
    expect(problem({}, everywhere({ y: "NA" }))).toEqual(
      design(
        "no-rows",
        'No row of trial.csv is left to analyse (12 are left out as "missing outcome"); look at that column, at where and at missingCodes',
      ),
    );
  });

  test("a binary outcome that is not 0 or 1", () => {
    expect(problem({ outcome: "d", outcomeKinds: ["binary"] })).toEqual(
      input(
        "outcome-not-binary",
        'trial.csv line 4, column "d": 2 is neither 0 nor 1, but the outcome is to be binary; correct the cell, or name the event (outcome: { name: d, event: … })',
      ),
    );
    expect(problem({ outcome: "won", outcomeKinds: ["binary"] })).toEqual(
      input(
        "event-needed",
        'The outcome column "won" holds words ("no", "yes"); say which of them is the event (outcome: { name: won, event: … })',
      ),
    );
    expect(problem({ outcome: { name: "d", event: 1 } })).toEqual(
      input(
        "outcome-many-levels",
        'The binary outcome "d" has more than two values ("0", "1", "2", "3"); with "1" as the event it is not certain what the others mean, so recode them or add them to missingCodes',
      ),
    );
  });

  test("a kind that the method does not take", () => {
    expect(problem({ outcome: { name: "won", event: "yes" }, outcomeKinds: ["continuous", "count"] })).toEqual(
      input(
        "outcome-kind",
        'The outcome "won" is binary, and what was asked takes continuous or count outcomes; choose another method or outcome',
      ),
    );
  });

  test("counts, exposures, trials", () => {
    const count = (cell: number) =>
      input("count-invalid", `trial.csv line 6, column "d": ${cell} is not a count; counts are whole numbers from 0`);
    expect(problem({ outcome: "d", outcomeKinds: ["count"] }, file({ 6: { d: -1 } }))).toEqual(count(-1));
    expect(problem({ outcome: { events: "d", trials: "n" } }, file({ 6: { d: 1.5 } }))).toEqual(count(1.5));
    expect(problem({ outcome: { name: "d", exposure: "n" } }, file({ 6: { n: 0 } }))).toEqual(
      input(
        "exposure-invalid",
        'trial.csv line 6, column "n": the exposure 0 is not above 0; leave the row out or correct it',
      ),
    );
    const trials = (cell: number) =>
      input(
        "trials-invalid",
        `trial.csv line 7, column "n": the number of trials ${cell} must be a whole number from 1, and at least the number of events`,
      );
    expect(problem({ outcome: { events: "d", trials: "n" } }, file({ 7: { n: 0, d: 0 } }))).toEqual(trials(0));
    expect(problem({ outcome: { events: "d", trials: "n" } }, file({ 7: { n: 2, d: 3 } }))).toEqual(trials(2));
    expect(problem({ outcome: { events: "d", trials: "n" } }, file({ 7: { n: 2.5 } }))).toEqual(trials(2.5));
  });

  test("weights that are not positive", () => {
    const weight = (cell: number) =>
      input(
        "weight-invalid",
        `trial.csv line 8, column "w": the weight ${cell} is not above 0; leave the row out (where, or an empty cell) or correct it`,
      );
    expect(problem({ weights: "w" }, file({ 8: { w: 0 } }))).toEqual(weight(0));
    expect(problem({ weights: "w" }, file({ 8: { w: -2 } }))).toEqual(weight(-2));
  });
});

describe("covariates that say the same thing twice", () => {
  const clinic = (practice: number) => ["a", "b", "c", "d"][practice - 1]!;

  test("an indicator of the arm", () => {
    const table = tableFromRows(rows.map((row) => ({ ...row, treated: row.arm === "intervention" ? 1 : 0 })));
    expect(problem({ covariates: ["age", "treated"] }, table)).toEqual(
      design(
        "rank-deficient",
        "The covariates say the same thing twice (treated = arm[intervention]), so their coefficients cannot be told apart; leave one of these columns out",
      ),
    );
  });

  test("clusters as a covariate, and several at once", () => {
    const table = tableFromRows(rows.map((row) => ({ ...row, clinic: clinic(row.practice), age2: 2 * row.age - 1 })));
    expect(problem({ covariates: ["age", "clinic", "age2"] }, table).message).toBe(
      "The covariates say the same thing twice (clinic[d] = arm[intervention] − clinic[b]; age2 = −intercept + 2·age), so their coefficients cannot be told apart; leave 2 of these columns out",
    );
  });

  test("a region that is the intercept less the others", () => {
    const table = tableFromRows(
      rows.map((row) => ({ ...row, region: clinic(row.practice), first: row.practice === 1 ? 1 : 0 })),
    );
    expect(problem({ arm: null, covariates: ["first", "region"] }, table).message).toContain(
      "(region[d] = intercept − first − region[b] − region[c])",
    );
  });
});
