import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { tableFromRows } from "../../../src/data/tableFromColumns.ts";
import {
  costBreakdown,
  discountFactor,
  inflationFactor,
  moneyColumn,
  readPrices,
  readResourceLog,
  resourceCosts,
  spreadCosts,
  totalCosts,
  unitCosts,
} from "../../../src/economics/index.ts";
import { refusal } from "../../support/refusal.ts";

const column = (name: string, values: readonly number[]) => ({ name, values: Float64Array.from(values) });

describe("discountFactor", () => {
  test("leaves the first year as it is and takes one year off the second", () => {
    expect(discountFactor(1, null, "gp")).toBe(1);
    expect(discountFactor(1, 0.035, "gp")).toBe(1);
    expect(discountFactor(2, 0.035, "gp")).toBeCloseTo(1 / 1.035, 15);
    expect(discountFactor(3, 0, "gp")).toBe(1);
  });

  test.each<[number, number | null, string, string]>([
    [
      2,
      null,
      "discount-needed",
      "Year 2 of follow-up holds part of gp, and what falls after the first year is discounted: state discount, the rate per year (0.035 in the United Kingdom, 0 for none)",
    ],
    [2, 1, "discount-rate", "The discount rate is 1; it is a share per year from 0 to below 1, such as 0.035"],
    [1, -0.1, "discount-rate", "The discount rate is -0.1; it is a share per year from 0 to below 1, such as 0.035"],
    [
      0,
      0.035,
      "follow-up-year",
      "gp: the year of follow-up is 0; it is a whole number, 1 for the twelve months from randomisation",
    ],
  ])("year %s at %s is refused: %s", (year, rate, code, message) => {
    expect(refusal(() => discountFactor(year, rate, "gp"))).toEqual({ code, message });
  });
});

describe("unitCosts", () => {
  const index = { "2019/20": 104, "2021": 110.5, "2023": 121.55 };
  const money = { currency: null, priceYear: "2023", index };

  test("inflates by the ratio of indices, and not at all within a year", () => {
    expect(inflationFactor(index, "2021", "2023")).toBeCloseTo(1.1, 15);
    expect(inflationFactor({}, "2021", "2021")).toBe(1);
    const found = unitCosts(
      [
        { item: "gp", price: 36, year: "2021", currency: "£" },
        { item: "nurse", price: 10, year: "2023", currency: null },
        { item: "drug", price: 104, year: "2019/20", currency: "GBP" },
      ],
      money,
    );
    expect(found.currency).toBe("£");
    expect(found.values[0]).toBeCloseTo(39.6, 13);
    expect(found.values[1]).toBe(10);
    expect(found.values[2]).toBeCloseTo(121.55, 12);
  });

  test("takes prices as they are when they are of one year, and says which", () => {
    const prices = [{ item: "gp", price: 36, year: "2021", currency: null }];
    expect(unitCosts(prices, { ...money, priceYear: null })).toEqual({
      currency: null,
      priceYear: "2021",
      values: [36],
    });
  });

  const gp = { item: "gp", price: 36, year: "2021", currency: "GBP" };
  test.each<[object, object, string, RegExp]>([
    [{ year: "2020" }, money, "index-year-missing", /no year 2020 \(it has 2019\/20, 2021, 2023\); add it to index/],
    [{ year: null }, money, "price-year-missing", /"b" has no year, and costs are to be in prices of 2023/],
    [{ currency: "EUR" }, money, "currencies-differ", /"b" is priced in EUR and "gp" in GBP/],
    [
      { currency: "EUR" },
      { ...money, currency: "USD" },
      "currencies-differ",
      /"gp" is priced in GBP and costs in all in USD/,
    ],
    [
      { year: "2020" },
      { ...money, priceYear: null },
      "price-years-differ",
      /"gp" is in prices of 2021 and "b" in prices of 2020/,
    ],
    [{ price: -1 }, money, "price-invalid", /price of "b" is -1; a price is a number from 0/],
    [{ year: "2019" }, { ...money, index: { "2019": 0, "2023": 1 } }, "index-year-missing", /no year 2021/],
  ])("%j is refused: %s", (change, into, code, message) => {
    const refused = refusal(() => unitCosts([gp, { ...gp, item: "b", ...change }], { ...money, ...into }));
    expect(refused.code).toBe(code);
    expect(refused.message).toMatch(message);
  });

  test("an index of 0 is refused", () => {
    expect(refusal(() => inflationFactor({ a: 0, b: 1 }, "a", "b")).code).toBe("index-invalid");
  });

  test("is the same in any base of the index", () => {
    fc.assert(
      fc.property(fc.double({ min: 0.01, max: 1000, noNaN: true }), (base) => {
        const rebased = Object.fromEntries(Object.entries(index).map(([year, value]) => [year, value * base]));
        const before = unitCosts([gp], money).values[0]!;
        const after = unitCosts([gp], { ...money, index: rebased }).values[0]!;
        expect(Math.abs(after - before)).toBeLessThan(1e-12 * before);
      }),
    );
  });
});

describe("resourceCosts and totalCosts", () => {
  const gp = { item: "gp", unitCost: 40, use: [{ column: column("gp", [1, 0, Number.NaN]), followUpYear: 1 }] };
  const drug = {
    item: "drug",
    unitCost: 10,
    use: [
      { column: column("drug_1", [2, 3, 1]), followUpYear: 1 },
      { column: column("drug_2", [4, Number.NaN, 1]), followUpYear: 2 },
    ],
  };

  test("price units of every column in its year and add items up", () => {
    const items = [resourceCosts(gp, 0.25), resourceCosts(drug, 0.25)];
    expect([...items[1]!.use!]).toEqual([6, Number.NaN, 2]);
    expect([...items[1]!.cost]).toEqual([20 + 40 / 1.25, Number.NaN, 18]);
    const total = totalCosts(items);
    expect([...total.values]).toEqual([92, Number.NaN, Number.NaN]);
    expect([...total.absence.of]).toEqual([-1, 1, 0]);
    expect(total.absence.names).toEqual(["gp", "drug"]);
  });

  test("a negative count is refused with its row and item", () => {
    const bad = { ...gp, use: [{ column: column("gp", [1, -2, 0]), followUpYear: 1 }] };
    expect(refusal(() => resourceCosts(bad, null))).toEqual({
      code: "quantity-negative",
      message:
        'data row 2, column "gp": -2 units of "gp" is below 0; correct the count, or leave the cell empty when it is not known',
    });
  });

  test("the breakdown of an arm adds up to its mean", () => {
    const items = [resourceCosts(gp, 0.25), resourceCosts(drug, 0.25)];
    const rows = Int32Array.of(0, 1, 2);
    const [arm] = costBreakdown(items, totalCosts(items), [{ arm: "new", rows }]);
    expect(arm).toEqual({
      arm: "new",
      participants: 1,
      meanCost: 92,
      items: [
        { item: "gp", unitCost: 40, meanUse: 1, users: 1, meanCost: 40, share: 40 / 92 },
        { item: "drug", unitCost: 10, meanUse: 6, users: 1, meanCost: 52, share: 52 / 92 },
      ],
      missing: [
        { item: "gp", participants: 1 },
        { item: "drug", participants: 1 },
      ],
    });
  });

  test("an arm in which nobody has a total has no mean", () => {
    const items = [resourceCosts(gp, null)];
    const [arm] = costBreakdown(items, totalCosts(items), [{ arm: null, rows: Int32Array.of(2) }]);
    expect(arm).toMatchObject({ participants: 0, meanCost: null, items: [{ meanCost: 0, share: null }] });
  });
});

describe("spreadCosts", () => {
  test("has the same mean over participants within practices and over the arm", () => {
    const clusters = fc.array(fc.tuple(fc.nat(5000), fc.integer({ min: 1, max: 40 })), { minLength: 1, maxLength: 12 });
    fc.assert(
      fc.property(clusters, (list) => {
        const shared = {
          amount: Float64Array.from(list, ([amount]) => amount),
          patients: Float64Array.from(list, ([, patients]) => patients),
          bears: new Uint8Array(list.length).fill(1),
        };
        const total = (among: "cluster" | "arm") =>
          spreadCosts({ ...shared, among }).reduce((sum, each, j) => sum + each * shared.patients[j]!, 0);
        expect(total("arm")).toBeCloseTo(total("cluster"), 6);
      }),
    );
  });

  test("costs nothing where the cost is not borne", () => {
    const perPatient = spreadCosts({
      amount: 900,
      patients: Float64Array.of(2, 5, 7),
      bears: Uint8Array.of(1, 0, 1),
      among: "cluster",
    });
    expect([...perPatient]).toEqual([100, 0, 100]);
  });
});

describe("money in columns", () => {
  const read = (cells: readonly (string | number | null)[]) =>
    moneyColumn(tableFromRows(cells.map((cost) => ({ cost }))), "cost", "a cost");

  test("is read with its mark", () => {
    expect(read(["£36.50", "£1,250", null, "-£2"].slice(0, 3))).toEqual({
      values: Float64Array.of(36.5, 1250, Number.NaN),
      currency: "£",
    });
    expect(read(["12 EUR", "€ 3"]).values).toEqual(Float64Array.of(12, 3));
    expect(read([12, 3.5]).currency).toBeNull();
    expect(read(["GBP -4", "5"])).toEqual({ values: Float64Array.of(-4, 5), currency: "GBP" });
  });

  test.each<[readonly string[], string, string]>([
    [
      ["£36", "$40"],
      "currency-mixed",
      'data row 2, column "cost": $ here and £ before; a column holds one currency, so convert the amounts first',
    ],
    [["£36", "about £40"], "not-a-number", 'data row 2, column "cost": "about £40" is not a number'],
    [["1,25", "3"], "decimal-comma", 'data row 1, column "cost": "1,25" has a comma'],
  ])("%j is refused: %s", (cells, code, message) => {
    const refused = refusal(() => read(cells));
    expect(refused.code).toBe(code);
    expect(refused.message).toContain(message);
  });
});

describe("readPrices", () => {
  const rows = [
    { item: "gp", price: 36, year: 2021, currency: "GBP" },
    { item: "nurse", price: 11, year: "2020/21", currency: null },
  ];
  const read = (list: readonly object[]) => readPrices(tableFromRows(list as typeof rows, { source: "prices.csv" }));

  test("gives each item its price", () => {
    expect(read(rows)).toEqual([
      { item: "gp", price: 36, year: "2021", currency: "GBP" },
      { item: "nurse", price: 11, year: "2020/21", currency: null },
    ]);
    expect(read([{ item: "gp", price: "£36" }])).toEqual([{ item: "gp", price: 36, year: null, currency: "£" }]);
  });

  test.each<[object, string, RegExp]>([
    [{ item: "gp", price: 3 }, "item-twice", /^prices.csv row 3: "gp" is priced a second time/],
    [{ item: "x", price: -3 }, "price-negative", /^prices.csv row 3, column "price": the price -3 of "x" is below 0/],
    [{ item: "x", price: null }, "price-missing-cell", /^prices.csv row 3, column "price": the cell is empty/],
    [{ item: null, price: 3 }, "price-missing-cell", /^prices.csv row 3, column "item": the cell is empty/],
    [
      { item: "x", price: 3, currency: "EUR" },
      "currency-mixed",
      /^prices.csv row 3, column "currency": EUR here and GBP before/,
    ],
  ])("%j is refused: %s", (row, code, message) => {
    const refused = refusal(() => read([...rows, row]));
    expect(refused.code).toBe(code);
    expect(refused.message).toMatch(message);
  });

  test("a table without prices is refused", () => {
    expect(refusal(() => read([{ item: "gp", cost: 3 }])).code).toBe("unknown-column");
  });
});

describe("readResourceLog", () => {
  const data = tableFromRows([
    { id: "a", practice: 1 },
    { id: "b", practice: 1 },
    { id: "c", practice: 2 },
  ]);
  const columns = {
    participant: "id",
    cluster: null,
    item: "item",
    quantity: "n",
    followUpYear: null,
    absent: "zero",
  } as const;
  const log = (rows: readonly Record<string, string | number | null>[]) => tableFromRows(rows, { source: "use.csv" });
  const read = (rows: readonly Record<string, string | number | null>[], change: object = {}) =>
    readResourceLog(log(rows), { ...columns, ...change }, ["gp", "nurse"], data);

  test("adds up units, and knows what is not listed", () => {
    const rows = [
      { id: "a", item: "gp", n: 2 },
      { id: "b", item: "nurse", n: null },
      { id: "a", item: "gp", n: 1 },
    ];
    const use = (change: object, item: string) => [...read(rows, change).get(item)![0]!.column.values];
    expect(use({}, "gp")).toEqual([3, 0, 0]);
    expect(use({ absent: "missing" }, "gp")).toEqual([3, 0, Number.NaN]);
    expect(use({}, "nurse")).toEqual([0, Number.NaN, 0]);
    expect(use({ quantity: null }, "gp")).toEqual([2, 0, 0]);
  });

  test.each<[Record<string, string | number | null>, object, string, RegExp]>([
    [
      { id: "x", item: "gp", n: 1 },
      {},
      "participant-unknown",
      /^use.csv row 1, column "id": data has no participant "x"/,
    ],
    [
      { id: "a", item: "nurce", n: 1 },
      {},
      "item-unknown",
      /"nurce" is not among the resources; did you mean "nurse"\?/,
    ],
    [{ id: "a", item: null, n: 1 }, {}, "log-cell-missing", /column "item": the cell is empty/],
    [{ id: "a", item: "gp", n: -1 }, {}, "quantity-negative", /column "n": -1 units of "gp" is below 0/],
    [
      { id: "a", item: "gp", n: 1, y: 0.5 },
      { followUpYear: "y" },
      "follow-up-year",
      /use.csv row 1, column "y": the year of follow-up is 0.5/,
    ],
  ])("%j is refused", (row, change, code, message) => {
    const refused = refusal(() => read([row], change));
    expect(refused.code).toBe(code);
    expect(refused.message).toMatch(message);
  });

  test("a participant with two rows in the data is refused, unless the cluster tells them apart", () => {
    const twice = tableFromRows([
      { id: "a", practice: 1 },
      { id: "a", practice: 2 },
    ]);
    const rows = [{ id: "a", item: "gp", n: 2, practice: 2 }];
    expect(refusal(() => readResourceLog(log(rows), columns, ["gp"], twice)).code).toBe("participant-repeated");
    const found = readResourceLog(log(rows), { ...columns, cluster: "practice" }, ["gp"], twice);
    expect([...found.get("gp")![0]!.column.values]).toEqual([0, 2]);
  });
});
