import type { Place } from "../../contract/place.ts";

/** A column of numbers with a row per participant; NaN marks a missing value. */
export interface ParticipantColumn {
  readonly name: string;
  readonly values: Float64Array;
  /** Where a row (0, 1, …) stands, for messages; default row i + 1 of "data". */
  readonly placeOf?: (row: number) => Place;
}

/** Column and place of a row, for messages. */
export const cellOf = ({ name, values, placeOf }: ParticipantColumn, row: number) => ({
  ...(placeOf?.(row) ?? { source: "data", line: null, row: row + 1 }),
  column: name,
  cell: String(values[row]!),
});
