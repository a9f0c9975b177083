import type { Arm } from "../data/frame.ts";
import { sandwich } from "../numerics/matrix/product.ts";
import type { JointCoefficients, JointData, JointEquation, JointFit } from "./jointFit.ts";

/** Coefficients of both equations, those of cost first, and how contrasts of them are judged; p = p₁ + p₂. */
interface JointlyEstimated {
  readonly coefficients: Float64Array;
  /** p × p */
  readonly covariance: Float64Array;
  /** Degrees of freedom of a contrast of length p; null for the normal. */
  df(contrast: Float64Array): number | null;
}

/** Increments of every arm as contrasts of the coefficients of both equations, in the order of the record. */
export function jointIncrements(
  { cost, effect, arm }: Pick<JointData, "cost" | "effect" | "arm">,
  { coefficients, covariance, df }: JointlyEstimated,
): Pick<JointFit, "increments" | "covariance" | "df" | "coefficients"> {
  const p = coefficients.length;
  const arms = arm.levels.length - 1;
  const contrasts = contrastsOf(cost, effect, arm, p);
  const rows = 2 * arms;
  const values = Float64Array.from({ length: rows }, (_, r) => {
    let value = 0;
    for (let k = 0; k < p; k++) value += contrasts[r * p + k]! * coefficients[k]!;
    return value;
  });
  const spread = new Float64Array(rows * rows);
  sandwich(contrasts, covariance, rows, p, spread);
  return {
    increments: Array.from({ length: arms }, (_, a) => ({ cost: values[2 * a]!, effect: values[2 * a + 1]! })),
    covariance: spread,
    df: (weights) => {
      const contrast = new Float64Array(p);
      for (let r = 0; r < rows; r++) for (let k = 0; k < p; k++) contrast[k]! += weights[r]! * contrasts[r * p + k]!;
      return df(contrast);
    },
    coefficients: coefficientsOf(cost, effect, { coefficients, covariance, df }),
  };
}

function contrastsOf(cost: JointEquation, effect: JointEquation, arm: Arm, p: number): Float64Array {
  const out = new Float64Array(2 * (arm.levels.length - 1) * p);
  [cost, effect].forEach(({ increments }, k) => {
    increments.forEach((weights, a) => {
      out.set(weights, (2 * a + k) * p + k * cost.design.terms.length);
    });
  });
  return out;
}

function coefficientsOf(
  cost: JointEquation,
  effect: JointEquation,
  { coefficients, covariance, df }: JointlyEstimated,
): JointCoefficients {
  const terms = [cost, effect].flatMap(({ name, design }) => design.terms.map((term) => `${name}:${term.name}`));
  return {
    terms,
    values: coefficients,
    covariance,
    df: terms.map((_, k) => df(Float64Array.from(terms, (__, l) => (l === k ? 1 : 0)))),
  };
}

/**
 * Degrees of freedom of t by counting: J − the coefficients constant within clusters, of whichever equation that enters
 * the contrast has more of them.
 */
export function clusterDf({ cost, effect, cluster }: Pick<JointData, "cost" | "effect" | "cluster">) {
  const clusters = cluster.labels.length;
  const p = cost.design.terms.length;
  const left = [cost, effect].map(
    ({ design }) => clusters - design.terms.filter((term) => !term.variesWithinClusters).length,
  );
  return (contrast: Float64Array): number => {
    const enters = [contrast.subarray(0, p), contrast.subarray(p)].map((part) => part.some((weight) => weight !== 0));
    return Math.min(...left.filter((_, k) => enters[k]));
  };
}
