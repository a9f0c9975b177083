import { type Place, sayPlace } from "../place.ts";

type Cell = Place & { column: string; cell: string };

/** A time that stands in a cell, or in the question itself. */
type Time = Partial<Cell> & { cell: string };

const sayCell = (f: Place & { column: string }) => `${sayPlace(f)}, column "${f.column}"`;
const where = (f: Partial<Cell>) => (f.column === undefined ? "" : `${sayCell(f as Cell)}: `);
const hint = (nearest: string | null) => (nearest === null ? "" : `; did you mean "${nearest}"?`);

/** Sentences for problems of costs and quality-adjusted life years, by code: part of the input phrases. */
export const costingPhrases = {
  "quantity-negative": (f: Cell & { item: string }) =>
    `${sayCell(f)}: ${f.cell} units of "${f.item}" is below 0; correct the count, or leave the cell empty when it is not known`,
  "price-invalid": (f: { item: string; price: string }) =>
    `The price of "${f.item}" is ${f.price}; a price is a number from 0`,
  "price-negative": (f: Cell & { item: string }) =>
    `${sayCell(f)}: the price ${f.cell} of "${f.item}" is below 0; correct it (what is saved is counted in the other arm)`,
  "price-missing-cell": (f: Place & { column: string }) =>
    `${sayCell(f)}: the cell is empty; every row of a price list has an item and a price`,
  "price-missing": (f: { item: string; source: string; nearest: string | null }) =>
    `${f.source} has no price for "${f.item}"${hint(f.nearest)}${f.nearest === null ? "; give its price" : ""}`,
  "item-twice": (f: Place & { item: string }) =>
    `${sayPlace(f)}: "${f.item}" is priced a second time; keep one price for each item`,
  "currency-mixed": (f: Place & { column: string; first: string; second: string }) =>
    `${sayCell(f)}: ${f.second} here and ${f.first} before; a column holds one currency, so convert the amounts first`,
  "currencies-differ": (f: { first: string; firstCurrency: string; second: string; secondCurrency: string }) =>
    `"${f.second}" is priced in ${f.secondCurrency} and ${f.first === "costs in all" ? f.first : `"${f.first}"`} in ${f.firstCurrency}; amounts in two currencies cannot be added, so convert the prices first`,
  "price-years-differ": (f: { first: string; firstYear: string; second: string; secondYear: string }) =>
    `"${f.first}" is in prices of ${f.firstYear} and "${f.second}" in prices of ${f.secondYear}; name the priceYear that all are to be in, and an index of prices`,
  "price-year-missing": (f: { item: string; priceYear: string }) =>
    `The price of "${f.item}" has no year, and costs are to be in prices of ${f.priceYear}; say of which year the price is (year: ${f.priceYear} when it needs no inflation)`,
  "index-year-missing": (f: { year: string; years: readonly string[] }) =>
    `The price index has no year ${f.year}${f.years.length === 0 ? "" : ` (it has ${f.years.join(", ")})`}; add it to index`,
  "index-invalid": (f: { year: string; value: string }) =>
    `The price index of ${f.year} is ${f.value}; an index is a number above 0`,
  "discount-rate": (f: { rate: string }) =>
    `The discount rate is ${f.rate}; it is a share per year from 0 to below 1, such as 0.035`,
  "discount-needed": (f: { what: string; year: number }) =>
    `Year ${f.year} of follow-up holds part of ${f.what}, and what falls after the first year is discounted: state discount, the rate per year (0.035 in the United Kingdom, 0 for none)${f.what === "the QALYs" ? "; or unit, when times are not in years; or until, where follow-up is to end" : ""}`,
  "follow-up-year": (f: { what: string; found: string }) =>
    `${f.what}: the year of follow-up is ${f.found}; it is a whole number, 1 for the twelve months from randomisation`,
  "log-cell-missing": (f: Place & { column: string }) =>
    `${sayCell(f)}: the cell is empty; every row of a list of uses names a participant and an item`,
  "participant-repeated": (f: Place & { column: string; participant: string }) =>
    `${sayCell(f)}: participant "${f.participant}" has a row before this one; costs are per participant, so keep one row for each (where), or name the cluster too when names are used again in other clusters`,
  "participant-unknown": (f: Place & { column: string; participant: string; data: string }) =>
    `${sayCell(f)}: ${f.data} has no participant "${f.participant}"; correct the name, or leave the row out`,
  "item-unknown": (f: Place & { column: string; item: string; nearest: string | null }) =>
    `${sayCell(f)}: "${f.item}" is not among the resources${f.nearest === null ? "; add it there with its price, or leave the row out" : `; did you mean "${f.nearest}"?`}`,
  "item-in-data": (f: { path: string; item: string; source: string }) =>
    `${f.path}: the list of uses never names "${f.item}", and ${f.source} has a column of that name; state columns: [${f.item}] to count units there`,
  "years-twice": ({ path, column }: { path: string; column: string }) =>
    `${path}: the list of uses has a column of years of follow-up already ("${column}"); keep one of the two`,
  "table-not-read": ({ path, file }: { path: string; file: string }) =>
    `${path} names the file "${file}", which only the command line reads; in a script give its rows, one object each`,
  "derived-column-exists": ({ path, column, source }: { path: string; column: string; source: string }) =>
    `${path}: ${source} has a column "${column}" already; give the derived column another name`,
  "derived-from-nothing": ({ path }: { path: string }) =>
    `${path} adds up nothing; name the resources that were used, or the costs of the intervention`,
  "nothing-derived": ({ plan }: { plan: string }) => `${plan} derives no columns; describe costs or QALYs under derive`,
  "resource-columns": (f: { path: string; columns: number; years: number }) =>
    `${f.path} has ${f.columns} columns and ${f.years} years of follow-up; give one year for each column, or one for all`,
  "cost-basis": (f: { path: string; given: readonly string[] }) =>
    `${f.path} needs exactly one of perCluster, perArm and perParticipant, and has ${f.given.length === 0 ? "none" : f.given.join(" and ")}`,
  "cost-not-shared": (f: { path: string; key: string; basis: string }) =>
    `${f.path} has ${f.key}, which means nothing to a cost ${f.basis}; leave it out`,
  "costs-need-arm": ({ path }: { path: string }) => `${path} is borne by an arm, and no arm is given; name trial.arm`,
  "cluster-figure-negative": (f: Cell & { cluster: string }) =>
    `${sayCell(f)}: ${f.cell} for cluster "${f.cluster}" is below 0; correct it, or leave the cell empty when it is not known`,
  "cluster-cost-varies": (f: Place & { column: string; cluster: string; first: string; second: string }) =>
    `${sayCell(f)}: cluster "${f.cluster}" has ${f.second} here and ${f.first} before; a figure of the cluster is the same in all its rows, so correct the row`,
  "patients-invalid": (f: Cell & { cluster: string }) =>
    `${sayCell(f)}: the cost of cluster "${f.cluster}" is to be shared among ${f.cell} patients; correct the number, which must be above 0`,
  "visits-and-times": (f: { visits: number; times: number }) =>
    `There are ${f.visits} utilities and ${f.times} times; give one time for each visit, and at least two visits`,
  "utility-out-of-range": (f: Cell) =>
    `${sayCell(f)}: a utility of ${f.cell}; utilities lie between −1 and 1 (full health), so correct the cell, divide a scale of 0 to 100 by 100, or leave the cell empty`,
  "utility-after-death": (f: Cell & { time: number; death: number }) =>
    `${sayCell(f)}: a utility of ${f.cell} at time ${f.time}, after the participant's death at ${f.death}; correct one of them (a visit after death is empty or 0)`,
  "time-negative": (f: Time) =>
    `${where(f)}${f.column === undefined ? "A" : "a"} time of ${f.cell}; times count from randomisation, so that none is below 0 (a baseline visit shortly before is at 0)`,
  "times-not-ascending": (f: Time & { visit: number; before: string }) =>
    `${where(f)}${f.column === undefined ? "Visit" : "visit"} ${f.visit} is at time ${f.cell} and the one before at ${f.before}; list visits in their order, with times that ascend, all in one unit`,
  "death-before-start": (f: Cell & { start: number }) =>
    `${sayCell(f)}: death at ${f.cell}, before the first visit at ${f.start}; correct the cell, or leave it empty for those alive`,
  "until-before-start": (f: { until: number; start: number }) =>
    `QALYs are to end at ${f.until}, and a first visit is at ${f.start}; give an end after the first visit, in the unit of the times`,
} as const;
