import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { buildFrame } from "../../src/data/buildFrame.ts";
import type { Frame } from "../../src/data/frame.ts";
import type { Roles } from "../../src/data/roles.ts";
import { type Cell, tableFromColumns, tableFromRows } from "../../src/data/tableFromColumns.ts";

/** Eight clusters of three, unsorted; arm, pair and region constant within them. */
const n = 24;
const at = (make: (i: number, cluster: number) => Cell): Cell[] =>
  Array.from({ length: n }, (_, i) => make(i, (i * 5) % 8));
const columns: Record<string, Cell[]> = {
  practice: at((_, c) => c + 3),
  arm: at((_, c) => (c % 2 === 0 ? "usual care" : "intervention")),
  treat: at((_, c) => c % 2),
  region: at((_, c) => ["Plymouth", "Cornwall", "Exeter"][c % 3]!),
  size: at((_, c) => (c < 4 ? "large" : "small")),
  pair: at((_, c) => Math.floor(c / 2)),
  id: at((i) => i % 4),
  age: at((i) => 20 + ((i * 7) % 11)),
  female: at((i) => (i % 3 === 1 || i % 7 === 2 ? 1 : 0)),
  w: at((i) => 1 + (i % 3)),
  y: at((i) => 10 + ((i * 13) % 17) / 4),
  remission: at((i) => (i % 3 === 0 ? "yes" : "no")),
  zeroOne: at((i) => (i % 4 === 0 ? 1 : 0)),
  relapses: at((i) => i % 5),
  years: at((i) => 1 + (i % 2)),
  patients: at((i) => 10 + (i % 3)),
};
const table = tableFromColumns(columns, { source: "trial.csv" });
const base: Roles = { outcome: "y", cluster: "practice", arm: "arm" };
const frameOf = (roles: Partial<Roles>, from = table) => buildFrame(from, { ...base, ...roles });
const termNames = (frame: Frame) => frame.design.terms.map((term) => term.name);

/** The whole design, n × p. */
function designOf({ design }: Frame): number[][] {
  const out = new Float64Array(design.rows * design.width);
  design.fill(0, design.rows, out, design.width, 0);
  return Array.from({ length: design.rows }, (_, i) => [...out.subarray(i * design.width, (i + 1) * design.width)]);
}
const columnOf = (frame: Frame, name: string) => designOf(frame).map((row) => row[termNames(frame).indexOf(name)]!);

describe("clusters, arm and outcome", () => {
  test("clusters in natural order, rows as they come", () => {
    const { cluster, rows } = frameOf({});
    expect(rows).toBe(n);
    expect(cluster.name).toBe("practice");
    expect(cluster.labels).toEqual(["3", "4", "5", "6", "7", "8", "9", "10"]);
    expect([...cluster.sizes]).toEqual(new Array(8).fill(3));
    expect(Array.from(cluster.codes, (code) => cluster.labels[code])).toEqual(columns["practice"]!.map(String));
  });

  test.each<[string, Cell[], Roles["control"], string[]]>([
    ["0 is the control", [1, 0, 2], undefined, ["0", "1", "2"]],
    ["so is a level named control", ["b", "Control", "a"], undefined, ["Control", "a", "b"]],
    ["else the first in natural order", ["10", "9x", "2"], undefined, ["2", "10", "9x"]],
    ["unless the roles say otherwise", ["b", "control", "a"], "b", ["b", "a", "control"]],
    ["by number or text", [1, 0, 2], "1", ["1", "0", "2"]],
    ["by text or number", ["1", "0", "x"], 1, ["1", "0", "x"]],
  ])("%s", (_, levels, control, expected) => {
    const small = tableFromRows([0, 1, 2, 3, 4, 5].map((i) => ({ practice: i % 3, arm: levels[i % 3]!, y: i * i })));
    const frame = buildFrame(small, { ...base, control: control ?? null });
    expect(frame.arm!.levels).toEqual(expected);
    expect(Array.from(frame.arm!.ofCluster, (code) => frame.arm!.levels[code])).toEqual(levels.map(String));
    expect(frame.effects.map((effect) => effect.term)).toEqual(expected.slice(1).map((level) => `arm[${level}]`));
  });

  test("the reference declared for the arm's column is the control", () => {
    expect(frameOf({ columns: { arm: { reference: "usual care" } } }).arm!.levels).toEqual([
      "usual care",
      "intervention",
    ]);
  });

  test("kinds of outcome", () => {
    expect(frameOf({}).outcome).toEqual({
      kind: "continuous",
      name: "y",
      values: Float64Array.from(columns["y"] as number[]),
    });
    const remission = frameOf({ outcome: { name: "remission", event: "yes" } }).outcome;
    expect(remission).toEqual({
      kind: "binary",
      name: "remission",
      event: "yes",
      values: Float64Array.from(columns["remission"]!, (cell) => (cell === "yes" ? 1 : 0)),
    });
    expect(frameOf({ outcome: { name: "zeroOne", event: 0 } }).outcome).toMatchObject({
      event: "0",
      values: Float64Array.from(columns["zeroOne"] as number[], (value) => 1 - value),
    });
    expect(frameOf({ outcome: { name: "relapses", exposure: "years" } }).outcome).toMatchObject({
      kind: "count",
      exposure: Float64Array.from(columns["years"] as number[]),
    });
    expect(frameOf({ outcome: { events: "relapses", trials: "patients" } }).outcome).toMatchObject({
      kind: "grouped",
      name: "relapses",
      trials: Float64Array.from(columns["patients"] as number[]),
    });
  });

  test("a bare name becomes the first kind wanted that one column can be", () => {
    expect(frameOf({ outcome: "zeroOne", outcomeKinds: ["binary", "grouped"] }).outcome).toMatchObject({
      kind: "binary",
      event: "1",
    });
    expect(frameOf({ outcome: "zeroOne", outcomeKinds: ["grouped", "count"] }).outcome).toMatchObject({
      kind: "count",
      exposure: null,
    });
    expect(frameOf({ outcome: "zeroOne", outcomeKinds: ["continuous", "binary"] }).outcome.kind).toBe("continuous");
    expect(frameOf({ outcome: { name: "zeroOne" }, outcomeKinds: ["binary"] }).outcome.kind).toBe("binary");
  });

  test("strata are crossed, pairs found, participants nested in clusters", () => {
    const frame = frameOf({ strata: ["region", "size"], pairs: "pair", participant: "id" });
    expect(frame.stratum!.name).toBe("region:size");
    expect(frame.stratum!.levels).toEqual([
      "Cornwall:large",
      "Cornwall:small",
      "Exeter:large",
      "Exeter:small",
      "Plymouth:large",
      "Plymouth:small",
    ]);
    expect(frameOf({ strata: ["size"] }).stratum).toMatchObject({ name: "size", levels: ["large", "small"] });
    expect([...frame.pair!.ofCluster]).toEqual([0, 0, 1, 1, 2, 2, 3, 3]);
    expect(frame.participant!.name).toBe("practice/id");
    // 24 rows, 8 practices × 4 ids, of which each row meets one.
    expect(new Set(frame.participant!.labels)).toEqual(
      new Set(columns["practice"]!.map((c, i) => `${c}/${columns["id"]![i]}`)),
    );
    expect(frame.participant!.labels[0]).toMatch(/^3\//);
    expect(frame.participant!.labels.at(-1)).toMatch(/^10\//);
  });

  test("extra columns and nested groupings", () => {
    const frame = frameOf({ extraColumns: ["age"], groupings: [["practice", "id"], ["region"]] });
    expect(frame.extraColumns.get("age")).toEqual(Float64Array.from(columns["age"] as number[]));
    expect([...frame.extraGroupings.keys()]).toEqual(["practice", "practice/id", "region"]);
    expect(frame.extraGroupings.get("practice")).toBe(frame.cluster);
    expect(frame.extraGroupings.get("practice/id")!.labels.every((label) => label.includes("/"))).toBe(true);
  });

  test("weights and offset", () => {
    const frame = frameOf({ weights: "w", offset: "age" });
    expect(frame.weights).toEqual(Float64Array.from(columns["w"] as number[]));
    expect(frame.offset).toEqual(Float64Array.from(columns["age"] as number[]));
  });
});

describe("design", () => {
  test("intercept, arm, main effects as listed, then interactions as listed", () => {
    const frame = frameOf({ arm: "treat", covariates: ["treat:age", "region", "female", "age", "region:female"] });
    expect(termNames(frame)).toEqual([
      "intercept",
      "treat[1]",
      "region[Exeter]",
      "region[Plymouth]",
      "female",
      "age",
      "treat[1]:age",
      "region[Exeter]:female",
      "region[Plymouth]:female",
    ]);
    expect(frame.design.terms.map((term) => [term.role, term.source])).toEqual([
      ["intercept", "intercept"],
      ["arm", "treat"],
      ["covariate", "region"],
      ["covariate", "region"],
      ["covariate", "female"],
      ["covariate", "age"],
      ["arm", "treat:age"],
      ["covariate", "region:female"],
      ["covariate", "region:female"],
    ]);
    const varies = Object.fromEntries(frame.design.terms.map((term) => [term.name, term.variesWithinClusters]));
    expect(varies).toMatchObject({
      intercept: false,
      "treat[1]": false,
      "region[Exeter]": false,
      female: true,
      age: true,
      "treat[1]:age": true,
    });
    for (const [i, row] of designOf(frame).entries()) {
      const [treat, region, female, age] = ["treat", "region", "female", "age"].map((name) => columns[name]![i]);
      const exeter = region === "Exeter" ? 1 : 0;
      const plymouth = region === "Plymouth" ? 1 : 0;
      expect(row).toEqual([
        1,
        treat,
        exeter,
        plymouth,
        female,
        age,
        Number(treat) * Number(age),
        exeter * Number(female),
        plymouth * Number(female),
      ]);
    }
  });

  test("an interaction of two categorical columns has the products of their indicators", () => {
    const frame = frameOf({ arm: null, cluster: "id", covariates: ["region", "size", "region:size"], effect: "size" });
    expect(termNames(frame).slice(4)).toEqual(["region[Exeter]:size[small]", "region[Plymouth]:size[small]"]);
  });

  test("declared columns: categorical numbers, references, and the same columns of any coding", () => {
    const declared = frameOf({
      covariates: ["age", "region"],
      columns: { age: { type: "categorical", reference: 25 }, region: { reference: "Plymouth" } },
    });
    const ages = [...new Set(columns["age"] as number[])].sort((a, b) => a - b).filter((age) => age !== 25);
    expect(termNames(declared)).toEqual([
      "intercept",
      "arm[usual care]",
      ...ages.map((age) => `age[${age}]`),
      "region[Cornwall]",
      "region[Exeter]",
    ]);
  });

  test("a column whose name has a colon is itself", () => {
    const named = tableFromColumns({ ...columns, "age:female": columns["age"]! });
    expect(termNames(frameOf({ covariates: ["age:female"] }, named))).toEqual([
      "intercept",
      "arm[usual care]",
      "age:female",
    ]);
    expect(designOf(frameOf({ covariates: ["age:female"] }, named)).map((row) => row[2])).toEqual(columns["age"]);
  });

  test("a cluster-level number does not vary within clusters", () => {
    const frame = frameOf({ covariates: ["pair", "age"] });
    expect(frame.design.terms.map((term) => term.variesWithinClusters)).toEqual([false, false, false, true]);
  });

  test("blocks of any size give the same columns", () => {
    const frame = frameOf({ covariates: ["age", "region", "arm:age"], where: { size: "large" } });
    const whole = designOf(frame);
    fc.assert(
      fc.property(fc.nat(frame.rows), fc.nat(frame.rows), fc.nat(3), fc.nat(3), (p, q, before, after) => {
        const [from, to] = [Math.min(p, q), Math.max(p, q)];
        const stride = before + frame.design.width + after;
        const out = new Float64Array(Math.max(1, (to - from) * stride)).fill(-9);
        frame.design.fill(from, to, out, stride, before);
        for (let i = from; i < to; i++) {
          const row = [...out.subarray((i - from) * stride, (i - from + 1) * stride)];
          expect(row).toEqual([...new Array(before).fill(-9), ...whole[i]!, ...new Array(after).fill(-9)]);
        }
      }),
    );
  });
});

describe("effects", () => {
  const weightsOf = (frame: Frame) =>
    Object.fromEntries(
      frame.effects.map((e) => [e.term, Object.fromEntries(termNames(frame).map((name, k) => [name, e.weights[k]!]))]),
    );

  test("an arm alone", () => {
    const frame = frameOf({ covariates: ["age"] });
    expect(frame.effects).toEqual([
      { term: "arm[usual care]", weights: Float64Array.of(0, 1, 0), averagedOverInteraction: false },
    ]);
  });

  test("an interaction with the arm is averaged over the rows analysed", () => {
    const frame = frameOf({ arm: "treat", covariates: ["age", "region", "treat:age", "treat:region", "age:region"] });
    const share = (name: string) => columns["region"]!.filter((cell) => cell === name).length / n;
    const weights = weightsOf(frame)["treat[1]"]!;
    expect(frame.effects[0]!.averagedOverInteraction).toBe(true);
    expect(weights["treat[1]"]).toBe(1);
    expect(weights["treat[1]:age"]).toBeCloseTo((columns["age"] as number[]).reduce((a, b) => a + b) / n, 12);
    expect(weights["treat[1]:region[Exeter]"]).toBeCloseTo(share("Exeter"), 12);
    expect(weights["treat[1]:region[Plymouth]"]).toBeCloseTo(share("Plymouth"), 12);
    expect(weights["age:region[Exeter]"]).toBe(0);
    expect(weights["age"]).toBe(0);
  });

  test("over participants where they have several rows, over trials where rows are grouped", () => {
    const rows = [
      { practice: 1, arm: 0, id: "a", x: 1, y: 1, m: 9 },
      { practice: 1, arm: 0, id: "a", x: 3, y: 2, m: 9 },
      { practice: 1, arm: 0, id: "b", x: 8, y: 1, m: 2 },
      { practice: 2, arm: 1, id: "a", x: 5, y: 4, m: 30 },
      { practice: 2, arm: 1, id: "a", x: 5, y: 0, m: 7 },
      { practice: 2, arm: 1, id: "a", x: 2, y: 3, m: 4 },
    ];
    const from = tableFromRows(rows);
    const roles: Roles = { ...base, covariates: ["x", "arm:x"] };
    const mean = (frame: Frame) => frame.effects[0]!.weights[3]!;
    expect(mean(buildFrame(from, roles))).toBeCloseTo(24 / 6, 12);
    expect(mean(buildFrame(from, { ...roles, participant: "id" }))).toBeCloseTo((2 + 8 + 4) / 3, 12);
    const trials = rows.reduce((sum, row) => sum + row.m, 0);
    expect(mean(buildFrame(from, { ...roles, outcome: { events: "y", trials: "m" } }))).toBeCloseTo(
      rows.reduce((sum, row) => sum + row.x * row.m, 0) / trials,
      12,
    );
  });

  test("three arms have two effects", () => {
    const three = tableFromColumns({ ...columns, arm: at((_, c) => ["A", "B", "C"][c % 3]!) });
    expect(weightsOf(frameOf({}, three))).toEqual({
      "arm[B]": { intercept: 0, "arm[B]": 1, "arm[C]": 0 },
      "arm[C]": { intercept: 0, "arm[B]": 0, "arm[C]": 1 },
    });
  });

  test("without an arm: the named covariate, else the first, else the intercept", () => {
    const terms = (roles: Partial<Roles>) => frameOf({ arm: null, ...roles }).effects.map((effect) => effect.term);
    expect(terms({ covariates: ["age", "region"], effect: "region" })).toEqual(["region[Exeter]", "region[Plymouth]"]);
    expect(terms({ covariates: ["age", "region"] })).toEqual(["age"]);
    expect(terms({ covariates: ["age", "female", "age:female"], effect: "age : female" })).toEqual(["age:female"]);
    expect(terms({})).toEqual(["intercept"]);
    expect(frameOf({ arm: null }).arm).toBeNull();
    const averaged = frameOf({ arm: null, covariates: ["age", "female", "age:female"] });
    expect(weightsOf(averaged)["age"]!["age:female"]).toBeCloseTo(
      (columns["female"] as number[]).reduce((a, b) => a + b) / n,
      12,
    );
  });
});

describe("complete cases", () => {
  const holes: Record<string, Cell[]> = {
    ...columns,
    y: columns["y"]!.map((cell, i) => (i < 2 ? null : cell)),
    practice: columns["practice"]!.map((cell, i) => (i === 1 || i === 2 ? null : cell)),
    arm: columns["arm"]!.map((cell, i) => (i === 3 || i === 4 ? null : cell)),
    age: columns["age"]!.map((cell, i) => (i === 4 || i === 5 || i === 6 ? Number.NaN : cell)),
    region: columns["region"]!.map((cell, i) => (i === 7 ? "NA" : cell)),
    month: at((i) => (i < 20 ? 12 : 6)),
  };
  const withHoles = tableFromColumns(holes);

  test("rows are counted once, under the first reason, by arm", () => {
    const frame = frameOf({ covariates: ["age", "region"], where: { month: 12 } }, withHoles);
    const arm = (i: number) => (i === 3 || i === 4 ? null : (columns["arm"]![i] as string));
    const expected = new Map<string, number>();
    const count = (reason: string, i: number) =>
      expected.set(`${reason}|${arm(i)}`, (expected.get(`${reason}|${arm(i)}`) ?? 0) + 1);
    for (const i of [20, 21, 22, 23]) count("outside where", i);
    for (const i of [0, 1]) count("missing outcome", i);
    count("missing cluster", 2);
    for (const i of [3, 4]) count("missing arm", i);
    for (const i of [5, 6]) count("missing age", i);
    count("missing region", 7);
    expect(new Map(frame.excluded.map((e) => [`${e.reason}|${e.arm}`, e.rows]))).toEqual(expected);
    expect([...new Set(frame.excluded.map((e) => e.reason))]).toEqual([
      "outside where",
      "missing outcome",
      "missing cluster",
      "missing arm",
      "missing age",
      "missing region",
    ]);
    expect(frame.rows + frame.excluded.reduce((sum, e) => sum + e.rows, 0)).toBe(n);
    expect([...frame.outcome.values]).toEqual(columns["y"]!.slice(8, 20));
    expect(columnOf(frame, "age")).toEqual(columns["age"]!.slice(8, 20));
    expect(Array.from(frame.cluster.codes, (code) => frame.cluster.labels[code])).toEqual(
      columns["practice"]!.slice(8, 20).map(String),
    );
  });

  test("columns not used may be missing", () => {
    expect(frameOf({}, tableFromColumns({ ...columns, age: at(() => null) })).excluded).toEqual([]);
  });

  test("where takes values and lists, of numbers and words", () => {
    const rows = (where: Roles["where"]) => frameOf({ arm: null, ...(where === undefined ? {} : { where }) }).rows;
    expect(rows({ region: "Exeter" })).toBe(columns["region"]!.filter((cell) => cell === "Exeter").length);
    expect(rows({ region: ["Exeter", "Cornwall"], practice: ["3", 4, 5] })).toBe(
      columns["region"]!.filter((cell, i) => cell !== "Plymouth" && Number(columns["practice"]![i]) <= 5).length,
    );
    expect(rows({})).toBe(n);
  });

  test("clusters and levels without rows are gone", () => {
    const frame = frameOf({ covariates: ["region"], where: { practice: [3, 4, 6, 7] } });
    expect(frame.cluster.labels).toEqual(["3", "4", "6", "7"]);
    expect(termNames(frame)).toEqual(["intercept", "arm[usual care]", "region[Plymouth]"]);
  });

  test("the fingerprint is of the columns used, the rows left out included", () => {
    const { fingerprint } = frameOf({});
    expect(fingerprint).toMatch(/^[0-9a-f]{64}$/);
    expect(frameOf({}).fingerprint).toBe(fingerprint);
    expect(frameOf({}, tableFromColumns({ ...columns, age: at(() => 1) })).fingerprint).toBe(fingerprint);
    expect(frameOf({ covariates: ["age"] }).fingerprint).not.toBe(fingerprint);
    expect(frameOf({ where: { size: "large" } }).fingerprint).not.toBe(fingerprint);
  });
});

test("the order of rows, and the names of clusters, change nothing but order", () => {
  fc.assert(
    fc.property(
      fc.shuffledSubarray(
        Array.from({ length: n }, (_, i) => i),
        { minLength: n, maxLength: n },
      ),
      (order) => {
        const shuffled = tableFromColumns(
          Object.fromEntries(
            Object.entries(columns).map(([name, cells]) => [
              name,
              order.map((i) => (name === "practice" ? `c${cells[i]}` : cells[i])),
            ]),
          ),
        );
        const roles = { covariates: ["age", "region"], strata: ["size"] };
        const [plain, other] = [frameOf(roles), frameOf(roles, shuffled)];
        expect(other.cluster.labels).toEqual(plain.cluster.labels.map((label) => `c${label}`));
        expect(other.arm).toEqual(plain.arm);
        expect(other.stratum).toEqual(plain.stratum);
        expect(other.design.terms).toEqual(plain.design.terms);
        expect(designOf(other)).toEqual(order.map((i) => designOf(plain)[i]));
      },
    ),
    { numRuns: 20 },
  );
});
