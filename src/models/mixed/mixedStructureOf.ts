import { accumulateMoments } from "../../data/accumulateMoments.ts";
import { columnSource, concatenateColumns } from "../../data/columnSource.ts";
import type { Frame } from "../../data/frame.ts";
import type { MixedStructure, RandomBlock, RandomLevel } from "./mixedStructure.ts";
import type { RandomTerm } from "./randomFormula.ts";
import {
  isBetterShifted,
  nestedGroupings,
  parentsOf,
  refuseRepeats,
  slopeColumn,
  slopesOf,
  termsOrIntercept,
} from "./randomLevels.ts";

/**
 * The moments and nesting of a mixed model for the frame's outcome, covariates and the given random terms; without
 * terms, one intercept per cluster.
 *
 * @throws InputProblem "crossed-random-effects", "random-term-repeated"
 */
export function mixedStructureOf(frame: Frame, terms: readonly RandomTerm[]): MixedStructure {
  const { design, outcome, offset, weights, rows } = frame;
  const wanted = termsOrIntercept(frame, terms);
  const slopes = slopesOf(wanted);
  const p = design.terms.length;
  const response = offset === null ? outcome.values : outcome.values.map((value, i) => value - offset[i]!);
  const source = concatenateColumns(
    design,
    columnSource([...slopes.map((name) => slopeColumn(frame, name)), response]),
  );
  const slopeNames = slopes.map((name) => `random ${name}`);
  const names = [...design.terms.map((term) => term.name), ...slopeNames, `outcome ${outcome.name}`];

  const groupings = nestedGroupings(frame, wanted);
  const movable = new Set(slopes.filter((name) => isBetterShifted(frame, wanted, name)));
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
