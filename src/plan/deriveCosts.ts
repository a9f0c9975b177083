import { InputProblem } from "../contract/problem.ts";
import type { Table } from "../data/table.ts";
import { costBreakdown } from "../economics/costing/costBreakdown.ts";
import type { DerivedCosts } from "../economics/costing/derivedCosts.ts";
import { priceOf, readPrices } from "../economics/costing/readPrices.ts";
import { readResourceLog } from "../economics/costing/readResourceLog.ts";
import { type ItemCosts, type Resource, resourceCosts } from "../economics/costing/resourceCosts.ts";
import { type TotalCosts, totalCosts } from "../economics/costing/totalCosts.ts";
import { type UnitPrice, unitCosts } from "../economics/costing/unitCosts.ts";
import { keyPath } from "../trial/parseInput.ts";
import type { DerivedColumn } from "./deriveQalys.ts";
import type { WrittenCosts, WrittenResource } from "./deriveSchema.ts";
import { interventionCosts } from "./interventionCosts.ts";
import { labelsOf, numbersAt, type TrialRows } from "./rowsOfTrial.ts";

/** Lists that a plan's costs refer to: prices, and uses of items; null where it has none. */
export interface CostTables {
  readonly prices: Table | null;
  readonly use: Table | null;
}

/** An item that participants used: where it is counted, and its price. */
interface PricedUse {
  readonly use: Resource["use"];
  readonly price: UnitPrice;
}

/** @throws InputProblem for whatever is wrong in prices, uses or the plan's keys; see docs/methods/costing.md. */
export function deriveCosts(
  rows: TrialRows,
  name: string,
  path: string,
  written: WrittenCosts,
  tables: CostTables,
): DerivedColumn<DerivedCosts> {
  const rate = written.discount ?? null;
  const resources = pricedUses(rows, path, written, tables);
  const extras = Object.entries(written.intervention ?? {});
  if (resources.length + extras.length === 0) throw new InputProblem("derived-from-nothing", { path });
  const prices = [
    ...resources.map(({ price }) => price),
    ...extras.map(
      ([item, { price, year, currency }]): UnitPrice => ({
        item,
        price: price ?? 1,
        year: year ?? null,
        currency: currency ?? null,
      }),
    ),
  ];
  const money = unitCosts(prices, {
    currency: written.currency ?? null,
    priceYear: written.priceYear ?? null,
    index: written.index ?? {},
  });
  const used = resources.map(
    ({ use, price: { item } }, k): ItemCosts => resourceCosts({ item, use, unitCost: money.values[k]! }, rate),
  );
  const complete = used.length === 0 ? null : totalCosts(used).values;
  const items = [
    ...used,
    ...extras.map(
      ([item, spread], k): ItemCosts => ({
        item,
        unitCost: null,
        use: null,
        cost: interventionCosts(rows, keyPath(path, ["intervention", item]), spread, {
          item,
          unitCost: money.values[resources.length + k]!,
          complete,
          rate,
        }),
      }),
    ),
  ];
  const total = totalCosts(items);
  return {
    values: total.values,
    absence: extras.length === 0 ? total.absence : namingTrial(rows, total),
    record: {
      kind: "costs",
      column: name,
      currency: money.currency,
      priceYear: money.priceYear,
      discount: rate,
      arms: costBreakdown(items, total, rows.arms),
    },
  };
}

function pricedUses(
  rows: TrialRows,
  path: string,
  { resources = {}, use }: WrittenCosts,
  tables: CostTables,
): readonly PricedUse[] {
  const specs: Readonly<Record<string, WrittenResource>> = Array.isArray(resources)
    ? Object.fromEntries(resources.map((item) => [item, {}]))
    : resources;
  const prices = tables.prices === null ? null : readPrices(tables.prices);
  const entries = Object.entries(specs);
  const inLog = entries.filter(([, { columns }]) => columns === undefined).map(([item]) => item);
  const log =
    use === undefined || tables.use === null
      ? null
      : readResourceLog(
          tables.use,
          {
            participant: use.participant,
            cluster: use.cluster ?? null,
            item: use.item,
            quantity: use.quantity ?? null,
            followUpYear: use.followUpYear ?? null,
            absent: use.absent,
          },
          inLog,
          rows.table,
          rows.inside,
        );
  return entries.map(([item, spec]): PricedUse => {
    const at = keyPath(path, ["resources", item]);
    const columns = spec.columns ?? [item];
    const years = spec.followUpYear ?? 1;
    if (typeof years !== "number" && years.length !== columns.length) {
      throw new InputProblem("resource-columns", { path: at, columns: columns.length, years: years.length });
    }
    const listed = spec.columns === undefined ? log?.get(item) : undefined;
    if (listed?.length === 0 && rows.table.columns.has(item)) {
      throw new InputProblem("item-in-data", { path: at, item, source: rows.table.source });
    }
    if (listed !== undefined && use!.followUpYear !== undefined && spec.followUpYear !== undefined) {
      throw new InputProblem("years-twice", { path: keyPath(at, ["followUpYear"]), column: use!.followUpYear });
    }
    const logged = listed?.length === 0 ? unused(rows, item) : listed;
    let mark: string | null = null;
    const counted =
      logged?.map((part) =>
        typeof spec.followUpYear === "number" ? { ...part, followUpYear: spec.followUpYear } : part,
      ) ??
      columns.map((column, k) => {
        const found = numbersAt(
          rows,
          column,
          spec.columns === undefined ? at : keyPath(at, ["columns", k]),
          "a number of units",
        );
        mark ??= found.currency;
        return { column: found.column, followUpYear: typeof years === "number" ? years : years[k]! };
      });
    return { use: counted, price: priceFor(item, spec, at, prices, tables.prices?.source ?? "", mark) };
  });
}

/** An item of the list of prices that nobody used. */
const unused = ({ table }: TrialRows, name: string): Resource["use"] => [
  { column: { name, values: new Float64Array(table.rows) }, followUpYear: 1 },
];

function priceFor(
  item: string,
  { price, year, currency }: WrittenResource,
  path: string,
  prices: readonly UnitPrice[] | null,
  source: string,
  mark: string | null,
): UnitPrice {
  if (price !== undefined) return { item, price, year: year ?? null, currency: currency ?? mark };
  if (prices !== null) return priceOf(item, prices, source);
  throw new InputProblem("missing-key", {
    path: keyPath(path, ["price"]),
    expected: "the price of one unit, a number from 0 (or give a list of prices)",
  });
}

/** A row without arm or cluster has no share of the intervention; it is that which is missing, not the item. */
function namingTrial(rows: TrialRows, { absence }: TotalCosts) {
  const { cluster, arm } = rows.plan.trial;
  const of = absence.of.slice();
  const names = [...absence.names, "cluster", "arm"];
  const parts = [
    labelsOf(rows, cluster, "trial.cluster"),
    ...(arm === undefined ? [] : [labelsOf(rows, arm, "trial.arm")]),
  ];
  parts.forEach(({ codes }, k) => {
    for (const row of rows.inside) if (codes[row] === -1 && of[row]! >= 0) of[row] = absence.names.length + k;
  });
  return { of, names };
}
