import { z } from "zod";
import { type Findings, type JointTest, type OptionValue, summaryOf } from "../../contract/analysis.ts";
import type { Estimate, Measure, Working } from "../../contract/estimate.ts";
import { type Notice, type NoticeCode, notice } from "../../contract/notice.ts";
import { DesignProblem, InputProblem } from "../../contract/problem.ts";
import type { Frame } from "../../data/frame.ts";
import {
  type BootstrapDistribution,
  type BootstrapInterval,
  bootstrapIntervals,
  bootstrapLimits,
  bootstrapPValue,
} from "../../inference/bootstrap/bootstrapLimits.ts";
import { jointBootstrapTest } from "../../inference/bootstrap/jointBootstrapTest.ts";
import { clusterMultiplicity } from "../../inference/bootstrap/resamplingUnits.ts";
import { jackknifeAcceleration } from "../../inference/jackknife/clusterJackknife.ts";
import { type MethodChoice, methodOption } from "../estimand/workingModelOption.ts";
import { defineMethod, type Question, type RegisteredMethod, type Replicated } from "../method.ts";
import { parseInput } from "../parseInput.ts";
import { type BootstrapUnits, bootstrapUnits } from "./bootstrapUnits.ts";
import { clusterDraw, type Draw, parametricDraw, replicatesOf, twoStageDraw } from "./clusterBootstrapDraws.ts";
import { type ResampledEstimates, resampledEstimates, workingOf } from "./resampledEstimates.ts";

interface Options {
  readonly of: MethodChoice;
  readonly draws: number;
  readonly interval?: BootstrapInterval | undefined;
  readonly resample: "cases" | "parametric";
  readonly stages: "clusters" | "two";
}

/** Share of replicates that may fail before their distribution says nothing any more. */
const MOST_FAILURES = 0.05;

/** Share of standard errors lost by drawing from few that is worth a notice. */
const SHORT = 0.025;

/** What methods say of their own tests and intervals, which a bootstrap does not use. */
const OF_OTHER_INFERENCE: ReadonlySet<string> = new Set<NoticeCode>([
  "conservative-test",
  "few-clusters",
  "few-clusters-for-inference",
  "few-degrees-of-freedom",
  "mixed-model-with-few-clusters",
  "satterthwaite-at-boundary",
  "unequal-arms",
  "coefficient-without-variance",
  "dominating-cluster",
]);

/**
 * Any method's estimates with intervals from the bootstrap of clusters: the method is applied to B trials, each made of
 * clusters drawn with replacement within arm (and stratum; whole pairs where clusters are matched), every draw a cluster of
 * its own.
 *
 *   stages clusters   a drawn cluster has the participants it has
 *   stages two        its participants are drawn with replacement in turn
 *   resample parametric   the same participants with outcomes drawn from the fitted mixed model
 *
 * Everything happens on the method's working scale (logarithms of ratios), and is taken back, so that ratios stay positive.
 * Standard error: standard deviation of the replicates. Interval and P value: `bootstrapLimits`, `bootstrapPValue`; BCa with
 * the acceleration of the leave-one-unit-out jackknife (`jackknifeAcceleration`). Several arms at once:
 * `jointBootstrapTest`. Rests on there being many clusters: it draws from those there are.
 *
 * @param list methods that can be named in `of`
 * @param preferred id of the one taken when none is named
 * @throws InputProblem `feature-not-accepted`, `arm-needed`, `outcome-not-for-method`, `measure-not-for-method`,
 *   `bootstrap-without-simulation`, `bca-needs-cases`
 * @throws DesignProblem `nothing-to-draw-from`, `replicates-failed`, `no-variation`, and whatever the method refuses
 */
export function clusterBootstrap(list: readonly RegisteredMethod[], preferred: string) {
  const methodOf = (id: string): RegisteredMethod => list.find((method) => method.id === id)!;
  return defineMethod({
    id: "cluster-bootstrap",
    title: "Bootstrap of clusters",
    purpose:
      "Intervals for the estimates of any other method by drawing clusters with replacement; for estimates without a trusted standard error, with some 20 clusters or more per arm",
    outcomes: ["continuous", "binary", "count", "grouped"],
    measures: [...new Set(list.flatMap(({ measures }) => measures))],
    references: [
      "Davison AC, Hinkley DV. Bootstrap Methods and their Application. Cambridge University Press 1997",
      "Efron B. Better bootstrap confidence intervals. J Am Stat Assoc 1987;82:171-185",
      "Field CA, Welsh AH. Bootstrapping clustered data. J R Stat Soc B 2007;69:369-390",
      "Cameron AC, Gelbach JB, Miller DL. Bootstrap-based improvements for inference with clustered errors. Rev Econ Stat 2008;90:414-427",
    ],
    accepts: ["weights", "offset", "strata", "pairs", "covariates", "no-arm"],
    options: z.strictObject({
      of: methodOption(list, preferred, {
        named: "the method whose estimates are bootstrapped, with its default options",
        what: "a method",
        whole: "the method whose estimates are bootstrapped, with its options",
      }),
      draws: z.int().min(99).max(10_000_000).default(9999),
      /** Default bca; percentile for parametric resampling. */
      interval: z.enum(bootstrapIntervals).optional(),
      resample: z.enum(["cases", "parametric"]).default("cases"),
      stages: z.enum(["clusters", "two"]).default("clusters"),
    }),
    needs: ({ of }, measure) => {
      const method = methodOf(of.method);
      const { outcomes = method.outcomes, ...needs } = method.needs(of.options, measure);
      return { ...needs, outcomes };
    },
    replicated: (question: Question<Options>) => replicated(question, methodOf(question.options.of.method)),
  });
}

function replicated(question: Question<Options>, method: RegisteredMethod): Replicated {
  const { frame, options, seed } = question;
  const { draws, resample, stages } = options;
  const interval = options.interval ?? (resample === "parametric" ? "percentile" : "bca");
  requireAccepted(question, method);
  if (resample === "parametric" && interval === "bca") throw new InputProblem("bca-needs-cases", {});
  if (resample === "parametric" && stages === "two") throw new InputProblem("parametric-has-no-stages", {});
  const own: Question<unknown> = { ...question, options: options.of.options };
  const studentised = interval === "studentised";
  const units = resample === "parametric" ? null : bootstrapUnits(frame);
  const found = method.analyse(own);
  if (studentised && found.estimates.some(({ working }) => working === null))
    throw new InputProblem("studentised-needs-standard-errors", { method: method.id });
  const estimates = resampledEstimates(method, own, found, studentised);
  const draw = drawOf(question, method, own, units, estimates);
  const count = estimates.estimates;
  return {
    replicates: replicatesOf(draw, draws, studentised ? 2 * count : count, seed),
    finish: (numbers) => {
      const accelerations = interval === "bca" ? accelerationsOf(units!, estimates, found) : new Float64Array(count);
      return findingsOf({ question, method, found, interval, units, numbers, accelerations });
    },
  };
}

function drawOf(
  { frame, options }: Question<Options>,
  method: RegisteredMethod,
  own: Question<unknown>,
  units: BootstrapUnits | null,
  estimates: ResampledEstimates,
): Draw {
  if (units !== null)
    return options.stages === "two" ? twoStageDraw(units, frame, estimates) : clusterDraw(units, estimates);
  const simulated = method.simulated?.(own) ?? null;
  if (simulated === null) throw new InputProblem("bootstrap-without-simulation", { method: method.id });
  return parametricDraw(simulated, frame, estimates);
}

/** What the plan gives must be made use of by the method as well; strata and pairs are made use of here. */
function requireAccepted(
  { frame, measure }: Question<Options>,
  { id, accepts, outcomes, measures }: RegisteredMethod,
): void {
  const refuse = (feature: string, column: string) => {
    throw new InputProblem("feature-not-accepted", {
      path: "options.of",
      method: id,
      feature,
      remedy: `leave ${column} out, or name another method`,
    });
  };
  if (frame.weights !== null && !accepts.includes("weights")) refuse("weights", "them");
  if (frame.offset !== null && !accepts.includes("offset")) refuse("an offset", "it");
  if (
    frame.design.terms.some(({ role }) => role === "covariate") &&
    !accepts.includes("covariates") &&
    frame.arm !== null
  )
    refuse("covariates", "them");
  if (frame.arm === null && !accepts.includes("no-arm"))
    throw new InputProblem("arm-needed", { path: "options.of", method: id, methods: [] });
  if (!outcomes.includes(frame.outcome.kind))
    throw new InputProblem("outcome-not-for-method", {
      path: "options.of",
      method: id,
      kind: frame.outcome.kind,
      accepted: outcomes,
    });
  if (measure !== null && !measures.includes(measure as Measure))
    throw new InputProblem("measure-not-for-method", { path: "measure", method: id, measure, accepted: measures });
}

/** a of every estimate, from the estimates without each unit. */
function accelerationsOf(units: BootstrapUnits, estimates: ResampledEstimates, found: Findings): Float64Array {
  const count = estimates.estimates;
  const leftOut = found.estimates.map(() => new Float64Array(units.members.length).fill(Number.NaN));
  const counts = new Int32Array(units.members.length).fill(1);
  const multiplicity = new Int32Array(units.clusters);
  const out = new Float64Array(2 * count);
  for (let u = 0; u < counts.length; u++) {
    counts[u] = 0;
    clusterMultiplicity(units, counts, multiplicity);
    if (estimates.weighted(multiplicity, out)) for (let e = 0; e < count; e++) leftOut[e]![u] = out[e]!;
    counts[u] = 1;
  }
  return Float64Array.from(found.estimates, (estimate, e) =>
    jackknifeAcceleration(leftOut[e]!, workingOf(estimate).value, units.groups),
  );
}

interface Gathered {
  readonly question: Question<Options>;
  readonly method: RegisteredMethod;
  readonly found: Findings;
  readonly interval: BootstrapInterval;
  readonly units: BootstrapUnits | null;
  readonly numbers: Float64Array;
  readonly accelerations: Float64Array;
}

function findingsOf({ question, method, found, interval, units, numbers, accelerations }: Gathered): Findings {
  const { options, level } = question;
  const { draws } = options;
  const count = found.estimates.length;
  const width = numbers.length / draws;
  const used = succeeded(numbers, width, interval === "studentised");
  const failures = draws - used.length / width;
  if (failures > MOST_FAILURES * draws)
    throw new DesignProblem("replicates-failed", { draws, failures, share: MOST_FAILURES });
  let extreme = false;
  const estimates = found.estimates.map((estimate, e): Estimate => {
    const replicates = column(used, width, e);
    const working = workingOf(estimate);
    const standardError = spreadOf(replicates);
    // A spread of rounding alone, or none.
    if (!(standardError > 1e-14 * Math.abs(working.value)) || !(standardError > 0))
      throw new DesignProblem("no-variation", { term: estimate.quantity.term });
    const sorted = (
      interval === "studentised"
        ? replicates.map((value, k) => (value - working.value) / used[k * width + count + e]!)
        : replicates
    ).sort();
    const distribution: BootstrapDistribution = {
      observed: working.value,
      sorted,
      standardError: estimate.working?.standardError ?? standardError,
      acceleration: accelerations[e]!,
    };
    const limits = bootstrapLimits(interval, distribution, level);
    extreme ||= limits.extreme;
    const reported = scales[working.scale].reported;
    return {
      quantity: estimate.quantity,
      value: estimate.value,
      working: { ...working, standardError },
      interval: {
        level,
        lower: reported(limits.lower),
        upper: reported(limits.upper),
        method: `bootstrap-${interval}`,
      },
      test:
        estimate.test === null ? null : testOf(estimate.test.nullValue, interval, distribution, standardError, working),
    };
  });
  const first = estimates[0]!;
  return {
    variant: variantOf(question, method, found, interval, units, first),
    estimand: found.estimand,
    estimates,
    coefficients: [],
    covariance: null,
    tests: testsOf(question.frame, found, used, width),
    variances: found.variances,
    icc: found.icc,
    summary: summaryOf({ ...found.summary, draws, failures }),
    clusters: found.clusters,
    notices: [
      ...found.notices.filter(({ code }) => !OF_OTHER_INFERENCE.has(code)),
      ...noticesOf(units, draws, failures, interval, extreme),
    ],
  };
}

/** Between the scale of work and the scale of the report. */
const scales: Readonly<
  Record<Working["scale"], { readonly reported: (x: number) => number; readonly worked: (x: number) => number }>
> = {
  identity: { reported: (x) => x, worked: (x) => x },
  log: { reported: Math.exp, worked: Math.log },
  logit: { reported: (x) => 1 / (1 + Math.exp(-x)), worked: (x) => Math.log(x / (1 - x)) },
  "fisher-z": { reported: Math.tanh, worked: Math.atanh },
};

function testOf(
  nullValue: number,
  interval: BootstrapInterval,
  distribution: BootstrapDistribution,
  spread: number,
  working: Pick<Working, "scale" | "value">,
): Estimate["test"] {
  const null_ = scales[working.scale].worked(nullValue);
  const standardError = interval === "studentised" ? distribution.standardError : spread;
  return {
    nullValue,
    alternative: "two-sided",
    statistic: (working.value - null_) / standardError,
    reference: { name: "bootstrap", df: null, draws: distribution.sorted.length, complete: false },
    pValue: bootstrapPValue(interval, distribution, null_),
  };
}

/** Rows of the replicates that have an answer. */
function succeeded(numbers: Float64Array, width: number, studentised: boolean): Float64Array {
  const out = new Float64Array(numbers.length);
  let at = 0;
  for (let i = 0; i < numbers.length; i += width) {
    let good = true;
    for (let k = 0; k < width; k++) {
      const value = numbers[i + k]!;
      if (!Number.isFinite(value) || (studentised && 2 * k >= width && !(value > 0))) good = false;
    }
    if (!good) continue;
    out.set(numbers.subarray(i, i + width), at);
    at += width;
  }
  return out.subarray(0, at);
}

const column = (rows: Float64Array, width: number, k: number): Float64Array =>
  Float64Array.from({ length: rows.length / width }, (_, i) => rows[i * width + k]!);

/** Standard deviation, divisor B − 1. */
function spreadOf(values: Float64Array): number {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  return Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (values.length - 1));
}

/** Several arms at once. */
function testsOf({ effects }: Frame, { estimates }: Findings, used: Float64Array, width: number): readonly JointTest[] {
  const q = effects.length;
  if (q < 2 || estimates.length < q) return [];
  const observed = Float64Array.from(estimates.slice(0, q), (estimate) => workingOf(estimate).value);
  const found = jointBootstrapTest(observed, used, width);
  return found === null ? [] : [{ terms: estimates.slice(0, q).map(({ quantity }) => quantity.term), ...found }];
}

function variantOf(
  { options }: Question<Options>,
  method: RegisteredMethod,
  found: Findings,
  interval: BootstrapInterval,
  units: BootstrapUnits | null,
  { test }: Estimate,
): Findings["variant"] {
  const { draws, resample, stages, of } = options;
  const tail = test === null ? null : Math.min(0.5, test.pValue / 2);
  return {
    of: {
      method: method.id,
      options: {
        ...JSON.parse(JSON.stringify(parseInput(method.options, of.options, "options.of.options"))),
        ...found.variant,
      },
    } as OptionValue,
    draws,
    interval,
    resample,
    stages,
    within: units?.within ?? null,
    influence: interval === "bca" ? "jackknife" : null,
    pValue: "inverted-interval",
    monteCarloError: tail === null ? null : 2 * Math.sqrt((tail * (1 - tail)) / draws),
  };
}

function noticesOf(
  units: BootstrapUnits | null,
  draws: number,
  failures: number,
  interval: BootstrapInterval,
  extreme: boolean,
): readonly Notice[] {
  const notices: Notice[] = [];
  if (failures > 0) notices.push(notice("replicates-left-out", { draws, failures }));
  if (extreme) notices.push(notice("limit-beyond-replicates", { draws }));
  if (units !== null && interval !== "studentised") {
    // The variance of a mean of n drawn from n is that of the n, (n − 1)/n of what it should be.
    const short = 1 - Math.sqrt(1 - units.groups.length / units.members.length);
    const fewest = Math.min(...units.groups.map(({ length }) => length));
    if (short > SHORT)
      notices.push(
        notice("bootstrap-of-few-clusters", { within: units.within, fewest, percent: Math.round(100 * short) }),
      );
  }
  return notices;
}
