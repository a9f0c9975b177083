import type { PublishedClaim, PublishedTrial } from "../publishedTrial.ts";
import { armSize, clustersOf, comparedArms, type NamedArm } from "./designFacts.ts";
import { type Finding, finding } from "./finding.ts";
import { over, type Range, rangeOf } from "./range.ts";

export interface DesignEffectAudit {
  readonly findings: readonly Finding[];
  readonly designEffect: Range | null;
  readonly icc: Range | null;
}

const nothing: DesignEffectAudit = { findings: [], designEffect: null, icc: null };

/**
 * What the standard error says about clustering, were nothing adjusted for:
 *
 *   design effect = SE² / (s₁²/n₁ + s₀²/n₀),   ICC = (design effect − 1)/(m − 1),   m = (n₁ + n₀)/J
 *
 * over the rounding of SE and of both standard deviations; null without SDs, numbers per arm and (for the ICC) clusters.
 * Equal cluster sizes are taken; unequal ones make the ICC smaller.
 */
export function auditDesignEffect(
  claim: PublishedClaim,
  trial: PublishedTrial,
  standardError: Range | null,
): DesignEffectAudit {
  const arms = comparedArms(claim);
  if (arms === null || standardError === null || claim.effect?.measure?.endsWith("-ratio")) return nothing;
  const sizes = [arms.treated, arms.control].map(({ name }) => armSize(name, claim, trial));
  const [treated, control] = sizes;
  if (treated == null || control == null) return nothing;
  const parts = [squaredError(arms.treated, treated.n), squaredError(arms.control, control.n)];
  if (parts.includes(null)) return nothing;
  const independent = { low: parts[0]!.low + parts[1]!.low, high: parts[0]!.high + parts[1]!.high };
  if (independent.low <= 0) return nothing;
  const designEffect = over({ low: standardError.low ** 2, high: standardError.high ** 2 }, independent);
  const clusters = clustersOf(claim, trial)[0];
  const size = clusters === undefined ? 1 : (treated.n + control.n) / clusters;
  if (size <= 1) return { ...nothing, designEffect };
  const icc = { low: (designEffect.low - 1) / (size - 1), high: (designEffect.high - 1) / (size - 1) };
  const said = { ...designEffect, size, iccLow: icc.low, iccHigh: icc.high, source: treated.source };
  if (designEffect.high < 1)
    return { designEffect, icc, findings: [finding("precision-beyond-independence", designEffect)] };
  // Unequal sizes raise the limit m; twice the mean size is more than any real trial's.
  if (designEffect.low > 2 * size) {
    return { designEffect, icc, findings: [finding("design-effect-beyond-size", { low: designEffect.low, size })] };
  }
  return { designEffect, icc, findings: [finding("design-effect", said)] };
}

function squaredError({ figures }: NamedArm, n: number): Range | null {
  if (figures.sd === undefined) return null;
  const { low, high } = rangeOf(figures.sd);
  return { low: Math.max(0, low) ** 2 / n, high: high ** 2 / n };
}
