import { normal, studentT } from "../numerics/distributions/index.ts";
import type { JointFit } from "./jointFit.ts";

/** Which arm is worth its cost at a threshold, and what not being sure of it costs. */
export interface Decision {
  /** Probability that an arm has the highest net benefit, control first. */
  readonly best: readonly number[];
  /** Expected value of perfect information per person, in units of cost; null where it is infinite. */
  readonly information: number | null;
}

/**
 * How the decision comes out at a threshold λ:
 *
 *   best arm: argmaxₐ λ ΔEₐ − ΔCₐ, the control's being 0
 *   EVPI = E maxₐ NBₐ − maxₐ E NBₐ
 *
 * With two arms and a model, from the normal or t distribution of the net benefit, exactly; otherwise over the draws.
 *
 * @param draws replicates without failures, cost 1, effect 1, cost 2, … each
 */
export function decideBy(fit: JointFit, draws: Float64Array, resampled: boolean): (threshold: number) => Decision {
  const arms = fit.increments.length;
  if (!resampled && arms === 1) return (threshold) => exactDecision(fit, threshold);
  const width = 2 * arms;
  const count = draws.length / width;
  return (threshold) => {
    const wins = new Float64Array(arms + 1);
    const sums = new Float64Array(arms + 1);
    let highest = 0;
    for (let k = 0; k < draws.length; k += width) {
      let top = 0;
      let benefit = 0;
      for (let a = 0; a < arms; a++) {
        const own = threshold * draws[k + 2 * a + 1]! - draws[k + 2 * a]!;
        sums[a + 1]! += own;
        if (own > benefit) {
          benefit = own;
          top = a + 1;
        }
      }
      wins[top]! += 1;
      highest += benefit;
    }
    return {
      best: Array.from(wins, (won) => won / count),
      information: Math.max(0, (highest - Math.max(...sums)) / count),
    };
  };
}

function exactDecision(fit: JointFit, threshold: number): Decision {
  const { value, standardError, df } = netBenefit(fit, 0, threshold);
  if (standardError === 0) return { best: value > 0 ? [0, 1] : [1, 0], information: 0 };
  const z = value / standardError;
  const best = df === null ? normal.lower(z) : studentT.lower(z, df);
  const size = Math.abs(z);
  if (df !== null && df <= 1) return { best: [1 - best, best], information: null };
  // ∫_{|z|}^∞ (t − |z|) f(t) dt: what a wrong decision costs, in standard errors.
  const loss =
    df === null
      ? normal.density(size) - size * normal.upper(size)
      : ((df + size * size) / (df - 1)) * studentT.density(size, df) - size * studentT.upper(size, df);
  const other = df === null ? normal.upper(z) : studentT.upper(z, df);
  return { best: [other, best], information: Math.max(0, standardError * loss) };
}

/** λ ΔE − ΔC of one arm, its standard error and degrees of freedom. */
export function netBenefit(
  { increments, covariance, df }: JointFit,
  arm: number,
  threshold: number,
): { readonly value: number; readonly standardError: number; readonly df: number | null } {
  const n = 2 * increments.length;
  const weights = new Float64Array(n);
  weights[2 * arm] = -1;
  weights[2 * arm + 1] = threshold;
  const c = 2 * arm;
  const variance =
    covariance[c * n + c]! -
    2 * threshold * covariance[c * n + c + 1]! +
    threshold * threshold * covariance[(c + 1) * n + c + 1]!;
  const { cost, effect } = increments[arm]!;
  return { value: threshold * effect - cost, standardError: Math.sqrt(Math.max(0, variance)), df: df(weights) };
}
