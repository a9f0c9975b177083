import type { ClusterCells } from "./clusterCells.ts";

/**
 * The log-likelihood ℓ of cells given their predictors η, and its derivatives in η and in a, the log of the dispersion:
 * first[i] = ∂ℓ/∂η, …, dispersion1[i] = ∂²ℓ/∂a∂η, dispersionTwice2[i] = ∂⁴ℓ/∂a²∂η².
 */
export interface Jet {
  readonly value: Float64Array;
  readonly first: Float64Array;
  readonly second: Float64Array;
  readonly third: Float64Array;
  readonly fourth: Float64Array;
  readonly dispersion: Float64Array;
  readonly dispersion1: Float64Array;
  readonly dispersion2: Float64Array;
  readonly dispersion3: Float64Array;
  readonly dispersionTwice: Float64Array;
  readonly dispersionTwice1: Float64Array;
  readonly dispersionTwice2: Float64Array;
}

/**
 * How much of a jet is wanted. "slope": ∂ℓ/∂η and its derivative. "node": the value as well, and first and second
 * derivatives in (η, a). "mode": everything.
 */
export type JetPart = "slope" | "node" | "mode";

/** A conditional distribution of outcomes given the random effects, as a value: the likelihood never asks its name. */
export interface ConditionalDensity {
  /** Has it a dispersion parameter? */
  readonly dispersed: boolean;
  /** Is it the Poisson distribution at one end of its dispersion, so that the estimate may lie there? */
  readonly poissonLimit?: true;
  /** Predictor of the overall mean, where a search starts. */
  overall(cells: ClusterCells): number;
  /** Has every cluster a single trial, so that nothing tells it from its cluster? Absent for counts, whose variance does. */
  ofSingleTrials?(cells: ClusterCells): boolean;
  /** Are the trials of every cluster all events or none? Then the likelihood rises with their variance without end. */
  decidedByClusters?(cells: ClusterCells): boolean;
  /**
   * Can ℓ of a cell be raised for ever by raising (lowering) its predictor? So it is where all (none) of the trials are
   * events; a direction in which no cell loses and some gain without end is a separation.
   */
  risesForEver(cells: ClusterCells, cell: number): boolean;
  fallsForEver(cells: ClusterCells, cell: number): boolean;
  /** Writes the jets of cells from … to − 1 at predictors eta[0 … to − from − 1] into places 0 …; allocates nothing. */
  fill(
    part: JetPart,
    cells: ClusterCells,
    from: number,
    to: number,
    eta: Float64Array,
    logDispersion: number,
    out: Jet,
  ): void;
  /**
   * The same at predictors eta + shift, given growth = exp(eta), for cells without dispersion whose mean goes by the
   * exponential: one exponential serves all places. Returns the sum of the values (0 for "slope") instead of writing them.
   * |eta + shift| < 600.
   */
  shifted?(
    part: JetPart,
    cells: ClusterCells,
    from: number,
    to: number,
    eta: Float64Array,
    growth: Float64Array,
    shift: number,
    out: Jet,
  ): number;
  /** What depends on the counts and a alone: [value, ∂/∂a, ∂²/∂a²] added to the log-likelihood. */
  ofCounts(cells: ClusterCells, logDispersion: number): readonly [number, number, number];
}

/** Room for the jets of n cells. */
export function jetOf(n: number, dispersed: boolean): Jet {
  const room = (needed: boolean) => new Float64Array(needed ? n : 0);
  return {
    value: room(true),
    first: room(true),
    second: room(true),
    third: room(true),
    fourth: room(true),
    dispersion: room(dispersed),
    dispersion1: room(dispersed),
    dispersion2: room(dispersed),
    dispersion3: room(dispersed),
    dispersionTwice: room(dispersed),
    dispersionTwice1: room(dispersed),
    dispersionTwice2: room(dispersed),
  };
}

export const nothingOfCounts: readonly [number, number, number] = [0, 0, 0];
