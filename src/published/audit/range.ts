import { type PrintedNumber, printedInterval } from "../printedNumber.ts";

/** A closed range of real numbers; ends may be infinite inside the audit, never in its result. */
export interface Range {
  readonly low: number;
  readonly high: number;
}

export const everything: Range = { low: Number.NEGATIVE_INFINITY, high: Number.POSITIVE_INFINITY };

/** The rounding interval of a printed number, closed: a half-way value may have been rounded either way. */
export function rangeOf(printed: PrintedNumber | string): Range {
  const { low, high } = typeof printed === "string" ? printedInterval(printed) : printed;
  return { low: low ?? everything.low, high: high ?? everything.high };
}

/** The rounding interval of a probability, cut to [0, 1]; "85.3%" is read in hundredths. */
export function shareOf(text: string): Range {
  const printed = printedInterval(text);
  const { low, high } = rangeOf(printed);
  const unit = printed.percent ? 100 : 1;
  return { low: Math.max(0, low / unit), high: Math.min(1, high / unit) };
}

export const minus = (a: Range, b: Range): Range => ({ low: a.low - b.high, high: a.high - b.low });

/** Of two ranges above zero. */
export const over = (a: Range, b: Range): Range => ({ low: a.low / b.high, high: a.high / b.low });

export const overlap = (a: Range, b: Range): boolean => a.low <= b.high && b.low <= a.high;

export const hull = (a: Range, b: Range): Range => ({ low: Math.min(a.low, b.low), high: Math.max(a.high, b.high) });

/** Any increasing function of the ends. */
export const map = (a: Range, increasing: (x: number) => number): Range => ({
  low: increasing(a.low),
  high: increasing(a.high),
});

/** What two ranges share; its low end is above its high end when they share nothing. */
export const meet = (a: Range, b: Range): Range => ({ low: Math.max(a.low, b.low), high: Math.min(a.high, b.high) });
