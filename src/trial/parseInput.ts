import { type ZodType, z } from "zod";
import { nearest } from "../contract/nearest.ts";
import { InputProblem } from "../contract/problem.ts";

type Issue = z.core.$ZodIssue;
type Path = readonly PropertyKey[];

/**
 * The value that a schema makes of `input`; the first thing that does not fit becomes one sentence with its key path
 * below `at`, what was found there, and the nearest valid choice.
 *
 * @throws InputProblem `unknown-key`, `missing-key`, `invalid-value`.
 */
export function parseInput<Output>(schema: ZodType<Output>, input: unknown, at: string): Output {
  const result = schema.safeParse(input);
  if (result.success) return result.data;
  throw problemOf(mostTelling(result.error.issues, []), schema, input, at);
}

interface Told {
  readonly issue: Issue;
  readonly path: Path;
  /** What a value at this place may be, in words, and the words it may be. */
  readonly expected: readonly string[];
  readonly choices: readonly string[];
}

/** A mistyped key explains a missing one, so it is told first; then the first issue. */
function mostTelling(issues: readonly Issue[], above: Path): Told {
  const issue = issues.find((each) => each.code === "unrecognized_keys") ?? issues[0]!;
  const path = [...above, ...issue.path];
  if (issue.code === "invalid_union" && issue.errors.length > 0) {
    const branches = issue.errors.map((branch) => mostTelling(branch, path));
    // Of branches that go equally deep the one that knows most of the keys is probably meant.
    const deepest = branches.reduce((a, b) =>
      depth(b) > depth(a) || (depth(b) === depth(a) && strangers(b) < strangers(a)) ? b : a,
    );
    if (depth(deepest) > path.length) return together(deepest, branches);
    return {
      issue,
      path,
      expected:
        issue.message === "Invalid input" ? unique(branches.flatMap((branch) => branch.expected)) : [issue.message],
      choices: unique(branches.flatMap((branch) => branch.choices)),
    };
  }
  return { issue, path, expected: [expectation(issue)], choices: choicesOf(issue) };
}

/** A word that fits no branch could have been that of any: `method: a` or `method: b`. */
function together(chosen: Told, branches: readonly Told[]): Told {
  if (chosen.issue.code !== "invalid_value") return chosen;
  const same = branches.filter(
    ({ issue, path }) => issue.code === "invalid_value" && path.join() === chosen.path.join(),
  );
  return {
    ...chosen,
    expected: unique(same.flatMap(({ expected }) => expected)),
    choices: unique(same.flatMap(({ choices }) => choices)),
  };
}

const depth = (told: Told) => told.path.length + (told.issue.code === "unrecognized_keys" ? 1 : 0);
const strangers = ({ issue }: Told) => (issue.code === "unrecognized_keys" ? issue.keys.length : 0);
const unique = (words: readonly string[]) => [...new Set(words)];

function choicesOf(issue: Issue): readonly string[] {
  return issue.code === "invalid_value" ? issue.values.map(String) : [];
}

function expectation(issue: Issue): string {
  switch (issue.code) {
    case "invalid_value":
      return issue.values.length === 1 ? quote(issue.values[0]) : `one of ${issue.values.map(quote).join(", ")}`;
    case "invalid_type":
      // A schema may word what it wants; only zod's own wording is replaced.
      return issue.message.startsWith("Invalid input") ? (kinds[issue.expected] ?? issue.expected) : issue.message;
    case "too_small":
      return limit(issue.origin, issue.inclusive === false ? "more than" : "at least", issue.minimum);
    case "too_big":
      return limit(issue.origin, issue.inclusive === false ? "less than" : "at most", issue.maximum);
    case "not_multiple_of":
      return `a multiple of ${issue.divisor}`;
    default:
      return issue.message;
  }
}

const kinds: Readonly<Record<string, string>> = {
  string: "text",
  number: "a number",
  int: "a whole number",
  boolean: "true or false",
  array: "a list",
  object: "a group of keys and values",
  record: "a group of keys and values",
  null: "empty",
  nan: "a number",
};

function limit(origin: string, side: string, bound: number | bigint): string {
  if (origin === "array" || origin === "set") return `a list of ${side} ${bound}`;
  if (origin === "string")
    return bound === 1 && side === "at least" ? "text that is not empty" : `text of ${side} ${bound} characters`;
  return origin === "int" ? `a whole number of ${side} ${bound}` : `${side} ${bound}`;
}

function problemOf(told: Told, schema: ZodType, input: unknown, at: string): InputProblem {
  const { issue, path } = told;
  if (issue.code === "unrecognized_keys") {
    const key = issue.keys[0]!;
    // It may be a key of another branch of a union, and then it is no help to name it.
    const choices = keysAt(schema, path).filter((each) => each !== key);
    return new InputProblem("unknown-key", { path: keyPath(at, path), key, nearest: nearest(key, choices), choices });
  }
  const found = valueAt(input, path);
  const expected = told.expected.join(" or ");
  if (found === undefined) return new InputProblem("missing-key", { path: keyPath(at, path), expected });
  return new InputProblem("invalid-value", {
    path: keyPath(at, path),
    found: quote(found),
    expected,
    nearest: typeof found === "string" ? nearest(found, told.choices) : null,
  });
}

/** `analyses[0].options.draws` */
export function keyPath(at: string, path: Path): string {
  return path.reduce<string>(
    (text, key) => (typeof key === "number" ? `${text}[${key}]` : text === "" ? String(key) : `${text}.${String(key)}`),
    at,
  );
}

function valueAt(input: unknown, path: Path): unknown {
  return path.reduce<unknown>(
    (value, key) =>
      typeof value === "object" && value !== null ? (value as Record<PropertyKey, unknown>)[key] : undefined,
    input,
  );
}

function quote(value: unknown): string {
  const text = written(value);
  return text.length > 80 ? `${text.slice(0, 77)}…` : text;
}

function written(value: unknown): string {
  try {
    return JSON.stringify(value) ?? String(value);
  } catch {
    return "something that contains itself";
  }
}

type JsonSchema = z.core.JSONSchema.BaseSchema;

/** Keys that the schema knows at a path, read from its JSON Schema so that every kind of wrapping is seen through. */
function keysAt(schema: ZodType, path: Path): readonly string[] {
  let places: readonly JsonSchema[] = [
    z.toJSONSchema(schema, { io: "input", unrepresentable: "any", reused: "inline" }),
  ];
  for (const key of path) {
    places = places.flatMap(alternatives).flatMap((place) => below(place, key));
  }
  return unique(places.flatMap(alternatives).flatMap((place) => Object.keys(place.properties ?? {})));
}

const alternatives = (place: JsonSchema): readonly JsonSchema[] => {
  const nested = [...(place.anyOf ?? []), ...(place.oneOf ?? []), ...(place.allOf ?? [])];
  return nested.length === 0 ? [place] : [place, ...nested.flatMap((each) => alternatives(each as JsonSchema))];
};

function below(place: JsonSchema, key: PropertyKey): readonly JsonSchema[] {
  if (typeof key === "number")
    return typeof place.items === "object" && !Array.isArray(place.items) ? [place.items as JsonSchema] : [];
  const child = place.properties?.[String(key)] ?? place.additionalProperties;
  return typeof child === "object" ? [child as JsonSchema] : [];
}
