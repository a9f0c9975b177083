import { scaleLinear, scaleLog } from "d3-scale";
import type { Analysis, NotEstimable } from "../contract/analysis.ts";
import { formatWithin } from "./formatNumber.ts";
import { place, svgDocument, xml } from "./svg.ts";

/** An estimate with its interval, or without one, as a row of a forest plot. */
export interface ForestRow {
  readonly label: string;
  readonly value: number;
  readonly lower: number | null;
  readonly upper: number | null;
  /** Published figures are drawn hollow beside the computed ones. */
  readonly published: boolean;
  /** Numbers as they should stand beside the row; default rounded to what the interval deserves. */
  readonly text?: string;
}

export interface ForestOptions {
  readonly title: string;
  /** Words below the axis, with the unit. */
  readonly axis: string;
  /** Ratios are drawn on a log scale with 1 as the line of no effect; default "identity". */
  readonly scale?: "identity" | "ratio";
  /** In pixels; default 760. */
  readonly width?: number;
}

/** The first effect of every analysis that was estimable. */
export function forestRows(analyses: readonly (Analysis | NotEstimable)[]): readonly ForestRow[] {
  return analyses.flatMap((analysis) => {
    const estimate = analysis.estimates?.[0];
    if (estimate === undefined) return [];
    const { value, interval } = estimate;
    return [
      { label: analysis.id, value, lower: interval?.lower ?? null, upper: interval?.upper ?? null, published: false },
    ];
  });
}

const rowHeight = 24;
const letterWidth = 7;
const top = 40;

/**
 * Estimates and intervals below each other as SVG text; needs neither a browser nor a DOM.
 *
 * An empty list gives a figure with its title and nothing else. On the ratio scale every number must be above 0; rows
 * that are not are left out.
 */
export function forestPlot(given: readonly ForestRow[], options: ForestOptions): string {
  const ratio = options.scale === "ratio";
  const rows = ratio ? given.filter(({ value, lower }) => value > 0 && (lower ?? value) > 0) : given;
  const width = options.width ?? 760;
  const numbers = rows.map(words);
  const left = 16 + letterWidth * Math.max(4, ...rows.map(({ label }) => label.length));
  const right = width - 16 - letterWidth * Math.max(4, ...numbers.map((text) => text.length));
  const bottom = top + rowHeight * rows.length;
  const noEffect = ratio ? 1 : 0;
  const ends = rows.flatMap(({ value, lower, upper }) => [value, lower ?? value, upper ?? value, noEffect]);
  const domain = [Math.min(...ends, noEffect), Math.max(...ends, noEffect)] as const;
  const x = (ratio ? scaleLog() : scaleLinear()).domain(widened(domain, ratio)).range([left + 8, right - 8]);

  const marks = rows.map((row, k) => mark(row, x, top + rowHeight * (k + 0.5), left, right, numbers[k]!));
  const ticks = x.ticks(5).map((tick) => {
    const at = place(x(tick));
    return `<line x1="${at}" x2="${at}" y1="${bottom}" y2="${bottom + 5}" stroke="#444"/><text x="${at}" y="${bottom + 19}" text-anchor="middle">${x.tickFormat(5)(tick)}</text>`;
  });
  const zero = place(x(noEffect));
  return svgDocument(
    {
      width,
      height: bottom + 48,
      title: options.title,
      description: rows.map(({ label }, k) => `${label}: ${numbers[k]}`).join("; "),
    },
    [
      `<line x1="${zero}" x2="${zero}" y1="${top}" y2="${bottom}" stroke="#999" stroke-dasharray="3 3"/>`,
      `<line x1="${left}" x2="${right}" y1="${bottom}" y2="${bottom}" stroke="#444"/>`,
      ...ticks,
      ...marks,
      `<text x="${place((left + right) / 2)}" y="${bottom + 39}" text-anchor="middle">${xml(options.axis)}</text>`,
    ],
  );
}

function mark(
  { label, value, lower, upper, published }: ForestRow,
  x: (value: number) => number,
  y: number,
  left: number,
  right: number,
  text: string,
): string {
  const whisker =
    lower === null || upper === null
      ? ""
      : `<line x1="${place(x(lower))}" x2="${place(x(upper))}" y1="${y}" y2="${y}" stroke="#1b5e8c" stroke-width="1.5"/>`;
  const fill = published ? "#fff" : "#1b5e8c";
  return [
    `<text x="${left}" y="${y + 4}" text-anchor="end">${xml(label)}</text>`,
    whisker,
    `<circle cx="${place(x(value))}" cy="${y}" r="4" fill="${fill}" stroke="#1b5e8c" stroke-width="1.5"/>`,
    `<text x="${right}" y="${y + 4}">${xml(text)}</text>`,
  ].join("");
}

function words({ value, lower, upper, text }: ForestRow): string {
  if (text !== undefined) return text;
  if (lower === null || upper === null) return formatWithin(value, Math.abs(value));
  const spread = (upper - lower) / 2;
  return `${formatWithin(value, spread)} (${formatWithin(lower, spread)} to ${formatWithin(upper, spread)})`;
}

/** A scale needs two different ends. */
function widened([low, high]: readonly [number, number], ratio: boolean): [number, number] {
  if (high > low) return [low, high];
  return ratio ? [low / 2, high * 2] : [low - 1, high + 1];
}
