/** Rows sorted into groups: clusters, participants within clusters, strata. */
export interface Grouping {
  /** Column(s) that name it: "practice", "practice/id". */
  readonly name: string;
  /** Label per group, in natural sorted order ("2" before "10"). */
  readonly labels: readonly string[];
  /** Group per analysed row, 0 … labels.length − 1, every code used. */
  readonly codes: Int32Array;
  /** Rows per group. */
  readonly sizes: Int32Array;
}
