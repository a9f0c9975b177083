import type { Findings } from "../../contract/analysis.ts";
import type { Estimate, Interval, Measure } from "../../contract/estimate.ts";
import type { Compared, Frame } from "../../data/frame.ts";
import { waldEstimate } from "../../inference/wald/waldEstimate.ts";
import { waldTest } from "../../inference/wald/waldTest.ts";
import { effectQuantity } from "../effect/linkMeasure.ts";
import type { ArmInference, ArmMeans } from "./armMeans.ts";
import { type MeanScale, meanWords } from "./meanScale.ts";

/**
 * Every arm against the control on the scale of a measure, T(μ(a)) − T(μ(0)) with its t test and interval, and the joint
 * test where there are several.
 *
 * @throws as `waldTest` for an effect without variance or degrees of freedom
 */
export function compareMeans(
  frame: Frame,
  { levels }: Compared,
  found: ArmMeans,
  measure: Measure,
  scale: MeanScale,
  level: number,
): { readonly effects: readonly Estimate[]; readonly test: Findings["tests"] } {
  const judged = found.on(scale);
  const control = scale.at(found.means[0]!);
  const others = frame.effects.map(({ term }, k) => {
    const contrast = new Float64Array(levels.length);
    contrast[0] = -1;
    contrast[k + 1] = 1;
    return { term, contrast, value: scale.at(found.means[k + 1]!) - control };
  });
  const effects = others.map(({ term, contrast, value }) =>
    waldEstimate(
      effectQuantity(term, measure, frame),
      value,
      judged.standardError(contrast),
      judged.df(contrast),
      level,
    ),
  );
  if (others.length < 2) return { effects, test: [] };
  const matrix = new Float64Array(others.length * levels.length);
  others.forEach(({ contrast }, k) => {
    matrix.set(contrast, k * levels.length);
  });
  const values = Float64Array.from(others, ({ value }) => value);
  const joint = judged.test(matrix, values);
  return { effects, test: joint === null ? [] : [{ terms: others.map(({ term }) => term), ...joint }] };
}

/** The marginal mean, risk or rate of every arm, control first. */
export function meanEstimates(frame: Frame, { levels }: Compared, found: ArmMeans, level: number): readonly Estimate[] {
  const judged = found.on(meanWords[frame.outcome.kind].scale);
  return levels.map((_, a) => meanEstimate(frame, levels, found, judged, a, level));
}

/** Fewer give limits beyond all numbers. */
const LEAST_DF = 0.01;

/** null where few degrees of freedom put the upper limit of a rate beyond the largest number. */
const intervalOf = (level: number, lower: number, upper: number, df: number | null): Interval | null =>
  Number.isFinite(upper) && Number.isFinite(lower)
    ? { level, lower, upper, method: df === null ? "wald-normal" : "wald-t" }
    : null;

/** Its interval is symmetric on the scale of its kind, so that a risk stays a risk; none where it has no variance. */
function meanEstimate(
  frame: Frame,
  levels: Compared["levels"],
  { means }: ArmMeans,
  judged: ArmInference,
  a: number,
  level: number,
): Estimate {
  const { measure, scale } = meanWords[frame.outcome.kind];
  const term = `${measure}[${levels[a]!}]`;
  const value = means[a]!;
  const quantity = {
    term,
    measure,
    scale: measure === "risk" ? ("probability" as const) : ("identity" as const),
    unit: measure === "risk" ? "1" : frame.outcome.name,
  };
  const alone = Float64Array.from(levels, (_, k) => (k === a ? 1 : 0));
  const standardError = scale.holds(value) ? judged.standardError(alone) : 0;
  const df = judged.df(alone);
  const known = standardError > 0 && (df === null || df > LEAST_DF);
  if (!known) return { quantity, value, working: null, interval: null, test: null };
  const working = scale.at(value);
  const { lower, upper } = waldTest(term, working, standardError, df, level);
  return {
    quantity,
    value,
    working: { scale: scale.id, value: working, standardError },
    interval: intervalOf(level, scale.back(lower), scale.back(upper), df),
    test: null,
  };
}
