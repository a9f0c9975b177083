import { type Block, heading, line, table } from "../../report/block.ts";
import { formatDf, formatNumber, formatP, formatWithin } from "../../report/formatNumber.ts";
import { renderMarkdown } from "../../report/renderMarkdown.ts";
import { renderText } from "../../report/renderText.ts";
import { printedInterval } from "../printedNumber.ts";
import type { Assumption } from "../rebuild/about.ts";
import type { AssumedIntervals } from "./assumedIntervals.ts";
import type { ReproducedClaim } from "./checkFigures.ts";
import type { FewEvents } from "./fewEvents.ts";
import type { ComparedMethod, DerivedClaim, MethodComparison, Reproduction } from "./reproduction.ts";

/** Reproductions, and figures that follow without rows, as plain text; the last line counts claims and agreements. */
export function renderReproduction(trials: readonly Reproduction[], derived: readonly DerivedClaim[] = []): string {
  return `${renderText(blocksOf(trials, derived))}\n${tally(trials, derived)}\n`;
}

/** The same as Markdown. */
export function renderReproductionMarkdown(
  trials: readonly Reproduction[],
  derived: readonly DerivedClaim[] = [],
): string {
  return `# Published figures, reproduced from synthetic rows\n\n${renderMarkdown(blocksOf(trials, derived))}\n${tally(trials, derived)}\n`;
}

/** "26 claims of 2 trials on synthetic rows: 26 agree; 11 claims that need no rows: 8 agree". */
export function tally(trials: readonly Reproduction[], derived: readonly DerivedClaim[] = []): string {
  const claims = trials.flatMap((trial) => trial.claims);
  const count = (all: readonly { readonly agrees: boolean }[]) => `${all.filter(({ agrees }) => agrees).length} agree`;
  const number = (n: number, noun: string) => `${n} ${noun}${n === 1 ? "" : "s"}`;
  const withRows = `${number(claims.length, "claim")} of ${number(trials.length, "trial")} on synthetic rows: ${count(claims)}`;
  return derived.length === 0
    ? withRows
    : `${withRows}; ${number(derived.length, "claim")} that need${derived.length === 1 ? "s" : ""} no rows: ${count(derived)}`;
}

function blocksOf(trials: readonly Reproduction[], derived: readonly DerivedClaim[]): readonly Block[] {
  return [...trials.flatMap(trialBlocks), ...(derived.length === 0 ? [] : derivedBlocks(derived))];
}

function trialBlocks(trial: Reproduction): readonly Block[] {
  const { title, warning, source, rows, claims, comparisons, fewEvents, assumedIntervals } = trial;
  const { assumptions, solved, unknown } = trial;
  return [
    heading(`${title}: published figures beside ${rows} synthetic rows`),
    line("warning", warning),
    line("source", source),
    table(["figure", "published", "computed", "agrees", "computed by"], claims.map(claimRow), [4]),
    ...variants(claims),
    ...comparisons.flatMap((comparison) =>
      comparisonBlocks(
        title,
        comparison,
        fewEvents.find(({ outcome }) => outcome === comparison.outcome),
      ),
    ),
    ...assumedIntervals.flatMap((assumed) => assumedBlocks(title, assumed)),
    heading(`${title}: what was assumed`),
    ...byReason(assumptions),
    ...solved.map(({ what, value, so }) => line("solved", `${what} = ${formatNumber(value)}, so that ${so}`)),
    ...(unknown.length === 0 ? [] : [line("unknown", `${unknown.join("; ")}`)]),
  ];
}

const claimRow = ({ what, published, computed, agrees, method }: ReproducedClaim): readonly string[] => [
  what,
  published,
  computed === null ? "–" : withMoreDecimals(computed, published),
  agrees ? "yes" : "NO",
  method,
];

/** The options of every method in the table, once. */
function variants(claims: readonly ReproducedClaim[]): readonly Block[] {
  const said = new Set(claims.flatMap(({ method, variant }) => (variant === null ? [] : [`${method}: ${variant}`])));
  return [...said].map((text) => line("method", text));
}

/** Two decimals more than printed, so that one sees how near the rounding is; counts as they are. */
function withMoreDecimals(computed: number, published: string): string {
  const { decimals } = printedInterval(published);
  return Number.isInteger(computed) ? String(computed) : computed.toFixed(Math.max(0, decimals) + 2);
}

function comparisonBlocks(
  title: string,
  { outcome, published, methods }: MethodComparison,
  few: FewEvents | undefined,
): readonly Block[] {
  const figures = [
    published.value === null ? null : `effect ${published.value}`,
    published.interval === null ? null : `${published.interval[0]} to ${published.interval[1]}`,
    published.p === null ? null : `P = ${published.p}`,
  ].filter((figure) => figure !== null);
  return [
    heading(`${title}: ${outcome} by every method, on the same synthetic rows`),
    ...(figures.length === 0 ? [] : [line("published", figures.join(", "))]),
    ...(few === undefined ? [] : [line("few events", sayFewEvents(few))]),
    line(
      "read",
      "the rows were solved for the method marked *; where others differ, that is the choice of method at work on rows that fit one of them, not evidence about the trial",
    ),
    ...(published.p === null ? [] : [line("in short", saySpread(published.p, methods))]),
    table(
      ["method", "effect", "estimate", "interval", "P", "df", "average over", "as published"],
      methods.map((each) => methodRow(each, figures.length > 0)),
      [1, 3, 6, 7],
    ),
  ];
}

/** How far the methods' P values lie apart. */
function saySpread(printed: string, methods: readonly ComparedMethod[]): string {
  const found = methods.flatMap(({ p }) => (p === null ? [] : [p]));
  const agreeing = methods.filter(({ p, disagrees }) => p !== null && !disagrees.includes("effect.p")).length;
  const range = `${formatP(Math.min(...found))} to ${formatP(Math.max(...found))}`;
  return `${agreeing} of ${found.length} ways to analyse these rows print P = ${printed}; they range from ${range}`;
}

/** What so few events can say at best, in words. */
function sayFewEvents({ arms, rateRatio, interval, p }: FewEvents): string {
  const counts = arms.map(({ arm, events, participants }) => `${events} among ${participants} (${arm})`).join(" and ");
  const total = arms[0].events + arms[1].events;
  const [lower, upper] = interval;
  const ratio =
    rateRatio === null ? "the rate ratio has no estimate" : `the rate ratio is ${formatNumber(rateRatio, 2)}`;
  const range = `${formatNumber(lower, 2)} to ${upper === null ? "no upper limit" : formatNumber(upper, 2)}`;
  return `${counts}: ${total} events in all. Were every participant independent, which is the best case, ${ratio} with exact 95% interval ${range} (P ${/^[<>]/.test(formatP(p)) ? formatP(p) : `= ${formatP(p)}`}). Clustering can only widen that: the events show neither benefit nor harm and exclude neither, and a narrower interval below comes from a method's assumptions, not from the events`;
}

function methodRow(each: ComparedMethod, published: boolean): readonly string[] {
  const { label, measure, solvedFor, estimate, interval, p, df, reference, population, disagrees, problem } = each;
  const name = `${label}${solvedFor ? " *" : ""}`;
  if (problem !== null) return [name, measure, "–", "–", "–", "–", "–", problem];
  const spread = interval === null ? null : (interval[1] - interval[0]) / 2;
  return [
    name,
    measure,
    formatWithin(estimate, spread),
    interval === null ? "–" : `${formatWithin(interval[0], spread)} to ${formatWithin(interval[1], spread)}`,
    p === null ? "–" : formatP(p),
    df === null ? (reference ?? "–") : formatDf(df),
    population === null ? "–" : populations[population as keyof typeof populations],
    !published
      ? "–"
      : disagrees.length === 0
        ? "all"
        : `not ${disagrees.map((path) => words[path] ?? path).join(", ")}`,
  ];
}

const populations = {
  "participant-average": "participants",
  "cluster-average": "clusters",
  "precision-weighted": "by precision",
} as const;

const words: Readonly<Record<string, string>> = {
  "effect.value": "effect",
  "effect.interval[0]": "lower",
  "effect.interval[1]": "upper",
  "effect.p": "P",
};

/** How the interval that was not printed moves with what has to be assumed for it. */
function assumedBlocks(
  title: string,
  { outcome, difference, df, intervals, breakEven }: AssumedIntervals,
): readonly Block[] {
  const correlations = breakEven.map(({ icc }) => icc);
  const rows = intervals
    .filter(({ icc }) => icc === correlations[0])
    .map(({ standardDeviations }) => {
      const same = intervals.filter((each) => each.standardDeviations[0] === standardDeviations[0]);
      return [
        standardDeviations.map((sd) => formatNumber(sd, 3)).join(" and "),
        ...same.map(({ lower, upper }) => `${lower.toFixed(0)} to ${upper.toFixed(0)}`),
      ];
    });
  return [
    heading(
      `${title}: ${outcome}, ${formatNumber(Math.abs(difference))} ${difference < 0 ? "less" : "more"} per patient, and how sure one could be`,
    ),
    line(
      "read",
      `no interval was printed, and none can be: standard deviations and intracluster correlation are not published. 95% intervals of the difference of arithmetic means under assumed ones, ${df} degrees of freedom (clusters − 2), with the practice sizes of the synthetic rows; costs are skewed, so with this many practices t is an approximation`,
    ),
    table(["assumed SD (control and intervention)", ...correlations.map((icc) => `ICC ${icc}`)], rows),
    line(
      "in short",
      `the interval reaches 0 when the standard deviations are ${breakEven.map(({ icc, multiple }) => `${formatNumber(multiple, 2)} (ICC ${icc})`).join(", ")} times those of the synthetic rows`,
    ),
  ];
}

/** Assumptions with one reason share a line. */
function byReason(assumptions: readonly Assumption[]): readonly Block[] {
  const reasons = new Map<string, string[]>();
  for (const { path, value, because } of assumptions) {
    const text = `${path} = ${Array.isArray(value) ? value.join(", ") || "none" : String(value)}`;
    reasons.set(because, [...(reasons.get(because) ?? []), text]);
  }
  return [...reasons].map(([because, assumed]) => line("assumed", `${assumed.join("; ")} (${because})`));
}

function derivedBlocks(derived: readonly DerivedClaim[]): readonly Block[] {
  const span = ([low, high]: readonly [number, number]) =>
    low === high ? formatNumber(low) : `${formatNumber(low)} to ${formatNumber(high)}`;
  return [
    heading("Published figures that need no rows"),
    line(
      "read",
      "computed from other figures of the same publication; a range is what their own rounding allows, and it agrees when it reaches the published figure's",
    ),
    table(
      ["figure", "published", "computed", "agrees", "from"],
      derived.map(({ id, published, computed, agrees, basis }) => [
        id,
        published,
        span(computed),
        agrees ? "yes" : "NO",
        basis,
      ]),
      [4],
    ),
    ...remarks(derived),
  ];
}

/** Where a figure does not agree, what is known about it. */
function remarks(derived: readonly DerivedClaim[]): readonly Block[] {
  const said = new Map<string, string>();
  for (const { id, agrees, remark } of derived) if (!agrees && remark !== null) said.set(id.split("/")[0]!, remark);
  return [...said].map(([trial, remark]) => line(trial, remark));
}
