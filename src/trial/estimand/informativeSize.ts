import type { Estimate, Measure } from "../../contract/estimate.ts";
import { DesignProblem, InputProblem } from "../../contract/problem.ts";
import type { Frame } from "../../data/frame.ts";
import { waldEstimate } from "../../inference/wald/waldEstimate.ts";
import { effectQuantity } from "../effect/linkMeasure.ts";
import { measureOfOutcome } from "../effect/outcomeMeasures.ts";
import { contrastScale } from "./meanScale.ts";
import { gapOf, sizeAverages } from "./sizeAverages.ts";

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
 * means that are far from normal; type I error 0.024 to 0.048 at a nominal 0.05 in simulations, up to 0.070 for ratios of
 * rare events (docs/methods/informative-cluster-size.md).
 * Sizes are participants (trials, exposure), times row weights. Neither covariates nor strata are used. O(n).
 *
 * @param measure default the difference that belongs to the outcome
 * @param level coverage of the interval, in (0, 1); default 0.95
 * @returns one gap per non-control arm
 * @throws InputProblem `arm-needed`, `measure-not-for-outcome`
 * @throws DesignProblem `cluster-sizes-equal`, `too-few-unequal-clusters`, `ratio-without-events`, `mean-not-positive`,
 *   `no-variation`, `no-degrees-of-freedom-left`
 */
export function informativeSize(frame: Frame, measure: Measure | null = null, level = 0.95): readonly SizeGap[] {
  const { arm, outcome } = frame;
  if (arm === null) throw new InputProblem("arm-needed", { path: "trial.arm", method: "informativeSize", methods: [] });
  const asked = measureOfOutcome(outcome, measure);
  const averages = sizeAverages(frame, arm, asked);
  if (averages instanceof DesignProblem) throw averages;
  const reported = contrastScale[asked].id === "identity" ? (x: number) => x : Math.exp;
  const control = averages[0]!;
  return averages.slice(1).map((each, k) => {
    const term = `${arm.name}[${arm.levels[k + 1]!}]`;
    const { gap, standardError, df } = gapOf(control, each);
    return {
      term,
      participantAverage: reported(each.participants - control.participants),
      clusterAverage: reported(each.clusters - control.clusters),
      gap: waldEstimate(effectQuantity(term, asked, frame), gap, standardError, df, level),
    };
  });
}
