import { DesignProblem } from "../../contract/problem.ts";
import { compatibleDf, wholeRanges } from "../audit/compatibleDf.ts";
import { atReference, type EffectFigures, type EffectRegion, effectRegion, halfWidths } from "../audit/effectRegion.ts";
import { cut } from "../audit/polygon.ts";
import { type Range, rangeOf, shareOf } from "../audit/range.ts";
import type { PublishedOutcome } from "./figures.ts";

/** What was printed of an effect, and where its figures can be met. */
export interface Wanted {
  readonly figures: EffectFigures;
  readonly region: EffectRegion;
  /** Degrees of freedom at which they can be met; null when they do not bear on them. */
  readonly compatible: readonly Range[] | null;
}

/** The point aimed at under a reference with certain degrees of freedom: null is free. */
export interface Aim {
  readonly estimate: number | null;
  readonly halfWidth: number | null;
  /** Only where no interval and no standard error fix the half-width. */
  readonly p: number | null;
}

/** null when neither effect nor P value was printed. */
export function wantedEffect({ effect, p: loneP }: PublishedOutcome): Wanted | null {
  const p = effect?.p ?? loneP;
  const printed = (figure: string | undefined) => (figure === undefined ? null : rangeOf(figure));
  const figures: EffectFigures = {
    estimate: printed(effect?.value),
    lower: printed(effect?.interval?.[0]),
    upper: printed(effect?.interval?.[1]),
    level: effect?.level ?? 0.95,
    standardError: printed(effect?.standardError),
    p: p === undefined ? null : shareOf(p),
  };
  const nothing = [figures.estimate, figures.lower, figures.p].every((range) => range === null);
  if (nothing) return null;
  const region = effectRegion(figures);
  const sources = [figures.lower, figures.standardError, figures.p].filter((range) => range !== null).length;
  return { figures, region, compatible: sources < 2 ? null : compatibleDf(region, figures) };
}

const middle = (range: Range | null): number | null => {
  if (range === null) return null;
  if (Number.isFinite(range.low) && Number.isFinite(range.high)) return (range.low + range.high) / 2;
  return Number.isFinite(range.low) ? range.low : Number.isFinite(range.high) ? range.high : null;
};

/**
 * The middle of what estimate, interval, standard error and P value allow together at these degrees of freedom, so that
 * rounding the rows later leaves every figure as printed. At degrees of freedom that do not fit, the middle at the
 * nearest that do: a search may pass there.
 */
export function aimNear({ figures, region, compatible }: Wanted, df: number): Aim {
  if (figures.lower === null && figures.standardError === null) {
    return { estimate: middle(figures.estimate), halfWidth: null, p: middle(figures.p) };
  }
  const { corners } = atReference(region, figures, compatible === null ? df : nearestOf(compatible, df));
  const estimates = corners.map(([e]) => e);
  const estimate = (Math.min(...estimates) + Math.max(...estimates)) / 2;
  const across = halfWidths(
    cut(
      corners,
      [
        { a: 1, b: 0, c: estimate },
        { a: -1, b: 0, c: -estimate },
      ],
      region.slack,
    ),
  );
  return { estimate, halfWidth: (across.low + across.high) / 2, p: null };
}

function nearestOf(ranges: readonly Range[], df: number): number {
  const inside = ranges.find(({ low, high }) => df >= low && df <= high);
  if (inside !== undefined) return df;
  const distance = (end: number) => Math.abs(1 / end - 1 / df);
  const { low, high } = ranges.reduce((best, range) =>
    Math.min(distance(range.low), distance(range.high)) < Math.min(distance(best.low), distance(best.high))
      ? range
      : best,
  );
  // A little inside the range: at its very end only one point is left.
  const share = distance(low) < distance(high) ? 0.05 : 0.95;
  return 1 / ((1 - share) / low + share / high);
}

/** @throws DesignProblem `figures-infeasible` when the figures cannot occur together at these degrees of freedom. */
export function requireCompatible({ figures, region, compatible }: Wanted, df: number, outcome: string): void {
  if (compatible === null || atReference(region, figures, df).possible) return;
  const fitting = wholeRanges(compatible).map(([low, high]) =>
    high === null ? `${low} or more` : `${low} to ${high}`,
  );
  const said = Number.isFinite(df) ? `${Math.round(10 * df) / 10} degrees of freedom` : "normal reference";
  throw new DesignProblem("figures-infeasible", {
    what: outcome,
    reason: `with the method's ${said} the printed estimate, interval and P value cannot occur together; they need ${fitting.length === 0 ? "another kind of analysis" : fitting.join(" or ")}`,
  });
}
