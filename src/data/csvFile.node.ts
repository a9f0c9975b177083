import { createReadStream } from "node:fs";
import { basename } from "node:path";
import { InputProblem } from "../contract/problem.ts";
import type { CsvOptions } from "./csvReader.ts";
import { readCsvStream } from "./readCsv.ts";
import type { Table } from "./table.ts";

/**
 * A table from a CSV file, streamed: memory is that of the typed columns.
 *
 * @throws InputProblem as `readCsvText`, and `unreadable-file`.
 */
export async function readCsvFile(path: string, options: CsvOptions = {}): Promise<Table> {
  try {
    return await readCsvStream(createReadStream(path, { highWaterMark: 1 << 15 }), {
      source: basename(path),
      ...options,
    });
  } catch (error) {
    if (error instanceof Error && "syscall" in error) {
      throw new InputProblem("unreadable-file", { file: path, reason: reasonOf(error) });
    }
    throw error;
  }
}

function reasonOf(error: Error): string {
  const code = "code" in error ? error.code : null;
  if (code === "ENOENT") return "there is no such file";
  if (code === "EACCES") return "permission was refused";
  return code === "EISDIR" ? "it is a folder" : error.message;
}
