import type { ClusterParts } from "../contract/clusterParts.ts";
import type { Reference } from "../contract/estimate.ts";
import type { VarianceParts } from "../contract/varianceParts.ts";
import { chiSquared, fisherF } from "../numerics/distributions/index.ts";
import { cholesky, solveLower } from "../numerics/matrix/cholesky.ts";
import { quadraticForm, sandwich } from "../numerics/matrix/product.ts";
import { betweenWithinDf } from "./degreesOfFreedom/betweenWithin.ts";
import { kenwardRoger, kenwardRogerF } from "./degreesOfFreedom/kenwardRoger.ts";
import { satterthwaiteDf, satterthwaiteFDf } from "./degreesOfFreedom/satterthwaite.ts";
import { sandwichInference } from "./sandwich/sandwichInference.ts";
import { sandwichVariance } from "./sandwich/sandwichVariance.ts";

/** A joint test of several contrasts. */
export interface FixedEffectTest {
  readonly statistic: number;
  readonly reference: Extract<Reference, { readonly name: "F" | "chi-squared" }>;
  readonly pValue: number;
}

/** How contrasts of the coefficients are judged: their covariance and reference distributions. Contrasts have length p. */
export interface FixedEffectInference {
  /** p × p */
  readonly covariance: Float64Array;
  /** Degrees of freedom of t; null for the normal reference. */
  df(contrast: Float64Array): number | null;
  /** Lβ = 0 with L q × p; null when no degrees of freedom are left or Lβ has a singular covariance. */
  test(contrasts: Float64Array, values: Float64Array): FixedEffectTest | null;
}

/** √(ℓᵀVℓ) */
export const standardErrorOf = (
  { covariance }: Pick<FixedEffectInference, "covariance">,
  contrast: Float64Array,
): number => Math.sqrt(quadraticForm(covariance, contrast, contrast.length));

/**
 * Degrees of freedom beyond this are rounding of infinity: the contrast's variance does not depend on any estimated
 * variance (within clusters, where the residual variance is known). The reference is then normal, or chi-squared.
 */
const UNLIMITED = 1e10;

/** The degrees of freedom unless there is no limit to them. */
const limited = (df: number): number | null => (df > UNLIMITED ? null : df);

/** Kenward–Roger: adjusted covariance, Satterthwaite-like df, scaled F. */
export function kenwardRogerInference(
  parts: VarianceParts,
  information: "expected" | "observed",
): FixedEffectInference {
  const adjusted = kenwardRoger(parts, information);
  const { covariance } = adjusted;
  return {
    covariance,
    df: (contrast) => limited(kenwardRogerF(adjusted, contrast, 1).df),
    test: (contrasts, values) => {
      const { df, scale } = kenwardRogerF(adjusted, contrasts, values.length);
      return fTest(scale * meanSquare(covariance, contrasts, values), values.length, limited(df));
    },
  };
}

/** Satterthwaite: model covariance, df from expected or observed information. */
export function satterthwaiteInference(
  parts: VarianceParts,
  information: "expected" | "observed",
): FixedEffectInference {
  const { covariance } = parts;
  return {
    covariance,
    df: (contrast) => limited(satterthwaiteDf(parts, contrast, information)),
    test: (contrasts, values) =>
      fTest(
        meanSquare(covariance, contrasts, values),
        values.length,
        limited(satterthwaiteFDf(parts, contrasts, values.length, information)),
      ),
  };
}

/** Between–within: model covariance, df by counting clusters and rows. */
export function betweenWithinInference(
  covariance: Float64Array,
  clusters: number,
  rows: number,
  variesWithin: readonly boolean[],
): FixedEffectInference {
  const df = (contrast: ArrayLike<number>) => betweenWithinDf(clusters, rows, variesWithin, contrast);
  return {
    covariance,
    df,
    test: (contrasts, values) => {
      const p = variesWithin.length;
      const dfs = Array.from(values, (_, k) => df(contrasts.subarray(k * p, (k + 1) * p)));
      return fTest(meanSquare(covariance, contrasts, values), values.length, Math.min(...dfs));
    },
  };
}

/** CR2 sandwich with Satterthwaite df, HTZ for several contrasts. */
export const cr2Inference = (parts: ClusterParts): FixedEffectInference =>
  sandwichInference(sandwichVariance(parts, "cr2"));

/** Normal reference: right for very many clusters only. */
export function normalInference(covariance: Float64Array): FixedEffectInference {
  return {
    covariance,
    df: () => null,
    test: (contrasts, values) => fTest(meanSquare(covariance, contrasts, values), values.length, null),
  };
}

/** (Lβ)ᵀ(LVLᵀ)⁻¹Lβ / q; NaN when the contrasts have a singular covariance. */
function meanSquare(covariance: Float64Array, contrasts: Float64Array, values: Float64Array): number {
  const q = values.length;
  const p = contrasts.length / q;
  const inner = new Float64Array(q * q);
  sandwich(contrasts, covariance, q, p, inner);
  if (!cholesky(inner, q, inner)) return Number.NaN;
  const whitened = new Float64Array(q);
  solveLower(inner, q, values, whitened);
  return whitened.reduce((sum, value) => sum + value * value, 0) / q;
}

function chiSquaredTest(meanSquared: number, q: number): FixedEffectTest {
  const statistic = q * meanSquared;
  return { statistic, reference: { name: "chi-squared", df: q }, pValue: chiSquared.upper(statistic, q) };
}

/** @param df null when there is no limit to them */
function fTest(statistic: number, q: number, df: number | null): FixedEffectTest | null {
  if (df === null) return Number.isFinite(statistic) ? chiSquaredTest(statistic, q) : null;
  if (!(df > 0 && Number.isFinite(df) && Number.isFinite(statistic))) return null;
  return { statistic, reference: { name: "F", df: [q, df] }, pValue: fisherF.upper(statistic, q, df) };
}
