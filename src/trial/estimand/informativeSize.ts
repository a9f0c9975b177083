import type { Estimate, Measure } from "../../contract/estimate.ts";
import { DesignProblem, InputProblem } from "../../contract/problem.ts";
import type { Arm, Frame, OutcomeKind } from "../../data/frame.ts";
import { waldEstimate } from "../../inference/wald/waldEstimate.ts";
import { clusterOutcomes } from "../effect/clusterOutcomes.ts";
import { effectQuantity, isRatio } from "../effect/linkMeasure.ts";
import { measureOfOutcome } from "../effect/outcomeMeasures.ts";

/** The effect of one arm averaged both ways, and the gap between them. */
export interface SizeGap {
  /** The arm compared with control: "arm[intervention]". */
  readonly term: string;
  /** Effect of the average over participants (over trials or time at risk), as the measure has it. */
  readonly participantAverage: number;
  /** Effect of the average over clusters. */
  readonly clusterAverage: number;
  /** Participant-average less cluster-average effect; for a ratio measure their quotient, tested against 1. */
  readonly gap: Estimate;
}

/**
 * Is cluster size informative? The gap between the participant-average and the cluster-average effect, with its interval
 * and the test that there is none. In arm a, over its clusters j of size nⱼ with mean (proportion, rate) ȳⱼ,
 *
 *   μₚ = Σ nⱼȳⱼ / Σ nⱼ,   μ_c = Σ ȳⱼ / Jₐ,   Δₐ = g(μₚ) − g(μ_c),   gap = Δ₁ − Δ₀
 *
 * with g the identity for differences, log for ratios and logit for odds ratios. Both averages are linear in the least
 * squares line of ȳⱼ on nⱼ within the arm (μₚ = μ_c + b Σ(nⱼ − n̄)²/Σ nⱼ, b its slope), so the variance is that line's
 * HC2, by the delta method for ratios: with cⱼ = ∂Δₐ/∂ȳⱼ, eⱼ the residuals and hⱼ the leverages of the line,
 *
 *   V = Σₐ Σⱼ cⱼ² eⱼ²/(1 − hⱼ),   t = gap/√V with Satterthwaite's degrees of freedom
 *
 * computed for cluster means of equal variance, where V is unbiased. No model of clustering is assumed. Approximate for
 * means that are far from normal; it keeps or stays below its level in simulations (docs/methods/informative-cluster-size.md).
 * Sizes are rows (trials, exposure), times row weights. Neither covariates nor strata are used. O(n).
 *
 * @param measure default the difference that belongs to the outcome
 * @param level coverage of the interval, in (0, 1); default 0.95
 * @returns one gap per non-control arm
 * @throws InputProblem `arm-needed`, `measure-not-for-outcome`
 * @throws DesignProblem `cluster-sizes-equal`, `too-few-unequal-clusters`, `ratio-without-events`, `mean-not-positive`,
 *   `no-variation`, `no-degrees-of-freedom-left`
 */
export function informativeSize(frame: Frame, measure: Measure | null = null, level = 0.95): readonly SizeGap[] {
  if (frame.arm === null)
    throw new InputProblem("arm-needed", { path: "trial.arm", method: "informativeSize", methods: [] });
  const asked = measureOfOutcome(frame.outcome, measure);
  const found = armAverages(frame, frame.arm, scaleOf(asked), asked);
  if (found instanceof DesignProblem) throw found;
  return found.slice(1).map((arm, k) => sizeGap(frame, frame.arm!, found[0]!, arm, k + 1, asked, level));
}

/** The gap of one arm, described by {@link informativeSize}, from what both arms are. */
export function sizeGap(
  frame: Pick<Frame, "outcome">,
  { name, levels }: Arm,
  control: ArmAverages,
  arm: ArmAverages,
  code: number,
  measure: Measure,
  level: number,
): SizeGap {
  const term = `${name}[${levels[code]!}]`;
  const reported = isRatio(measure) ? Math.exp : (x: number) => x;
  const { gap, standardError, df } = contrast(control, arm);
  return {
    term,
    participantAverage: reported(arm.participants - control.participants),
    clusterAverage: reported(arm.clusters - control.clusters),
    gap: waldEstimate(effectQuantity(term, measure, frame), gap, standardError, df, level),
  };
}

/** g and its slope. */
interface Scale {
  readonly of: (mean: number) => number;
  readonly slope: (mean: number) => number;
}

export function scaleOf(measure: Measure): Scale {
  if (measure === "odds-ratio")
    return { of: (mean) => Math.log(mean / (1 - mean)), slope: (mean) => 1 / (mean * (1 - mean)) };
  if (isRatio(measure)) return { of: Math.log, slope: (mean) => 1 / mean };
  return { of: (mean) => mean, slope: () => 1 };
}

/** Both averages of one arm on the scale of the measure, and the variance of their difference. */
export interface ArmAverages {
  /** g(μₚ) */
  readonly participants: number;
  /** g(μ_c) */
  readonly clusters: number;
  /** V and, were every ȳⱼ of variance 1, its mean and half its variance. */
  readonly variance: number;
  readonly mean: number;
  readonly spread: number;
}

export function contrast(control: ArmAverages, arm: ArmAverages) {
  const expected = control.mean + arm.mean;
  return {
    gap: arm.participants - arm.clusters - (control.participants - control.clusters),
    standardError: Math.sqrt(control.variance + arm.variance),
    df: expected ** 2 / (control.spread + arm.spread),
  };
}

/** Leverage beyond which one cluster alone decides the slope. */
const FULL_LEVERAGE = 1 - 1e-10;

/** Sizes that differ by less than their rounding are equal. */
const EQUAL = 1e-12;

/** Every arm's averages, or why there are none. */
export function armAverages(
  { cluster, outcome, weights }: Pick<Frame, "cluster" | "outcome" | "weights">,
  arm: Arm,
  scale: Scale,
  measure: Measure,
): readonly ArmAverages[] | DesignProblem {
  const { denominators: sizes, means } = clusterOutcomes({ cluster, outcome }, weights);
  const found: ArmAverages[] = [];
  let equal = 0;
  for (let code = 0; code < arm.levels.length; code++) {
    let count = 0;
    let total = 0;
    let sum = 0;
    let largest = 0;
    const shift = means[0]!;
    for (let j = 0; j < sizes.length; j++) {
      if (arm.ofCluster[j] !== code) continue;
      count += 1;
      total += sizes[j]!;
      sum += means[j]! - shift;
      largest = Math.max(largest, sizes[j]!);
    }
    const size = total / count;
    const mean = sum / count;
    let squares = 0;
    let products = 0;
    let weighted = 0;
    for (let j = 0; j < sizes.length; j++) {
      if (arm.ofCluster[j] !== code) continue;
      const d = sizes[j]! - size;
      squares += d * d;
      products += d * (means[j]! - shift - mean);
      weighted += sizes[j]! * (means[j]! - shift - mean);
    }
    const clusterMean = shift + mean;
    const alike = squares <= count * (EQUAL * largest) ** 2;
    const participantMean = alike ? clusterMean : clusterMean + weighted / total;
    const outside = outsideOf(participantMean, outcome.kind, measure, arm.levels[code]!);
    if (outside !== null) return outside;
    const averages = { participants: scale.of(participantMean), clusters: scale.of(clusterMean) };
    if (alike && count > 1) {
      equal += 1;
      found.push({ ...averages, clusters: averages.participants, variance: 0, mean: 0, spread: 0 });
      continue;
    }
    const few = () => new DesignProblem("too-few-unequal-clusters", { arm: arm.levels[code]!, clusters: count });
    if (count < 3) return few();
    const slope = products / squares;
    const overall = scale.slope(participantMean) / total;
    const each = scale.slope(clusterMean) / count;
    let variance = 0;
    let expected = 0;
    let diagonal = 0;
    let ones = 0;
    let once = 0;
    let twice = 0;
    for (let j = 0; j < sizes.length; j++) {
      if (arm.ofCluster[j] !== code) continue;
      const d = sizes[j]! - size;
      const leverage = 1 / count + (d * d) / squares;
      if (leverage > FULL_LEVERAGE) return few();
      const c = overall * sizes[j]! - each;
      const a = (c * c) / (1 - leverage);
      const residual = means[j]! - shift - mean - slope * d;
      variance += a * residual * residual;
      expected += c * c;
      diagonal += a * a * (1 - 2 * leverage);
      ones += a;
      once += a * d;
      twice += a * d * d;
    }
    // Σᵢⱼ aᵢaⱼ Mᵢⱼ² with M = I − H and Hᵢⱼ = 1/J + dᵢdⱼ/Σd².
    const spread = diagonal + (ones / count) ** 2 + (2 * once * once) / (count * squares) + (twice / squares) ** 2;
    found.push({ ...averages, variance, mean: expected, spread });
  }
  return equal === arm.levels.length ? new DesignProblem("cluster-sizes-equal", {}) : found;
}

/** Averages of which no logarithm can be taken. */
function outsideOf(mean: number, kind: OutcomeKind, measure: Measure, arm: string): DesignProblem | null {
  if (!isRatio(measure)) return null;
  if (!(mean > 0))
    return kind === "continuous"
      ? new DesignProblem("mean-not-positive", { of: `arm "${arm}"`, mean })
      : new DesignProblem("ratio-without-events", { arm, what: "events", measure });
  if (measure === "odds-ratio" && !(mean < 1))
    return new DesignProblem("ratio-without-events", { arm, what: "non-events", measure });
  return null;
}
