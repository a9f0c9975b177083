import type { Analysis, ClaimCheck, NotEstimable } from "../contract/analysis.ts";
import { nearest } from "../contract/nearest.ts";
import { InputProblem } from "../contract/problem.ts";
import type { Expect } from "../plan/expect.ts";
import { decimalAgrees } from "./agreement.ts";
import { type ExactDecimal, exactDecimal } from "./exactDecimal.ts";
import { printedInterval } from "./printedNumber.ts";

/** A published figure, where it stands in `expect`, and what an analysis says of it. */
interface Claim {
  readonly path: string;
  readonly published: string;
  readonly computed: number | null;
  /** Is the computed value a share of one, so that a printed per cent means hundredths of it? */
  readonly share: boolean;
}

/**
 * Every published figure of `expect` beside what the analysis computed, in the order effect, ICC, variances, arms,
 * totals. A claim agrees when the computed value, rounded half away from zero to the printed decimals, prints the same
 * digits (`agrees`). `allowed` holds the computed values that would agree, as the nearest doubles; null is an open end.
 *
 * - `effect` is the first estimate (that of the first non-control arm).
 * - A percentage beside a proportion, a P value, an ICC or a risk difference is read in hundredths: "85.3%" is 0.853.
 * - `events` of a method that treats counts as continuous are participants × mean.
 * - What the analysis does not have (a P value of a method without tests, an ICC of cluster summaries, anything of an
 *   analysis that was not estimable) is `computed: null` and does not agree.
 *
 * @throws InputProblem `printed-number`; `unknown-arm` when `byArm` names an arm that was not analysed.
 */
export function checkClaims(expect: Expect, analysis: Analysis | NotEstimable): readonly ClaimCheck[] {
  return [
    ...effectClaims(expect, analysis),
    ...varianceClaims(expect, analysis),
    ...sampleClaims(expect, analysis),
  ].map(check);
}

/** One published figure beside one computed value; `share` as in a proportion, where "85.3%" means 0.853. */
export function checkFigure(path: string, published: string, computed: number | null, share = false): ClaimCheck {
  return check({ path, published, computed, share });
}

function check({ path, published, computed, share }: Claim): ClaimCheck {
  const printed = printedInterval(published);
  const hundredths = share && printed.percent;
  return {
    path,
    published,
    computed,
    agrees:
      computed !== null &&
      Number.isFinite(computed) &&
      decimalAgrees(hundredths ? timesHundred(exactDecimal(computed)) : exactDecimal(computed), printed),
    allowed: hundredths ? [hundredth(printed.lowText), hundredth(printed.highText)] : [printed.low, printed.high],
  };
}

const timesHundred = ({ digits, scale }: ExactDecimal): ExactDecimal => ({ digits: digits * 100n, scale });
const hundredth = (text: string | null) => (text === null ? null : Number(`${text}e-2`));

/** Absent figures make no claim. */
const claim = (
  path: string,
  published: string | undefined,
  computed: number | null,
  share = false,
): readonly Claim[] => (published === undefined ? [] : [{ path, published, computed, share }]);

function effectClaims({ effect }: Expect, { estimates }: Analysis | NotEstimable): readonly Claim[] {
  if (effect === undefined) return [];
  const estimate = estimates?.[0] ?? null;
  const share = estimate?.quantity.measure === "risk-difference";
  const df = estimate?.test?.reference.df ?? null;
  return [
    ...claim("effect.value", effect.value, estimate?.value ?? null, share),
    ...claim("effect.interval[0]", effect.interval?.[0], estimate?.interval?.lower ?? null, share),
    ...claim("effect.interval[1]", effect.interval?.[1], estimate?.interval?.upper ?? null, share),
    ...claim("effect.p", effect.p, estimate?.test?.pValue ?? null, true),
    ...claim("effect.standardError", effect.standardError, estimate?.working?.standardError ?? null, share),
    ...claim("effect.df", effect.df, typeof df === "number" ? df : null),
  ];
}

function varianceClaims(expect: Expect, analysis: Analysis | NotEstimable): readonly Claim[] {
  const intercepts = (analysis.variances ?? []).filter((each) => each.term === "intercept" && each.with === null);
  const between = intercepts.filter(({ group }) => group !== "residual");
  const within = analysis.variances?.find(({ group }) => group === "residual");
  return [
    ...claim("icc", expect.icc, analysis.icc?.value ?? null, true),
    // With several grouping levels there is no one variance "between".
    ...claim("variances.between", expect.variances?.between, between.length === 1 ? between[0]!.variance : null),
    ...claim("variances.within", expect.variances?.within, within?.variance ?? null),
  ];
}

function sampleClaims(expect: Expect, { sample }: Analysis | NotEstimable): readonly Claim[] {
  const arms = Object.entries(expect.byArm ?? {}).flatMap(([name, figures]): readonly Claim[] => {
    const arm = sample?.byArm.find((each) => each.arm === name) ?? null;
    if (sample !== null && arm === null) {
      const arms = sample.byArm.map((each) => each.arm);
      throw new InputProblem("unknown-arm", {
        path: `expect.byArm.${name}`,
        arm: name,
        nearest: nearest(name, arms),
        arms,
      });
    }
    const at = `byArm.${name}`;
    return [
      ...claim(`${at}.clusters`, figures.clusters, arm?.clusters ?? null),
      ...claim(`${at}.participants`, figures.participants, arm?.participants ?? null),
      ...claim(`${at}.mean`, figures.mean, arm?.mean ?? null, arm !== null && arm.events !== null),
      ...claim(`${at}.sd`, figures.sd, arm?.sd ?? null),
      ...claim(`${at}.events`, figures.events, arm === null ? null : eventsOf(arm)),
      ...claim(`${at}.percent`, figures.percent, arm === null ? null : 100 * arm.mean),
    ];
  });
  return [
    ...arms,
    ...claim("clusters", expect.clusters, sample?.clusters ?? null),
    ...claim("participants", expect.participants, sample?.participants ?? null),
  ];
}

/** The sum of whole numbers comes back from its mean with a rounding error; it is taken off where it is one. */
function eventsOf({ events, mean, participants }: Analysis["sample"]["byArm"][number]): number {
  if (events !== null) return events;
  const total = mean * participants;
  return Math.abs(total - Math.round(total)) <= 1e-9 * Math.max(1, Math.abs(total)) ? Math.round(total) : total;
}
