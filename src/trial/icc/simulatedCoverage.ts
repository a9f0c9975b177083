import { type Notice, notice } from "../../contract/notice.ts";
import type { EstimatorName, IntervalName } from "./estimator.ts";

/** Least and greatest coverage over the cells of a simulation. */
type Range = readonly [least: number, greatest: number];

type Coverage = Readonly<Partial<Record<IntervalName, { readonly rare: Range; readonly common: Range }>>>;

const ofMeanSquares: Coverage = {
  searle: { rare: [0.78, 0.94], common: [0.92, 0.96] },
  smith: { rare: [0.75, 0.9], common: [0.83, 0.93] },
  swiger: { rare: [0.73, 0.9], common: [0.82, 0.92] },
  fisher: { rare: [0.78, 0.93], common: [0.91, 0.96] },
  "zou-donner": { rare: [0.89, 1], common: [0.91, 1] },
  "bootstrap-t": { rare: [0.86, 0.93], common: [0.88, 0.95] },
};

/**
 * What docs/simulation/icc-binary.md finds for nominal 95 % intervals of yes-or-no outcomes, by the prevalence of its
 * cells; rounded outwards to two decimals. Its arms are alike, so that anova about one mean is taken to do as well as
 * about two.
 */
export const simulatedCoverage: Readonly<Partial<Record<EstimatorName, Coverage>>> = {
  "anova-within-arm": ofMeanSquares,
  anova: ofMeanSquares,
  "fleiss-cuzick": {
    "zou-donner": { rare: [0.79, 1], common: [0.83, 1] },
    "bootstrap-t": { rare: [0.8, 0.88], common: [0.86, 0.95] },
  },
  pearson: {
    "zou-donner": { rare: [0.75, 1], common: [0.77, 1] },
    "bootstrap-t": { rare: [0.78, 0.87], common: [0.84, 0.93] },
  },
  reml: {
    profile: { rare: [0.75, 0.99], common: [0.84, 1] },
  },
  proportion: {
    profile: { rare: [0.91, 1], common: [0.85, 1] },
  },
  latent: {
    profile: { rare: [0.91, 1], common: [0.86, 1] },
  },
  "rate-k": {
    searle: { rare: [0.78, 0.93], common: [0.92, 0.95] },
    "bootstrap-t": { rare: [0.84, 0.92], common: [0.89, 0.95] },
  },
};

/** Events, or others, rarer than this are judged by the cells of prevalence 0.1, the rest by those of 0.3. */
const RARE = 0.2;
/** Least coverage that needs no word: four Monte Carlo standard errors below 0.95. */
const ENOUGH = 0.92;

/** Says so where an interval of a yes-or-no outcome covered less than it claims, by events per participant. */
export function coverageNotices(
  estimator: EstimatorName,
  interval: IntervalName | null,
  proportion: number | null,
): readonly Notice[] {
  const found = interval === null ? undefined : simulatedCoverage[estimator]?.[interval];
  if (found === undefined || interval === null || proportion === null) return [];
  const [least, greatest] = Math.min(proportion, 1 - proportion) < RARE ? found.rare : found.common;
  return least < ENOUGH ? [notice("interval-covers-less", { interval, estimator, least, greatest })] : [];
}
