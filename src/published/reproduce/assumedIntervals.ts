import type { Analysis, NotEstimable } from "../../contract/analysis.ts";
import { studentT } from "../../numerics/distributions/index.ts";

/** Intracluster correlations under which a difference printed without interval is looked at. */
const CORRELATIONS = [0, 0.01, 0.05, 0.1, 0.2] as const;
/** Multiples of the assumed standard deviations. */
const MULTIPLES = [0.5, 1, 2, 4] as const;
const LEVEL = 0.95;

/** What a difference of arithmetic means printed without interval would be worth if these assumptions held. */
interface AssumedInterval {
  /** Standard deviations of control and intervention arm. */
  readonly standardDeviations: readonly [number, number];
  readonly icc: number;
  readonly standardError: number;
  readonly lower: number;
  readonly upper: number;
  readonly p: number;
}

export interface AssumedIntervals {
  readonly outcome: string;
  readonly difference: number;
  /** Clusters − 2. */
  readonly df: number;
  /** Standard deviations outermost, then correlations, both ascending. */
  readonly intervals: readonly AssumedInterval[];
  /** By correlation: the multiple of the assumed standard deviations at which the interval reaches 0. */
  readonly breakEven: readonly { readonly icc: number; readonly multiple: number }[];
}

/**
 * The 95 % interval of a difference d of two arms' means over participants, from assumed standard deviations σₐ and an
 * assumed intracluster correlation ρ, with the cluster sizes nⱼ of the analysed rows:
 *
 *   SE² = Σₐ σₐ²/Nₐ · (1 + (Σⱼ nⱼ²/Nₐ − 1)ρ),   d ± t(J − 2) SE
 *
 * The variance of a mean over participants is exact whatever the shape of the outcome; that of costs makes t an
 * approximation. null for other than two arms, and without clusters or standard deviations.
 */
export function assumedIntervalsOf(analysis: Analysis | NotEstimable): AssumedIntervals | null {
  const difference = analysis.estimates?.[0]?.value;
  const arms = analysis.sample?.byArm ?? [];
  if (analysis.problem !== null || difference === undefined || arms.length !== 2) return null;
  const [control, treated] = arms.map(({ sd }) => sd);
  const df = analysis.clusters.length - 2;
  if (control == null || treated == null || df < 1) return null;
  const sizes = arms.map(({ arm }) => analysis.clusters.filter((each) => each.arm === arm).map(({ size }) => size));
  const quantile = studentT.quantileUpper((1 - LEVEL) / 2, df);
  const errorOf = (icc: number) => Math.hypot(control * spread(sizes[0]!, icc), treated * spread(sizes[1]!, icc));
  return {
    outcome: analysis.id,
    difference,
    df,
    intervals: MULTIPLES.flatMap((multiple) =>
      CORRELATIONS.map((icc): AssumedInterval => {
        const standardError = multiple * errorOf(icc);
        return {
          standardDeviations: [multiple * control, multiple * treated],
          icc,
          standardError,
          lower: difference - quantile * standardError,
          upper: difference + quantile * standardError,
          p: Math.min(1, 2 * studentT.upper(Math.abs(difference) / standardError, df)),
        };
      }),
    ),
    breakEven: CORRELATIONS.map((icc) => ({ icc, multiple: Math.abs(difference) / (quantile * errorOf(icc)) })),
  };
}

/** Standard error of the mean over participants of outcomes with standard deviation 1. */
function spread(sizes: readonly number[], icc: number): number {
  const n = sizes.reduce((sum, size) => sum + size, 0);
  const squares = sizes.reduce((sum, size) => sum + size * size, 0);
  return Math.sqrt((1 + (squares / n - 1) * icc) / n);
}
