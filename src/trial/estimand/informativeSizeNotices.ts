import type { Measure } from "../../contract/estimate.ts";
import { type Notice, notice } from "../../contract/notice.ts";
import { DesignProblem } from "../../contract/problem.ts";
import type { Frame } from "../../data/frame.ts";
import { outcomeMeasures } from "../effect/outcomeMeasures.ts";
import { armAverages, contrast, scaleOf, sizeGap } from "./informativeSize.ts";

/** Level of the test behind the notice. */
const SIGNIFICANT = 0.05;
/** No t statistic below this is significant at 0.05, whatever its degrees of freedom. */
const LEAST_STATISTIC = 1.95;

/**
 * A notice for methods that average neither over participants nor over clusters but weigh clusters by their precision:
 * where the test of `informativeSize` finds the two averages apart (P < 0.05), the choice between them matters. None
 * where that cannot be tested (equal sizes, too few clusters, no arms, an offset). One pass over the rows.
 *
 * @param measure of the result; a measure that averages do not have ("coefficient") is taken for the difference
 */
export function informativeSizeNotices(frame: Frame, measure: Measure): readonly Notice[] {
  const { arm, cluster, offset, outcome } = frame;
  if (arm === null || offset !== null) return [];
  const plain = frame.weights === null && (outcome.kind === "continuous" || outcome.kind === "binary");
  if (plain && cluster.sizes.every((size) => size === cluster.sizes[0])) return [];
  const possible: readonly Measure[] = outcomeMeasures[outcome.kind];
  const own = possible.includes(measure) ? measure : possible[0]!;
  const averages = armAverages(frame, arm, scaleOf(own), own);
  if (averages instanceof DesignProblem) return [];
  return averages.slice(1).flatMap((each, k): readonly Notice[] => {
    const { gap, standardError, df } = contrast(averages[0]!, each);
    if (!(standardError > 0) || !(df >= 1) || Math.abs(gap) < LEAST_STATISTIC * standardError) return [];
    const found = sizeGap(frame, arm, averages[0]!, each, k + 1, own, 1 - SIGNIFICANT);
    const pValue = found.gap.test!.pValue;
    if (pValue >= SIGNIFICANT) return [];
    const { lower, upper } = found.gap.interval!;
    const { term, participantAverage, clusterAverage } = found;
    return [
      notice("informative-cluster-size", {
        term,
        measure: own,
        participantAverage,
        clusterAverage,
        gap: found.gap.value,
        lower,
        upper,
        pValue,
      }),
    ];
  });
}
