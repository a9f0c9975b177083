import { describe, expect, test } from "vitest";
import { DesignProblem } from "../../src/contract/problem.ts";
import { buildFrame } from "../../src/data/buildFrame.ts";
import type { ColumnSource } from "../../src/data/design.ts";
import type { Roles } from "../../src/data/roles.ts";
import { tableFromColumns } from "../../src/data/tableFromColumns.ts";
import { withoutCluster } from "../../src/data/withoutCluster.ts";

// Rows of a practice do not stand together, participants have several rows, and "island" is the region of practice b alone.
const columns = {
  practice: ["c", "a", "b", "a", "d", "c", "b", "d", "a", "d"],
  arm: ["1", "0", "0", "0", "1", "1", "0", "1", "0", "1"],
  person: ["1", "1", "1", "1", "1", "2", "2", "2", "2", "2"],
  region: ["south", "north", "island", "north", "south", "south", "island", "north", "south", "north"],
  age: [31, 42, 53, 64, 75, 86, 37, 48, 59, 60],
  events: [1, 0, 2, 1, 1, 0, 1, 3, 2, 1],
  years: [1, 2, 0.5, 1, 3, 1, 2, 2, 1, 0.25],
  weight: [1, 2, 3, 4, 5, 6, 7, 8, 9, 10],
};
const frameOf = (keep: (row: number) => boolean, roles: Partial<Roles> = {}) => {
  const kept = Object.entries(columns).map(([name, values]) => [name, values.filter((_, i) => keep(i))]);
  return buildFrame(tableFromColumns(Object.fromEntries(kept)), {
    outcome: { name: "events", exposure: "years" },
    cluster: "practice",
    arm: "arm",
    participant: "person",
    covariates: ["age", "arm:age"],
    weights: "weight",
    offset: "age",
    extraColumns: ["age"],
    groupings: [["practice", "person"]],
    ...roles,
  });
};
const numbers = (source: ColumnSource) => {
  const out = new Float64Array(source.rows * source.width);
  source.fill(0, source.rows, out, source.width, 0);
  return Array.from(out);
};

describe("withoutCluster", () => {
  test.each(["a", "b", "c", "d"])("is the frame of the other practices' rows: without %s", (practice) => {
    const whole = frameOf(() => true);
    const rest = withoutCluster(whole, whole.cluster.labels.indexOf(practice));
    const expected = frameOf((row) => columns.practice[row] !== practice);
    const { design: ours, effects: _, fingerprint: __, ...found } = rest;
    const { design: theirs, effects: ___, fingerprint: ____, ...wanted } = expected;
    expect(found).toEqual(wanted);
    expect(ours.terms.map(({ name }) => name)).toEqual(theirs.terms.map(({ name }) => name));
    expect(numbers(ours)).toEqual(numbers(theirs));
    for (const level of [0, 1]) expect(numbers(ours.under(level))).toEqual(numbers(theirs.under(level)));
    expect(rest.fingerprint).toBe(whole.fingerprint);
  });

  test("a level that only this practice has leaves the design", () => {
    const whole = frameOf(() => true, {
      covariates: ["region", "age"],
      columns: { region: { reference: "north", type: "categorical" } },
    });
    expect(whole.design.terms.map(({ name }) => name)).toContain("region[island]");
    const rest = withoutCluster(whole, whole.cluster.labels.indexOf("b"));
    expect(rest.design.terms.map(({ name }) => name)).toEqual(["intercept", "arm[1]", "region[south]", "age"]);
    expect(rest.effects[0]!.weights).toHaveLength(4);
    const expected = frameOf((row) => columns.practice[row] !== "b", { covariates: ["region", "age"] });
    expect(numbers(rest.design)).toEqual(numbers(expected.design));
    expect(numbers(rest.design.under(1))).toEqual(numbers(expected.design.under(1)));
  });

  test("a covariate that then says the same as the arm cannot be left out in silence", () => {
    const same = {
      ...columns,
      same: columns.practice.map((practice, i) => (practice === "b" ? i % 3 : Number(columns.arm[i]))),
    };
    const whole = buildFrame(tableFromColumns(same), {
      outcome: "age",
      cluster: "practice",
      arm: "arm",
      covariates: ["same"],
    });
    expect(() => withoutCluster(whole, whole.cluster.labels.indexOf("b"))).toThrow(DesignProblem);
  });
});

describe("the design under a level", () => {
  test("of the arm changes its indicators and their interactions and nothing else", () => {
    const { design } = frameOf(() => true);
    expect(design.terms.map(({ name }) => name)).toEqual(["intercept", "arm[1]", "age", "arm[1]:age"]);
    expect(numbers(design.under(0))).toEqual(columns.age.flatMap((age) => [1, 0, age, 0]));
    expect(numbers(design.under(1))).toEqual(columns.age.flatMap((age) => [1, 1, age, age]));
  });

  test("of a factor or a column of 0 and 1, where there is no arm; a measurement has no levels", () => {
    const of = (effect: string, covariates: string[]) => frameOf(() => true, { arm: null, effect, covariates });
    const region = of("region", ["region", "age"]);
    expect(region.compared).toEqual({ name: "region", levels: ["island", "north", "south"] });
    expect(numbers(region.design.under(0))).toEqual(columns.age.flatMap((age) => [1, 0, 0, age]));
    expect(numbers(region.design.under(2))).toEqual(columns.age.flatMap((age) => [1, 0, 1, age]));
    const arm = of("arm", ["arm", "age", "arm:age"]);
    expect(arm.compared!.levels).toEqual(["0", "1"]);
    expect(of("age", ["age"]).compared).toBeNull();
  });
});
