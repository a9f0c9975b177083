import type { Replicates } from "../replicates/replicates.ts";
import { flippedBy, type WildDraws } from "./wildDraws.ts";
import type { WildStatistic } from "./wildStatistic.ts";

/** Replicates of a Gray code between two that are computed anew, so that rounding neither grows nor depends on portions. */
const BLOCK = 1024;

/** Every statistic of every vector of weights, the statistics of one vector side by side. */
export function wildReplicates(draws: WildDraws, statistics: readonly WildStatistic[]): Replicates {
  const width = statistics.reduce((sum, statistic) => sum + statistic.width, 0);
  return {
    count: draws.count,
    width,
    run(from, to, out) {
      const weights = new Float64Array(draws.clusters);
      const before = new Float64Array(width);
      const start = draws.gray ? from - (from % BLOCK) : from;
      for (let k = start; k < to; k++) {
        draws.fill(k, weights);
        const into = k < from ? before : out;
        let at = k < from ? 0 : (k - from) * width;
        for (const statistic of statistics) {
          if (draws.gray && k % BLOCK !== 0) statistic.flip(flippedBy(k), weights, into, at);
          else statistic.write(weights, into, at);
          at += statistic.width;
        }
      }
    },
  };
}
