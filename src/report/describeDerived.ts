import type { DerivedCosts } from "../economics/costing/derivedCosts.ts";
import type { DerivedQalys } from "../economics/qaly/derivedQalys.ts";
import { type Block, heading, line, table } from "./block.ts";
import { formatNumber } from "./formatNumber.ts";

/** A derived column: use and cost of every item by arm, or utilities and QALYs by arm. Computes nothing. */
export function describeDerived(derived: DerivedCosts | DerivedQalys): readonly Block[] {
  return derived.kind === "costs" ? costs(derived) : qalys(derived);
}

const percent = (share: number | null) => (share === null ? "–" : `${(100 * share).toFixed(1)}%`);
const money = (value: number | null) => (value === null ? "–" : value.toFixed(2));
const armName = (arm: string | null) => arm ?? "all";

function costs({ column, currency, priceYear, discount, arms }: DerivedCosts): readonly Block[] {
  const what = [currency ?? "currency not stated", ...(priceYear === null ? [] : [`prices of ${priceYear}`])];
  return [
    heading(`${column}: cost per participant`),
    line("money", what.join(", ")),
    line("discount", discountWords(discount)),
    table(
      ["arm", "item", "unit cost", "mean use", "participants", "mean cost", "share"],
      arms.flatMap(({ arm, participants, meanCost, items }) => [
        ...items.map(({ item, unitCost, meanUse, users, meanCost: cost, share }) => [
          armName(arm),
          item,
          money(unitCost),
          formatNumber(meanUse),
          String(users),
          meanCost === null ? "–" : money(cost),
          percent(share),
        ]),
        [armName(arm), "total", "–", "–", `${participants}`, money(meanCost), meanCost === null ? "–" : "100.0%"],
      ]),
      [1],
    ),
    ...missingLines(arms),
  ];
}

function qalys({ column, baseline, discount, arms }: DerivedQalys): readonly Block[] {
  return [
    heading(`${column}: quality-adjusted life years`),
    line("discount", discountWords(discount)),
    line("adjust for", `${baseline}, the utility at baseline, as a covariate`),
    table(
      ["arm", "visit", "participants", "mean"],
      arms.flatMap(({ arm, visits, participants, meanQalys }) => [
        ...visits.map(({ utility, participants: known, mean }) => [
          armName(arm),
          utility,
          String(known),
          formatNumber(mean),
        ]),
        [armName(arm), column, String(participants), formatNumber(meanQalys)],
      ]),
      [1],
    ),
    ...arms.flatMap(({ arm, deaths, bridged, followUp }) => [
      line(
        "follow-up",
        `${armName(arm)}: ${followUp === null ? "nobody to the end" : followUp.min === followUp.max ? `${formatNumber(followUp.min)} years` : `${formatNumber(followUp.min)} to ${formatNumber(followUp.max)} years, mean ${formatNumber(followUp.mean)}`}, ${deaths} died${bridged === 0 ? "" : `, ${bridged} with a visit interpolated`}`,
      ),
    ]),
    ...missingLines(arms),
  ];
}

const discountWords = (rate: number | null) =>
  rate === null
    ? "none: everything falls in the first year"
    : `${Number((100 * rate).toPrecision(6))}% a year, by whole years`;

const missingLines = (
  arms: readonly {
    readonly arm: string | null;
    readonly missing: readonly { readonly item: string; readonly participants: number }[];
  }[],
): readonly Block[] =>
  arms.flatMap(({ arm, missing }) =>
    missing.map(({ item, participants }) => line("missing", `${participants} without ${item} (${armName(arm)})`)),
  );
