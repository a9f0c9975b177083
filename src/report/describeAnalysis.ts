import type {
  Analysis,
  ClaimCheck,
  NotEstimable,
  OptionValue,
  Sample,
  VarianceComponent,
} from "../contract/analysis.ts";
import type { Estimate, Interval, Test } from "../contract/estimate.ts";
import { type Block, heading, line, table } from "./block.ts";
import { formatDf, formatLevel, formatNumber, formatP, formatWithin } from "./formatNumber.ts";

/** One analysis in words and tables: the effect first, then who was analysed, then the rest. Computes nothing. */
export function describeAnalysis(analysis: Analysis | NotEstimable): readonly Block[] {
  if (analysis.problem !== null) {
    return [heading(`${analysis.id}: not estimable`), line("because", analysis.problem.message)];
  }
  return [
    heading(`${analysis.id}: ${analysis.method.title}`),
    ...estimates(analysis.estimates),
    ...arms(analysis.sample),
    ...lines(analysis),
    ...coefficients(analysis),
    ...(analysis.claims === null ? [] : [claimsTable(analysis.claims)]),
  ];
}

/** A table for the effect, and one for whatever else was estimated, such as the risks of the arms: numbers of one measure and unit together. */
function estimates(all: readonly Estimate[]): readonly Block[] {
  const groups = new Map<string, Estimate[]>();
  for (const each of all) {
    const { measure, unit } = each.quantity;
    const key = `${measure} ${unit}`;
    groups.set(key, [...(groups.get(key) ?? []), each]);
  }
  return [...groups.values()].map((group, k) =>
    estimateTable(group, k === 0 || group.some(({ test }) => test !== null)),
  );
}

function estimateTable(all: readonly Estimate[], withTest: boolean): Block {
  const level = all.find((each) => each.interval !== null)?.interval?.level;
  const { measure, unit } = all[0]!.quantity;
  const header = [
    unit === "1" ? measure : `${measure} (${unit})`,
    "estimate",
    level === undefined ? "interval" : `${formatLevel(level)} interval`,
    ...(withTest ? ["test", "P"] : []),
  ];
  return table(
    header,
    all.map((each) => estimateRow(each).slice(0, header.length)),
    [2, 3],
  );
}

function estimateRow({ quantity, value, interval, test }: Estimate): readonly string[] {
  return [
    quantity.term,
    formatWithin(value, spreadOf(interval)),
    interval === null ? "–" : limits(interval),
    test === null ? "–" : statistic(test),
    test === null ? "–" : formatP(test.pValue),
  ];
}

/** Half the width of an interval. */
export const spreadOf = (interval: Interval | null) =>
  interval === null ? null : (interval.upper - interval.lower) / 2;

/** "-0.250 to 0.310". */
export const limits = (interval: Interval): string =>
  `${formatWithin(interval.lower, spreadOf(interval))} to ${formatWithin(interval.upper, spreadOf(interval))}`;

/** "t(34.6) = 0.22". */
export function statistic({ statistic: value, reference }: Test): string {
  const size = value.toFixed(2);
  switch (reference.name) {
    case "normal":
      return `z = ${size}`;
    case "permutation":
      return `${size}, ${reference.draws} ${reference.complete ? "allocations, all of them" : "random allocations"}`;
    case "bootstrap":
      return `${size}, ${reference.draws} ${reference.complete ? "draws, all of them" : "random draws"}`;
    case "F":
      return `F(${formatDf(reference.df[0])}, ${formatDf(reference.df[1])}) = ${size}`;
    case "t":
      return `t(${formatDf(reference.df)}) = ${size}`;
    default:
      return `χ²(${formatDf(reference.df)}) = ${size}`;
  }
}

function arms({ byArm, control }: Sample): readonly Block[] {
  if (byArm.length === 0) return [];
  const counted = byArm.some((arm) => arm.events !== null);
  const spread = byArm.reduce<number | null>((most, { sd }) => (sd === null ? most : Math.max(sd, most ?? 0)), null);
  return [
    table(
      ["arm", "clusters", "participants", counted ? "events" : "SD", "mean"],
      byArm.map(({ arm, clusters, participants, mean, sd, events }) => [
        arm === control ? `${arm} (control)` : arm,
        String(clusters),
        String(participants),
        counted ? formatNumber(events) : formatWithin(sd, spread),
        formatWithin(mean, spread),
      ]),
    ),
  ];
}

function lines({ method, estimand, sample, variances, icc, tests, notices }: Analysis): readonly Block[] {
  const { clusters, participants, rows, clusterSize, excluded } = sample;
  const spread = clusterSize.cv === null ? "" : `, coefficient of variation ${formatNumber(clusterSize.cv, 3)}`;
  return [
    line(
      "clusters",
      `${clusters} with ${participants} participants${rows === participants ? "" : ` in ${rows} rows`}; sizes ${clusterSize.min} to ${clusterSize.max}, mean ${formatNumber(clusterSize.mean, 3)}${spread}`,
    ),
    ...excluded.map(({ rows: left, reason, arm }) =>
      line("left out", `${left} ${left === 1 ? "row" : "rows"}: ${reason}${arm === null ? "" : ` (${arm})`}`),
    ),
    ...(icc === null
      ? []
      : [
          line(
            "ICC",
            `${formatNumber(icc.value)} (${icc.estimator}, ${icc.scale} scale)${icc.interval === null ? "" : `, ${formatLevel(icc.interval.level)} interval ${limits(icc.interval)} (${icc.interval.method})`}`,
          ),
        ]),
    ...variances.map((component) => line("variance", varianceWords(component))),
    ...tests.map(({ terms, statistic: value, reference, pValue }) =>
      line(
        "joint test",
        `${terms.join(", ")}: ${statistic({ nullValue: 0, alternative: "two-sided", statistic: value, reference, pValue })}, P ${sign(formatP(pValue))}`,
      ),
    ),
    line("variant", variantWords(method.variant)),
    line("estimand", `${populations[estimand.population]}, ${estimand.contrast} ${estimand.measure}`),
    ...notices.map(({ message }) => line("notice", message)),
  ];
}

const sign = (p: string) => (/^[<>]/.test(p) ? p : `= ${p}`);

/** Options in force, "off" ones left out: "estimation reml, random 1 | practice". */
export function variantWords(variant: Analysis["method"]["variant"]): string {
  const words = wordsOf(variant);
  return words.length === 0 ? "no options" : words.join(", ");
}

const wordsOf = (options: { readonly [key: string]: OptionValue }): readonly string[] =>
  Object.entries(options).flatMap(([key, value]) => {
    if (value === null || value === false || (Array.isArray(value) && value.length === 0)) return [];
    if (Array.isArray(value)) return [`${key} ${value.join(" + ")}`];
    if (typeof value !== "object") return [`${key} ${value}`];
    const inner = wordsOf(value as { readonly [key: string]: OptionValue });
    return inner.length === 0 ? [] : [`${key} (${inner.join(", ")})`];
  });

const populations = {
  "participant-average": "average over participants",
  "cluster-average": "average over clusters",
  "precision-weighted": "precision-weighted average",
} as const;

function varianceWords({
  group,
  term,
  with: other,
  variance,
  standardDeviation,
  correlation,
  interval,
}: VarianceComponent) {
  const shown =
    interval === null
      ? ""
      : `, ${formatLevel(interval.level)} interval of the ${other === null ? "SD" : "correlation"} ${limits(interval)}`;
  if (other !== null) {
    return `${group}: ${term} with ${other} ${formatNumber(variance)} (correlation ${formatNumber(correlation)})${shown}`;
  }
  const name = group === "residual" && term === "intercept" ? group : `${group}: ${term}`;
  return `${name} ${formatNumber(variance)} (SD ${formatNumber(standardDeviation)})${shown}`;
}

function coefficients({ coefficients: all }: Analysis): readonly Block[] {
  if (all.length === 0) return [];
  return [
    table(
      ["coefficient", "value", "SE", "df", "lower", "upper", "P"],
      all.map(({ term, value, standardError, df, lower, upper, pValue }) => [
        term,
        formatWithin(value, standardError),
        formatWithin(standardError, standardError),
        formatDf(df),
        formatWithin(lower, standardError),
        formatWithin(upper, standardError),
        formatP(pValue),
      ]),
    ),
  ];
}

/** Published figures beside computed ones. */
export function claimsTable(claims: readonly ClaimCheck[]): Block {
  return table(
    ["claim", "published", "computed", "agrees"],
    claims.map(({ path, published, computed, agrees }) => [
      path,
      published,
      formatNumber(computed),
      agrees ? "yes" : "NO",
    ]),
  );
}
