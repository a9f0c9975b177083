import { growableFloat64, growableInt32 } from "./growable.ts";
import { naturalOrder } from "./naturalOrder.ts";
import { hasDecimalComma, parseNumber } from "./parseNumber.ts";
import type { Column } from "./table.ts";

/** A column that grows cell by cell and finds out whether it holds numbers or words. */
export interface ColumnBuilder {
  /** A cell as text; `line` is where its row began, or the row's number. */
  addCell(cell: string, line: number): void;
  /** A finite number, or NaN for a missing cell. */
  addNumber(value: number): void;
  addMissing(): void;
  /** The finished column; the builder must not be used afterwards. */
  finish(): Column;
}

/**
 * Numbers as long as every cell is one; at the first word the column becomes text. A numeric cell of a text column is
 * labelled by its value ("007" is "7"), so that the label does not depend on the order of the rows.
 */
export function columnBuilder(name: string, missingCodes: ReadonlySet<string>): ColumnBuilder {
  let numbers = growableFloat64();
  const codes = growableInt32();
  const codeOf = new Map<string, number>();
  // Looking a cell up costs more than reading it as a number, and few codes are numbers.
  const numericMissing = [...missingCodes].some((code) => !Number.isNaN(parseNumber(code)));
  let isText = false;
  let hasNumbers = false;
  let firstWord: { line: number; cell: string } | null = null;
  let firstComma: { line: number; cell: string } | null = null;

  const pushLabel = (label: string): void => {
    let code = codeOf.get(label);
    if (code === undefined) {
      code = codeOf.size;
      codeOf.set(label, code);
    }
    codes.push(code);
  };
  const addNumber = (value: number): void => {
    // Adding 0 turns −0 into 0.
    if (!isText) numbers.push(value + 0);
    else if (Number.isNaN(value)) codes.push(-1);
    else {
      hasNumbers = true;
      pushLabel(String(value + 0));
    }
  };
  const addMissing = (): void => {
    if (isText) codes.push(-1);
    else numbers.push(Number.NaN);
  };
  const becomeText = (): void => {
    const seen = numbers;
    isText = true;
    numbers = growableFloat64();
    for (let i = 0; i < seen.length; i++) addNumber(seen.at(i));
  };

  return {
    addCell(given, line) {
      if (isText) {
        const code = codeOf.get(given);
        if (code !== undefined) {
          codes.push(code);
          return;
        }
      }
      const cell = trimmed(given);
      if (numericMissing && missingCodes.has(cell)) {
        addMissing();
        return;
      }
      const value = parseNumber(cell);
      if (!Number.isNaN(value)) {
        addNumber(value);
        return;
      }
      if (missingCodes.has(cell)) {
        addMissing();
        return;
      }
      if (!isText) becomeText();
      firstWord ??= { line, cell };
      if (firstComma === null && hasDecimalComma(cell)) firstComma = { line, cell };
      pushLabel(cell);
    },
    addNumber,
    addMissing,
    finish() {
      if (!isText) return { kind: "number", name, values: numbers.finish() };
      const labels = [...codeOf.keys()];
      const order = naturalOrder(labels);
      const rank = new Int32Array(labels.length);
      for (let k = 0; k < order.length; k++) rank[order[k]!] = k;
      const sorted = codes.finish();
      for (let i = 0; i < sorted.length; i++) sorted[i] = sorted[i]! < 0 ? -1 : rank[sorted[i]!]!;
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
