import { printedInterval } from "../printedNumber.ts";
import type { PublishedClaim, PublishedTrial } from "../publishedTrial.ts";
import { armContrast } from "./armContrast.ts";
import { compatibleDf, standardErrorOver, wholeRanges } from "./compatibleDf.ts";
import { clustersOf } from "./designFacts.ts";
import { type AtReference, atReference, type EffectFigures, type EffectRegion, effectRegion } from "./effectRegion.ts";
import { type Finding, finding } from "./finding.ts";
import { hull, map, overlap, type Range, rangeOf, shareOf } from "./range.ts";

/** What the effect's figures imply under one named reference distribution. */
export interface ReferenceReading extends AtReference {
  readonly name: "normal" | "t";
  /** Clusters whose number gives these degrees of freedom (clusters − 2); null for the normal. */
  readonly clusters: number | null;
}

export interface EffectAudit {
  readonly findings: readonly Finding[];
  /** null when the figures do not bear on the degrees of freedom. */
  readonly compatible: readonly Range[] | null;
  readonly standardError: Range | null;
  readonly readings: readonly ReferenceReading[];
}

const nothing: EffectAudit = { findings: [], compatible: null, standardError: null, readings: [] };

const ratioMeasures = new Set(["risk-ratio", "odds-ratio", "rate-ratio", "mean-ratio", "hazard-ratio"]);

/** Ratios are compared on the log scale. */
const scaleOf = (measure: string | undefined): "identity" | "log" =>
  measure !== undefined && ratioMeasures.has(measure) ? "log" : "identity";

/** Estimate, interval, standard error and P value of one claim: are they possible together, and with which reference? */
export function auditEffect(claim: PublishedClaim, trial: PublishedTrial): EffectAudit {
  const effect = claim.effect ?? {};
  const scale = scaleOf(effect.measure);
  const p = effect.p ?? claim.p;
  const findings: Finding[] = [];
  const printed = [effect.value, ...(effect.interval ?? [])].filter((figure) => figure !== undefined);
  if (scale === "log") {
    const wrong = printed.filter((figure) => (printedInterval(figure).high ?? 1) <= 0);
    if (wrong.length > 0)
      return { ...nothing, findings: wrong.map((figure) => finding("ratio-not-positive", { figure })) };
  }
  if (p !== undefined && impossibleP(p)) return { ...nothing, findings: [finding("p-impossible", { p })] };

  const onScale = (figure: string | undefined): Range | null => {
    if (figure === undefined) return null;
    const range = rangeOf(figure);
    return scale === "log" ? logarithm(range) : range;
  };
  const contrast =
    effect.value === undefined && effect.interval === undefined ? armContrast(claim, trial, "mean-difference") : null;
  if (contrast !== null && p !== undefined) findings.push(finding("effect-from-arms", contrast));
  const figures: EffectFigures = {
    estimate: onScale(effect.value) ?? contrast,
    lower: onScale(effect.interval?.[0]),
    upper: onScale(effect.interval?.[1]),
    level: effect.level ?? 0.95,
    standardError: effect.standardError === undefined ? null : rangeOf(effect.standardError),
    p: p === undefined ? null : shareOf(p),
  };
  if (figures.estimate === null && figures.lower === null) return { ...nothing, findings };

  const impossible = contradictionOf(claim, figures, scale);
  if (impossible !== null) return { ...nothing, compatible: [], findings: [...findings, impossible] };
  return readingsOf(claim, trial, figures, findings, p);
}

const impossibleP = (p: string): boolean => {
  const { low, high } = rangeOf(p);
  const most = printedInterval(p).percent ? 100 : 1;
  return low > most || high < 0;
};

/** Contradictions that hold whatever the reference distribution. */
function contradictionOf(claim: PublishedClaim, figures: EffectFigures, scale: "identity" | "log"): Finding | null {
  const { estimate, lower, upper, level, p } = figures;
  const interval = claim.effect?.interval;
  if (lower === null || upper === null || interval === undefined) return null;
  const [from, to] = interval;
  if (lower.low > upper.high) return finding("interval-reversed", { lower: from, upper: to });
  const value = claim.effect?.value;
  if (estimate !== null && value !== undefined && (estimate.high < lower.low || estimate.low > upper.high)) {
    return finding("estimate-outside-interval", { estimate: value, lower: from, upper: to });
  }
  const printedP = claim.effect?.p ?? claim.p;
  if (p !== null && printedP !== undefined) {
    const excludes = lower.low > 0 || upper.high < 0;
    const includes = lower.high < 0 && upper.low > 0;
    if ((excludes && p.low > 1 - level) || (includes && p.high < 1 - level)) {
      return finding("p-contradicts-interval", { p: printedP, level, excludes });
    }
  }
  if (effectRegion(figures).corners.length === 0) {
    const middle = map(
      { low: (lower.low + upper.low) / 2, high: (lower.high + upper.high) / 2 },
      scale === "log" ? Math.exp : (x) => x,
    );
    const ratioLike = scale === "identity" && lower.low > 0 && effectRegion(asRatio(figures)).corners.length > 0;
    return finding("interval-not-symmetric", { estimate: value ?? "", ...middle, scale, ratioLike });
  }
  return null;
}

/** The same figures, were they a ratio's. */
const asRatio = (figures: EffectFigures): EffectFigures => ({
  ...figures,
  estimate: logarithm(figures.estimate),
  lower: logarithm(figures.lower),
  upper: logarithm(figures.upper),
});

const logarithm = (range: Range | null): Range | null =>
  range === null ? null : map(range, (x) => (x <= 0 ? Number.NEGATIVE_INFINITY : Math.log(x)));

function readingsOf(
  claim: PublishedClaim,
  trial: PublishedTrial,
  figures: EffectFigures,
  before: readonly Finding[],
  p: string | undefined,
): EffectAudit {
  const region = effectRegion(figures);
  const sources = [figures.lower, figures.standardError, figures.p].filter((range) => range !== null).length;
  const readings = references(claim, trial).map((reference) => ({
    ...reference,
    ...atReference(region, figures, reference.df),
  }));
  if (sources < 2) {
    const implied = readings.flatMap(({ standardError }) => standardError ?? []);
    const standardError = implied.length === 0 ? null : implied.reduce(hull);
    return { findings: before, compatible: null, standardError, readings };
  }
  const compatible = compatibleDf(region, figures);
  const standardError = standardErrorOver(compatible, region, figures);
  const found = compatible.length === 0 ? [noneFits(claim, figures, region)] : dfFindings(compatible, readings, p);
  return { findings: [...before, ...found], compatible, standardError, readings };
}

/** The normal distribution, and t with clusters − 2 degrees of freedom for every number of clusters in print. */
function references(claim: PublishedClaim, trial: PublishedTrial) {
  const t = clustersOf(claim, trial).flatMap((clusters) =>
    clusters > 2 ? { name: "t" as const, clusters, df: clusters - 2 } : [],
  );
  return [{ name: "normal" as const, clusters: null, df: Number.POSITIVE_INFINITY }, ...t];
}

function noneFits(claim: PublishedClaim, figures: EffectFigures, region: EffectRegion): Finding {
  const p = claim.effect?.p ?? claim.p;
  const standardError = claim.effect?.standardError;
  if (standardError !== undefined && figures.lower !== null) {
    const free = { ...figures, standardError: null, p: null };
    if (compatibleDf(region, { ...figures, p: null }).length === 0) {
      const implied = standardErrorOver([{ low: 1, high: Number.POSITIVE_INFINITY }], region, free);
      return finding("standard-error-contradicts-interval", {
        standardError,
        low: implied?.low ?? 0,
        high: implied?.high ?? Number.POSITIVE_INFINITY,
      });
    }
    if (p !== undefined) return finding("figures-contradict", undefined);
  }
  const ends = [1, Number.POSITIVE_INFINITY].flatMap((df) => atReference(region, { ...figures, p: null }, df).p ?? []);
  const { low, high } = ends.length === 0 ? { low: 0, high: 1 } : ends.reduce(hull);
  return finding("no-reference-distribution", { p: p ?? "", low, high });
}

function dfFindings(compatible: readonly Range[], readings: readonly ReferenceReading[], p: string | undefined) {
  const findings: Finding[] = [];
  const whole = wholeRanges(compatible);
  const low = whole[0]![0];
  const high = whole.at(-1)![1];
  const normal = readings.find(({ name }) => name === "normal");
  if (high === null) findings.push(finding("normal-and-t-alike", { low }));
  else if (normal?.p != null && p !== undefined) {
    findings.push(finding("normal-reference-impossible", { low, high, pLow: normal.p.low, pHigh: normal.p.high, p }));
  }
  const byClusters = readings.filter(({ clusters }) => clusters !== null);
  // Cluster-level covariates cost degrees of freedom and small-sample approximations move them; a quarter is not far.
  const near = ({ df }: AtReference) =>
    overlap({ low: df * 0.75, high: df * 1.25 }, hull(compatible[0]!, compatible.at(-1)!));
  const first = byClusters[0];
  if (first !== undefined && first.clusters !== null && first.p !== null && p !== undefined && !byClusters.some(near)) {
    findings.push(
      finding("df-far-from-clusters", {
        clusters: first.clusters,
        expected: first.df,
        low,
        high,
        pLow: first.p.low,
        pHigh: first.p.high,
        p,
      }),
    );
  }
  return findings;
}
