import type { FixedEffectInference } from "../fixedEffectInference.ts";
import { hotellingTest } from "./hotelling.ts";
import type { SandwichVariance } from "./sandwichVariance.ts";
import { satterthwaite } from "./satterthwaite.ts";

/** Satterthwaite degrees of freedom under the target, contrast by contrast; several at once by Hotelling's T² (HTZ). */
export function sandwichInference(variance: SandwichVariance): FixedEffectInference {
  // An effect is usually one of the coefficients, and asked for more than once.
  const known = new Map<string, number>();
  return {
    covariance: variance.covariance,
    df: (contrast) => {
      const key = contrast.join();
      const df = known.get(key) ?? satterthwaite(variance, contrast);
      known.set(key, df);
      return df;
    },
    test: (contrasts, values) => {
      const test = hotellingTest(variance, contrasts, values);
      if (test === null) return null;
      return { statistic: test.statistic, reference: { name: "F", df: test.df }, pValue: test.pValue };
    },
  };
}
