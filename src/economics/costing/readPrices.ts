import { nearest } from "../../contract/nearest.ts";
import { InputProblem } from "../../contract/problem.ts";
import { categoriesOf, presentRows } from "../../data/categories.ts";
import { placeOf } from "../../data/place.ts";
import type { Table } from "../../data/table.ts";
import { requireColumn } from "../../data/usedColumn.ts";
import { moneyColumn } from "./moneyColumn.ts";
import { sameCurrency, type UnitPrice } from "./unitCosts.ts";

/**
 * The prices of a table with a row per item: columns item and price, and year and currency where they are known. Prices
 * may carry a currency mark ("£36.50"), which then is the currency.
 *
 * @throws InputProblem `unknown-column`, `price-missing-cell`, `item-twice`, `currency-mixed`, `price-negative`, and what `moneyColumn` throws.
 */
export function readPrices(table: Table): readonly UnitPrice[] {
  const items = textOf(table, "item");
  const { values, currency } = moneyColumn(table, "price", "a price");
  const years = table.columns.has("year") ? textOf(table, "year") : null;
  const currencies = table.columns.has("currency") ? textOf(table, "currency") : null;
  let known: string | null = null;
  const prices: UnitPrice[] = [];
  for (let i = 0; i < table.rows; i++) {
    const place = placeOf(table, i);
    const item = items[i];
    const price = values[i]!;
    if (item == null) throw new InputProblem("price-missing-cell", { ...place, column: "item" });
    if (Number.isNaN(price)) throw new InputProblem("price-missing-cell", { ...place, column: "price" });
    if (price < 0) throw new InputProblem("price-negative", { ...place, column: "price", cell: String(price), item });
    if (prices.some((each) => each.item === item)) throw new InputProblem("item-twice", { ...place, item });
    const stated = currencies?.[i] ?? currency;
    if (stated !== null && known !== null && !sameCurrency(stated, known)) {
      throw new InputProblem("currency-mixed", {
        ...place,
        column: currencies === null ? "price" : "currency",
        first: known,
        second: stated,
      });
    }
    known ??= stated;
    prices.push({ item, price, year: years?.[i] ?? null, currency: stated });
  }
  return prices;
}

/**
 * The price of one item of a list.
 *
 * @throws InputProblem `price-missing` with the nearest item.
 */
export function priceOf(item: string, prices: readonly UnitPrice[], source: string): UnitPrice {
  const found = prices.find((each) => each.item === item);
  if (found !== undefined) return found;
  const items = prices.map((each) => each.item);
  throw new InputProblem("price-missing", { item, source, nearest: nearest(item, items) });
}

/** Labels of a column, row by row; null where it is missing. */
export function textOf(table: Table, name: string): readonly (string | null)[] {
  const column = requireColumn(table, name);
  const labels: (string | null)[] = new Array(table.rows).fill(null);
  const rows = presentRows(column);
  const { levels, codes } = categoriesOf(column, rows);
  rows.forEach((row, k) => {
    labels[row] = levels[codes[k]!]!;
  });
  return labels;
}
