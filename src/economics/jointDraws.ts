import type { Replicates } from "../inference/replicates/replicates.ts";
import { chiSquared } from "../numerics/distributions/index.ts";
import { symmetricPower } from "../numerics/matrix/power.ts";
import { randomStream } from "../numerics/random/randomStream.ts";
import type { JointFit } from "./jointFit.ts";

/**
 * Draws of the increments from the distribution that a model implies for them: normal about the estimates with their
 * covariance, or with few clusters the multivariate t with the smallest degrees of freedom of any increment. Replicate k
 * draws from stream k of the seed.
 */
export function jointDraws(fit: JointFit, draws: number, seed: number): Replicates {
  const centre = Float64Array.from(fit.increments.flatMap(({ cost, effect }) => [cost, effect]));
  const n = centre.length;
  const df = smallestDf(fit);
  const spread = Float64Array.from(centre, (_, k) => Math.sqrt(fit.covariance[k * n + k]!));
  // Costs and effects differ by orders of magnitude: the root is taken of their correlations.
  const root = new Float64Array(n * n);
  const correlation = fit.covariance.map((value, e) => {
    const scale = spread[Math.floor(e / n)]! * spread[e % n]!;
    return scale > 0 ? value / scale : 0;
  });
  symmetricPower(correlation, n, 0.5, root);
  return {
    count: draws,
    width: n,
    run(from, to, out) {
      const normals = new Float64Array(n);
      const stream = randomStream(seed);
      for (let k = from; k < to; k++) {
        stream.restart(k);
        for (let a = 0; a < n; a++) normals[a] = stream.normal();
        const stretch = df === null ? 1 : Math.sqrt(df / chiSquared.quantile(stream.uniform(), df));
        for (let a = 0; a < n; a++) {
          let value = 0;
          for (let b = 0; b < n; b++) value += root[a * n + b]! * normals[b]!;
          out[(k - from) * n + a] = centre[a]! + stretch * spread[a]! * value;
        }
      }
    },
  };
}

/** null when all references are normal. */
function smallestDf({ increments, df }: JointFit): number | null {
  const n = 2 * increments.length;
  const all = Array.from({ length: n }, (_, k) => df(Float64Array.from({ length: n }, (_, l) => (l === k ? 1 : 0))));
  const finite = all.filter((each) => each !== null);
  return finite.length === 0 ? null : Math.min(...finite);
}
