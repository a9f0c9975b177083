import type { Coefficient, Findings } from "../../contract/analysis.ts";
import type { Frame } from "../../data/frame.ts";
import type { FixedEffectInference } from "../../inference/fixedEffectInference.ts";
import { waldCoefficient } from "../../inference/wald/waldCoefficient.ts";

/** A coefficient whose variance is below this share of its square is determined by one cluster. */
const NO_VARIANCE = 1e-24;

/** The working model's coefficients, on the scale of its link; those without variance or degrees of freedom are left out. */
export function workingCoefficients(
  { design }: Frame,
  parameters: Float64Array,
  { covariance, df: dfOf }: FixedEffectInference,
  level: number,
): Pick<Findings, "coefficients" | "covariance"> {
  const q = parameters.length;
  const unit = (k: number) => Float64Array.from(parameters, (_, l) => (l === k ? 1 : 0));
  const kept = design.terms.flatMap(({ name }, k) => {
    const variance = covariance[k * q + k]!;
    const df = dfOf(unit(k));
    return variance > NO_VARIANCE * parameters[k]! ** 2 && (df === null || df > 0) ? [{ name, k, variance, df }] : [];
  });
  return {
    coefficients: kept.map(
      ({ name, k, variance, df }): Coefficient => waldCoefficient(name, parameters[k]!, Math.sqrt(variance), df, level),
    ),
    covariance: kept.map((row) => kept.map((column) => covariance[row.k * q + column.k]!)),
  };
}
