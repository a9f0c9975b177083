import type { Measure, Quantity } from "../../contract/estimate.ts";
import type { Frame, OutcomeKind } from "../../data/frame.ts";
import type { LinkName } from "../../models/family/link.ts";

const byKind = {
  continuous: { identity: "mean-difference", log: "mean-ratio" },
  binary: { identity: "risk-difference", log: "risk-ratio", logit: "odds-ratio" },
  grouped: { identity: "risk-difference", log: "risk-ratio", logit: "odds-ratio" },
  count: { identity: "rate-difference", log: "rate-ratio" },
} as const satisfies Readonly<Record<OutcomeKind, Partial<Record<LinkName, Measure>>>>;

/**
 * The measure of an effect that a link gives directly for a kind of outcome: the difference of its coefficient under
 * identity, the ratio under log and logit. Probit and complementary log–log have none but the coefficient itself, as has
 * a covariate of data without arms under identity.
 */
export function linkMeasure({ outcome, arm }: Pick<Frame, "outcome" | "arm">, link: LinkName): Measure {
  if (arm === null && link === "identity") return "coefficient";
  const measures: Partial<Record<LinkName, Measure>> = byKind[outcome.kind];
  return measures[link] ?? "coefficient";
}

const ratios: ReadonlySet<Measure> = new Set(["risk-ratio", "odds-ratio", "rate-ratio", "mean-ratio"]);

/** Is the measure stored as a ratio, with its log as the working scale? */
export const isRatio = (measure: Measure): boolean => ratios.has(measure);

/** The quantity of a measure: ratios, risks and coefficients of a transformed scale have no unit but 1. */
export const effectQuantity = (term: string, measure: Measure, { outcome }: Pick<Frame, "outcome">): Quantity => ({
  term,
  measure,
  scale: isRatio(measure) ? "ratio" : "identity",
  unit: isRatio(measure) || measure === "risk-difference" ? "1" : outcome.name,
});
