import { accumulateMoments } from "../../data/accumulateMoments.ts";
import { columnSource, concatenateColumns } from "../../data/columnSource.ts";
import type { ColumnSource } from "../../data/design.ts";
import type { Frame } from "../../data/frame.ts";
import type { Grouping } from "../../data/grouping.ts";
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

/** What a mixed model reads of the data apart from its outcome. */
type MixedColumns = Pick<Frame, "cluster" | "design" | "extraColumns" | "extraGroupings">;

/** Columns and nesting of a mixed model, for any outcome of the same rows. */
export interface MixedLayout {
  /** p */
  readonly coefficients: number;
  /** Names of the columns of X, then of the slopes. */
  readonly names: readonly string[];
  /** [X | slopes], each slope once. */
  readonly source: ColumnSource;
  /** Those of the names whose columns keep their origin. */
  readonly unshifted: readonly string[];
  /** Coarsest first, each nested in the one before. */
  readonly levels: readonly {
    readonly grouping: Grouping;
    readonly parent: Int32Array | null;
    readonly blocks: readonly Pick<RandomBlock, "columns" | "terms">[];
  }[];
}

/**
 * The moments and nesting of a mixed model for the frame's outcome, covariates and the given random terms; without
 * terms, one intercept per cluster.
 *
 * @throws InputProblem "crossed-random-effects", "random-term-repeated"
 */
export function mixedStructureOf(frame: Frame, terms: readonly RandomTerm[]): MixedStructure {
  const { outcome, offset, weights } = frame;
  const values = offset === null ? outcome.values : outcome.values.map((value, i) => value - offset[i]!);
  return structureFor(mixedLayoutOf(frame, terms), { name: outcome.name, values }, weights);
}

/**
 * The columns and nesting of the covariates and random terms; without terms, one intercept per cluster.
 *
 * @throws InputProblem "crossed-random-effects", "random-term-repeated"
 */
export function mixedLayoutOf(frame: MixedColumns, terms: readonly RandomTerm[]): MixedLayout {
  const { design } = frame;
  const wanted = termsOrIntercept(frame, terms);
  const slopes = slopesOf(wanted);
  const p = design.terms.length;
  const slopeColumns = slopes.map((name) => slopeColumn(frame, name));
  const slopeNames = slopes.map((name) => `random ${name}`);
  const groupings = nestedGroupings(frame, wanted);
  const columnOf = (effect: string) => (effect === "intercept" ? 0 : p + slopes.indexOf(effect));
  return {
    coefficients: p,
    names: [...design.terms.map((term) => term.name), ...slopeNames],
    source: slopes.length === 0 ? design : concatenateColumns(design, columnSource(slopeColumns)),
    unshifted: slopeNames.filter((_, k) => !isBetterShifted(frame, wanted, slopes[k]!)),
    levels: groupings.map((grouping, l) => {
      const here = wanted.filter((term) => term.path.join("/") === grouping.name);
      refuseRepeats(here, grouping.name);
      return {
        grouping,
        parent: l === 0 ? null : parentsOf(grouping, groupings[l - 1]!),
        blocks: here.map(({ effects }) => ({ columns: effects.map(columnOf), terms: effects })),
      };
    }),
  };
}

/**
 * Moments of [X | slopes | outcome] within the finest groups, weighted, with the levels of random effects.
 *
 * @param shift of every column; null for one near the mean of each (`pilotShift`)
 */
export function structureFor(
  { coefficients, names, source, unshifted, levels }: MixedLayout,
  outcome: { readonly name: string; readonly values: Float64Array },
  weights: Float64Array | null,
  shift: Float64Array | null = null,
): MixedStructure {
  const columns = concatenateColumns(source, columnSource([outcome.values]));
  const finest = levels.at(-1)!.grouping;
  const options = { weights, unshifted, shift };
  const moments = accumulateMoments([...names, `outcome ${outcome.name}`], columns, finest, options);
  return {
    moments,
    coefficients,
    levels: levels.map(
      ({ grouping, parent, blocks }): RandomLevel => ({
        name: grouping.name,
        groups: grouping.labels.length,
        parent,
        blocks: blocks.map((block) => ({ ...block, origins: block.columns.map((column) => moments.shift[column]!) })),
      }),
    ),
    rows: source.rows,
    logWeights: weights === null ? 0 : weights.reduce((sum, w) => sum + Math.log(w), 0),
  };
}
