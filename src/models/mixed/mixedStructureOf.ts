import { Defect, InputProblem } from "../../contract/problem.ts";
import { accumulateMoments } from "../../data/accumulateMoments.ts";
import { columnSource, concatenateColumns } from "../../data/columnSource.ts";
import type { Frame } from "../../data/frame.ts";
import type { Grouping } from "../../data/grouping.ts";
import { mean } from "../../numerics/summation.ts";
import type { MixedStructure, RandomBlock, RandomLevel } from "./mixedStructure.ts";
import { expandRandomTerm, type RandomTerm } from "./randomFormula.ts";

/**
 * The moments and nesting of a mixed model for the frame's outcome, covariates and the given random terms; without
 * terms, one intercept per cluster.
 *
 * @throws InputProblem "crossed-random-effects", "random-term-repeated"
 */
export function mixedStructureOf(frame: Frame, terms: readonly RandomTerm[]): MixedStructure {
  const { design, outcome, offset, weights, rows } = frame;
  const wanted: readonly RandomTerm[] =
    terms.length === 0 ? [{ effects: ["intercept"], path: [frame.cluster.name] }] : terms.flatMap(expandRandomTerm);
  const slopes = [...new Set(wanted.flatMap((term) => term.effects))].filter((effect) => effect !== "intercept");
  const p = design.terms.length;
  const response = offset === null ? outcome.values : outcome.values.map((value, i) => value - offset[i]!);
  const source = concatenateColumns(
    design,
    columnSource([...slopes.map((name) => slopeColumn(frame, name)), response]),
  );
  const slopeNames = slopes.map((name) => `random ${name}`);
  const names = [...design.terms.map((term) => term.name), ...slopeNames, `outcome ${outcome.name}`];

  const groupings = nestedGroupings(frame, wanted);
  const movable = new Set(
    slopes.filter((name) => isFarFromOrigin(slopeColumn(frame, name)) && alwaysWithIntercept(wanted, name)),
  );
  const unshifted = slopeNames.filter((_, k) => !movable.has(slopes[k]!));
  const moments = accumulateMoments(names, source, groupings.at(-1)!, { weights, unshifted });
  const levels = groupings.map((grouping, l): RandomLevel => {
    const here = wanted.filter((term) => term.path.join("/") === grouping.name);
    refuseRepeats(here, grouping.name);
    const blocks = here.map(
      ({ effects }): RandomBlock => ({
        columns: effects.map((effect) => (effect === "intercept" ? 0 : p + slopes.indexOf(effect))),
        terms: effects,
        origins: effects.map((effect) => (effect === "intercept" ? 0 : moments.shift[p + slopes.indexOf(effect)]!)),
      }),
    );
    return {
      name: grouping.name,
      groups: grouping.labels.length,
      parent: l === 0 ? null : parentsOf(grouping, groupings[l - 1]!),
      blocks,
    };
  });
  const logWeights = weights === null ? 0 : weights.reduce((sum, w) => sum + Math.log(w), 0);
  return { moments, coefficients: p, levels, rows, logWeights };
}

function slopeColumn(frame: Frame, name: string): Float64Array {
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

/** The groupings that the terms name, coarsest first, each nested in the one before. */
function nestedGroupings(frame: Frame, terms: readonly RandomTerm[]): Grouping[] {
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
  });
  return sorted;
}

/** Coarser group of each finer group, read off its last row. */
function parentsOf(finer: Grouping, coarser: Grouping): Int32Array {
  const parents = new Int32Array(finer.labels.length);
  for (let i = 0; i < finer.codes.length; i++) parents[finer.codes[i]!] = coarser.codes[i]!;
  return parents;
}

function refuseRepeats(terms: readonly RandomTerm[], group: string): void {
  const seen = new Set<string>();
  for (const effect of terms.flatMap((term) => term.effects)) {
    if (seen.has(effect)) throw new InputProblem("random-term-repeated", { effect, group });
    seen.add(effect);
  }
}
