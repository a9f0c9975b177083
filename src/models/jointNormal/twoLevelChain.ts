import type { RandomStream } from "../../numerics/random/randomStream.ts";
import { coefficientDraws } from "./drawCoefficients.ts";
import { covarianceDraws } from "./drawCovariances.ts";
import { drawEmptyRows, missingDraws } from "./drawMissing.ts";
import type { TwoLevelPrior, TwoLevelStatistics } from "./twoLevelData.ts";
import { startingState, type TwoLevelState } from "./twoLevelState.ts";

/** What a chain went through, per traced quantity and half of its iterations. */
interface TwoLevelTrace {
  /** Quantities: mean, variance within and variance between clusters of each variable, 3p. */
  readonly quantities: number;
  /** Sums and sums of squares, quantities × halves. */
  readonly sums: Float64Array;
  readonly squares: Float64Array;
  /** Iterations of each half. */
  readonly lengths: readonly [number, number];
}

/** A chain's last state, in which whatever was missing has been drawn. */
export interface TwoLevelDraw {
  readonly state: TwoLevelState;
  readonly trace: TwoLevelTrace;
}

/**
 * One draw from the posterior of a two-level normal model, and of what is missing, by a Gibbs sampler of its own
 * (Schafer & Yucel 2002, J Comput Graph Stat 11, 437-457; latent normal variables: Goldstein et al. 2009, Stat Modelling 9,
 * 173-197):
 *
 *   yᵢ = Bᵀxᵢ + uⱼ + eᵢ,   uⱼ ~ N(0, Ψ),   eᵢ ~ N(0, Σ)
 *
 * per iteration (B, u), Ψ, Σ, then what is missing. Rows that miss nothing, or everything, are not gone through.
 *
 * @param iterations before the values are taken
 */
export function drawTwoLevel(
  statistics: TwoLevelStatistics,
  prior: TwoLevelPrior,
  stream: RandomStream,
  iterations: number,
): TwoLevelDraw {
  const { variables: p } = statistics.data;
  const state = startingState(statistics, prior.betweenScale / prior.betweenDf);
  const drawCoefficients = coefficientDraws(statistics, prior.binaryVariance);
  const drawCovariances = covarianceDraws(statistics, prior);
  const drawMissing = missingDraws(statistics);
  const first = Math.floor(iterations / 2);
  const quantities = 3 * p;
  const sums = new Float64Array(2 * quantities);
  const squares = new Float64Array(2 * quantities);
  for (let t = 0; t < iterations; t++) {
    drawCoefficients(state, stream);
    drawCovariances(state, stream);
    drawMissing(state, stream);
    const half = t < first ? 0 : quantities;
    for (let c = 0; c < p; c++)
      for (let kind = 0; kind < 3; kind++) {
        const value = kind === 0 ? state.coefficients[c]! : (kind === 1 ? state.within : state.between)[c * p + c]!;
        const at = half + kind * p + c;
        sums[at] = sums[at]! + value;
        squares[at] = squares[at]! + value * value;
      }
  }
  drawEmptyRows(statistics, state, stream);
  return { state, trace: { quantities, sums, squares, lengths: [first, iterations - first] } };
}
