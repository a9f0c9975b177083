import type { FixedEffectTest } from "../../inference/fixedEffectInference.ts";
import type { MeanScale } from "./meanScale.ts";

/** Marginal means of the arms, control first, and how contrasts of them are judged. */
export interface ArmMeans {
  readonly means: Float64Array;
  /** Of T(mean), T the scale's transformation. */
  on(scale: MeanScale): ArmInference;
}

/** Contrasts have one weight per arm. */
export interface ArmInference {
  /** 0 when the contrast has no variance but rounding. */
  standardError(contrast: Float64Array): number;
  /** Degrees of freedom of t; null for the normal reference. */
  df(contrast: Float64Array): number | null;
  /** Several contrasts (q × arms) at once, of these values; null when no degrees of freedom are left. */
  test(contrasts: Float64Array, values: Float64Array): FixedEffectTest | null;
}
