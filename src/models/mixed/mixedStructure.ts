import type { Moments } from "../../data/moments.ts";

/** Random effects of one group that are correlated with each other: "1 + time | practice". */
export interface RandomBlock {
  /** Index of each effect's column among the moment columns; 0 is the constant 1. */
  readonly columns: readonly number[];
  /** "intercept" or the covariate, in the same order. */
  readonly terms: readonly string[];
  /**
   * Origin taken off each column in the fit; 0 for most. A slope far from its origin (calendar years) that is correlated
   * with an intercept is fitted about its middle, which is the same model with other effects: see `toOwnOrigin`.
   */
  readonly origins: readonly number[];
}

/** One level of nesting. */
export interface RandomLevel {
  /** Column path: "practice", "practice/id". */
  readonly name: string;
  readonly groups: number;
  /** Group of the level before (coarser) to which each group belongs; null at the coarsest level. */
  readonly parent: Int32Array | null;
  /** Blocks at one level are independent of each other. */
  readonly blocks: readonly RandomBlock[];
}

/**
 * Everything the Gaussian mixed model needs, from moments of the finest groups:
 *
 *   y = Xβ + Σₗ Zₗbₗ + ε,   bₗ ~ N(0, Σₗ) independently per group,   ε ~ N(0, σ²/w)
 *
 * Moment columns are [X | further Z columns | y]: X in columns 0 … p − 1 with the intercept first, y last. Columns that
 * serve as Z keep their origin (shift 0), or their block says what was taken off.
 */
export interface MixedStructure {
  readonly moments: Moments;
  /** p */
  readonly coefficients: number;
  /** Coarsest first, each nested in the one before; the moments are those of the last. */
  readonly levels: readonly RandomLevel[];
  /** n */
  readonly rows: number;
  /** Σ log wᵢ; 0 without weights. */
  readonly logWeights: number;
}

/** A variance (row = column) or covariance of two random effects of one block. */
export interface VarianceParameter {
  readonly level: number;
  /** Position of the two effects among all effects of the level; row ≥ column. */
  readonly row: number;
  readonly column: number;
}

/**
 * The r × r map from the effects as fitted to those of the plan's columns: b₀ + b₁(z − c) = (b₀ − c b₁) + b₁z. null for
 * the identity.
 */
export function toOwnOrigin(level: RandomLevel): Float64Array | null {
  if (level.blocks.every((block) => block.origins.every((origin) => origin === 0))) return null;
  const r = effectsOf(level);
  const map = new Float64Array(r * r);
  let start = 0;
  for (const { origins, terms } of level.blocks) {
    origins.forEach((origin, k) => {
      map[(start + k) * r + start + k] = 1;
      if (origin !== 0) map[(start + terms.indexOf("intercept")) * r + start + k] = -origin;
    });
    start += origins.length;
  }
  return map;
}

/** Number of random effects per group of a level, over all of its blocks. */
export const effectsOf = (level: RandomLevel): number =>
  level.blocks.reduce((sum, block) => sum + block.columns.length, 0);

/** Every free element of the Σₗ, level by level and block by block, lower triangles by rows; the residual is not among them. */
export function varianceParameters(levels: readonly RandomLevel[]): VarianceParameter[] {
  return levels.flatMap((level, l) => {
    let offset = 0;
    return level.blocks.flatMap((block) => {
      const start = offset;
      offset += block.columns.length;
      return block.columns.flatMap((_, a) =>
        Array.from({ length: a + 1 }, (_, b) => ({ level: l, row: start + a, column: start + b })),
      );
    });
  });
}
