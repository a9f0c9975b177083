import { type Notice, notice } from "../contract/notice.ts";
import { poolVectors } from "../inference/pooling/poolVectors.ts";
import { meanOf, poolRubin } from "../inference/pooling/rubin.ts";
import type { Increment, JointCoefficients, JointFit } from "./jointFit.ts";

/**
 * Increments from m completed data sets as one fit, so that everything that follows from increments follows from the
 * pooled ones: Rubin's rules on the vector of costs and effects, T = Ū + (1 + 1/m) B with both covariances, and for a
 * linear combination (a net benefit) Barnard and Rubin's degrees of freedom from its own Ū and B.
 *
 * @param fits of the completed data sets, m ≥ 2, alike in everything but their numbers
 */
export function poolJointFits(fits: readonly JointFit[]): JointFit {
  const first = fits[0]!;
  const m = fits.length;
  const vectors = fits.map(({ increments }) =>
    Float64Array.from(increments.flatMap(({ cost, effect }) => [cost, effect])),
  );
  const { values, total } = poolVectors(
    vectors,
    fits.map(({ covariance }) => covariance),
  );
  const n = values.length;
  const combine = (weights: Float64Array) => {
    const completeDfs = fits.map((fit) => fit.df(weights));
    return {
      completeDf: completeDfs.some((df) => df === null) ? null : meanOf(completeDfs.map((df) => df!)),
      values: vectors.map((vector) => vector.reduce((sum, value, k) => sum + weights[k]! * value, 0)),
      variances: fits.map(({ covariance }) => {
        let variance = 0;
        for (let k = 0; k < n; k++)
          for (let l = 0; l < n; l++) variance += weights[k]! * covariance[k * n + l]! * weights[l]!;
        return variance;
      }),
    };
  };
  const pool = (weights: Float64Array) => {
    const { values: own, variances, completeDf } = combine(weights);
    return { ...poolRubin(own, variances, completeDf), completeDf };
  };
  const information = first.increments.flatMap((_, a) =>
    ["incremental-cost", "incremental-effect"].map((term, which): Notice => {
      const { missingInformation, efficiency, df, completeDf } = pool(
        Float64Array.from({ length: n }, (_, k) => (k === 2 * a + which ? 1 : 0)),
      );
      const name = first.increments.length > 1 ? `${term} ${a + 1}` : term;
      return notice("missing-information", {
        term: name,
        fraction: missingInformation,
        efficiency,
        imputations: m,
        df,
        completeDf,
      });
    }),
  );
  return {
    ...first,
    increments: first.increments.map((_, a): Increment => ({ cost: values[2 * a]!, effect: values[2 * a + 1]! })),
    covariance: total,
    df: (weights) => pool(weights).df,
    coefficients: poolCoefficients(fits.map(({ coefficients }) => coefficients)),
    variances: first.variances.map((component, at) => {
      const variance = meanOf(fits.map(({ variances }) => variances[at]!.variance));
      return {
        ...component,
        variance,
        standardDeviation: component.with === null && variance >= 0 ? Math.sqrt(variance) : null,
        correlation:
          component.with === null ? null : meanOf(fits.map(({ variances }) => variances[at]!.correlation ?? 0)),
        interval: null,
      };
    }),
    // Likelihoods and iterations are those of one data set.
    summary: {},
    notices: [...information, ...first.notices],
  };
}

function poolCoefficients(found: readonly (JointCoefficients | null)[]): JointCoefficients | null {
  const present = found.flatMap((each) => (each === null ? [] : [each]));
  if (present.length < found.length) return null;
  const { terms } = present[0]!;
  const p = terms.length;
  const { values, total } = poolVectors(
    present.map((each) => each.values),
    present.map((each) => each.covariance),
  );
  return {
    terms,
    values,
    covariance: total,
    df: terms.map((_, k) => {
      const dfs = present.map(({ df }) => df[k]!);
      return poolRubin(
        present.map((each) => each.values[k]!),
        present.map((each) => each.covariance[k * p + k]!),
        dfs.some((df) => df === null) ? null : meanOf(dfs),
      ).df;
    }),
  };
}
