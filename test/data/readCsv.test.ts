import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { readCsvStream, readCsvText } from "../../src/data/readCsv.ts";
import type { Table } from "../../src/data/table.ts";

/** Cells as values: numbers, words, null for missing. */
const cells = (table: Table) =>
  Object.fromEntries(
    [...table.columns].map(([name, column]) => [
      name,
      column.kind === "number"
        ? Array.from(column.values, (value) => (Number.isNaN(value) ? null : value))
        : Array.from(column.codes, (code) => (code < 0 ? null : column.levels[code]!)),
    ]),
  );

const bytes = (text: string) => new TextEncoder().encode(text);

describe("readCsvText", () => {
  test("numbers, words and missing cells", () => {
    const table = readCsvText("practice,arm,y\n1,control,3.5\n2,intervention,NA\n10,,-1e2\n", { source: "trial.csv" });
    expect(table.source).toBe("trial.csv");
    expect(table.rows).toBe(3);
    expect(cells(table)).toEqual({
      practice: [1, 2, 10],
      arm: ["control", "intervention", null],
      y: [3.5, null, -100],
    });
    expect([...table.lines!]).toEqual([2, 3, 4]);
    expect([...table.columns.keys()]).toEqual(["practice", "arm", "y"]);
  });

  test("byte order mark, CR LF, no newline at the end", () => {
    const table = readCsvText("\uFEFFa,b\r\n1,x\r\n2,y");
    expect(cells(table)).toEqual({ a: [1, 2], b: ["x", "y"] });
    expect([...table.lines!]).toEqual([2, 3]);
  });

  test("carriage returns alone, and mixed line ends", () => {
    expect(cells(readCsvText("a,b\r1,x\r2,y\r"))).toEqual({ a: [1, 2], b: ["x", "y"] });
    const mixed = readCsvText("a,b\r\n1,x\n2,y\r3,z");
    expect(cells(mixed)).toEqual({ a: [1, 2, 3], b: ["x", "y", "z"] });
    expect([...mixed.lines!]).toEqual([2, 3, 4]);
  });

  test("quoted cells with delimiters, quotes and newlines keep the line on which their row began", () => {
    const table = readCsvText('id,note,y\n1,"a, ""b""\nsecond line",2\n2,c,3\n');
    expect(cells(table)).toEqual({ id: [1, 2], note: ['a, "b"\nsecond line', "c"], y: [2, 3] });
    expect([...table.lines!]).toEqual([2, 4]);
  });

  test("empty lines are skipped and lines still counted", () => {
    const table = readCsvText("\n\na,b\n\n1,2\n  \n3,4\n\n\n");
    expect(cells(table)).toEqual({ a: [1, 3], b: [2, 4] });
    expect([...table.lines!]).toEqual([5, 7]);
  });

  test("blanks around cells and names do not count", () => {
    expect(cells(readCsvText('a , "b"\n 1 ,  usual care \n2, "usual care"\n'))).toEqual({
      a: [1, 2],
      b: ["usual care", "usual care"],
    });
  });

  test.each([
    ["semicolons", "a;b\n1;x,y\n2;z\n"],
    ["tabs", "a\tb\n1\tx,y\n2\tz\n"],
    ["commas, with a semicolon in a quoted name", '"a","b"\n1,"x,y"\n2,z\n'],
  ])("%s separate columns when the header says so", (_, text) => {
    expect(cells(readCsvText(text))).toEqual({ a: [1, 2], b: ["x,y", "z"] });
  });

  test("a stated delimiter settles an ambiguous header", () => {
    expect(cells(readCsvText("a;x,b\n1,2\n", { delimiter: "," }))).toEqual({ "a;x": [1], b: [2] });
  });

  test("a delimiter inside a quoted name does not count", () => {
    expect([...readCsvText('"a;b",c\n1,2\n').columns.keys()]).toEqual(["a;b", "c"]);
  });

  test("empty cells between tabs, and a row of delimiters only, are missing cells", () => {
    expect(cells(readCsvText("a\tb\tc\n1\t\t2\n\t\t\n\t3\t\n"))).toEqual({
      a: [1, null, null],
      b: [null, null, 3],
      c: [2, null, null],
    });
    expect(cells(readCsvText("a,b\n,\n , 1\n"))).toEqual({ a: [null, null], b: [null, 1] });
  });

  test("one column, with a comma in its cells only", () => {
    expect(cells(readCsvText('\ny\n"3,5"\n2\n'))).toEqual({ y: ["3,5", "2"] });
  });

  test("missing codes are the caller's, words or numbers", () => {
    const table = readCsvText("a,b\n-99,.\nNA,x\n3,\n", { missingCodes: ["-99", "."] });
    expect(cells(table)).toEqual({
      a: [null, "NA", 3].map((v) => (typeof v === "number" ? String(v) : v)),
      b: [null, "x", ""],
    });
  });

  test("a column of missing cells only is numeric", () => {
    expect(cells(readCsvText("a,b\n,1\nNA,2\n"))).toEqual({ a: [null, null], b: [1, 2] });
  });

  test("one word makes a column text; numbers in it are labelled by their value, wherever they stand", () => {
    const first = readCsvText("a\n007\nx\n7\n7.0\n");
    const last = readCsvText("a\n7\n007\n7.0\nx\n");
    expect(cells(first)).toEqual({ a: ["7", "x", "7", "7"] });
    expect(cells(last)).toEqual({ a: ["7", "7", "7", "x"] });
    expect(first.columns.get("a")).toMatchObject({ levels: ["7", "x"], mixed: { line: 3, cell: "x" } });
    expect(last.columns.get("a")).toMatchObject({ mixed: { line: 5, cell: "x" } });
  });

  test("words alone are not a mixed column; decimal commas are numbers gone wrong", () => {
    expect(readCsvText("a\nx\ny\n").columns.get("a")).toMatchObject({ mixed: null });
    expect(readCsvText('a\n"3,5"\n"2,5"\n').columns.get("a")).toMatchObject({ mixed: { line: 2, cell: "3,5" } });
  });

  test("long identifiers stay apart", () => {
    expect(cells(readCsvText("id\n900719925474099301\n900719925474099302\n"))).toEqual({
      id: ["900719925474099301", "900719925474099302"],
    });
  });

  test("characters beyond the basic plane survive the cutting of the text", () => {
    const word = "😀".repeat(40_000);
    expect(cells(readCsvText(`a,b\nx${word},1\n${word},2\n`))).toEqual({ a: [`x${word}`, word], b: [1, 2] });
  });
});

/** A CSV text with its cells, quoted at the writer's whim. */
const written = fc
  .record({
    names: fc.uniqueArray(fc.stringMatching(/^[a-z][a-z0-9_ ]{0,5}[a-z0-9]$/), { minLength: 1, maxLength: 4 }),
    rows: fc.array(
      fc.array(fc.oneof(fc.double({ noNaN: true, noDefaultInfinity: true }), fc.string({ maxLength: 5 })), {
        minLength: 4,
        maxLength: 4,
      }),
      { minLength: 1, maxLength: 8 },
    ),
    eol: fc.constantFrom("\n", "\r\n", "\r"),
    delimiter: fc.constantFrom(",", ";", "\t"),
    blank: fc.constantFrom("", "\n", "  \n\n"),
  })
  .map(({ names, rows, eol, delimiter, blank }) => {
    const table = rows.map((row) =>
      names.map((_, k) => {
        const cell = row[k]!;
        // A safe integer, a fraction, or a word that is kept as it is.
        return typeof cell === "number" ? String(cell) : `w${cell.replace(/[\r\0]/g, "")}w`;
      }),
    );
    const quote = (cell: string) => (/[",;\t\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell);
    const text = [names, ...table].map((row) => row.map(quote).join(delimiter) + eol).join(blank);
    return { names, table, text: `${blank}${text}` };
  });

const asWritten = (table: Table) =>
  Object.values(cells(table)).map((column) => column.map((cell) => (cell === null ? null : String(cell))));

const canonical = (cell: string) => {
  const value = Number(cell);
  return Number.isNaN(value) || (Number.isInteger(value) && !Number.isSafeInteger(value) && /^-?\d+$/.test(cell))
    ? cell
    : String(value + 0);
};

describe("laws of reading", () => {
  test("what was written is read", () => {
    fc.assert(
      fc.property(written, ({ names, table, text }) => {
        const read = readCsvText(text);
        expect([...read.columns.keys()]).toEqual(names.map((name) => name.trim()));
        expect(asWritten(read)).toEqual(names.map((_, k) => table.map((row) => canonical(row[k]!))));
      }),
    );
  });

  test("the pieces of a stream do not matter, nor whether they are text or bytes", async () => {
    await fc.assert(
      fc.asyncProperty(written, fc.integer({ min: 1, max: 7 }), async ({ text }, size) => {
        const whole = readCsvText(text);
        const all = bytes(text);
        async function* pieces() {
          for (let from = 0; from < all.length; from += size) yield all.subarray(from, from + size);
        }
        async function* texts() {
          for (let from = 0; from < text.length; from += size) yield text.slice(from, from + size);
        }
        expect(await readCsvStream(pieces())).toEqual(whole);
        expect(await readCsvStream(texts())).toEqual(whole);
        const stream = new ReadableStream<Uint8Array>({
          start(controller) {
            for (let from = 0; from < all.length; from += size) controller.enqueue(all.slice(from, from + size));
            controller.close();
          },
        });
        expect(await readCsvStream(stream)).toEqual(whole);
      }),
      { numRuns: 40 },
    );
  });
});
