import type { PublishedClaim } from "../publishedTrial.ts";
import { type Finding, finding } from "./finding.ts";
import { overlap, type Range, rangeOf, shareOf } from "./range.ts";

export interface IccReading {
  /** "", or how the printed figure was obtained ("adjusted"). */
  readonly name: string;
  readonly published: string;
  readonly agrees: boolean;
}

export interface VarianceAudit {
  readonly findings: readonly Finding[];
  readonly icc: Range | null;
  readonly readings: readonly IccReading[];
}

/**
 * The intracluster correlation that printed variance components allow: between/(between + within) increases with the
 * first and decreases with the second, so its range comes from opposite ends of their rounding intervals.
 */
export function auditVariances({ variances, icc: printed }: PublishedClaim): VarianceAudit {
  const named =
    printed === undefined ? [] : typeof printed === "string" ? [["", printed] as const] : Object.entries(printed);
  const impossible = named.filter(([, figure]) => rangeOf(figure).low > 1 || rangeOf(figure).high < -1);
  if (variances === undefined) {
    return { icc: null, readings: [], findings: impossible.map(([, icc]) => finding("icc-impossible", { icc })) };
  }
  const [between, within] = [rangeOf(variances.between), rangeOf(variances.within)];
  const icc = {
    low: share(Math.max(0, between.low), within.high),
    high: share(Math.max(0, between.high), Math.max(0, within.low)),
  };
  const readings = named.map(([name, published]) => ({ name, published, agrees: overlap(shareOf(published), icc) }));
  const said = (agreeing: boolean) =>
    readings.filter(({ agrees }) => agrees === agreeing).map(({ name, published }) => `${name} ${published}`.trim());
  const [agreeing, others] = [said(true), said(false)];
  if (readings.length === 0) return { icc, readings, findings: [finding("icc-implied", icc)] };
  if (agreeing.length === 0)
    return { icc, readings, findings: [finding("icc-contradicts-variances", { ...icc, others })] };
  return { icc, readings, findings: [finding("icc-from-variances", { ...icc, agreeing, others })] };
}

const share = (between: number, within: number) => (between === 0 ? 0 : between / (between + within));
