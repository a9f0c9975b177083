import { Defect } from "../../contract/problem.ts";
import type { Frame } from "../../data/frame.ts";
import type { Link } from "../../models/family/link.ts";
import { meanOverNormal } from "../../models/family/meanOverNormal.ts";
import type { FittedRandomLevel } from "../../models/generalisedMixed/generalisedMixedFit.ts";
import type { MarginalMean } from "./workingModel.ts";

/** One block of correlated random effects: where its root starts among the deviations, and the columns it multiplies. */
interface Block {
  readonly start: number;
  /** Values of each effect's column at a row under an arm. */
  readonly columns: readonly ((row: number, arm: number) => number)[];
}

/**
 * Marginal means of a model with normal random effects, averaged over them:
 *
 *   m = E g⁻¹(η + √v Z),   v = Σ zᵀΣz = Σ |Lᵀz|²   over levels and blocks, Σ = LLᵀ
 *
 * z is 1 for an intercept and the column's value for a slope (for a slope of what is compared that of the level asked for). The other
 * parameters are the elements of the lower triangles L, row by row.
 *
 * @param deviations the elements of every L, by level and block
 */
export function randomEffectMean(
  frame: Frame,
  link: Link,
  levels: readonly Pick<FittedRandomLevel, "blocks">[],
  deviations: Float64Array,
): MarginalMean {
  const blocks: Block[] = [];
  let start = 0;
  for (const terms of levels.flatMap((level) => level.blocks)) {
    blocks.push({ start, columns: terms.map((term) => columnOf(frame, term)) });
    start += (terms.length * (terms.length + 1)) / 2;
  }
  const integral = meanOverNormal(link);
  const z = new Float64Array(blocks.reduce((most, { columns }) => Math.max(most, columns.length), 0));
  const byDeviation = new Float64Array(start);
  return {
    others: start,
    at(row, arm, predictor, derivatives) {
      let variance = 0;
      for (const { start: from, columns } of blocks) {
        const r = columns.length;
        for (let a = 0; a < r; a++) z[a] = columns[a]!(row, arm);
        for (let b = 0; b < r; b++) {
          // (Lᵀz)_b; element (a, b) of a triangle stored by rows is at a(a + 1)/2 + b.
          let along = 0;
          for (let a = b; a < r; a++) along += deviations[from + (a * (a + 1)) / 2 + b]! * z[a]!;
          variance += along * along;
          for (let a = b; a < r; a++) byDeviation[from + (a * (a + 1)) / 2 + b] = 2 * along * z[a]!;
        }
      }
      const { mean, slope, byVariance } = integral(predictor, variance);
      derivatives[0] = slope;
      for (let k = 0; k < start; k++) derivatives[1 + k] = byVariance * byDeviation[k]!;
      return mean;
    },
  };
}

function columnOf({ compared, extraColumns }: Frame, term: string): (row: number, level: number) => number {
  if (term === "intercept") return () => 1;
  if (term === compared?.name) {
    const values = compared.levels.map(Number);
    return (_row, level) => values[level]!;
  }
  const column = extraColumns.get(term);
  if (column === undefined) throw new Defect("The frame lacks a random-slope column", { name: term });
  return (row) => column[row]!;
}

/** The lower triangles L of Σ = LLᵀ, row by row, by level and block; Σ may be singular. */
export function rootsOf(levels: readonly Pick<FittedRandomLevel, "blocks" | "covariance">[]): Float64Array {
  const roots: number[] = [];
  for (const { blocks, covariance } of levels) {
    const r = blocks.reduce((sum, terms) => sum + terms.length, 0);
    let from = 0;
    for (const { length: size } of blocks) {
      const root = new Float64Array(size * size);
      for (let a = 0; a < size; a++)
        for (let b = 0; b <= a; b++) {
          let rest = covariance[(from + a) * r + from + b]!;
          for (let k = 0; k < b; k++) rest -= root[a * size + k]! * root[b * size + k]!;
          const pivot = root[b * size + b]!;
          root[a * size + b] = a === b ? Math.sqrt(Math.max(0, rest)) : pivot > 0 ? rest / pivot : 0;
          roots.push(root[a * size + b]!);
        }
      from += size;
    }
  }
  return Float64Array.from(roots);
}
