/** One column of the design matrix, that is one coefficient. */
export interface Term {
  /** "intercept", "age", "region[Cornwall]", "arm[intervention]:age". */
  readonly name: string;
  /** The entry of the plan it codes: "region", "arm:age", the arm's column, "intercept"; terms of one source are tested jointly. */
  readonly source: string;
  /** "arm" for whatever involves the arm: its indicators and its interactions. Without these terms the design is that of no difference between arms. */
  readonly role: "intercept" | "arm" | "covariate";
  /** Does it vary within some cluster? Decides between–within degrees of freedom. */
  readonly variesWithinClusters: boolean;
}

/** Columns evaluated block by block, so that no n × p matrix is ever held. */
export interface ColumnSource {
  readonly rows: number;
  readonly width: number;
  /**
   * Writes rows from … to − 1 into `out`, row-major: out[(i − from) · stride + offset + k] is column k of row i.
   * `stride` ≥ offset + width. No allocation.
   */
  fill(from: number, to: number, out: Float64Array, stride: number, offset: number): void;
}

/** The fixed-effects design X: intercept first, then arm, then covariates as listed. */
export interface Design extends ColumnSource {
  readonly terms: readonly Term[];
  /** The same columns had every row that level (its index, reference 0) of what the frame compares, all else as it is. */
  under(level: number): ColumnSource;
}
