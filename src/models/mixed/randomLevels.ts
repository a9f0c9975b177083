import { Defect, DesignProblem, InputProblem } from "../../contract/problem.ts";
import type { Frame } from "../../data/frame.ts";
import type { Grouping } from "../../data/grouping.ts";
import { mean } from "../../numerics/summation.ts";
import { expandRandomTerm, type RandomTerm } from "./randomFormula.ts";

/** The random terms one by one; without terms, one intercept per cluster. */
export const termsOrIntercept = (frame: Pick<Frame, "cluster">, terms: readonly RandomTerm[]): readonly RandomTerm[] =>
  terms.length === 0 ? [{ effects: ["intercept"], path: [frame.cluster.name] }] : terms.flatMap(expandRandomTerm);

/** The covariates whose slopes vary, in the order of the terms. */
export const slopesOf = (terms: readonly RandomTerm[]): readonly string[] =>
  [...new Set(terms.flatMap((term) => term.effects))].filter((effect) => effect !== "intercept");

/** The numbers of a covariate whose slope varies. */
export function slopeColumn(frame: Pick<Frame, "extraColumns">, name: string): Float64Array {
  const column = frame.extraColumns.get(name);
  if (column === undefined) throw new Defect("The frame lacks a random-slope column", { name });
  return column;
}

/** Distance of a column's middle from its origin, in standard deviations, past which its slopes are fitted about the middle. */
const FAR = 10;

function isFarFromOrigin(values: Float64Array): boolean {
  const middle = mean(values);
  const squares = values.reduce((sum, value) => sum + (value - middle) ** 2, 0);
  return Math.abs(middle) > FAR * Math.sqrt(squares / values.length);
}

/** Only beside a correlated intercept does the origin of a slope not matter to the model. */
const alwaysWithIntercept = (terms: readonly RandomTerm[], effect: string): boolean =>
  terms.every(({ effects }) => !effects.includes(effect) || effects.includes("intercept"));

/** Is this a covariate far from its origin (calendar years) whose slopes are better fitted about its middle? */
export const isBetterShifted = (
  frame: Pick<Frame, "extraColumns">,
  terms: readonly RandomTerm[],
  effect: string,
): boolean => isFarFromOrigin(slopeColumn(frame, effect)) && alwaysWithIntercept(terms, effect);

/**
 * The groupings that the terms name, coarsest first, each nested in the one before.
 *
 * @throws InputProblem "crossed-random-effects"
 * @throws DesignProblem "levels-coincide" when two of them are one and the same and have an effect in common
 */
export function nestedGroupings(
  frame: Pick<Frame, "cluster" | "extraGroupings">,
  terms: readonly RandomTerm[],
): Grouping[] {
  const names = [...new Set(terms.map((term) => term.path.join("/")))];
  const found = names.map((name) => {
    const grouping = name === frame.cluster.name ? frame.cluster : frame.extraGroupings.get(name);
    if (grouping === undefined) throw new Defect("The frame lacks a grouping of the random terms", { name });
    return grouping;
  });
  const sorted = found.sort((a, b) => a.labels.length - b.labels.length);
  sorted.slice(1).forEach((finer, k) => {
    const coarser = sorted[k]!;
    const parents = parentsOf(finer, coarser);
    if (finer.codes.some((code, i) => parents[code] !== coarser.codes[i])) {
      throw new InputProblem("crossed-random-effects", { first: coarser.name, second: finer.name });
    }
    if (finer.labels.length === coarser.labels.length) refuseCommonEffect(coarser.name, finer.name, terms);
  });
  return sorted;
}

function refuseCommonEffect(first: string, second: string, terms: readonly RandomTerm[]): void {
  const effectsAt = (name: string) =>
    terms.filter(({ path }) => path.join("/") === name).flatMap(({ effects }) => effects);
  const effect = effectsAt(first).find((each) => effectsAt(second).includes(each));
  if (effect !== undefined) throw new DesignProblem("levels-coincide", { first, second, effect });
}

/** Coarser group of each finer group, read off its last row. */
export function parentsOf(finer: Grouping, coarser: Grouping): Int32Array {
  const parents = new Int32Array(finer.labels.length);
  for (let i = 0; i < finer.codes.length; i++) parents[finer.codes[i]!] = coarser.codes[i]!;
  return parents;
}

/** @throws InputProblem "random-term-repeated" when two terms of one grouping have an effect in common. */
export function refuseRepeats(terms: readonly RandomTerm[], group: string): void {
  const seen = new Set<string>();
  for (const effect of terms.flatMap((term) => term.effects)) {
    if (seen.has(effect)) throw new InputProblem("random-term-repeated", { effect, group });
    seen.add(effect);
  }
}
