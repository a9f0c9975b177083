/** Where in the data something stands. */
export type Place = {
  /** File name, or "data". */
  source: string;
  /** Line of the file, the header being line 1; null when the data did not come from a file. */
  line: number | null;
  /** Row of the table, the first being 1; null when only the line is known. */
  row: number | null;
};

/** "trial.csv line 12", or "data row 11". */
export const sayPlace = ({ source, line, row }: Place): string =>
  line !== null ? `${source} line ${line}` : row !== null ? `${source} row ${row}` : source;
