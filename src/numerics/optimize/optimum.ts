/** Where a search ended, in one shape for roots, minima on an interval and minima in several dimensions. */
export interface Optimum {
  /** The point found. */
  readonly argument: Float64Array;
  /** The function there. */
  readonly value: number;
  /** The gradient there; null when the search used none. */
  readonly gradient: Float64Array | null;
  readonly iterations: number;
  /** How often the function was called. */
  readonly evaluations: number;
  /** Whether the point meets the tolerance that was asked, or all that rounding lets it meet. */
  readonly converged: boolean;
  /** Why the search ended, in words. */
  readonly reason: string;
}
