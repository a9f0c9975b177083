import { type CsvOptions, csvReader } from "./csvReader.ts";
import type { Table } from "./table.ts";

const sliceLength = 1 << 16;

/**
 * A table from the text of a CSV file. Columns in which every cell is a number or missing become numbers, the others
 * text.
 *
 * @throws InputProblem with file and line: `csv-empty`, `csv-no-rows`, `csv-delimiter`, `csv-header-empty`,
 *   `csv-header-twice`, `csv-header-numbers`, `csv-ragged`, `csv-quote-open`, `csv-quote-stray`, `csv-encoding`.
 */
export function readCsvText(text: string, options: CsvOptions = {}): Table {
  const reader = csvReader(options);
  const encoder = textEncoder();
  for (let from = 0; from < text.length; from += sliceLength)
    reader.push(encoder(text.slice(from, from + sliceLength)));
  return reader.finish();
}

/**
 * A table from a stream of text or bytes, read as it comes: memory is that of the typed columns.
 *
 * @throws InputProblem as `readCsvText`.
 */
export async function readCsvStream(
  stream: ReadableStream<string | Uint8Array> | AsyncIterable<string | Uint8Array>,
  options: CsvOptions = {},
): Promise<Table> {
  const reader = csvReader(options);
  const encoder = textEncoder();
  for await (const chunk of chunksOf(stream)) reader.push(typeof chunk === "string" ? encoder(chunk) : chunk);
  return reader.finish();
}

// Not every browser's ReadableStream is iterable.
async function* chunksOf<T>(stream: ReadableStream<T> | AsyncIterable<T>): AsyncIterable<T> {
  if (!("getReader" in stream)) {
    yield* stream;
    return;
  }
  const reader = stream.getReader();
  try {
    for (let next = await reader.read(); !next.done; next = await reader.read()) yield next.value;
  } finally {
    await reader.cancel();
  }
}

/** Encodes pieces of one text; a surrogate pair that was cut waits for its second half. */
function textEncoder(): (piece: string) => Uint8Array {
  const encoder = new TextEncoder();
  let held = "";
  return (piece) => {
    const text = held + piece;
    const last = text.charCodeAt(text.length - 1);
    held = last >= 0xd800 && last <= 0xdbff ? text.slice(-1) : "";
    return encoder.encode(held === "" ? text : text.slice(0, -1));
  };
}
