import { InputProblem } from "../contract/problem.ts";
import { parseNumber } from "./parseNumber.ts";

export type Delimiter = "," | ";" | "\t";

const delimiters: readonly Delimiter[] = [",", ";", "\t"];

/**
 * The delimiter that the header uses outside quotes; a comma when it has none (one column); null when `bytes` are
 * empty lines.
 *
 * @throws InputProblem `csv-delimiter` when it has more than one kind.
 */
export function detectDelimiter(bytes: Uint8Array, source: string, line: number): Delimiter | null {
  const found = new Set<Delimiter>();
  let quoted = false;
  // Empty lines may come before the header.
  let begun = false;
  for (const byte of bytes) {
    const ends = !quoted && (byte === 10 || byte === 13);
    if (ends && begun) break;
    begun ||= byte > 32;
    if (byte === 34) quoted = !quoted;
    const delimiter = quoted ? undefined : delimiters.find((each) => each.charCodeAt(0) === byte);
    if (delimiter !== undefined) found.add(delimiter);
  }
  if (found.size > 1) {
    throw new InputProblem("csv-delimiter", {
      source,
      line,
      found: [...found].map((d) => (d === "\t" ? "tab" : `"${d}"`)),
    });
  }
  return begun ? ([...found][0] ?? ",") : null;
}

/**
 * Column names as the header gives them, trimmed.
 *
 * @throws InputProblem `csv-header-empty`, `csv-header-twice`, `csv-header-numbers`.
 */
export function headerNames(cells: readonly string[], source: string, line: number): readonly string[] {
  const names = cells.map((cell) => cell.trim());
  names.forEach((name, k) => {
    if (name === "")
      throw new InputProblem("csv-header-empty", { source, line, position: k + 1, columns: names.length });
    const first = names.indexOf(name);
    if (first < k)
      throw new InputProblem("csv-header-twice", { source, line, column: name, first: first + 1, second: k + 1 });
  });
  if (names.every((name) => !Number.isNaN(parseNumber(name))))
    throw new InputProblem("csv-header-numbers", { source, line });
  return names;
}
