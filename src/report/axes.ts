import { scaleLinear } from "d3-scale";
import { place, xml } from "./svg.ts";

/** A rectangle with a linear axis below and one at its left. */
export interface Axes {
  x(value: number): number;
  y(value: number): number;
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
  readonly marks: readonly string[];
}

export interface AxesOptions {
  readonly width: number;
  readonly height: number;
  readonly xDomain: readonly [number, number];
  readonly yDomain: readonly [number, number];
  readonly xLabel: string;
  readonly yLabel: string;
}

const LEFT = 76;
const RIGHT = 20;
const TOP = 40;
const BOTTOM = 52;

/** Axes with ticks and labels; ends of the domains are rounded outwards. */
export function axes({ width, height, xDomain, yDomain, xLabel, yLabel }: AxesOptions): Axes {
  const [left, right, top, bottom] = [LEFT, width - RIGHT, TOP, height - BOTTOM];
  const xScale = scaleLinear().domain(wide(xDomain)).nice().range([left, right]);
  const yScale = scaleLinear().domain(wide(yDomain)).nice().range([bottom, top]);
  const x = (value: number) => place(xScale(value));
  const y = (value: number) => place(yScale(value));
  const xText = xScale.tickFormat(6);
  const yText = yScale.tickFormat(6);
  return {
    x,
    y,
    left,
    right,
    top,
    bottom,
    marks: [
      `<path d="M${left},${top}V${bottom}H${right}" fill="none" stroke="#444"/>`,
      ...xScale
        .ticks(6)
        .map(
          (tick) =>
            `<line x1="${x(tick)}" x2="${x(tick)}" y1="${bottom}" y2="${bottom + 5}" stroke="#444"/><text x="${x(tick)}" y="${bottom + 19}" text-anchor="middle">${xml(xText(tick))}</text>`,
        ),
      ...yScale
        .ticks(6)
        .map(
          (tick) =>
            `<line x1="${left - 5}" x2="${left}" y1="${y(tick)}" y2="${y(tick)}" stroke="#444"/><text x="${left - 8}" y="${place(y(tick) + 4)}" text-anchor="end">${xml(yText(tick))}</text>`,
        ),
      `<text x="${place((left + right) / 2)}" y="${bottom + 39}" text-anchor="middle">${xml(xLabel)}</text>`,
      `<text transform="translate(16 ${place((top + bottom) / 2)}) rotate(-90)" text-anchor="middle">${xml(yLabel)}</text>`,
    ],
  };
}

/** A scale needs two different ends. */
const wide = ([low, high]: readonly [number, number]): [number, number] =>
  high > low ? [low, high] : [low - 1, high + 1];

/** Colours that differ in lightness as well as in hue. */
const COLOURS = ["#1b5e8c", "#d1711b", "#2f8f57", "#8a3f8f", "#7a6a00", "#555555"];

export const colourOf = (k: number): string => COLOURS[k % COLOURS.length]!;

/** What each colour stands for, a line each in the upper left corner of the axes; the first name has colour number `from`. */
export const legend = (
  names: readonly string[],
  { left, top }: Pick<Axes, "left" | "top">,
  from = 0,
): readonly string[] =>
  names.map(
    (name, k) =>
      `<circle cx="${left + 14}" cy="${top + 10 + 17 * k}" r="4" fill="${colourOf(from + k)}"/><text x="${left + 24}" y="${top + 14 + 17 * k}">${xml(name)}</text>`,
  );
