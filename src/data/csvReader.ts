import { parse } from "csv-parse/browser/esm/sync";
import { Defect, InputProblem } from "../contract/problem.ts";
import { type ColumnBuilder, columnBuilder } from "./columnBuilder.ts";
import { type Delimiter, detectDelimiter, headerNames } from "./csvHeader.ts";
import { growableInt32 } from "./growable.ts";
import { recordScanner } from "./recordScanner.ts";
import type { Table } from "./table.ts";
import { defaultMissingCodes } from "./tableFromColumns.ts";

export interface CsvOptions {
  /** Name for messages; default "data", or the file's name. */
  readonly source?: string;
  /** Cells that stand for a missing value, compared after trimming; default "" and "NA". */
  readonly missingCodes?: readonly string[];
  /** Default: the one of comma, semicolon and tab that the header has. */
  readonly delimiter?: Delimiter;
}

/** A table in the making from the bytes of a CSV file, in pieces of any length. */
export interface CsvReader {
  push(bytes: Uint8Array): void;
  finish(): Table;
}

/** Longest record; anything longer is a quote that nobody closed, or no CSV at all. */
const longestRecord = 1 << 24;

/**
 * Reads CSV (RFC 4180, UTF-8 with or without a byte order mark, any line ending) into typed columns without keeping the
 * text. Cells are trimmed; empty lines are skipped.
 *
 * The bytes are cut between records and each piece goes to csv-parse, whose synchronous browser build needs neither
 * streams nor Node.
 */
export function csvReader(options: CsvOptions = {}): CsvReader {
  const source = options.source ?? "data";
  const missingCodes = new Set(options.missingCodes ?? defaultMissingCodes);
  const decoder = new TextDecoder("utf-8", { fatal: true });
  const scanner = recordScanner();
  const lines = growableInt32();
  let delimiter = options.delimiter ?? null;
  let builders: readonly ColumnBuilder[] | null = null;
  let names: readonly string[] = [];
  let pending = new Uint8Array(0);
  let atStart = true;

  const addRecord = (cells: readonly string[], line: number): void => {
    if (cells.length === 1 && cells[0]!.trim() === "") return;
    if (builders === null) {
      names = headerNames(cells, source, line);
      builders = names.map((name) => columnBuilder(name, missingCodes));
      return;
    }
    if (cells.length !== builders.length) {
      throw new InputProblem("csv-ragged", {
        source,
        line,
        cells: cells.length,
        columns: builders.length,
        delimiter: delimiter === "\t" ? "tab" : delimiter!,
      });
    }
    for (let k = 0; k < builders.length; k++) builders[k]!.addCell(cells[k]!, line);
    lines.push(line);
  };

  const consume = (final: boolean): void => {
    const firstLine = scanner.line;
    const begins: number[] = [];
    const end = scanner.scan(pending, final, (line) => begins.push(line));
    if ((final && scanner.quoted) || pending.length - end > longestRecord) {
      throw new InputProblem("csv-quote-open", { source, line: scanner.line });
    }
    if (begins.length === 0) {
      pending = pending.slice(end);
      return;
    }
    const complete = pending.subarray(0, end);
    delimiter ??= detectDelimiter(complete, source, firstLine);
    if (delimiter === null) {
      pending = pending.slice(end);
      return;
    }
    let records: string[][];
    try {
      records = parse(complete, {
        delimiter,
        record_delimiter: ["\r\n", "\n", "\r"],
        relax_column_count: true,
        max_record_size: 0,
        trim: true,
      });
    } catch (error) {
      throw new InputProblem("csv-quote-stray", { source, line: firstLine + lineOfError(error) - 1 });
    }
    if (records.length !== begins.length) {
      throw new Defect("csv-parse and the record scanner disagree", {
        source,
        line: firstLine,
        records: records.length,
        begins: begins.length,
      });
    }
    for (let k = 0; k < records.length; k++) addRecord(records[k]!, begins[k]!);
    pending = pending.slice(end);
  };

  return {
    push(bytes) {
      if (bytes.length === 0) return;
      pending = joined(pending, bytes);
      // A byte order mark, or its first bytes, decides what follows.
      if (atStart && pending.length < 3) return;
      const fresh = atStart ? pending : bytes;
      if (atStart) pending = withoutMark(pending, source);
      atStart = false;
      try {
        decoder.decode(fresh, { stream: true });
      } catch {
        throw new InputProblem("csv-encoding", { source, line: lineOfBadText(pending, scanner.line) });
      }
      consume(false);
    },
    finish() {
      if (atStart) pending = withoutMark(pending, source);
      try {
        if (atStart) decoder.decode(pending, { stream: true });
        decoder.decode();
      } catch {
        throw new InputProblem("csv-encoding", { source, line: lineOfBadText(pending, scanner.line) });
      }
      // With its last line ended, blanks at the end are a line like any other.
      if (pending.length > 0) pending = joined(pending, Uint8Array.of(10));
      consume(true);
      if (builders === null) throw new InputProblem("csv-empty", { source });
      const rows = lines.length;
      if (rows === 0) throw new InputProblem("csv-no-rows", { source });
      const columns = new Map(builders.map((builder, k) => [names[k]!, builder.finish()]));
      return { source, rows, columns, lines: lines.finish() };
    },
  };
}

function joined(first: Uint8Array<ArrayBuffer>, second: Uint8Array): Uint8Array<ArrayBuffer> {
  const both = new Uint8Array(first.length + second.length);
  both.set(first);
  both.set(second, first.length);
  return both;
}

function withoutMark(bytes: Uint8Array<ArrayBuffer>, source: string): Uint8Array<ArrayBuffer> {
  const [first, second, third] = bytes;
  if ((first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff) || first === 0 || second === 0) {
    throw new InputProblem("csv-encoding", { source, line: 1 });
  }
  return first === 0xef && second === 0xbb && third === 0xbf ? bytes.slice(3) : bytes;
}

const lineOfError = (error: unknown): number =>
  error instanceof Error && "lines" in error && typeof error.lines === "number" ? error.lines : 1;

/** Line of the first bytes that are not UTF-8; line ends are never part of a longer character. */
function lineOfBadText(bytes: Uint8Array, firstLine: number): number {
  let line = firstLine;
  let start = 0;
  for (let at = 0; at <= bytes.length; at++) {
    const byte = bytes[at];
    if (byte !== 10 && byte !== 13 && at < bytes.length) continue;
    try {
      new TextDecoder("utf-8", { fatal: true }).decode(bytes.subarray(start, at));
    } catch {
      return line;
    }
    if (byte === 13 && bytes[at + 1] === 10) at++;
    start = at + 1;
    line++;
  }
  return line;
}
