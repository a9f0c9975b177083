import { z } from "zod";
import { type JointTest, summaryOf } from "../../contract/analysis.ts";
import type { Estimate, Reference } from "../../contract/estimate.ts";
import { type Notice, notice } from "../../contract/notice.ts";
import { DesignProblem, InputProblem, NumericalProblem } from "../../contract/problem.ts";
import type { Arm, ClusterFactor, Frame, Outcome, OutcomeKind } from "../../data/frame.ts";
import { armsF } from "../../inference/permutation/armsF.ts";
import { type ComparedClusters, clusterContrast } from "../../inference/permutation/clusterContrast.ts";
import { type Inversion, type ShiftInverter, shiftInverter } from "../../inference/permutation/invertShifts.ts";
import { searchShifts } from "../../inference/permutation/searchShifts.ts";
import { atLeast, type Extremes, extremesOf, pValueOf, statisticAt } from "../../inference/permutation/statistic.ts";
import { stepDownMaxT } from "../../inference/permutation/stepDownMaxT.ts";
import { allocationSpaceOf, randomisedWithin } from "../design/allocationSpaceOf.ts";
import { defineMethod, type Question, type Replicated } from "../method.ts";
import { outcomeKinds } from "./chooseModel.ts";
import { clusterOutcomes } from "./clusterOutcomes.ts";
import { clusterRecords } from "./clusterRecords.ts";
import { refuseArmInteractions, zeroNotices } from "./clusterSummary.ts";
import { effectQuantity, isRatio } from "./linkMeasure.ts";
import { measureOfOutcome } from "./outcomeMeasures.ts";
import { canonicalOrder } from "./permutationOrder.ts";
import { type FilledPart, type Part, partsPlan } from "./permutationParts.ts";
import { type Comparison, comparisonsOf, type Dealt, dealtIn } from "./permutationSpace.ts";
import { statisticNames, type Tested, type Testing, testingOf } from "./permutationStatistics.ts";
import { summaryName } from "./summaryMeasure.ts";
import { unequalArms } from "./unequalArms.ts";

const options = z.strictObject({
  statistic: z.enum(statisticNames).default("difference"),
  /** Every allocation, or so many random ones; auto: every one up to 2 000 000 of them, else 99 999. */
  draws: z.union([z.enum(["auto", "complete"]), z.int().min(1).max(20_000_000)]).default("auto"),
  /** Columns of further outcomes of the same kind, tested together with the outcome: family-wise P values in `tests`. */
  jointly: z.array(z.string()).default([]),
});

type Options = z.output<typeof options>;

const kinds: readonly OutcomeKind[] = ["continuous", "binary", "count", "grouped"];

/** Type I error when arms are unequal in clusters and in variance (docs/simulation/resampling.md). */
const WITH_UNEQUAL_ARMS = [0.033, 0.096] as const;
/** With fewer, the steps of the P value are worth knowing: two of them are a tenth of 5 %. */
const FEW_ALLOCATIONS = 400;

/** What is known of one comparison once the allocations have been gone through. */
interface Judged {
  readonly estimate: Estimate;
  readonly inversion: Pick<Inversion, "smallestP" | "median">;
  readonly failures: number;
  readonly monteCarloError: number | null;
  readonly notices: readonly Notice[];
}

/**
 * Randomisation inference: how large would the difference between arms have been under the other allocations that the
 * randomisation could have made?
 *
 * The statistic T is computed for the allocation a that was made and for the others, cluster outcomes being what they are:
 *
 *   P = #{a* : |T(a*)| ≥ |T(a)|} / N   over all N allocations, a among them;   (b + 1)/(B + 1) from B random ones
 *
 * Exact under the hypothesis that no cluster's outcome depends on its arm, whatever the distribution of outcomes and the
 * correlation within clusters: over all allocations P ≤ α has probability at most α. The interval holds the shifts δ (of
 * means, or of logarithms for ratios) that, taken off the arm's clusters, are not rejected; exact if the effect is such a shift.
 *
 * More than two arms: each is compared with control among the allocations that leave all other arms' clusters where they
 * are, and a joint test goes through those of all arms.
 *
 * @throws InputProblem `arm-needed`, `arm-interaction-in-summary`, `statistic-not-for-measure`, `allocations-not-enumerable`,
 *   `jointly-outcome`; as `allocationSpaceOf` and `summaryMeasure`
 * @throws DesignProblem `one-cluster`, `allocation-impossible`, `strata-without-comparison`, `no-variation`,
 *   `no-degrees-of-freedom`, `ratio-without-events`; as `summariseClusters` and the mixed model of its score
 */
function replicated({
  frame,
  options: chosen,
  measure,
  level,
  seed,
  allocation = null,
}: Question<Options>): Replicated {
  const { arm, cluster } = frame;
  if (arm === null) throw new InputProblem("arm-needed", { path: "trial.arm", method: "permutation", methods: [] });
  if (cluster.labels.length < 2) throw new DesignProblem("one-cluster", { clusters: cluster.labels.length });
  refuseArmInteractions(frame, arm);
  const asked = measureOfOutcome(frame.outcome, measure);
  const others = chosen.jointly.map((name) => outcomeLike(frame, name));
  const within = randomisedWithin(frame, allocation);
  const testings = [frame, ...others].map((each) => testingOf(each, chosen.statistic, asked, within));
  const testing = testings[0]!;
  const { means, denominators } = clusterOutcomes(frame);
  const order = canonicalOrder(testing.summaries?.values ?? means, denominators, arm.ofCluster);
  const dealt = dealtIn(order, frame, within);
  const space = allocationSpaceOf(dealt.frame, allocation);
  const comparisons = comparisonsOf(frame, dealt, space, allocation, within);
  const tested = comparisons.map((comparison) => testings.map((each) => each.of(comparison)));
  const parts: Part[] = comparisons.flatMap((comparison, k) =>
    comparison.space === null
      ? []
      : [{ space: comparison.space, statistics: tested[k]!.map(({ statistic }) => statistic) }],
  );
  const joint =
    testing.joint === null || arm.levels.length === 2 ? null : armsF(placed(testing.joint, dealt), arm.levels.length);
  if (joint !== null) parts.push({ space, statistics: [joint] });
  const plan = partsPlan(parts, chosen.draws, seed);

  return {
    replicates: plan.replicates,
    finish(numbers) {
      const filled = plan.fill(numbers);
      let next = 0;
      const judged = comparisons.map((comparison, k) => {
        const part = comparison.space === null ? null : filled[next++]!;
        return judge(frame, testing, comparison, tested[k]!, part, level);
      });
      const first = filled[0] ?? null;
      const tests: JointTest[] = [];
      if (joint !== null) tests.push(...jointTest(comparisons, statisticAt(joint, dealt.arms), filled.at(-1)!));
      if (others.length > 0)
        comparisons.forEach((comparison, k) => {
          const part = comparison.space === null ? null : filled[k]!;
          if (part !== null) tests.push(...familyWise(comparison, [frame, ...others], tested[k]!, part));
        });
      const errors = judged.flatMap(({ monteCarloError }) => (monteCarloError === null ? [] : [monteCarloError]));
      const adjusted = frame.design.terms.some(({ role }) => role === "covariate");
      return {
        variant: {
          ...chosen,
          allocation: {
            scheme: space.scheme,
            allocations: space.count === null ? null : String(space.count),
            ...space.details,
          },
          within: within?.name ?? null,
          adjusted,
          summary: testing.summaries === null ? chosen.statistic : summaryName(testing.measure, adjusted),
          studentisation: testing.studentisation(comparisons[0]!),
          givenOtherArms: arm.levels.length > 2,
          hodgesLehmann: Object.fromEntries(comparisons.map(({ term }, k) => [term, judged[k]!.inversion.median])),
          monteCarloError: errors.length === 0 ? null : Math.max(...errors),
        },
        estimand: { population: testing.population, contrast: "marginal", measure: testing.measure },
        estimates: judged.map(({ estimate }) => estimate),
        coefficients: [],
        covariance: null,
        tests,
        variances: [],
        icc: null,
        summary: summaryOf({
          draws: first?.total ?? null,
          failures: judged.reduce((sum, { failures }) => sum + failures, 0),
        }),
        clusters: clusterRecords(frame),
        notices: [
          ...judged.flatMap(({ notices }) => notices),
          ...(comparisons.some((comparison) => comparison.space === null)
            ? [notice("arms-compared-jointly", { scheme: space.scheme })]
            : []),
          ...(within === null ? [] : groupsOfOneArm(arm, within)),
          ...(chosen.statistic === "studentised" ? [] : unequalArms(frame, WITH_UNEQUAL_ARMS)),
          ...(first?.complete === true && first.total < FEW_ALLOCATIONS
            ? [notice("few-allocations", { allocations: first.total, level })]
            : []),
          ...(testing.summaries?.zeros == null ? [] : zeroNotices(arm, testing.summaries.zeros, testing.measure)),
        ],
      };
    },
  };
}

/** Strata or pairs that one arm has to itself: nothing can be compared within them. */
function groupsOfOneArm(arm: Arm, within: ClusterFactor): readonly Notice[] {
  const alone = within.levels.map((label, group) => {
    const own = Array.from(arm.ofCluster).filter((_, j) => within.ofCluster[j] === group);
    return { label, clusters: new Set(own).size === 1 ? own.length : 0 };
  });
  const groups = alone.filter(({ clusters }) => clusters > 0).map(({ label }) => label);
  if (groups.length === 0) return [];
  const clusters = alone.reduce((sum, each) => sum + each.clusters, 0);
  return [notice("groups-of-one-arm", { within: within.name, groups, clusters })];
}

/** What arms are compared by, in the order in which clusters are dealt out. */
function placed({ values, weights }: NonNullable<Testing["joint"]>, { order, strata }: Dealt): ComparedClusters {
  const place = (column: Float64Array) => Float64Array.from(order, (j) => column[j]!);
  return { values: place(values), weights: weights && place(weights), strata };
}

/** Estimate, P value and interval of one arm. */
function judge(
  frame: Frame,
  { measure }: Testing,
  comparison: Comparison,
  [tested]: readonly Tested[],
  part: FilledPart | null,
  level: number,
): Judged {
  const { term } = comparison;
  const { observed, estimate } = tested!;
  const ratio = isRatio(measure);
  const reported = ratio ? Math.exp : (x: number) => x;
  const quantity = effectQuantity(term, measure, frame);
  const value = reported(estimate);
  if (!Number.isFinite(value)) throw new NumericalProblem("not-finite", { what: `The estimate of ${term}` });
  if (part === null) {
    return {
      estimate: { quantity, value, working: null, interval: null, test: null },
      inversion: { smallestP: 1, median: null },
      failures: 0,
      monteCarloError: null,
      notices: [],
    };
  }
  const { total, complete } = part;
  const { extremes, inversion } = goThrough(comparison, tested!, part, level);
  const pValue = pValueOf(extremes, complete);
  const { interval } = inversion;
  const ends = interval === null ? null : [reported(interval.lower), reported(interval.upper)];
  if (ends !== null && !ends.every(Number.isFinite))
    throw new NumericalProblem("not-finite", { what: `The interval of ${term}` });
  const failures = total - extremes.compared;
  return {
    estimate: {
      quantity,
      value,
      working: null,
      interval: ends === null ? null : { level, lower: ends[0]!, upper: ends[1]!, method: "permutation" },
      test: {
        nullValue: ratio ? 1 : 0,
        alternative: "two-sided",
        statistic: observed,
        reference: referenceOf(part, extremes.compared),
        pValue,
      },
    },
    inversion: { ...inversion, median: inversion.median === null ? null : reported(inversion.median) },
    failures,
    monteCarloError: complete ? null : Math.sqrt((pValue * (1 - pValue)) / extremes.compared),
    notices: [
      ...(interval === null ? [notice("interval-out-of-reach", { term, level, smallest: inversion.smallestP })] : []),
      ...(failures > 0 ? [notice("allocations-without-comparison", { failures, of: total })] : []),
    ],
  };
}

const referenceOf = (
  { complete }: FilledPart,
  draws: number,
): Extract<Reference, { readonly name: "permutation" | "bootstrap" }> => ({
  name: "permutation",
  df: null,
  draws,
  complete,
});

/** How many allocations are as extreme as the one that was made, and which shifts are not rejected. */
function goThrough(
  comparison: Comparison,
  tested: Tested,
  part: FilledPart,
  level: number,
): { readonly extremes: Extremes; readonly inversion: Inversion } {
  const { at, observed, largest } = tested;
  const threshold = atLeast(observed, largest);
  const through = (inverter: ShiftInverter | null): Extremes => {
    let extreme = 0;
    let failed = 0;
    part.rows((numbers, from) => {
      const t = numbers[from]!;
      const size = Math.abs(t);
      if (size >= threshold) extreme++;
      else if (Number.isNaN(size)) failed++;
      if (inverter !== null) inverter.add(t, numbers[from + 1]!);
    });
    return { extreme, compared: part.total - failed };
  };
  if (at !== null) return { extremes: through(null), inversion: searched(comparison, { ...tested, at }, part, level) };
  const inverter = (keepAll: boolean) => shiftInverter(part.total, observed, largest, part.complete, level, keepAll);
  const few = inverter(false);
  const extremes = through(few);
  const inversion = few.finish();
  if (inversion !== null) return { extremes, inversion };
  const all = inverter(true);
  through(all);
  return { extremes, inversion: all.finish()! };
}

function searched(
  { observed, strata }: Comparison,
  { at, estimate, step, reach }: Tested & { readonly at: NonNullable<Tested["at"]> },
  part: FilledPart,
  level: number,
): Inversion {
  const allocations = part.allocations();
  // Allocations that give the arm the same clusters, or all the others, are as extreme whatever the shift.
  const indicator = Float64Array.from(observed);
  const alike = extremesOf(allocations, clusterContrast({ values: indicator, weights: null, strata }), 1 - 1e-9);
  const smallestP = pValueOf(alike, part.complete);
  const reachable = smallestP <= (1 - level) * (1 + 1e-12);
  const test = { allocations, observed, at, level, estimate, step, reach };
  return { interval: reachable ? searchShifts(test) : null, smallestP, median: null };
}

/** That no arm differs from control, from the allocations of all arms. */
function jointTest(comparisons: readonly Comparison[], observed: number, part: FilledPart): readonly JointTest[] {
  if (!Number.isFinite(observed)) return [];
  const threshold = atLeast(observed, 1);
  let extreme = 0;
  let failed = 0;
  part.rows((numbers, at) => {
    const f = numbers[at]!;
    if (f >= threshold) extreme++;
    else if (Number.isNaN(f)) failed++;
  });
  return [
    {
      terms: comparisons.map(({ term }) => term),
      statistic: observed,
      reference: referenceOf(part, part.total - failed),
      pValue: pValueOf({ extreme, compared: part.total - failed }, part.complete),
    },
  ];
}

/** P values of several outcomes of one arm that hold for all of them together. */
function familyWise(
  { term }: Comparison,
  frames: readonly Frame[],
  tested: readonly Tested[],
  part: FilledPart,
): readonly JointTest[] {
  const { complete } = part;
  const starts = tested.map((_, h) => tested.slice(0, h).reduce((sum, { statistic }) => sum + statistic.width, 0));
  const m = tested.length;
  const statistics = new Float64Array(part.total * m);
  let at = 0;
  part.rows((numbers, from) => {
    for (let h = 0; h < m; h++) statistics[at++] = numbers[from + starts[h]!]!;
  });
  const observed = Float64Array.from(tested, (each) => each.observed);
  // Studentised or not, each in units of its own spread over the allocations.
  const scales = tested.map((each, h) => {
    let squares = complete ? 0 : each.observed ** 2;
    let counted = complete ? 0 : 1;
    for (let i = h; i < statistics.length; i += m) {
      const t = statistics[i]!;
      if (!Number.isFinite(t)) continue;
      squares += t * t;
      counted++;
    }
    return Math.sqrt(squares / counted);
  });
  for (let i = 0; i < statistics.length; i++) statistics[i]! /= scales[i % m]!;
  const standardised = observed.map((t, h) => t / scales[h]!);
  const { adjusted } = stepDownMaxT(standardised, statistics, complete);
  return frames.map(({ outcome }, h) => ({
    terms: [`${term} on ${outcome.name}`],
    statistic: standardised[h]!,
    reference: referenceOf(part, part.total),
    pValue: adjusted[h]!,
  }));
}

/** The frame with another outcome: numbers of the same kind, out of the same trials or exposure. */
function outcomeLike(frame: Frame, name: string): Frame {
  const { outcome } = frame;
  const values = frame.extraColumns.get(name)!;
  const refuse = (reason: string) => new InputProblem("jointly-outcome", { column: name, kind: outcome.kind, reason });
  if (name === outcome.name) throw refuse("it is the outcome itself");
  const every = (test: (value: number, row: number) => boolean, reason: string) => {
    if (!values.every(test)) throw refuse(reason);
  };
  let other: Outcome;
  if (outcome.kind === "binary") {
    every((y) => y === 0 || y === 1, "it has numbers other than 0 and 1");
    other = { ...outcome, name, event: "1", values };
  } else if (outcome.kind === "count") {
    every((y) => Number.isInteger(y) && y >= 0, "it has numbers that are no counts");
    other = { ...outcome, name, values };
  } else if (outcome.kind === "grouped") {
    const { trials } = outcome;
    every(
      (y, row) => Number.isInteger(y) && y >= 0 && y <= trials[row]!,
      "it has numbers that are no events out of the trials",
    );
    other = { ...outcome, name, values };
  } else other = { ...outcome, name, values };
  if (values.every((y) => y === values[0])) throw refuse("it is the same in every row");
  return { ...frame, outcome: other };
}

export const permutation = defineMethod({
  id: "permutation",
  title: "Permutation test",
  purpose:
    "P value and interval from the allocations that the randomisation could have made: exact however few the clusters and whatever the distribution of outcomes",
  outcomes: kinds,
  measures: [
    "mean-difference",
    "risk-difference",
    "rate-difference",
    "risk-ratio",
    "odds-ratio",
    "rate-ratio",
    "mean-ratio",
  ],
  references: [
    "Gail MH, Mark SD, Carroll RJ, Green SB, Pee D. Stat Med 1996;15:1069–1092",
    "Braun TM, Feng Z. J Am Stat Assoc 2001;96:1424–1432",
    "Rosenbaum PR. Observational Studies. 2nd ed. Springer 2002, chapter 2",
    "Westfall PH, Young SS. Resampling-Based Multiple Testing. Wiley 1993",
  ],
  accepts: ["strata", "pairs", "covariates", "allocation"],
  options,
  needs: ({ jointly }, measure) => ({
    groupings: [],
    columns: jointly,
    outcomes: outcomeKinds(undefined, measure, kinds),
  }),
  replicated,
});
