import type { PublishedClaim, PublishedTrial } from "../publishedTrial.ts";
import { armContrast } from "./armContrast.ts";
import { comparedArms } from "./designFacts.ts";
import { type Finding, finding } from "./finding.ts";
import { overlap, rangeOf } from "./range.ts";

const words: Readonly<Record<string, string>> = {
  "mean-difference": "difference of means",
  "risk-difference": "difference of risks",
  "rate-difference": "difference of rates",
};

/** The effect beside the unadjusted contrast of the arms' own figures: agreement, gap, or a change of sign. */
export function auditContrast(claim: PublishedClaim, trial: PublishedTrial): readonly Finding[] {
  const { value, measure = "mean-difference", adjusted } = claim.effect ?? {};
  if (value === undefined) return [];
  const contrast = armContrast(claim, trial, measure);
  if (contrast === null) return [];
  const effect = rangeOf(value);
  const ratio = measure.endsWith("-ratio");
  const facts = { ...contrast, effect: value, measure: words[measure] ?? measure.replace("-", " ") };
  if (overlap(contrast, effect)) return [finding("unadjusted-difference-agrees", facts)];
  const mirrored = ratio ? { low: 1 / effect.high, high: 1 / effect.low } : { low: -effect.high, high: -effect.low };
  if (overlap(contrast, mirrored)) {
    // Nobody says which arm is the control: either order of subtraction is as good.
    if (comparedArms(claim)?.named === false) return [finding("unadjusted-difference-agrees", facts)];
    return [finding("effect-has-opposite-sign", facts)];
  }
  const unadjusted =
    adjusted === false || (typeof adjusted === "string" && /^(un|not |none|crude|raw)/i.test(adjusted));
  return [finding(unadjusted ? "unadjusted-contradicts-arms" : "unadjusted-difference-differs", facts)];
}
