import { naturalOrder } from "./naturalOrder.ts";
import { hasDecimalComma, parseNumber } from "./parseNumber.ts";
import type { Column } from "./table.ts";

/** A column that grows cell by cell and finds out whether it holds numbers or words. */
export interface ColumnBuilder {
  /** A cell as text; `line` is where its row began, or the row's number. */
  addCell(cell: string, line: number): void;
  /** A finite number, or NaN for a missing cell. */
  addNumber(value: number, line: number): void;
  addMissing(): void;
  /** The finished column; the builder must not be used afterwards. */
  finish(): Column;
}

// Numbers are kept in chunks rather than in one doubling array: growing never copies what was read.
const chunkLength = 1 << 15;

/**
 * Numbers as long as every cell is one; at the first word the column becomes text. A numeric cell of a text column is
 * labelled by its value ("007" is "7"), so that the label does not depend on the order of the rows.
 */
export function columnBuilder(name: string, missingCodes: ReadonlySet<string>): ColumnBuilder {
  let numbers: Float64Array[] = [];
  let codes: Int32Array[] = [];
  const codeOf = new Map<string, number>();
  let rows = 0;
  let isText = false;
  let hasNumbers = false;
  let firstWord: { line: number; cell: string } | null = null;
  let firstComma: { line: number; cell: string } | null = null;

  const pushNumber = (value: number): void => {
    const at = rows++ % chunkLength;
    if (at === 0) numbers.push(new Float64Array(chunkLength));
    numbers[numbers.length - 1]![at] = value;
  };
  const pushCode = (code: number): void => {
    const at = rows++ % chunkLength;
    if (at === 0) codes.push(new Int32Array(chunkLength));
    codes[codes.length - 1]![at] = code;
  };
  const codeFor = (label: string): number => {
    let code = codeOf.get(label);
    if (code === undefined) {
      code = codeOf.size;
      codeOf.set(label, code);
    }
    return code;
  };
  const becomeText = (): void => {
    isText = true;
    const seen = numbers;
    const upTo = rows;
    numbers = [];
    rows = 0;
    for (let i = 0; i < upTo; i++) {
      const value = seen[Math.floor(i / chunkLength)]![i % chunkLength]!;
      pushCode(value === value ? codeFor(String(value)) : -1);
    }
  };
  const addNumber = (value: number): void => {
    if (value === value) hasNumbers = true;
    if (!isText) pushNumber(value + 0);
    else pushCode(value === value ? codeFor(String(value + 0)) : -1);
  };
  const addMissing = (): void => {
    if (isText) pushCode(-1);
    else pushNumber(Number.NaN);
  };

  return {
    addCell(given, line) {
      const cell = trimmed(given);
      if (missingCodes.has(cell)) {
        addMissing();
        return;
      }
      const value = parseNumber(cell);
      if (value === value) {
        addNumber(value);
        return;
      }
      if (!isText) becomeText();
      firstWord ??= { line, cell };
      if (firstComma === null && hasDecimalComma(cell)) firstComma = { line, cell };
      pushCode(codeFor(cell));
    },
    addNumber,
    addMissing,
    finish() {
      if (!isText) {
        const values = new Float64Array(rows);
        for (let k = 0; k < numbers.length; k++) {
          const from = k * chunkLength;
          values.set(numbers[k]!.subarray(0, Math.min(chunkLength, rows - from)), from);
        }
        numbers = [];
        return { kind: "number", name, values };
      }
      const labels = [...codeOf.keys()];
      const order = naturalOrder(labels);
      const rank = new Int32Array(labels.length);
      for (let k = 0; k < order.length; k++) rank[order[k]!] = k;
      const sorted = new Int32Array(rows);
      for (let i = 0; i < rows; i++) {
        const code = codes[Math.floor(i / chunkLength)]![i % chunkLength]!;
        sorted[i] = code < 0 ? -1 : rank[code]!;
      }
      codes = [];
      const levels = Array.from(order, (k) => labels[k]!);
      return { kind: "text", name, codes: sorted, levels, mixed: hasNumbers ? firstWord : firstComma };
    },
  };
}

// Trimming allocates; most cells need none.
const trimmed = (cell: string): string => {
  const last = cell.length - 1;
  return last >= 0 && (isSpace(cell.charCodeAt(0)) || isSpace(cell.charCodeAt(last))) ? cell.trim() : cell;
};
const isSpace = (code: number): boolean => code <= 32 || code === 160 || code === 65279;
