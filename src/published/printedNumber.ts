import { InputProblem } from "../contract/problem.ts";
import { decimalText, type ExactDecimal, powerOfTen } from "./exactDecimal.ts";

/** A number as a publication printed it, and every value that could have been printed so. */
export interface PrintedNumber {
  /** As given. */
  readonly text: string;
  /** Plain digits: ASCII minus, no currency, no thousands separators, printed decimals kept ("-0.25", "1250", "0.10"). */
  readonly plain: string;
  /** "exact" for an ordinary figure; "below" for "<0.001" and "≤"; "above" for ">0.99" and "≥". */
  readonly kind: "exact" | "below" | "above";
  /** Was a percent sign printed? The number is then in hundredths: "85.3%" reads 85.3. */
  readonly percent: boolean;
  /** The printed number as a double. */
  readonly value: number;
  /** Printed decimals; negative for "1.2e5", which is rounded to tens of thousands. */
  readonly decimals: number;
  /** value = digits · 10^(−decimals), exactly. */
  readonly digits: bigint;
  /**
   * The rounding interval: values that print as this text when rounded half away from zero, as the nearest doubles of
   * exact decimals (`lowText`, `highText`); null marks an open end (of a bound).
   */
  readonly low: number | null;
  readonly high: number | null;
  readonly lowText: string | null;
  readonly highText: string | null;
  /** Does the end itself print so? Half-way values round away from zero, so 0.245 prints 0.25 and 0.255 does not. */
  readonly lowIncluded: boolean;
  readonly highIncluded: boolean;
}

const pattern =
  /^(?<bound><=|>=|[<>≤≥])?\s*(?<sign>[-+])?(?<currency>[£$€¥])?\s?(?<inner>[-+])?(?<whole>\d+|[1-9]\d{0,2}(?:,\d{3})+|[1-9]\d{0,2}(?:[\u00a0\u2009\u202f ]\d{3})+)?(?:\.(?<fraction>\d+))?(?:[eE](?<exponent>[-+]?\d{1,3}))?\s?(?<percent>%)?$/;

/** The value digits · 10^(−decimals) with half a unit of the last printed place added or taken. */
const halfStep = (digits: bigint, decimals: number, direction: bigint): ExactDecimal => {
  const tenths = digits * 10n + direction * 5n;
  return decimals + 1 >= 0
    ? { digits: tenths, scale: decimals + 1 }
    : { digits: tenths * powerOfTen(-decimals - 1), scale: 0 };
};

const asNumber = (value: ExactDecimal): number => Number(decimalText(value));

/**
 * Reads a printed number: "0.03", "−0.25" (any dash as minus), "+0.1", ".05", "0·819", "1,250", "£63", "85.3%",
 * "1.2e-05", and the bounds "<0.001", ">0.99" with their ≤ and ≥. Trailing zeros count. A printed minus zero is zero.
 *
 * The rounding interval of a printed value v with d decimals is [v − ½·10^(−d), v + ½·10^(−d)] with the end nearer to
 * zero included, the other not (both excluded when v = 0). Exact: arithmetic on integers.
 *
 * @throws InputProblem `printed-number` when the text is not one number.
 */
export function printedInterval(text: string): PrintedNumber {
  const tidy = text
    .trim()
    .replace(/[\u2212\u2010-\u2014\ufe63\uff0d]/g, "-")
    .replace(/[\u00b7\u2219]/g, ".");
  const groups = tidy.length > 60 ? undefined : pattern.exec(tidy)?.groups;
  const { bound, sign = "", inner = "", whole = "", fraction = "", exponent = "0", percent } = groups ?? {};
  const figures = whole.replace(/\D/g, "") + fraction;
  if (figures === "" || (sign !== "" && inner !== "")) {
    throw new InputProblem("printed-number", { text, decimalComma: /^[-+]?\d*,\d+%?$/.test(tidy) });
  }
  const magnitude = BigInt(figures);
  const digits = sign === "-" || inner === "-" ? -magnitude : magnitude;
  const decimals = fraction.length - Number(exponent);
  const centre: ExactDecimal =
    decimals >= 0 ? { digits, scale: decimals } : { digits: digits * powerOfTen(-decimals), scale: 0 };
  const shared = {
    text,
    plain: decimalText(centre),
    percent: percent !== undefined,
    value: asNumber(centre),
    decimals,
    digits,
  };
  if (bound !== undefined) {
    const below = bound.startsWith("<") || bound === "≤";
    const included = bound.length === 2 || bound === "≤" || bound === "≥";
    const end = { number: shared.value, text: shared.plain };
    return {
      ...shared,
      kind: below ? "below" : "above",
      low: below ? null : end.number,
      lowText: below ? null : end.text,
      lowIncluded: !below && included,
      high: below ? end.number : null,
      highText: below ? end.text : null,
      highIncluded: below && included,
    };
  }
  const low = halfStep(digits, decimals, -1n);
  const high = halfStep(digits, decimals, 1n);
  return {
    ...shared,
    kind: "exact",
    low: asNumber(low),
    lowText: decimalText(low),
    lowIncluded: digits > 0n,
    high: asNumber(high),
    highText: decimalText(high),
    highIncluded: digits < 0n,
  };
}
