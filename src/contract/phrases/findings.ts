/** A number in a sentence: four significant digits, no trailing zeros. */
const say = (x: number) => String(Number(x.toPrecision(4)));

/** "0.0192 to 0.0212", or one number when both ends read the same. */
const between = (low: number, high: number) => {
  if (low === Number.NEGATIVE_INFINITY) return `at most ${say(high)}`;
  if (high === Number.POSITIVE_INFINITY) return `at least ${say(low)}`;
  return say(low) === say(high) ? say(low) : `${say(low)} to ${say(high)}`;
};

const df = (low: number, high: number | null) =>
  high === null ? `${say(low)} or more` : low === high ? say(low) : `${say(low)} to ${say(high)}`;

interface Low {
  readonly low: number;
  readonly high: number;
}

/** Sentences for what an audit of published figures finds, by code. */
export const findingPhrases = {
  "interval-reversed": ({ lower, upper }: { lower: string; upper: string }) =>
    `The lower limit ${lower} lies above the upper limit ${upper}`,
  "estimate-outside-interval": ({ estimate, lower, upper }: { estimate: string; lower: string; upper: string }) =>
    `The estimate ${estimate} lies outside its own interval, ${lower} to ${upper}`,
  "interval-not-symmetric": ({ estimate, low, high, scale, ratioLike }: Asymmetry) =>
    `The middle of the interval${scale === "log" ? " on the log scale" : ""} is ${between(low, high)}, not the estimate ${estimate}: estimate ± t × standard error cannot give these limits, so ${ratioLike ? "either this is a ratio (its logarithms fit; say so under measure)" : "either a figure is wrong"} or the interval was made another way (bootstrap, profile, exact)`,
  "ratio-not-positive": ({ figure }: { figure: string }) => `A ratio cannot be ${figure}: it is above zero`,
  "p-impossible": ({ p }: { p: string }) => `P = ${p} is not a probability`,
  "p-contradicts-interval": ({ p, level, excludes }: { p: string; level: number; excludes: boolean }) =>
    excludes
      ? `The ${say(100 * level)}% interval excludes the null value, so P must be below ${say(1 - level)}, not ${p}`
      : `The ${say(100 * level)}% interval includes the null value, so P must be above ${say(1 - level)}, not ${p}`,
  "no-reference-distribution": ({ p, low, high }: Low & { p: string }) =>
    `No t or normal reference gives P = ${p} with this estimate and interval; between 1 degree of freedom and the normal distribution P would be ${between(low, high)}`,
  "standard-error-contradicts-interval": ({ standardError, low, high }: Low & { standardError: string }) =>
    `The printed standard error ${standardError} does not give this interval with any t or normal reference; the interval implies ${between(low, high)}`,
  "figures-contradict": () =>
    "Estimate, interval, standard error and P value are each possible in pairs, but no reference distribution gives all of them",
  "normal-reference-impossible": ({
    low,
    high,
    pLow,
    pHigh,
    p,
  }: {
    low: number;
    high: number;
    pLow: number;
    pHigh: number;
    p: string;
  }) =>
    `A normal reference is impossible: it would give P = ${between(pLow, pHigh)}, not ${p}; the figures fit t with ${df(low, high)} degrees of freedom`,
  "normal-and-t-alike": ({ low }: { low: number }) =>
    `Rounding cannot tell a normal from a t reference here: any degrees of freedom from ${say(low)} fit`,
  "df-far-from-clusters": ({ clusters, expected, low, high, pLow, pHigh, p }: DfFar) =>
    `The figures fit only with ${df(low, high)} degrees of freedom, but ${clusters} clusters would give about ${expected}, where P would be ${between(pLow, pHigh)}, not ${p}${high !== null && high < expected ? "; were fewer clusters compared than reported, or is a figure misprinted?" : "; was clustering left out of the reference distribution?"}`,
  "effect-from-arms": ({ low, high }: Low) =>
    `No effect was printed with this P value; the difference of the printed arm means, ${between(low, high)}, is used in its place`,
  "unadjusted-difference-agrees": ({ low, high, effect, measure }: Low & { effect: string; measure: string }) =>
    `The arms' figures give a ${measure} of ${between(low, high)}, which agrees with the effect ${effect}`,
  "unadjusted-difference-differs": ({ low, high, effect, measure }: Low & { effect: string; measure: string }) =>
    `The arms' figures give a ${measure} of ${between(low, high)} and the effect is ${effect}; only adjustment or the weighting of clusters can account for the gap`,
  "unadjusted-contradicts-arms": ({ low, high, effect, measure }: Low & { effect: string; measure: string }) =>
    `The effect ${effect} is said to be unadjusted, but the arms' figures give a ${measure} of ${between(low, high)}`,
  "effect-has-opposite-sign": ({ effect, low, high, measure }: Low & { effect: string; measure: string }) =>
    `The arms' figures give a ${measure} of ${between(low, high)}, with which the effect ${effect} would agree if its sign were changed: either adjustment turned it, or the arms were subtracted the other way round`,
  "design-effect": ({ low, high, size, iccLow, iccHigh, source }: DesignEffect) =>
    `The standard error is that of independent participants times the square root of ${between(low, high)}; with ${say(size)} participants a cluster, and were nothing adjusted for, that is an intracluster correlation of ${between(iccLow, iccHigh)} (numbers per arm: ${source})`,
  "precision-beyond-independence": ({ low, high }: Low) =>
    `The standard error is smaller than independent participants would give (variance ratio ${between(low, high)}): covariates must explain much of the outcome`,
  "design-effect-beyond-size": ({ low, size }: { low: number; size: number }) =>
    `The standard error implies a design effect of at least ${say(low)}, more than the ${say(size)} participants a cluster can cause; is a standard error printed as a standard deviation?`,
  "mean-impossible": ({
    arm,
    mean,
    n,
    unit,
    nearest,
  }: {
    arm: string;
    mean: string;
    n: number;
    unit: string;
    nearest: readonly string[];
  }) =>
    `${arm}: no whole-number total over ${n} ${unit} gives a mean of ${mean}; the nearest are ${nearest.join(" and ")}`,
  "mean-of-other-numbers": ({ arm, mean, n }: { arm: string; mean: string; n: number }) =>
    `${arm}: no whole-number total over the trial's ${n} participants gives a mean of ${mean}; others must have been analysed`,
  "mean-contradicts-events": ({ arm, mean, events, n }: { arm: string; mean: string; events: string; n: number }) =>
    `${arm}: ${events} events among ${n} participants are ${say(Number(events) / n)} each, not ${mean}`,
  "sd-impossible": ({ arm, sd, mean, n }: { arm: string; sd: string; mean: string; n: number }) =>
    `${arm}: whole numbers of ${n} participants with mean ${mean} cannot have a standard deviation of ${sd}`,
  "sd-beyond-range": ({ arm, sd, most }: { arm: string; sd: string; most: number }) =>
    `${arm}: a standard deviation of ${sd} is more than the range of the values allows, which is ${say(most)}`,
  "mean-beyond-range": ({ arm, mean, least, most }: { arm: string; mean: string; least: number; most: number }) =>
    `${arm}: the mean ${mean} lies outside the possible values, ${say(least)} to ${say(most)}`,
  "percentage-agrees": ({ arm, percent, count, n }: { arm: string; percent: string; count: number; n: number }) =>
    `${arm}: ${count} of ${n} is ${percent}%`,
  "percentage-contradicts-count": ({
    arm,
    percent,
    count,
    n,
  }: {
    arm: string;
    percent: string;
    count: number;
    n: number;
  }) => `${arm}: ${count} of ${n} is ${say((100 * count) / n)}%, not ${percent}%`,
  "percentage-impossible": ({ arm, percent, n }: { arm: string; percent: string; n: number }) =>
    `${arm}: no whole number out of ${n} is ${percent}%`,
  "part-exceeds-whole": ({
    arm,
    part,
    whole,
    partName,
    wholeName,
  }: {
    arm: string;
    part: string;
    whole: string;
    partName: string;
    wholeName: string;
  }) => `${arm}: ${part} ${partName} are more than ${whole} ${wholeName}`,
  "arms-do-not-add": ({ what, arms, total }: { what: string; arms: number; total: string }) =>
    `The arms have ${arms} ${what} together, but ${total} are reported`,
  "icc-from-variances": ({
    low,
    high,
    agreeing,
    others,
  }: Low & { agreeing: readonly string[]; others: readonly string[] }) =>
    `The variances give an intracluster correlation of ${between(low, high)}: this agrees with ${agreeing.join(" and ")}${others.length === 0 ? "" : `, not with ${others.join(" or ")}`}`,
  "icc-contradicts-variances": ({ low, high, others }: Low & { others: readonly string[] }) =>
    `The variances give an intracluster correlation of ${between(low, high)}, which agrees with none of those printed: ${others.join(", ")}`,
  "icc-implied": ({ low, high }: Low) =>
    `The variances give an intracluster correlation of ${between(low, high)}; none was printed beside them`,
  "icc-impossible": ({ icc }: { icc: string }) => `An intracluster correlation cannot be ${icc}`,
  "nothing-to-check": () => "No two of the printed figures depend on each other, so nothing could be checked",
} as const;

interface Asymmetry extends Low {
  readonly estimate: string;
  readonly scale: string;
  /** Would estimate and limits fit as a ratio, on the log scale? */
  readonly ratioLike: boolean;
}

interface DfFar {
  readonly clusters: number;
  readonly expected: number;
  readonly low: number;
  readonly high: number | null;
  readonly pLow: number;
  readonly pHigh: number;
  readonly p: string;
}

interface DesignEffect extends Low {
  readonly size: number;
  readonly iccLow: number;
  readonly iccHigh: number;
  readonly source: string;
}

/** Findings that make the figures impossible together; the others are worth knowing. */
export const contradictions: ReadonlySet<keyof typeof findingPhrases> = new Set([
  "interval-reversed",
  "estimate-outside-interval",
  "interval-not-symmetric",
  "ratio-not-positive",
  "p-impossible",
  "p-contradicts-interval",
  "no-reference-distribution",
  "standard-error-contradicts-interval",
  "figures-contradict",
  "unadjusted-contradicts-arms",
  "mean-impossible",
  "mean-contradicts-events",
  "sd-impossible",
  "sd-beyond-range",
  "mean-beyond-range",
  "percentage-contradicts-count",
  "percentage-impossible",
  "part-exceeds-whole",
  "arms-do-not-add",
  "icc-contradicts-variances",
  "icc-impossible",
]);
