import type { PublishedTrial } from "../publishedTrial.ts";
import { numberOf } from "./designFacts.ts";
import { type Finding, finding } from "./finding.ts";

/** Do the arms' clusters and participants add up to the design's? Reported once, with the trial's first claim. */
export function auditTotals({ design }: PublishedTrial): readonly Finding[] {
  return (["clusters", "participants"] as const).flatMap((what) => {
    const parts = Object.values(design.byArm ?? {}).map((arm) => numberOf(arm[what]));
    const total = design[what];
    if (total === undefined || parts.length < 2 || parts.includes(null)) return [];
    const arms = parts.reduce<number>((sum, part) => sum + (part ?? 0), 0);
    return arms === numberOf(total) ? [] : [finding("arms-do-not-add", { what, arms, total })];
  });
}
