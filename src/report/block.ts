/** A piece of a report, before anybody decides how it looks. */
export type Block = Heading | Line | Table;

export interface Heading {
  readonly kind: "heading";
  readonly text: string;
}

/** One thing said; `label` is the word it is found by. */
export interface Line {
  readonly kind: "line";
  readonly label: string;
  readonly text: string;
}

export interface Table {
  readonly kind: "table";
  /** First column is words, the others are numbers unless `words` names them. */
  readonly header: readonly string[];
  readonly rows: readonly (readonly string[])[];
  /** Columns, besides the first, that hold words: they stand on the left. */
  readonly words?: readonly number[];
}

export const heading = (text: string): Heading => ({ kind: "heading", text });
export const line = (label: string, text: string): Line => ({ kind: "line", label, text });
export const table = (
  header: readonly string[],
  rows: readonly (readonly string[])[],
  words: readonly number[] = [],
): Table => ({ kind: "table", header, rows, words });
