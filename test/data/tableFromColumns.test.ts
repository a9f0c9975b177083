import { describe, expect, test } from "vitest";
import { readCsvText } from "../../src/data/readCsv.ts";
import { tableFromColumns, tableFromRows } from "../../src/data/tableFromColumns.ts";
import { caught } from "./caught.ts";

describe("tables from scripts", () => {
  test("columns of any kind of array", () => {
    const table = tableFromColumns({
      practice: Int32Array.of(1, 2, 2),
      arm: ["a", "b", "b"],
      y: Float64Array.of(1.5, Number.NaN, -0),
      event: [true, false, null],
      mixed: [1, "x", undefined],
      text: ["1", "2.50", "NA"],
    });
    expect(table).toMatchObject({ source: "data", rows: 3, lines: null });
    expect(table.columns.get("practice")).toEqual({
      kind: "number",
      name: "practice",
      values: Float64Array.of(1, 2, 2),
    });
    expect(table.columns.get("y")).toEqual({ kind: "number", name: "y", values: Float64Array.of(1.5, Number.NaN, 0) });
    expect(table.columns.get("event")).toEqual({
      kind: "number",
      name: "event",
      values: Float64Array.of(1, 0, Number.NaN),
    });
    expect(table.columns.get("text")).toEqual({
      kind: "number",
      name: "text",
      values: Float64Array.of(1, 2.5, Number.NaN),
    });
    expect(table.columns.get("mixed")).toEqual({
      kind: "text",
      name: "mixed",
      codes: Int32Array.of(0, 1, -1),
      levels: ["1", "x"],
      mixed: { line: 2, cell: "x" },
    });
  });

  test("rows and columns and a file of the same cells make the same table", () => {
    const columns = { id: ["a10", "a9", "a10"], y: [1, 2, 3] };
    const fromColumns = tableFromColumns(columns);
    const fromRows = tableFromRows(columns.id.map((id, i) => ({ id, y: columns.y[i]! })));
    expect(fromRows).toEqual(fromColumns);
    const fromFile = readCsvText("id,y\na10,1\na9,2\na10,3\n");
    expect({ ...fromFile, lines: null }).toEqual(fromColumns);
  });

  test("a key that a row lacks is a missing cell", () => {
    const table = tableFromRows([{ a: 1 }, { b: "x" }, { a: null, b: "y" }]);
    expect(table.columns.get("a")).toMatchObject({ values: Float64Array.of(1, Number.NaN, Number.NaN) });
    expect(table.columns.get("b")).toMatchObject({ codes: Int32Array.of(-1, 0, 1) });
  });

  test("names such as __proto__ are names", () => {
    expect([...tableFromRows([JSON.parse('{"__proto__": 1, "toString": 2}')]).columns.keys()]).toEqual([
      "__proto__",
      "toString",
    ]);
  });

  test("columns of different lengths", () => {
    expect(caught(() => tableFromColumns({ a: [1, 2], b: [1] }))).toEqual({
      kind: "input",
      code: "column-lengths",
      message: 'Column "b" has 1 row and column "a" has 2; columns of one table must be equally long',
    });
  });

  test("infinite numbers", () => {
    expect(caught(() => tableFromColumns({ a: [1, Number.NEGATIVE_INFINITY] }, { source: "trial" }))).toEqual({
      kind: "input",
      code: "cell-not-finite",
      message: 'trial row 2, column "a": -Infinity is not a finite number; correct it or leave the cell empty',
    });
  });
});
