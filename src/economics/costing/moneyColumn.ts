import { InputProblem } from "../../contract/problem.ts";
import { hasDecimalComma, parseNumber } from "../../data/parseNumber.ts";
import { placeOf } from "../../data/place.ts";
import type { Table } from "../../data/table.ts";
import { requireColumn } from "../../data/usedColumn.ts";
import { sameCurrency } from "./unitCosts.ts";

/** A column of numbers, possibly written as money. */
export interface MoneyColumn {
  /** NaN where missing. */
  readonly values: Float64Array;
  /** The mark that the cells carry ("£", "EUR"); null when none does. */
  readonly currency: string | null;
}

const written = /^([£$€¥₹]|[A-Z]{3})?\s*([-+−]?)\s*(\d[\d,]*(?:\.\d+)?|\.\d+)\s*([£$€¥₹]|[A-Z]{3})?$/u;
const thousands = /^\d{1,3}(,\d{3})+(\.\d+)?$/;

/**
 * Numbers of a column, those written as money included: "£36.50", "1,250 EUR". Cells without a mark are in the currency
 * of the others.
 *
 * @param part What the column is used as, for messages.
 * @throws InputProblem `currency-mixed` when cells carry different marks; `unknown-column`, `not-a-number`, `decimal-comma`.
 */
export function moneyColumn(table: Table, name: string, part: string): MoneyColumn {
  const column = requireColumn(table, name);
  if (column.kind === "number") return { values: column.values, currency: null };
  const read = column.levels.map(readMoney);
  const unread = column.codes.findIndex((code) => code >= 0 && read[code] === null);
  if (unread >= 0) {
    const facts = { ...placeOf(table, unread), column: name, cell: column.levels[column.codes[unread]!]!, part };
    throw hasDecimalComma(facts.cell)
      ? new InputProblem("decimal-comma", facts)
      : new InputProblem("not-a-number", { ...facts, categoricalWillDo: false });
  }
  const values = new Float64Array(table.rows).fill(Number.NaN);
  let currency: string | null = null;
  column.codes.forEach((code, row) => {
    if (code < 0) return;
    const { value, mark } = read[code]!;
    values[row] = value;
    if (mark === null) return;
    if (currency !== null && !sameCurrency(mark, currency)) {
      throw new InputProblem("currency-mixed", { ...placeOf(table, row), column: name, first: currency, second: mark });
    }
    currency ??= mark;
  });
  return { values, currency };
}

function readMoney(cell: string): { readonly value: number; readonly mark: string | null } | null {
  const plain = parseNumber(cell);
  if (!Number.isNaN(plain)) return { value: plain, mark: null };
  const match = written.exec(cell);
  if (match === null) return null;
  const [, before, sign, digits, after] = match;
  // Without a mark a comma may be a decimal comma; and two marks are one too many.
  if ((before === undefined) === (after === undefined)) return null;
  if (digits!.includes(",") && !thousands.test(digits!)) return null;
  const size = parseNumber(digits!.replaceAll(",", ""));
  return { value: sign === "" || sign === "+" ? size : -size, mark: before ?? after! };
}
