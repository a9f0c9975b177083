import { InputProblem } from "../../contract/problem.ts";

/** Price of one unit of a resource, as found. */
export interface UnitPrice {
  readonly item: string;
  /** In `currency`, of the year `year`. */
  readonly price: number;
  /** Year of the price level, such as "2021" or "2020/21"; null when not stated. */
  readonly year: string | null;
  /** Such as "GBP" or "£"; null when not stated. */
  readonly currency: string | null;
}

/** The money in which costs are reported. */
export interface Money {
  /** null: the one that the prices state, if any. */
  readonly currency: string | null;
  /** Year of the price level; null: the one year of all prices. */
  readonly priceYear: string | null;
  /** Price index by year, in any base: 2021: 110.2. */
  readonly index: Readonly<Record<string, number>>;
}

export interface UnitCosts {
  readonly currency: string | null;
  readonly priceYear: string | null;
  /** One per price, in that money. */
  readonly values: readonly number[];
}

/**
 * Prices in the money of one year: price × index(price year) / index(year of the price).
 *
 * A price without a year is refused where a price year is asked for, and prices of different years where none is:
 * nothing is inflated by a guess. Currencies are not converted; prices that state none are in the one that others do.
 *
 * @throws InputProblem `price-invalid`, `currencies-differ`, `price-years-differ`, `price-year-missing`,
 *   `index-year-missing`, `index-invalid`.
 */
export function unitCosts(prices: readonly UnitPrice[], money: Money): UnitCosts {
  for (const { item, price } of prices) {
    if (!(price >= 0 && Number.isFinite(price)))
      throw new InputProblem("price-invalid", { item, price: String(price) });
  }
  const currency = oneCurrency(prices, money.currency);
  if (money.priceYear === null) {
    const dated = prices.filter(({ year }) => year !== null);
    const other = dated.find(({ year }) => year !== dated[0]!.year);
    if (other !== undefined) {
      const { item, year } = dated[0]!;
      throw new InputProblem("price-years-differ", {
        first: item,
        firstYear: year!,
        second: other.item,
        secondYear: other.year!,
      });
    }
    return { currency, priceYear: dated[0]?.year ?? null, values: prices.map(({ price }) => price) };
  }
  const to = money.priceYear;
  const values = prices.map(({ item, price, year }) => {
    if (year === null) throw new InputProblem("price-year-missing", { item, priceYear: to });
    return price * inflationFactor(money.index, year, to);
  });
  return { currency, priceYear: to, values };
}

/**
 * How much dearer things are in year `to` than in year `from`: index(to)/index(from), 1 when the years are the same.
 *
 * @throws InputProblem `index-year-missing`, `index-invalid`.
 */
export function inflationFactor(index: Readonly<Record<string, number>>, from: string, to: string): number {
  return from === to ? 1 : indexOf(index, to) / indexOf(index, from);
}

function indexOf(index: Readonly<Record<string, number>>, year: string): number {
  const value = Object.hasOwn(index, year) ? index[year] : undefined;
  if (value === undefined) throw new InputProblem("index-year-missing", { year, years: Object.keys(index).sort() });
  if (!(value > 0 && Number.isFinite(value))) throw new InputProblem("index-invalid", { year, value: String(value) });
  return value;
}

function oneCurrency(prices: readonly UnitPrice[], stated: string | null): string | null {
  let known = stated;
  let by = "costs in all";
  for (const { item, currency } of prices) {
    if (currency === null) continue;
    if (known !== null && sameCurrency(known, currency)) continue;
    if (known !== null) {
      throw new InputProblem("currencies-differ", {
        first: by,
        firstCurrency: known,
        second: item,
        secondCurrency: currency,
      });
    }
    known = currency;
    by = item;
  }
  return known;
}

/** "£" and "GBP" are one currency; "$" may be several, and stands for itself. */
export const sameCurrency = (first: string, second: string): boolean => codeOf(first) === codeOf(second);

const codeOf = (currency: string) => marks[currency] ?? currency.toUpperCase();
const marks: Readonly<Record<string, string>> = { "£": "GBP", "€": "EUR", "₹": "INR" };
