import { sha256 } from "./sha256.ts";
import type { Table } from "./table.ts";
import { requireColumn } from "./usedColumn.ts";

/**
 * SHA-256 of the named columns of a table, in hexadecimal: the same values give the same fingerprint whatever the file's
 * format, the order of its columns or the columns beside them.
 *
 * Columns are taken in the order of their names. Each contributes its name, its kind and its rows: numbers in as many
 * bytes as the column needs (1, 2 or 4 when all are whole, none is negative and none missing; else the 8 of a double, −0
 * as 0, a missing cell as one NaN), a word as the position of its level after the list of levels. Hashing costs more than
 * fitting when rows are many; identifiers, arms and scores are mostly short.
 */
export function fingerprintOf(table: Table, names: readonly string[]): string {
  const hash = sha256();
  const text = new TextEncoder();
  hash.update(text.encode(`rows ${table.rows}\n`));
  for (const name of [...new Set(names)].sort()) {
    const column = requireColumn(table, name);
    if (column.kind === "number") {
      const bytes = bytesOf(column.values);
      hash.update(text.encode(`${JSON.stringify(name)} number ${bytes}\n`));
      const write = writers[bytes];
      const block = new DataView(new ArrayBuffer(bytes * Math.min(blockRows, table.rows)));
      eachBlock(table.rows, (from, to) => {
        write(block, column.values, from, to);
        hash.update(new Uint8Array(block.buffer, 0, (to - from) * bytes));
      });
    } else {
      hash.update(text.encode(`${JSON.stringify(name)} text ${JSON.stringify(column.levels)}\n`));
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

type Bytes = 1 | 2 | 4 | 8;

/** Fewest bytes that keep every value of the column. */
function bytesOf(values: Float64Array): Bytes {
  let largest = 0;
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!;
    // False for NaN as well.
    if (!(value >= 0 && value <= 0xffffffff && value === Math.floor(value))) return 8;
    if (value > largest) largest = value;
  }
  return largest <= 0xff ? 1 : largest <= 0xffff ? 2 : 4;
}

type Write = (block: DataView, values: Float64Array, from: number, to: number) => void;

const writers: Readonly<Record<Bytes, Write>> = {
  1: (block, values, from, to) => {
    for (let i = from; i < to; i++) block.setUint8(i - from, values[i]!);
  },
  2: (block, values, from, to) => {
    for (let i = from; i < to; i++) block.setUint16((i - from) * 2, values[i]!, true);
  },
  4: (block, values, from, to) => {
    for (let i = from; i < to; i++) block.setUint32((i - from) * 4, values[i]!, true);
  },
  8: (block, values, from, to) => {
    for (let i = from; i < to; i++) {
      const value = values[i]!;
      if (!Number.isNaN(value)) block.setFloat64((i - from) * 8, value + 0, true);
      else block.setBigUint64((i - from) * 8, missing, true);
    }
  },
};

function eachBlock(rows: number, visit: (from: number, to: number) => void): void {
  for (let from = 0; from < rows; from += blockRows) visit(from, Math.min(from + blockRows, rows));
}
