/** What was missing where a derived column has no value. */
export interface Absence {
  /** Index into `names` per row; −1 where the value is there. */
  readonly of: Int32Array;
  readonly names: readonly string[];
}

/** A column of numbers; NaN marks a missing cell. */
export interface NumberColumn {
  readonly kind: "number";
  readonly name: string;
  readonly values: Float64Array;
  /** Of a column derived from others: which of these was missing. */
  readonly absence?: Absence;
}

/** A column of words; code −1 marks a missing cell. */
export interface TextColumn {
  readonly kind: "text";
  readonly name: string;
  /** Index into `levels` per row; length = rows of the table. */
  readonly codes: Int32Array;
  /** Distinct values in natural sorted order. */
  readonly levels: readonly string[];
  /** The first cell that is not a number in a column that otherwise has numbers, and the line where it stands; null for a column of words only. */
  readonly mixed: { readonly line: number; readonly cell: string } | null;
}

export type Column = NumberColumn | TextColumn;

/** Typed columns of equal length: what every reader makes and every analysis starts from. */
export interface Table {
  /** File name or "data", for messages. */
  readonly source: string;
  readonly rows: number;
  readonly columns: ReadonlyMap<string, Column>;
  /** Line of the source on which a row began (header is line 1); null when the table did not come from a file. */
  readonly lines: Int32Array | null;
}
