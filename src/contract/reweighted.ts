/**
 * The effects of a method as functions of how often each cluster counts: what a bootstrap of clusters and leaving one
 * cluster out ask of it. Built once from the data; each answer then costs no pass over the rows.
 */
export interface Reweighted {
  /** Number of effects E, in the order of the method's estimates. */
  readonly effects: number;
  /**
   * Writes the effects and after them their standard errors, both on the working scale (`Estimate.working`), to `out` of
   * length 2E when cluster j counts `multiplicity[j]` ≥ 0 times, each time as a cluster of its own. False when they cannot
   * be estimated so, null when only the rows themselves can tell.
   *
   * @param standardErrors false where nobody will read them: they may then be NaN, which is often much faster; default true
   */
  estimate(multiplicity: Int32Array, out: Float64Array, standardErrors?: boolean): boolean | null;
  /**
   * The effects alone when one cluster does not count, with whatever a search would have to find (ratios of variances) held
   * as it is for all of them: within microseconds, exact where there is no search. null where there is no such short way.
   */
  readonly nearlyWithout: ((cluster: number, out: Float64Array) => boolean) | null;
}
