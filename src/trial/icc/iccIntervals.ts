import { DesignProblem } from "../../contract/problem.ts";
import { fisherF, normal } from "../../numerics/distributions/index.ts";
import type { OneWayAnova } from "./oneWayAnova.ts";

/** Limits of an interval, and the normal theory behind it where there is one. */
export interface IccLimits {
  readonly lower: number;
  readonly upper: number;
  readonly working: {
    readonly scale: "identity" | "fisher-z";
    readonly value: number;
    readonly standardError: number;
  } | null;
}

/** An interval of ρ from a table whose within mean square is positive. */
export type IccInterval = (anova: OneWayAnova, icc: number, level: number) => IccLimits;

/**
 * Searle (1971): F = MSB/MSW between its quantiles,
 *
 *   (F/q − 1)/(F/q + n₀ − 1),   q the upper and the lower quantile of F on the table's degrees of freedom
 *
 * Exact for normal outcomes and equal sizes; n₀ for unequal ones.
 */
export const searleInterval: IccInterval = ({ msBetween, msWithin, dfBetween, dfWithin, effectiveSize }, _, level) => {
  const tail = (1 - level) / 2;
  const limit = (quantile: number) => {
    const ratio = msBetween / msWithin / quantile;
    return (ratio - 1) / (ratio + effectiveSize - 1);
  };
  return {
    lower: limit(fisherF.quantileUpper(tail, dfBetween, dfWithin)),
    upper: limit(fisherF.quantile(tail, dfBetween, dfWithin)),
    working: null,
  };
};

const aboutEstimate = (icc: number, variance: number, level: number): IccLimits => {
  const standardError = Math.sqrt(variance);
  const margin = normal.quantileUpper((1 - level) / 2) * standardError;
  return { lower: icc - margin, upper: icc + margin, working: { scale: "identity", value: icc, standardError } };
};

/**
 * Smith (1956): ρ ± z SE with the large-sample variance for unequal sizes,
 *
 *   2(1−ρ)²/n₀² · { (1+ρ(n₀−1))²/(N−J) + [(J−A)(1−ρ)(1+ρ(2n₀−1)) + ρ² Σₐ(S₂ − 2S₃/N + S₂²/N²)]/(J−A)² }
 *
 * Limits may leave the range of ρ.
 */
export const smithInterval: IccInterval = ({ effectiveSize: n0, dfBetween, dfWithin, inequality }, icc, level) => {
  const within = (1 + icc * (n0 - 1)) ** 2 / dfWithin;
  const between = (dfBetween * (1 - icc) * (1 + icc * (2 * n0 - 1)) + icc ** 2 * inequality) / dfBetween ** 2;
  return aboutEstimate(icc, ((2 * (1 - icc) ** 2) / n0 ** 2) * Math.max(0, within + between), level);
};

/**
 * Swiger et al. (1964): ρ ± z SE with variance 2(N−A)(1−ρ)²(1+(n₀−1)ρ)²/(n₀²(N−J)(J−A)), Smith's when sizes are equal.
 */
export const swigerInterval: IccInterval = ({ effectiveSize: n0, dfBetween, dfWithin }, icc, level) =>
  aboutEstimate(
    icc,
    (2 * (dfBetween + dfWithin) * (1 - icc) ** 2 * (1 + (n0 - 1) * icc) ** 2) / (n0 ** 2 * dfWithin * dfBetween),
    level,
  );

/**
 * Fisher (1925): z = ½ log[(1+(n₀−1)ρ)/(1−ρ)] = ½ log F, normal with variance n₀/(2(n₀−1)(J−A−1)), and back.
 *
 * @throws DesignProblem `interval-needs-clusters` when J − A < 2.
 */
export const fisherInterval: IccInterval = ({ effectiveSize: n0, dfBetween, msBetween, msWithin }, _, level) => {
  if (dfBetween < 2)
    throw new DesignProblem("interval-needs-clusters", { interval: "fisher", needed: 2, df: dfBetween });
  const value = Math.log(msBetween / msWithin) / 2;
  const standardError = Math.sqrt(n0 / (2 * (n0 - 1) * (dfBetween - 1)));
  const margin = normal.quantileUpper((1 - level) / 2) * standardError;
  return {
    lower: iccFromLogF(2 * (value - margin), n0),
    upper: iccFromLogF(2 * (value + margin), n0),
    working: { scale: "fisher-z", value, standardError },
  };
};

/** ρ = (F − 1)/(F + n₀ − 1), between −1/(n₀ − 1) and 1. */
export function iccFromLogF(logF: number, effectiveSize: number): number {
  const excess = Math.expm1(logF);
  return excess === Number.POSITIVE_INFINITY ? 1 : excess / (excess + effectiveSize);
}
