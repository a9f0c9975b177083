import { DesignProblem } from "../../contract/problem.ts";
import type { Arm, Frame } from "../../data/frame.ts";
import { clusterOutcomes } from "../effect/clusterOutcomes.ts";
import type { OutcomeMeasure } from "../effect/outcomeMeasures.ts";
import { contrastScale, type MeanScale } from "./meanScale.ts";
import { outcomeUnits } from "./outcomeUnits.ts";

/** Both averages of one arm on the scale of the measure, and the variance of their difference. */
export interface ArmAverages {
  /** g(μₚ) and g(μ_c); from a common origin under the identity. */
  readonly participants: number;
  readonly clusters: number;
  /** V; and were every ȳⱼ of variance 1, its mean and half its variance. All 0 when clusters are of one size. */
  readonly variance: number;
  readonly mean: number;
  readonly spread: number;
}

/** The gap between an arm's effects, its standard error and Satterthwaite's degrees of freedom. */
export function gapOf(control: ArmAverages, arm: ArmAverages) {
  return {
    gap: arm.participants - arm.clusters - (control.participants - control.clusters),
    standardError: Math.sqrt(control.variance + arm.variance),
    df: (control.mean + arm.mean) ** 2 / (control.spread + arm.spread),
  };
}

/** Leverage beyond which one cluster alone decides the slope. */
const FULL_LEVERAGE = 1 - 1e-10;

/** Sizes that differ by less than their rounding are equal. */
const EQUAL = 1e-12;

/** Every arm's averages, formulas in `informativeSize`; or why there are none, as a value, since that is no accident here. */
export function sizeAverages(frame: Frame, arm: Arm, measure: OutcomeMeasure): readonly ArmAverages[] | DesignProblem {
  const { outcome } = frame;
  const scale = contrastScale[measure];
  // Several rows of a participant share one unit of size.
  const shared = frame.participant !== null && (outcome.kind === "continuous" || outcome.kind === "binary");
  const { denominators, means } = clusterOutcomes(frame, shared ? outcomeUnits(frame).size : frame.weights);
  const origin = scale.id === "identity" ? means[0]! : 0;
  const found: ArmAverages[] = [];
  for (const [code, name] of arm.levels.entries()) {
    const own = (values: Float64Array) => values.filter((_, j) => arm.ofCluster[j] === code);
    const sizes = own(denominators);
    const line = lineOf(
      sizes,
      own(means).map((mean) => mean - origin),
    );
    const least = Math.min(line.clusterMean, line.participantMean);
    if (!scale.holds(line.participantMean) || !scale.holds(line.clusterMean))
      return outcome.kind === "continuous"
        ? new DesignProblem("mean-not-positive", { of: `arm "${name}"`, mean: least })
        : new DesignProblem("ratio-without-events", { arm: name, what: least > 0 ? "non-events" : "events", measure });
    const averages = averagesOf(line, scale);
    if (averages === null) return new DesignProblem("too-few-unequal-clusters", { arm: name, clusters: sizes.length });
    found.push(averages);
  }
  return found.every(({ mean }) => mean === 0) ? new DesignProblem("cluster-sizes-equal", {}) : found;
}

/** Cluster means of one arm on their sizes, by least squares. */
interface SizeLine {
  readonly total: number;
  readonly clusterMean: number;
  readonly participantMean: number;
  /** nⱼ − n̄ */
  readonly deviations: Float64Array;
  /** Σ (nⱼ − n̄)², 0 when sizes are equal. */
  readonly squares: number;
  readonly residuals: Float64Array;
}

function lineOf(sizes: Float64Array, means: Float64Array): SizeLine {
  const count = sizes.length;
  const total = sizes.reduce((sum, size) => sum + size, 0);
  const clusterMean = means.reduce((sum, mean) => sum + mean, 0) / count;
  const deviations = sizes.map((size) => size - total / count);
  const spread = deviations.reduce((sum, d) => sum + d * d, 0);
  const squares = spread <= count * (EQUAL * total) ** 2 ? 0 : spread;
  const products = means.reduce((sum, mean, j) => sum + deviations[j]! * (mean - clusterMean), 0);
  const slope = squares === 0 ? 0 : products / squares;
  return {
    total,
    clusterMean,
    participantMean: clusterMean + (slope * squares) / total,
    deviations,
    squares,
    residuals: means.map((mean, j) => mean - clusterMean - slope * deviations[j]!),
  };
}

/** null when fewer than three clusters, or one alone, decide the slope. */
function averagesOf(line: SizeLine, scale: MeanScale): ArmAverages | null {
  const { total, clusterMean, participantMean, deviations, squares, residuals } = line;
  const count = deviations.length;
  const averages = { participants: scale.at(participantMean), clusters: scale.at(clusterMean) };
  if (squares === 0) return count < 2 ? null : { ...averages, variance: 0, mean: 0, spread: 0 };
  const overall = scale.slope(participantMean) / total;
  const each = scale.slope(clusterMean) / count;
  let variance = 0;
  let mean = 0;
  let diagonal = 0;
  let ones = 0;
  let once = 0;
  let twice = 0;
  for (let j = 0; j < count; j++) {
    const d = deviations[j]!;
    const leverage = 1 / count + (d * d) / squares;
    if (leverage > FULL_LEVERAGE) return null;
    const c = overall * (d + total / count) - each;
    const a = (c * c) / (1 - leverage);
    variance += a * residuals[j]! ** 2;
    mean += c * c;
    diagonal += a * a * (1 - 2 * leverage);
    ones += a;
    once += a * d;
    twice += a * d * d;
  }
  // Σᵢⱼ aᵢaⱼMᵢⱼ² with M = I − H and Hᵢⱼ = 1/J + dᵢdⱼ/Σd².
  const spread = diagonal + (ones / count) ** 2 + (2 * once * once) / (count * squares) + (twice / squares) ** 2;
  return { ...averages, variance, mean, spread };
}
