import { printedInterval } from "../printedNumber.ts";
import type { PublishedArm, PublishedClaim, PublishedTrial } from "../publishedTrial.ts";
import { armSize, numberOf } from "./designFacts.ts";
import { type Finding, finding } from "./finding.ts";
import { overlap, rangeOf } from "./range.ts";
import { standardDeviationPossible, totalsThatPrint } from "./wholeNumbers.ts";

/** Counts, percentages, means and standard deviations of each arm: is there any set of participants behind them? */
export function auditArms(claim: PublishedClaim, trial: PublishedTrial): readonly Finding[] {
  return Object.entries(claim.byArm ?? {}).flatMap(([name, arm]) => {
    const randomised = arm.participants ?? trial.design.byArm?.[name]?.participants;
    const size = armSize(name, claim, trial);
    const n = size?.n ?? null;
    return [
      ...exceeding(name, arm.analysed, "analysed", randomised, "participants"),
      ...(claim.type === "count"
        ? []
        : exceeding(name, arm.events, "events", n === null ? undefined : String(n), "participants")),
      ...percentages(name, arm, randomised),
      ...means(name, arm, claim, n, size?.source === "analysed for this claim"),
    ];
  });
}

function exceeding(
  arm: string,
  part: string | undefined,
  partName: string,
  whole: string | undefined,
  wholeName: string,
) {
  const [less, more] = [numberOf(part), numberOf(whole)];
  if (part === undefined || whole === undefined || less === null || more === null || less <= more) return [];
  return [finding("part-exceeds-whole", { arm, part, whole, partName, wholeName })];
}

/** A percentage is of the analysed when events are counted, and of the randomised when followers-up are. */
function percentages(arm: string, figures: PublishedArm, randomised: string | undefined): readonly Finding[] {
  if (figures.percent === undefined) return [];
  const printed = printedInterval(figures.percent);
  const percent = printed.plain;
  const count = numberOf(figures.events) ?? numberOf(figures.analysed);
  const wholes = (figures.events === undefined ? [randomised] : [figures.analysed, randomised]).flatMap(
    (whole) => numberOf(whole) ?? [],
  );
  if (wholes.length === 0) return [];
  const fits = wholes.filter((n) => {
    const { first, last } = totalsThatPrint(printed, n, 100);
    return count === null ? first <= last && last >= 0n : first <= BigInt(count) && BigInt(count) <= last;
  });
  const n = fits[0] ?? wholes[0]!;
  if (count === null) return fits.length > 0 ? [] : [finding("percentage-impossible", { arm, percent, n })];
  return [finding(fits.length > 0 ? "percentage-agrees" : "percentage-contradicts-count", { arm, percent, count, n })];
}

function means(
  arm: string,
  figures: PublishedArm,
  claim: PublishedClaim,
  n: number | null,
  certain: boolean,
): readonly Finding[] {
  const { mean, sd, events } = figures;
  const findings: Finding[] = [];
  const range = limitsOf(claim);
  if (mean !== undefined && range !== null && !overlap(rangeOf(mean), { low: range[0], high: range[1] })) {
    return [finding("mean-beyond-range", { arm, mean, least: range[0], most: range[1] })];
  }
  if (mean === undefined || n === null || n < 1) return findings;
  if (events !== undefined) {
    const { first, last } = totalsThatPrint(printedInterval(mean), n);
    const count = numberOf(events);
    if (count !== null && !(first <= BigInt(count) && BigInt(count) <= last)) {
      findings.push(finding("mean-contradicts-events", { arm, mean, events, n }));
    }
  }
  const integers = claim.values === "integer" || claim.type === "count";
  if (integers) findings.push(...wholeNumbers(arm, figures, claim, n, certain));
  else if (sd !== undefined && range !== null) findings.push(...spread(arm, mean, sd, n, range));
  return findings;
}

type Limits = readonly [number, number] | null;

const limitsOf = ({ range, type }: PublishedClaim): Limits =>
  range ?? (type === "count" ? [0, Number.POSITIVE_INFINITY] : null);

/** @param certain Are n the participants whose mean this is, or only those of the trial? */
function wholeNumbers(
  arm: string,
  { mean, sd }: PublishedArm,
  claim: PublishedClaim,
  n: number,
  certain: boolean,
): readonly Finding[] {
  if (mean === undefined) return [];
  const items = claim.items ?? 1;
  const range = limitsOf(claim);
  const printed = printedInterval(mean);
  const totals = totalsThatPrint(printed, n * items);
  if (totals.first > totals.last) {
    if (!certain) return [finding("mean-of-other-numbers", { arm, mean, n })];
    const near = [totals.last, totals.first].map(
      (total) => `${total}/${n * items} = ${Number((Number(total) / (n * items)).toFixed(printed.decimals + 2))}`,
    );
    const unit = items === 1 ? "participants" : `answers (${n} participants × ${items} items)`;
    return [finding("mean-impossible", { arm, mean, n: n * items, unit, nearest: near })];
  }
  if (sd === undefined || !certain) return [];
  const { low, high } = rangeOf(sd);
  const limit = (end: number | undefined) => (end === undefined || !Number.isFinite(end) ? null : end * items);
  const scale = { least: limit(range?.[0]), most: limit(range?.[1]) };
  const possible = standardDeviationPossible(n, totals, { low: low * items, high: high * items }, scale);
  return possible ? [] : [finding("sd-impossible", { arm, sd, mean, n })];
}

/** On a bounded scale the standard deviation is at most √((max − mean)(mean − min) n/(n − 1)). */
function spread(arm: string, mean: string, sd: string, n: number, [least, most]: readonly [number, number]) {
  if (n < 2 || !Number.isFinite(most)) return [];
  const { low, high } = rangeOf(mean);
  const centre = Math.min(Math.max((least + most) / 2, low), high);
  const limit = Math.sqrt(((most - centre) * (centre - least) * n) / (n - 1));
  return rangeOf(sd).low > limit ? [finding("sd-beyond-range", { arm, sd, most: limit })] : [];
}
