import type { PublishedArm, PublishedClaim, PublishedTrial } from "../publishedTrial.ts";
import { armSize, comparedArms, type NamedArm, numberOf } from "./designFacts.ts";
import { minus, over, type Range, rangeOf } from "./range.ts";

/**
 * The unadjusted contrast that the arms' printed figures give, with all their rounding: difference or ratio of means,
 * of proportions (events over participants, or percentages) or of odds. null when the arms do not print what it needs.
 */
export function armContrast(claim: PublishedClaim, trial: PublishedTrial, measure: string): Range | null {
  const arms = comparedArms(claim);
  if (arms === null) return null;
  const level = (arm: NamedArm) => levelOf(arm, claim, trial, measure);
  const [treated, control] = [level(arms.treated), level(arms.control)];
  if (treated === null || control === null) return null;
  if (measure.endsWith("-ratio")) {
    return treated.low > 0 && control.low > 0 && Number.isFinite(treated.high + control.high)
      ? over(treated, control)
      : null;
  }
  return minus(treated, control);
}

function levelOf(
  { name, figures }: NamedArm,
  claim: PublishedClaim,
  trial: PublishedTrial,
  measure: string,
): Range | null {
  const share = shareOfArm(figures, armSize(name, claim, trial)?.n ?? null, claim);
  switch (measure) {
    case "risk-ratio":
    case "risk-difference":
      return share;
    case "odds-ratio":
      return share === null || share.high >= 1
        ? null
        : { low: share.low / (1 - share.low), high: share.high / (1 - share.high) };
    case "hazard-ratio":
    case "coefficient":
      return null;
    default:
      return figures.mean === undefined ? null : rangeOf(figures.mean);
  }
}

function shareOfArm(arm: PublishedArm, n: number | null, claim: PublishedClaim): Range | null {
  const events = numberOf(arm.events);
  if (events !== null && n !== null && claim.type !== "count") return { low: events / n, high: events / n };
  // Without events a percentage may be of those followed up; only a binary outcome's is a risk.
  if (arm.percent === undefined || (arm.analysed !== undefined && claim.type !== "binary")) return null;
  const { low, high } = rangeOf(arm.percent);
  return { low: Math.max(0, low / 100), high: Math.min(1, high / 100) };
}
