import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { Problem } from "../../src/contract/problem.ts";
import { readCsvFile } from "../../src/data/index.node.ts";
import { readCsvText } from "../../src/data/readCsv.ts";

const folder = mkdtempSync(join(tmpdir(), "clustrial-"));
afterAll(() => rmSync(folder, { recursive: true }));

const problem = (path: string) =>
  readCsvFile(path).then(
    () => null,
    (error: unknown) => {
      if (error instanceof Problem) return { code: error.code, message: error.message };
      throw error;
    },
  );

test("a file longer than a piece of the stream is the same table as its text", async () => {
  const lines = Array.from({ length: 20_000 }, (_, i) => `${i},"practice ${i % 97}",${Math.sin(i)}`);
  const text = `id,practice,y\n${lines.join("\n")}\n`;
  const path = join(folder, "long.csv");
  writeFileSync(path, text);
  const table = await readCsvFile(path);
  expect(table.source).toBe("long.csv");
  expect(table).toEqual(readCsvText(text, { source: "long.csv" }));
});

test("options, and the name for messages", async () => {
  const path = join(folder, "bad.csv");
  writeFileSync(path, "a;b\n1;2\n3\n");
  expect((await problem(path))?.message).toMatch(/^bad\.csv line 3 has 1 cell/);
  writeFileSync(path, "a;b\n1;-9\n");
  const table = await readCsvFile(path, { source: "site 1", missingCodes: ["-9"] });
  expect(table.source).toBe("site 1");
  expect(table.columns.get("b")).toMatchObject({ values: Float64Array.of(Number.NaN) });
});

test("files that cannot be read", async () => {
  const absent = join(folder, "absent.csv");
  expect(await problem(absent)).toEqual({
    code: "unreadable-file",
    message: `${absent} cannot be read: there is no such file`,
  });
  expect(await problem(folder)).toEqual({
    code: "unreadable-file",
    message: `${folder} cannot be read: it is a folder`,
  });
});
