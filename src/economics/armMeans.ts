import type { Estimate } from "../contract/estimate.ts";
import type { Frame } from "../data/frame.ts";

/** Mean cost and mean effect per participant of every arm as they were observed, without covariates. */
export function armMeans({ outcome, further, arm, cluster }: Frame): readonly Estimate[] {
  const { levels, ofCluster } = arm!;
  const named = [
    ["mean-cost", outcome],
    ["mean-effect", further[0]!.outcome],
  ] as const;
  return named.flatMap(([name, { values, name: unit }]) =>
    levels.map((level, k): Estimate => {
      const origin = values[0]!;
      let sum = 0;
      let count = 0;
      for (let i = 0; i < values.length; i++) {
        if (ofCluster[cluster.codes[i]!] !== k) continue;
        sum += values[i]! - origin;
        count += 1;
      }
      return {
        quantity: { term: `${name}[${level}]`, measure: "mean", scale: "identity", unit },
        value: origin + sum / count,
        working: null,
        interval: null,
        test: null,
      };
    }),
  );
}
