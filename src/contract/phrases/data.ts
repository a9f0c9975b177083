import { type Place, sayPlace } from "../place.ts";

type Line = { source: string; line: number };

const sayLine = ({ source, line }: Line) => `${source} line ${line}`;

type Cell = Place & { column: string; cell: string };

const list = (levels: readonly string[], more = 0) =>
  `${levels.map((level) => `"${level}"`).join(", ")}${more > 0 ? ` and ${more} more` : ""}`;
const counted = (n: number, noun: string) => `${n} ${noun}${n === 1 ? "" : "s"}`;
const hint = (nearest: string | null) => (nearest === null ? "" : `; did you mean "${nearest}"?`);

/** Sentences for problems of tables and of the roles of their columns, by code: part of the input phrases. */
export const dataPhrases = {
  "column-lengths": (f: { first: string; firstRows: number; second: string; secondRows: number }) =>
    `Column "${f.second}" has ${counted(f.secondRows, "row")} and column "${f.first}" has ${f.firstRows}; columns of one table must be equally long`,
  "cell-not-finite": (f: Cell) =>
    `${sayPlace(f)}, column "${f.column}": ${f.cell} is not a finite number; correct it or leave the cell empty`,
  "not-a-number": (f: Cell & { part: string; categoricalWillDo: boolean }) =>
    `${sayPlace(f)}, column "${f.column}": "${f.cell}" is not a number, but the column is used as ${f.part}; correct the cell, or add it to missingCodes${f.categoricalWillDo ? `, or declare the column categorical (columns: { ${f.column}: { type: categorical } })` : ""}`,
  "decimal-comma": (f: Cell & { part: string }) =>
    `${sayPlace(f)}, column "${f.column}": "${f.cell}" has a comma, but the column is used as ${f.part}; write numbers with a decimal point and without thousands separators`,
  "identifier-not-whole": (f: Cell & { part: string }) =>
    `${sayPlace(f)}, column "${f.column}": ${f.cell} is not a whole number, so it cannot name ${f.part}; name the column of identifiers, or write identifiers as text`,
  "unknown-level": (f: {
    column: string;
    level: string;
    /** "for the control arm", "to filter rows by". */
    part: string;
    levels: readonly string[];
    more: number;
    nearest: string | null;
  }) => `Column "${f.column}" has no value "${f.level}" ${f.part}; it has ${list(f.levels, f.more)}${hint(f.nearest)}`,
  "role-twice": (f: { column: string; first: string; second: string }) =>
    `Column "${f.column}" is named both as ${f.first} and as ${f.second}; name a column for each`,
  "arm-varies": (f: Place & { column: string; cluster: string; first: string; second: string }) =>
    `${sayPlace(f)}, column "${f.column}": cluster "${f.cluster}" is in arm "${f.second}" here and in arm "${f.first}" before; every cluster belongs to one arm, so correct the row or give the clusters different names`,
  "factor-varies": (f: Place & { column: string; part: string; cluster: string; first: string; second: string }) =>
    `${sayPlace(f)}, column "${f.column}": cluster "${f.cluster}" is in ${f.part} "${f.second}" here and in ${f.part} "${f.first}" before; every cluster belongs to one ${f.part}, so correct the row`,
  "cluster-column-varies": (f: Place & { column: string; cluster: string; first: string; second: string }) =>
    `${sayPlace(f)}, column "${f.column}": cluster "${f.cluster}" has "${f.second}" here and "${f.first}" before; clusters were allocated as wholes, so the column must be the same throughout each: correct the row`,
  "covariate-twice": (f: { covariate: string }) =>
    `The covariate "${f.covariate}" is listed twice, or multiplies a column by itself; list it once`,
  "arm-among-covariates": (f: { arm: string }) =>
    `The arm "${f.arm}" is listed among the covariates; it enters every model by itself, so take it off the list`,
  "outcome-among-covariates": (f: { column: string }) =>
    `The outcome column "${f.column}" is listed among the covariates; take it off the list`,
  "effect-not-covariate": (f: { effect: string; covariates: readonly string[]; nearest: string | null }) =>
    `The effect "${f.effect}" is not one of the covariates (${f.covariates.length === 0 ? "there are none" : list(f.covariates)}); list it among them${hint(f.nearest)}`,
  "effect-and-arm": (f: { effect: string; arm: string }) =>
    `The effect "${f.effect}" is named, but the effect of a trial is that of its arm "${f.arm}"; leave one of the two out`,
  "event-needed": (f: { column: string; levels: readonly string[] }) =>
    `The outcome column "${f.column}" holds words (${list(f.levels)}); say which of them is the event (outcome: { name: ${f.column}, event: … })`,
  "outcome-kind": (f: { column: string; kind: string; accepted: readonly string[] }) =>
    `The outcome "${f.column}" is ${f.kind}, and what was asked takes ${f.accepted.join(" or ")} outcomes; choose another method or outcome`,
  "outcome-not-binary": (f: Cell) =>
    `${sayPlace(f)}, column "${f.column}": ${f.cell} is neither 0 nor 1, but the outcome is to be binary; correct the cell, or name the event (outcome: { name: ${f.column}, event: … })`,
  "outcome-many-levels": (f: { column: string; event: string; levels: readonly string[] }) =>
    `The binary outcome "${f.column}" has more than two values (${list(f.levels)}); with "${f.event}" as the event it is not certain what the others mean, so recode them or add them to missingCodes`,
  "count-invalid": (f: Cell) =>
    `${sayPlace(f)}, column "${f.column}": ${f.cell} is not a count; counts are whole numbers from 0`,
  "exposure-invalid": (f: Cell) =>
    `${sayPlace(f)}, column "${f.column}": the exposure ${f.cell} is not above 0; leave the row out or correct it`,
  "trials-invalid": (f: Cell) =>
    `${sayPlace(f)}, column "${f.column}": the number of trials ${f.cell} must be a whole number from 1, and at least the number of events`,
  "weight-invalid": (f: Cell) =>
    `${sayPlace(f)}, column "${f.column}": the weight ${f.cell} is not above 0; leave the row out (where, or an empty cell) or correct it`,
  "csv-empty": ({ source }: { source: string }) => `${source} is empty; a table needs a header line and rows`,
  "csv-no-rows": ({ source }: { source: string }) => `${source} has a header and no rows; add the data`,
  "csv-encoding": (f: Line) =>
    `${sayLine(f)} holds bytes that are not UTF-8 text; save the file as UTF-8 (in Excel: "CSV UTF-8")`,
  "csv-delimiter": (f: Line & { found: readonly string[] }) =>
    `${sayLine(f)}: the header has ${f.found.join(" and ")}, so it is not clear which separates the columns; quote the names that contain one of them`,
  "csv-header-empty": (f: Line & { position: number; columns: number }) =>
    `${sayLine(f)}: column ${f.position} of ${f.columns} has no name; give it one, or delete the column${f.position === 1 ? " (row names of R: write.csv(…, row.names = FALSE))" : ""}`,
  "csv-header-twice": (f: Line & { column: string; first: number; second: number }) =>
    `${sayLine(f)}: columns ${f.first} and ${f.second} are both called "${f.column}"; rename one of them`,
  "csv-header-numbers": (f: Line) =>
    `${sayLine(f)}: the first line holds numbers only where column names belong; put a header line above the data`,
  "csv-ragged": (f: Line & { cells: number; columns: number; delimiter: string }) =>
    `${sayLine(f)} has ${counted(f.cells, "cell")} and the header has ${f.columns}; complete the row, or put quotes around a cell that contains ${f.delimiter === "tab" ? "a tab" : `"${f.delimiter}"${f.delimiter === "," ? " (a decimal comma must be a point)" : ""}`}`,
  "csv-quote-open": (f: Line) =>
    `${sayLine(f)}: a quote opens in the row that begins here and is never closed; close it, or double a quote that is part of the text`,
  "csv-quote-stray": (f: Line) =>
    `${sayLine(f)}: a quote stands inside a cell; put quotes around the whole cell and double the one inside ("5"" pipe")`,
  "moments-malformed": ({ detail }: { detail: string }) =>
    `These are not cluster moments as clustrial writes them: ${detail}`,
} as const;
