import { readFileSync } from "node:fs";
import { readCsvText } from "../../src/data/readCsv.ts";
import type { Table } from "../../src/data/table.ts";

const tables = new Map<string, Table>();

/** The rows of fixtures/trials/<name>, read once per test file. */
export function trialTable(name: string): Table {
  const known = tables.get(name);
  if (known !== undefined) return known;
  const file = new URL(`../../fixtures/trials/${name}/data.csv`, import.meta.url);
  const table = readCsvText(readFileSync(file, "utf8"), { source: `${name}/data.csv` });
  tables.set(name, table);
  return table;
}
