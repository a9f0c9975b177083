import {
  type Analysis,
  type ClusterRecord,
  type Coefficient,
  type Findings,
  type IccRecord,
  type JointTest,
  type Sample,
  type Summary,
  summaryOf,
  type VarianceComponent,
} from "../../contract/analysis.ts";
import type { Estimate, Test, Working } from "../../contract/estimate.ts";
import { type Notice, notice } from "../../contract/notice.ts";
import { InputProblem, NumericalProblem } from "../../contract/problem.ts";
import { poolVectors, testPooledVector } from "../../inference/pooling/poolVectors.ts";
import { meanOf, type Pooled, poolRubin } from "../../inference/pooling/rubin.ts";
import { waldCoefficient } from "../../inference/wald/waldCoefficient.ts";
import { waldTest } from "../../inference/wald/waldTest.ts";

/** Who asks for pooling, for problems, and what they fall back on. */
export interface PoolingOptions {
  readonly method: string;
  readonly level: number;
  /** Complete-data degrees of freedom of an estimate that states none: clusters less arms. */
  readonly clusterDf: number;
}

/** Share of missing information, and what it does, per effect. */
export interface MissingInformation {
  readonly term: string;
  readonly fraction: number;
  readonly efficiency: number;
  readonly df: number | null;
  readonly completeDf: number | null;
}

/**
 * Findings from m completed data sets as one: effects and coefficients by Rubin's rules on their working scales with
 * Barnard and Rubin's degrees of freedom from those of the method (their mean, where imputations differ), joint tests by
 * D1, variance components and intracluster correlations as means, without intervals.
 *
 * Left out, since they have no meaning across data sets: likelihoods, criteria, iterations. Joint tests of something else
 * than coefficients are left out with a notice.
 *
 * @throws InputProblem `not-poolable` for an estimate without a standard error on a working scale, or whose test rests on
 *   replicates.
 */
export function poolFindings(found: readonly Findings[], options: PoolingOptions): Findings {
  const first = found[0]!;
  const pooled = first.estimates.map((_, e) =>
    poolEstimates(
      found.map(({ estimates }) => estimates[e]!),
      options,
    ),
  );
  const terms = first.coefficients
    .map(({ term }) => term)
    .filter((term) => found.every(({ coefficients }) => coefficients.some((other) => other.term === term)));
  const { tests, notices } = poolTests(found, terms);
  return {
    ...first,
    draws: null,
    curves: null,
    estimates: pooled.map(({ estimate }) => estimate),
    coefficients: terms.map((term) => poolCoefficients(found, term, options.level)),
    covariance: found.every(({ covariance }) => covariance !== null) ? totalCovariance(found, terms) : null,
    tests,
    variances: poolVariances(found.map(({ variances }) => variances)),
    icc: poolIcc(found.map(({ icc }) => icc)),
    summary: poolSummaries(found.map(({ summary }) => summary)),
    clusters: first.clusters.map((_, j) => poolClusters(found.map(({ clusters }) => clusters[j]!))),
    notices: [...distinctNotices(found), ...notices],
  };
}

/** Of every estimate with a standard error, the share of information lost. */
export function missingInformation(found: readonly Findings[], options: PoolingOptions): readonly MissingInformation[] {
  return found[0]!.estimates.flatMap((_, e) => {
    const own = found.map(({ estimates }) => estimates[e]!);
    return isPoolable(own) ? [poolEstimates(own, options).information] : [];
  });
}

/** Why estimates cannot be pooled; null when they can. */
function obstacle(estimates: readonly (Estimate | undefined)[]): string | null {
  const scale = estimates[0]?.working?.scale;
  if (scale === undefined || estimates.some((each) => each?.working?.scale !== scale))
    return "it has no standard error";
  const reference = estimates[0]!.test?.reference.name;
  return reference === "permutation" || reference === "bootstrap" ? "its test rests on replicates" : null;
}

/** @throws InputProblem `not-poolable`, before time is spent on further data sets. */
export function requirePoolable({ estimates }: Findings, method: string): void {
  for (const estimate of estimates) {
    const what = obstacle([estimate]);
    if (what !== null) throw new InputProblem("not-poolable", { method, term: estimate.quantity.term, what });
  }
}

const isPoolable = (estimates: readonly (Estimate | undefined)[]): boolean => obstacle(estimates) === null;

const scales: Readonly<Record<Working["scale"], { back: (x: number) => number; there: (x: number) => number }>> = {
  identity: { back: (x) => x, there: (x) => x },
  log: { back: Math.exp, there: Math.log },
  logit: { back: (x) => 1 / (1 + Math.exp(-x)), there: (x) => Math.log(x / (1 - x)) },
  "fisher-z": { back: Math.tanh, there: Math.atanh },
};

/**
 * An intracluster correlation's own z is ½ log((1 + (n₀ − 1)ρ)/(1 − ρ)), whose n₀ shows in any estimate that is not 0;
 * with n₀ = 2 it is Fisher's.
 */
function scaleOf(estimates: readonly Estimate[]): (typeof scales)[Working["scale"]] {
  const { scale } = estimates[0]!.working!;
  if (scale !== "fisher-z") return scales[scale];
  const sizes = estimates.flatMap(({ value, working }) =>
    Math.abs(value) < SMALL ? [] : [1 + (Math.exp(2 * working!.value) * (1 - value) - 1) / value],
  );
  const n0 = sizes.length === 0 ? 2 : meanOf(sizes);
  return {
    back: (z) => Math.expm1(2 * z) / (Math.exp(2 * z) + n0 - 1),
    there: (rho) => 0.5 * Math.log((1 + (n0 - 1) * rho) / (1 - rho)),
  };
}

/** Correlations this near 0 do not show their n₀. */
const SMALL = 1e-6;

function poolEstimates(
  estimates: readonly Estimate[],
  { method, level, clusterDf }: PoolingOptions,
): { readonly estimate: Estimate; readonly information: MissingInformation } {
  const { quantity, interval, test } = estimates[0]!;
  const { term } = quantity;
  const what = obstacle(estimates);
  if (what !== null) throw new InputProblem("not-poolable", { method, term, what });
  const working = estimates.map((estimate) => estimate.working!);
  const { scale } = working[0]!;
  const dfs = estimates.map((estimate) => dfOf(estimate.test, clusterDf));
  const completeDf = dfs.some((df) => df === null) ? null : meanOf(dfs.map((df) => df!));
  const pooled = poolRubin(
    working.map((each) => each.value),
    working.map((each) => each.standardError ** 2),
    completeDf,
  );
  const { back, there } = scaleOf(estimates);
  const judged = test?.reference.name === "t" || test?.reference.name === "normal";
  const nullValue = judged ? there(test!.nullValue) : 0;
  const wald = waldTest(term, pooled.value, Math.sqrt(pooled.total), pooled.df, level, nullValue);
  const lower = back(wald.lower);
  const upper = back(wald.upper);
  if (!Number.isFinite(upper)) throw new NumericalProblem("not-finite", { what: `The upper limit of ${term}` });
  return {
    estimate: {
      quantity,
      value: back(pooled.value),
      working: { scale, value: pooled.value, standardError: Math.sqrt(pooled.total) },
      interval: interval === null && test === null ? null : { level, lower, upper, method: "rubin-t" },
      test: judged ? pooledTest(test!, wald.statistic, wald.pValue, pooled.df) : null,
    },
    information: { ...informationOf(term, pooled), completeDf },
  };
}

const informationOf = (term: string, { missingInformation, efficiency, df }: Pooled) => ({
  term,
  fraction: missingInformation,
  efficiency,
  df,
});

const pooledTest = (test: Test, statistic: number, pValue: number, df: number | null): Test => ({
  nullValue: test.nullValue,
  alternative: "two-sided",
  statistic,
  reference: df === null ? { name: "normal", df: null } : { name: "t", df },
  pValue,
});

/** Complete-data degrees of freedom of one estimate; null for a normal reference. */
function dfOf(test: Test | null, clusterDf: number): number | null {
  if (test === null) return clusterDf;
  const { reference } = test;
  if (reference.name === "t") return reference.df;
  // An F test of a variance ratio has other degrees of freedom than its estimate.
  return reference.name === "normal" ? null : clusterDf;
}

function coefficientOf({ coefficients }: Findings, term: string): Coefficient {
  return coefficients.find((each) => each.term === term)!;
}

function poolCoefficients(found: readonly Findings[], term: string, level: number): Coefficient {
  const own = found.map((findings) => coefficientOf(findings, term));
  const completeDf = own.some(({ df }) => df === null) ? null : meanOf(own.map(({ df }) => df!));
  const pooled = poolRubin(
    own.map(({ value }) => value),
    own.map(({ standardError }) => standardError ** 2),
    completeDf,
  );
  return waldCoefficient(term, pooled.value, Math.sqrt(pooled.total), pooled.df, level);
}

/** Coefficients of those terms with their covariances, as vectors and matrices. */
function vectorsOf(found: readonly Findings[], terms: readonly string[]) {
  const at = found.map(({ coefficients }) => terms.map((term) => coefficients.findIndex((each) => each.term === term)));
  return poolVectors(
    found.map(({ coefficients }, k) => Float64Array.from(at[k]!, (i) => coefficients[i]!.value)),
    found.map(({ covariance }, k) => Float64Array.from(at[k]!.flatMap((i) => at[k]!.map((j) => covariance![i]![j]!)))),
  );
}

function totalCovariance(found: readonly Findings[], terms: readonly string[]): readonly (readonly number[])[] {
  const k = terms.length;
  const { total } = vectorsOf(found, terms);
  return terms.map((_, i) => Array.from(total.subarray(i * k, (i + 1) * k)));
}

function poolTests(
  found: readonly Findings[],
  terms: readonly string[],
): { readonly tests: readonly JointTest[]; readonly notices: readonly Notice[] } {
  const tests: JointTest[] = [];
  const notices: Notice[] = [];
  for (const { terms: tested } of found[0]!.tests) {
    const own = found.map((findings) => findings.tests.find((test) => sameTerms(test.terms, tested)));
    // A test of effects averaged over an interaction bears the names of coefficients, and is not theirs.
    const averaged = found[0]!.estimates.some(
      ({ quantity, working }) =>
        tested.includes(quantity.term) &&
        terms.includes(quantity.term) &&
        working !== null &&
        !near(working.value, coefficientOf(found[0]!, quantity.term).value),
    );
    const made =
      averaged || !tested.every((term) => terms.includes(term)) || found.some(({ covariance }) => covariance === null)
        ? null
        : testPooledVector(vectorsOf(found, tested), completeDfOf(own));
    if (made === null) notices.push(notice("joint-test-not-pooled", { terms: [...tested] }));
    else tests.push({ terms: tested, ...made });
  }
  return { tests, notices };
}

const sameTerms = (a: readonly string[], b: readonly string[]) =>
  a.length === b.length && a.every((x, i) => x === b[i]);
const near = (a: number, b: number) => Math.abs(a - b) <= 1e-9 * Math.max(Math.abs(a), Math.abs(b));

function completeDfOf(tests: readonly (JointTest | undefined)[]): number | null {
  const dfs = tests.flatMap((test) => (test?.reference.name === "F" ? [test.reference.df[1]] : []));
  return dfs.length === 0 ? null : meanOf(dfs);
}

function poolVariances(found: readonly (readonly VarianceComponent[])[]): readonly VarianceComponent[] {
  return found[0]!.map((component, at): VarianceComponent => {
    const variance = meanOf(found.map((components) => components[at]!.variance));
    const varianceOf = (term: string) => {
      const other = found[0]!.findIndex(
        (each) => each.group === component.group && each.term === term && each.with === null,
      );
      return other < 0 ? Number.NaN : meanOf(found.map((components) => components[other]!.variance));
    };
    const product = component.with === null ? 0 : varianceOf(component.term) * varianceOf(component.with);
    return {
      ...component,
      variance,
      standardDeviation: component.with === null && variance >= 0 ? Math.sqrt(variance) : null,
      correlation: product > 0 ? variance / Math.sqrt(product) : null,
      interval: null,
    };
  });
}

function poolIcc(found: readonly (IccRecord | null)[]): IccRecord | null {
  const present = found.flatMap((icc) => (icc === null ? [] : [icc]));
  if (present.length < found.length) return null;
  return { ...present[0]!, value: meanOf(present.map(({ value }) => value)), interval: null };
}

/** Figures of one data set that keep their meaning as means; variances are averaged as variances. */
const meaningful = ["dispersion", "alpha", "n0", "msBetween", "msWithin", "rSquared", "draws"] as const;

function poolSummaries(found: readonly Summary[]): Summary {
  const meanOfAll = (of: (summary: Summary) => number | null): number | null => {
    const values = found.map(of);
    return values.some((value) => value === null) ? null : meanOf(values as number[]);
  };
  const square = meanOfAll(({ residualStandardDeviation: sd }) => (sd === null ? null : sd ** 2));
  const failures = found.some((summary) => summary.failures === null)
    ? null
    : found.reduce((sum, summary) => sum + summary.failures!, 0);
  return summaryOf({
    ...Object.fromEntries(meaningful.map((key) => [key, meanOfAll((summary) => summary[key])])),
    residualStandardDeviation: square === null ? null : Math.sqrt(square),
    failures,
  });
}

function poolClusters(found: readonly ClusterRecord[]): ClusterRecord {
  const effects = found.map(({ effect }) => effect);
  const variances = found.map(({ conditionalVariance }) => conditionalVariance);
  const known = effects.every((effect) => effect !== null);
  const pooled =
    known && variances.every((variance) => variance !== null)
      ? poolRubin(effects as number[], variances as number[], null)
      : null;
  return {
    ...found[0]!,
    summary: meanOf(found.map(({ summary }) => summary)),
    effect: known ? meanOf(effects as number[]) : null,
    conditionalVariance: pooled?.total ?? null,
  };
}

/** Notices of all data sets, each thing said once: same code, same words among its facts. */
function distinctNotices(found: readonly Findings[]): readonly Notice[] {
  const said = new Map<string, Notice>();
  for (const { notices } of found)
    for (const each of notices) {
      const words = Object.entries(each.facts).filter(([, fact]) => typeof fact === "string");
      const key = JSON.stringify([each.code, words]);
      if (!said.has(key)) said.set(key, each);
    }
  return [...said.values()];
}

/** Who was analysed, where outcomes differ between data sets: means of means and of variances. */
export function poolSamples(samples: readonly Sample[]): Analysis["sample"] {
  return {
    ...samples[0]!,
    byArm: samples[0]!.byArm.map((arm, a) => {
      const own = samples.map(({ byArm }) => byArm[a]!);
      return {
        ...arm,
        mean: meanOf(own.map(({ mean }) => mean)),
        sd: arm.sd === null ? null : Math.sqrt(meanOf(own.map(({ sd }) => sd! ** 2))),
        events: arm.events === null ? null : meanOf(own.map(({ events }) => events!)),
      };
    }),
  };
}
