import type { FixedEffectInference } from "../fixedEffectInference.ts";
import { hotellingTest } from "./hotelling.ts";
import type { SandwichVariance } from "./sandwichVariance.ts";
import { satterthwaite } from "./satterthwaite.ts";

/** Satterthwaite degrees of freedom under the target, contrast by contrast; several at once by Hotelling's T² (HTZ). */
export function sandwichInference(variance: SandwichVariance): FixedEffectInference {
  return {
    covariance: variance.covariance,
    df: (contrast) => satterthwaite(variance, contrast),
    test: (contrasts, values) => {
      const test = hotellingTest(variance, contrasts, values);
      if (test === null) return null;
      return { statistic: test.statistic, reference: { name: "F", df: test.df }, pValue: test.pValue };
    },
  };
}
