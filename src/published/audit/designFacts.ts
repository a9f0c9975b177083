import { printedInterval } from "../printedNumber.ts";
import type { PublishedArm, PublishedClaim, PublishedTrial } from "../publishedTrial.ts";

/** The number that a figure prints, or null when it was not printed. */
export const numberOf = (figure: string | undefined): number | null =>
  figure === undefined ? null : printedInterval(figure).value;

const total = (values: readonly (number | null)[]): number | null =>
  values.length === 0 || values.includes(null) ? null : values.reduce<number>((sum, value) => sum + (value ?? 0), 0);

/** Numbers of clusters that may have been compared, most likely first, without repetition: the claim's own, those that completed, all. */
export function clustersOf(claim: PublishedClaim, { design }: PublishedTrial): readonly number[] {
  const candidates = [
    numberOf(claim.clusters),
    total(Object.values(claim.byArm ?? {}).map((arm) => numberOf(arm.clusters))),
    numberOf(design.clustersCompleted),
    total(Object.values(design.byArm ?? {}).map((arm) => numberOf(arm.clusters))),
    numberOf(design.clusters),
  ];
  return [...new Set(candidates.filter((count) => count !== null && count > 0))] as number[];
}

/** Participants of one arm, and where the number stands. */
export interface ArmSize {
  readonly n: number;
  readonly source: "analysed for this claim" | "analysed for another claim" | "randomised";
}

/**
 * How many participants an arm's figures describe: those analysed for the claim, else its participants, else those
 * analysed according to another claim of the same trial (when only one number is printed), else those randomised.
 */
export function armSize(name: string, claim: PublishedClaim, trial: PublishedTrial): ArmSize | null {
  const arm = claim.byArm?.[name];
  const own = numberOf(arm?.analysed) ?? numberOf(arm?.participants);
  if (own !== null) return { n: own, source: "analysed for this claim" };
  const others = new Set(trial.claims.flatMap((each) => numberOf(each.byArm?.[name]?.analysed) ?? []));
  if (others.size === 1) return { n: [...others][0]!, source: "analysed for another claim" };
  const randomised = numberOf(trial.design.byArm?.[name]?.participants);
  return randomised === null ? null : { n: randomised, source: "randomised" };
}

/** The two arms of a claim, treated first: the control is the one whose name says so, else the second. */
export function comparedArms(
  claim: PublishedClaim,
): { readonly treated: NamedArm; readonly control: NamedArm; readonly named: boolean } | null {
  const arms = Object.entries(claim.byArm ?? {}).map(([name, figures]) => ({ name, figures }));
  if (arms.length !== 2) return null;
  const controls = arms.filter(({ name }) => /control|usual|placebo|standard|wait/i.test(name));
  const control = controls.length === 1 ? controls[0]! : arms[1]!;
  return { treated: arms.find((arm) => arm !== control)!, control, named: controls.length === 1 };
}

export interface NamedArm {
  readonly name: string;
  readonly figures: PublishedArm;
}
