import type { OptionValue } from "../../contract/analysis.ts";
import { type Notice, notice } from "../../contract/notice.ts";
import type { Imputation, ImputedCells } from "./imputation.ts";

/** What the imputations of one variable in one arm look like beside its known values. */
export interface ImputedVariableReport {
  readonly variable: string;
  readonly arm: string | null;
  readonly scale: string;
  readonly known: number;
  readonly imputed: number;
  readonly knownMean: number | null;
  readonly knownSd: number | null;
  readonly imputedMean: number | null;
  readonly imputedSd: number | null;
  /** Potential scale reduction over the second half of the chains, the largest of mean, variance within and between clusters; null when nothing was drawn. */
  readonly scaleReduction: number | null;
  /** Mean of the first half of all chains less that of the second, in standard deviations of the posterior; the largest of the three. */
  readonly drift: number | null;
}

/** Above it chains have not forgotten where they started, or not yet been everywhere. */
const NOT_MIXED = 1.1;

/** Numbers that say whether the imputations can be trusted: one record per variable and arm with missing values. */
export function reportOf(imputation: Imputation, numbers: Float64Array): readonly ImputedVariableReport[] {
  const { cells, traced, halves, replicates } = imputation;
  return cells.flatMap((own, at): readonly ImputedVariableReport[] => {
    if (own.rows.length === 0) return [];
    const known = momentsOf(own.known);
    const imputed = momentsOf(imputedValues(own, numbers, replicates.count, replicates.width));
    const mixing = traced[at]!.at.map((quantity) =>
      mixingOf(quantity, numbers, replicates.count, replicates.width, halves),
    );
    const largest = (pick: (found: { reduction: number; drift: number }) => number) =>
      Math.max(...mixing.map((found) => Math.abs(pick(found))));
    return [
      {
        variable: own.variable.name,
        arm: own.arm,
        scale: own.variable.kind === "binary" ? "latent normal" : own.variable.scale.name,
        known: own.known.length,
        imputed: own.rows.length,
        knownMean: known.mean,
        knownSd: known.sd,
        imputedMean: imputed.mean,
        imputedSd: imputed.sd,
        scaleReduction: largest(({ reduction }) => reduction),
        drift: largest(({ drift }) => drift),
      },
    ];
  });
}

/** Yes-or-no variables as 0 and 1. */
function imputedValues({ variable, rows, from }: ImputedCells, numbers: Float64Array, count: number, width: number) {
  const values = new Float64Array(count * rows.length);
  for (let k = 0; k < count; k++)
    for (let r = 0; r < rows.length; r++) {
      const cell = numbers[k * width + from + r]!;
      values[k * rows.length + r] = variable.pair === null ? cell : cell === variable.pair[1] ? 1 : 0;
    }
  return values;
}

function momentsOf(values: Float64Array): { readonly mean: number | null; readonly sd: number | null } {
  const n = values.length;
  if (n === 0) return { mean: null, sd: null };
  const first = values[0]!;
  const mean = first + values.reduce((sum, value) => sum + (value - first), 0) / n;
  if (n === 1) return { mean, sd: null };
  return { mean, sd: Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (n - 1)) };
}

/** Gelman and Rubin's √(((L − 1)/L W + B/L)/W) of one quantity, W within and B/L between chains of length L. */
function mixingOf(
  [sum1, , sum2, square2]: readonly [number, number, number, number],
  numbers: Float64Array,
  count: number,
  width: number,
  [length1, length2]: readonly [number, number],
): { readonly reduction: number; readonly drift: number } {
  const means = new Float64Array(count);
  let within = 0;
  let early = 0;
  for (let k = 0; k < count; k++) {
    const sum = numbers[k * width + sum2]!;
    means[k] = sum / length2;
    within += Math.max(0, numbers[k * width + square2]! - (sum * sum) / length2) / (length2 - 1) / count;
    early += numbers[k * width + sum1]! / length1 / count;
  }
  const late = means.reduce((total, mean) => total + mean, 0) / count;
  const between = means.reduce((total, mean) => total + (mean - late) ** 2, 0) / (count - 1);
  const spread = ((length2 - 1) / length2) * within + between;
  if (!(within > 0)) return { reduction: 1, drift: 0 };
  return { reduction: Math.sqrt(spread / within), drift: (early - late) / Math.sqrt(spread) };
}

/** What was imputed, and what should worry the reader about it. */
export function reportNotices(imputation: Imputation, reports: readonly ImputedVariableReport[]): readonly Notice[] {
  const notices = reports.map(({ variable, arm, known, imputed }) =>
    notice("imputed", { variable, arm, known, imputed }),
  );
  const stuck = reports.filter(({ scaleReduction }) => scaleReduction !== null && scaleReduction > NOT_MIXED);
  const worst = stuck.reduce<ImputedVariableReport | null>(
    (a, b) => (a === null || b.scaleReduction! > a.scaleReduction! ? b : a),
    null,
  );
  if (worst !== null)
    notices.push(
      notice("imputation-not-mixed", {
        variable: worst.variable,
        arm: worst.arm,
        scaleReduction: worst.scaleReduction!,
        iterations: imputation.halves[0] + imputation.halves[1],
      }),
    );
  if (imputation.withoutInteractions.length > 0)
    notices.push(notice("imputation-without-interaction", { interactions: imputation.withoutInteractions }));
  return notices;
}

/** The reports as part of `method.variant`. */
export const reportRecord = (reports: readonly ImputedVariableReport[]): OptionValue =>
  reports.map((report) => ({ ...report }));
