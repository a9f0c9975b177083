import { type Document, parseDocument } from "yaml";
import { InputProblem } from "../contract/problem.ts";

/**
 * The value written in a YAML or JSON text (JSON is read as the YAML it is).
 *
 * @param source File name or "plan", for messages.
 * @throws InputProblem `plan-syntax` with line and column of the first mistake; `plan-alias`.
 */
export function readPlanText(text: string, source = "plan"): unknown {
  const document = parseDocument(text.replace(/^\uFEFF/, ""), { prettyErrors: true, logLevel: "error" });
  const mistake = document.errors[0];
  if (mistake === undefined) return resolved(document, source);
  const json = asJson(text);
  if (json !== undefined && mistake.code !== "DUPLICATE_KEY") return json;
  const { line, col } = mistake.linePos?.[0] ?? { line: 1, col: 1 };
  throw new InputProblem("plan-syntax", { source, line, column: col, detail: firstLine(mistake.message) });
}

/** Aliases without an anchor, and too many of them, come to light only here, without their place. */
function resolved(document: Document, source: string): unknown {
  try {
    return document.toJS();
  } catch (error) {
    throw new InputProblem("plan-alias", { source, detail: firstLine((error as Error).message) });
  }
}

/** JSON allows tabs where YAML does not. */
function asJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

const firstLine = (message: string) => message.split("\n")[0]!.replace(/ at line \d+, column \d+:?$/, "");
