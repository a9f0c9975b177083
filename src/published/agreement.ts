import { compareDecimals, decimalText, type ExactDecimal, exactDecimal, roundHalfAway } from "./exactDecimal.ts";
import { type PrintedNumber, printedInterval } from "./printedNumber.ts";

/**
 * Does a computed value print as published? The double is expanded exactly and rounded half away from zero to the
 * printed number of decimals; the digits must be the printed ones. "<0.001" and ">0.99" are bounds, strict; "≤" and
 * "≥" include their end. Zero has no sign: −0.004 prints "0.00". A value that is not finite agrees with nothing.
 *
 * @param printed text as published, or the result of `printedInterval`.
 * @throws InputProblem `printed-number`
 */
export function agrees(computed: number, printed: string | PrintedNumber): boolean {
  const claim = typeof printed === "string" ? printedInterval(printed) : printed;
  return Number.isFinite(computed) && decimalAgrees(exactDecimal(computed), claim);
}

/** The same for an exact decimal. */
export function decimalAgrees(value: ExactDecimal, claim: PrintedNumber): boolean {
  if (claim.kind === "exact") return roundHalfAway(value, claim.decimals) === claim.digits;
  const end: ExactDecimal =
    claim.decimals >= 0
      ? { digits: claim.digits, scale: claim.decimals }
      : { digits: claim.digits * 10n ** BigInt(-claim.decimals), scale: 0 };
  const order = compareDecimals(value, end);
  if (order === 0) return claim.lowIncluded || claim.highIncluded;
  return claim.kind === "below" ? order < 0 : order > 0;
}

/** A computed value as it would be printed with the decimals of a claim: rounded half away from zero. */
export function printLike(computed: number, claim: PrintedNumber): string {
  const digits = roundHalfAway(exactDecimal(computed), claim.decimals);
  return claim.decimals >= 0
    ? decimalText({ digits, scale: claim.decimals })
    : decimalText({ digits: digits * 10n ** BigInt(-claim.decimals), scale: 0 });
}
