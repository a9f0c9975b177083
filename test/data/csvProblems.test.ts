import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { InputProblem, Problem } from "../../src/contract/problem.ts";
import { readCsvStream, readCsvText } from "../../src/data/readCsv.ts";
import { caught } from "./caught.ts";

const source = "trial.csv";

describe("each fault of a file is one sentence with file, line and remedy", () => {
  test.each([
    ["empty", "", "csv-empty", "trial.csv is empty; a table needs a header line and rows"],
    ["blank", "\n \n", "csv-empty", "trial.csv is empty; a table needs a header line and rows"],
    ["header only", "a,b\n", "csv-no-rows", "trial.csv has a header and no rows; add the data"],
    [
      "ragged",
      "a,b\n1,2\n\n3,5,7\n",
      "csv-ragged",
      'trial.csv line 4 has 3 cells and the header has 2; complete the row, or put quotes around a cell that contains "," (a decimal comma must be a point)',
    ],
    [
      "short row",
      "a;b\n1;2\n3\n",
      "csv-ragged",
      'trial.csv line 3 has 1 cell and the header has 2; complete the row, or put quotes around a cell that contains ";"',
    ],
    [
      "ragged after a quoted newline",
      'a,b\n"x\ny",2\n3\n',
      "csv-ragged",
      'trial.csv line 4 has 1 cell and the header has 2; complete the row, or put quotes around a cell that contains "," (a decimal comma must be a point)',
    ],
    [
      "duplicate name",
      "a,b, a\n1,2,3\n",
      "csv-header-twice",
      'trial.csv line 1: columns 1 and 3 are both called "a"; rename one of them',
    ],
    [
      "unnamed column",
      "a,,c\n1,2,3\n",
      "csv-header-empty",
      "trial.csv line 1: column 2 of 3 has no name; give it one, or delete the column",
    ],
    [
      "row names of R",
      '"","y"\n"1",2\n',
      "csv-header-empty",
      "trial.csv line 1: column 1 of 2 has no name; give it one, or delete the column (row names of R: write.csv(…, row.names = FALSE))",
    ],
    [
      "no header",
      "1,2\n3,4\n",
      "csv-header-numbers",
      "trial.csv line 1: the first line holds numbers only where column names belong; put a header line above the data",
    ],
    [
      "two delimiters",
      "a;b,c\n1;2,3\n",
      "csv-delimiter",
      'trial.csv line 1: the header has ";" and ",", so it is not clear which separates the columns; quote the names that contain one of them',
    ],
    [
      "open quote",
      'a,b\n1,2\n3,"x\n4,5\n',
      "csv-quote-open",
      "trial.csv line 3: a quote opens in the row that begins here and is never closed; close it, or double a quote that is part of the text",
    ],
    [
      "stray quotes",
      'a,b\n1,2\n3,5" pipe 6" long\n',
      "csv-quote-stray",
      'trial.csv line 3: a quote stands inside a cell; put quotes around the whole cell and double the one inside ("5"" pipe")',
    ],
  ])("%s", (_, text, code, message) => {
    const problem = caught(() => readCsvText(text, { source }));
    expect(problem.code).toBe(code);
    expect(problem.kind).toBe("input");
    expect(problem.message).toBe(message);
  });

  const latin1 = (text: string) => Uint8Array.from(text, (letter) => letter.charCodeAt(0));
  const problemOf = async (...pieces: Uint8Array[]) => {
    async function* stream() {
      yield* pieces;
    }
    return readCsvStream(stream(), { source }).then(
      () => null,
      (error: unknown) => (error instanceof Problem ? { code: error.code, message: error.message } : error),
    );
  };
  const encoding = (line: number) => ({
    code: "csv-encoding",
    message: `trial.csv line ${line} holds bytes that are not UTF-8 text; save the file as UTF-8 (in Excel: "CSV UTF-8")`,
  });

  test("bytes that are not UTF-8, at whatever piece they come", async () => {
    expect(await problemOf(latin1("a,b\n1,x\n2,Mønster\n"))).toEqual(encoding(3));
    expect(await problemOf(latin1("a,b\n1,x\n"), latin1("2,y\r\n3,Mønster\n"))).toEqual(encoding(4));
    expect(await problemOf(latin1("a,b\n1,x\n2,M\u00c3"))).toEqual(encoding(3));
    expect(await problemOf(latin1("é"))).toEqual(encoding(1));
  });

  test("UTF-16, with and without its mark", async () => {
    const utf16 = Array.from("a,b\n1,2\n").flatMap((letter) => [letter.charCodeAt(0), 0]);
    expect(await problemOf(Uint8Array.from([0xff, 0xfe, ...utf16]))).toEqual(encoding(1));
    expect(await problemOf(Uint8Array.from(utf16))).toEqual(encoding(1));
  });

  test("a character cut between two pieces is no fault", async () => {
    const whole = new TextEncoder().encode("a,b\n1,ø\n");
    expect(await problemOf(whole.subarray(0, 7), whole.subarray(7))).toBeNull();
  });

  test("whatever the bytes, the answer is a table or a problem of the file", () => {
    const piece = fc.constantFrom(
      "a",
      "b",
      "1",
      "2.5",
      ",",
      ";",
      "\t",
      '"',
      '""',
      "\n",
      "\r\n",
      "\r",
      " ",
      "é",
      ".",
      "NA",
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 40 }), (pieces) => {
        try {
          const table = readCsvText(pieces.join(""));
          for (const column of table.columns.values()) {
            expect((column.kind === "number" ? column.values : column.codes).length).toBe(table.rows);
          }
        } catch (error) {
          expect(error).toBeInstanceOf(InputProblem);
        }
      }),
      { numRuns: 2000 },
    );
  });
});
