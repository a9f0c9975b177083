import { sha256 } from "./sha256.ts";
import type { Table } from "./table.ts";
import { requireColumn } from "./usedColumn.ts";

/**
 * SHA-256 of the named columns of a table, in hexadecimal: the same values give the same fingerprint whatever the file's
 * format, the order of its columns or the columns beside them.
 *
 * Columns are taken in the order of their names. Each contributes its name, its kind and its rows: a number as its eight
 * bytes (−0 as 0, a missing cell as one NaN), a word as the position of its level after the list of levels.
 */
export function fingerprintOf(table: Table, names: readonly string[]): string {
  const hash = sha256();
  const text = new TextEncoder();
  hash.update(text.encode(`rows ${table.rows}\n`));
  for (const name of [...new Set(names)].sort()) {
    const column = requireColumn(table, name);
    hash.update(text.encode(`${JSON.stringify(name)} ${column.kind}\n`));
    if (column.kind === "number") {
      const block = new DataView(new ArrayBuffer(8 * blockRows));
      eachBlock(table.rows, (from, to) => {
        for (let i = from; i < to; i++) {
          const value = column.values[i]!;
          if (!Number.isNaN(value)) block.setFloat64((i - from) * 8, value + 0, true);
          else block.setBigUint64((i - from) * 8, missing, true);
        }
        hash.update(new Uint8Array(block.buffer, 0, (to - from) * 8));
      });
    } else {
      hash.update(text.encode(`${JSON.stringify(column.levels)}\n`));
      const block = new DataView(new ArrayBuffer(4 * blockRows));
      eachBlock(table.rows, (from, to) => {
        for (let i = from; i < to; i++) block.setInt32((i - from) * 4, column.codes[i]!, true);
        hash.update(new Uint8Array(block.buffer, 0, (to - from) * 4));
      });
    }
  }
  return hash.digest();
}

const blockRows = 4096;
const missing = 0x7ff8000000000000n;

function eachBlock(rows: number, visit: (from: number, to: number) => void): void {
  for (let from = 0; from < rows; from += blockRows) visit(from, Math.min(from + blockRows, rows));
}
