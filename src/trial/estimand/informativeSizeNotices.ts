import type { Measure } from "../../contract/estimate.ts";
import { type Notice, notice } from "../../contract/notice.ts";
import { DesignProblem } from "../../contract/problem.ts";
import type { Frame } from "../../data/frame.ts";
import { type OutcomeMeasure, outcomeMeasures } from "../effect/outcomeMeasures.ts";
import { informativeSize } from "./informativeSize.ts";
import { gapOf, sizeAverages } from "./sizeAverages.ts";

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
  const { arm, cluster, offset, outcome, participant, weights } = frame;
  if (arm === null || offset !== null) return [];
  const rowsAreSizes =
    weights === null && participant === null && (outcome.kind === "continuous" || outcome.kind === "binary");
  if (rowsAreSizes && cluster.sizes.every((size) => size === cluster.sizes[0])) return [];
  const possible: readonly OutcomeMeasure[] = outcomeMeasures[outcome.kind];
  const own = possible.find((each) => each === measure) ?? possible[0]!;
  const averages = sizeAverages(frame, arm, own);
  if (averages instanceof DesignProblem) return [];
  const apart = averages.slice(1).some((each) => {
    const { gap, standardError, df } = gapOf(averages[0]!, each);
    return standardError > 0 && df >= 1 && Math.abs(gap) > LEAST_STATISTIC * standardError;
  });
  if (!apart) return [];
  try {
    return informativeSize(frame, own, 1 - SIGNIFICANT).flatMap(
      ({ term, participantAverage, clusterAverage, gap }): readonly Notice[] => {
        const { pValue } = gap.test!;
        if (pValue >= SIGNIFICANT) return [];
        const { lower, upper } = gap.interval!;
        const facts = { term, measure: own, participantAverage, clusterAverage, gap: gap.value, lower, upper, pValue };
        return [notice("informative-cluster-size", facts)];
      },
    );
  } catch (problem) {
    // One of several arms does not vary: its gap has no test, and a notice is no place to refuse.
    if (problem instanceof DesignProblem) return [];
    throw problem;
  }
}
