import type { Coefficient, Findings, JointTest } from "../../contract/analysis.ts";
import type { Measure } from "../../contract/estimate.ts";
import { type Notice, notice } from "../../contract/notice.ts";
import type { Frame } from "../../data/frame.ts";
import type { FixedEffectInference } from "../../inference/fixedEffectInference.ts";
import { waldCoefficient } from "../../inference/wald/waldCoefficient.ts";
import { waldEstimate } from "../../inference/wald/waldEstimate.ts";
import { effectQuantity } from "./linkMeasure.ts";

/** Below this share of the variance under independence, a coefficient's variance is rounding. */
const NO_VARIANCE = 1e-24;

/**
 * Effects, coefficients and joint tests of a regression: one estimate per effect that the frame asks for, as the measure
 * that its link gives (the exponential of the contrast when that is a ratio), every coefficient on the scale of the link,
 * and an F test for every factor with several terms (arms first).
 *
 * A coefficient without variance (one cluster determines it) is left out with a notice.
 *
 * @param coefficients β, length p, in the order of the frame's design
 * @param scales √ of each coefficient's variance if rows were independent; tells a variance of zero from a small one
 * @throws as `waldTest` for an effect without variance or degrees of freedom
 */
export function fixedEffectFindings(
  frame: Frame,
  coefficients: Float64Array,
  scales: Float64Array,
  inference: FixedEffectInference,
  level: number,
  measure: Measure,
): Pick<Findings, "estimates" | "coefficients" | "covariance" | "tests" | "notices"> {
  const { terms } = frame.design;
  const p = terms.length;
  const { covariance } = inference;
  // An outcome fitted to rounding has scales of exactly zero: what variance is left is rounding too.
  const varies = (variance: number, scale: number) => scale > 0 && variance > NO_VARIANCE * scale ** 2;
  const kept = terms.flatMap((_, k) => (varies(covariance[k * p + k]!, scales[k]!) ? [k] : []));
  const dfOf = remembering((contrast) => inference.df(contrast));
  const estimates = frame.effects.map(({ term, weights }) => {
    const quantity = effectQuantity(term, measure, frame);
    const variance = contrastVariance(covariance, weights);
    const scale = weights.reduce((sum, weight, k) => sum + Math.abs(weight) * scales[k]!, 0);
    const standardError = varies(variance, scale) ? Math.sqrt(variance) : 0;
    return waldEstimate(quantity, contrastValue(coefficients, weights), standardError, dfOf(weights), level);
  });
  return {
    estimates,
    coefficients: kept.map((k): Coefficient => {
      const unit = new Float64Array(p);
      unit[k] = 1;
      const standardError = Math.sqrt(covariance[k * p + k]!);
      return waldCoefficient(terms[k]!.name, coefficients[k]!, standardError, dfOf(unit), level);
    }),
    covariance: kept.map((k) => kept.map((l) => covariance[k * p + l]!)),
    tests: jointTests(frame, coefficients, inference),
    notices: terms.flatMap(({ name }, k): readonly Notice[] =>
      kept.includes(k) ? [] : [notice("coefficient-without-variance", { term: name })],
    ),
  };
}

/** The same answer for the same contrast: an effect without interactions is one of the coefficients. */
function remembering(df: FixedEffectInference["df"]): FixedEffectInference["df"] {
  const known: { readonly contrast: Float64Array; readonly df: number | null }[] = [];
  return (contrast) => {
    const found = known.find((each) => each.contrast.every((weight, k) => weight === contrast[k]));
    if (found !== undefined) return found.df;
    const value = df(contrast);
    if (known.length < 8) known.push({ contrast, df: value });
    return value;
  };
}

function jointTests(frame: Frame, coefficients: Float64Array, inference: FixedEffectInference): readonly JointTest[] {
  const { terms } = frame.design;
  const p = terms.length;
  const test = (names: readonly string[], rows: readonly Float64Array[]): readonly JointTest[] => {
    const contrasts = new Float64Array(rows.length * p);
    rows.forEach((row, k) => {
      contrasts.set(row, k * p);
    });
    const values = Float64Array.from(rows, (row) => contrastValue(coefficients, row));
    const found = inference.test(contrasts, values);
    return found === null ? [] : [{ terms: names, ...found }];
  };
  const effects =
    frame.effects.length > 1
      ? test(
          frame.effects.map(({ term }) => term),
          frame.effects.map(({ weights }) => weights),
        )
      : [];
  const named = new Set(frame.effects.map(({ term }) => terms.find(({ name }) => name === term)?.source));
  const sources = [...new Set(terms.map(({ source }) => source))].filter((source) => !named.has(source));
  return [
    ...effects,
    ...sources.flatMap((source) => {
      const own = terms.flatMap((term, k) => (term.source === source ? [k] : []));
      if (own.length < 2) return [];
      return test(
        own.map((k) => terms[k]!.name),
        own.map((k) => Float64Array.from({ length: p }, (_, l) => (l === k ? 1 : 0))),
      );
    }),
  ];
}

function contrastValue(coefficients: Float64Array, weights: Float64Array): number {
  let value = 0;
  for (let k = 0; k < weights.length; k++) if (weights[k] !== 0) value += weights[k]! * coefficients[k]!;
  return value;
}

/** cᵀVc */
function contrastVariance(covariance: Float64Array, weights: Float64Array): number {
  const p = weights.length;
  let value = 0;
  for (let k = 0; k < p; k++) for (let l = 0; l < p; l++) value += weights[k]! * covariance[k * p + l]! * weights[l]!;
  return value;
}
