import { InputProblem } from "../../contract/problem.ts";

/** "1 + time | practice/id": effects that vary, correlated with each other, at every grouping of the path. */
export interface RandomTerm {
  /** "intercept" and covariates, in the order written, the intercept first. */
  readonly effects: readonly string[];
  /** ["practice", "id"]: id within practice. */
  readonly path: readonly string[];
}

/**
 * Reads a random term as lme4 writes it: `1 | practice`, `time | id` (with intercept), `0 + time | id` (without),
 * `1 | practice/id` (practices, and ids within practices).
 *
 * @throws InputProblem "random-term-malformed"
 */
export function parseRandomTerm(text: string): RandomTerm {
  const malformed = () => new InputProblem("random-term-malformed", { term: text });
  const sides = text.split("|");
  if (sides.length !== 2) throw malformed();
  const [left, right] = sides as [string, string];
  const parts = left.split("+").map((part) => part.trim());
  const path = right.split("/").map((part) => part.trim());
  if ([...parts, ...path].some((part) => part === "")) throw malformed();
  if (new Set(parts).size < parts.length || new Set(path).size < path.length) throw malformed();
  if (parts.includes("0") && parts.includes("1")) throw malformed();
  const slopes = parts.filter((part) => part !== "0" && part !== "1");
  const effects = parts.includes("0") ? slopes : ["intercept", ...slopes];
  if (effects.length === 0) throw malformed();
  return { effects, path };
}

/** `a | g/h` as the blocks it stands for: effects at g, and at h within g. */
export const expandRandomTerm = ({ effects, path }: RandomTerm): RandomTerm[] =>
  path.map((_, depth) => ({ effects, path: path.slice(0, depth + 1) }));
