/**
 * A number for people: `digits` significant digits, every digit before the decimal point kept, powers of ten only
 * where the plain form would be unreadable. Null prints as a dash.
 *
 * @param digits Significant digits, 1 … 17; default 4.
 */
export function formatNumber(value: number | null, digits = 4): string {
  if (value === null) return "–";
  if (value === 0) return "0";
  const size = Math.abs(value);
  if (size >= 1e9 || size < 1e-5) return value.toExponential(digits - 1).replace("e+", "e");
  const rounded = value.toPrecision(digits);
  return rounded.includes("e") ? value.toFixed(0) : rounded;
}

/**
 * A number with as many decimals as its uncertainty deserves: those that show three significant digits of `spread`
 * (a standard error, half an interval), so that an estimate and its limits line up.
 */
export function formatWithin(value: number | null, spread: number | null): string {
  if (value === null || spread === null || !(spread >= 1e-9) || spread >= 1e9 || Math.abs(value) >= 1e9) {
    return formatNumber(value);
  }
  const decimals = 2 - Math.floor(Math.log10(spread));
  return value.toFixed(Math.max(0, decimals)).replace(/^-(?=[0.]*$)/, "");
}

/** A P value as journals print it: "0.019", "<0.001", ">0.999". */
export function formatP(value: number): string {
  if (value < 0.001) return "<0.001";
  return value > 0.999 ? ">0.999" : value.toFixed(3);
}

/** Degrees of freedom: whole numbers as they are, others with one decimal. */
export function formatDf(value: number | null): string {
  if (value === null) return "–";
  return Math.abs(value - Math.round(value)) < 1e-6 ? String(Math.round(value)) : value.toFixed(1);
}

/** "0.95" as "95%", "0.999" as "99.9%". */
export const formatLevel = (level: number): string => `${Number((100 * level).toPrecision(6))}%`;
