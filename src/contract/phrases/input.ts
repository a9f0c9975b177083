/** Sentences for problems that the caller can mend, by code: what is wrong, where, and the remedy. */
export const inputPhrases = {
  "unknown-column": ({ column, nearest, source }: { column: string; nearest: string | null; source: string }) =>
    `${source} has no column "${column}"${nearest === null ? "" : `; did you mean "${nearest}"?`}`,
  "crossed-random-effects": ({ first, second }: { first: string; second: string }) =>
    `Random effects of "${first}" and "${second}" are crossed, which this release does not fit; nest one in the other (1 | ${first}/${second}) or analyse one of them as a covariate`,
  "unknown-key": ({
    path,
    key,
    nearest,
    choices,
  }: {
    path: string;
    key: string;
    nearest: string | null;
    choices: readonly string[];
  }) =>
    `${path} has no key "${key}"${nearest === null ? `; it takes ${choices.join(", ")}` : `; did you mean "${nearest}"?`}`,
  "missing-key": ({ path, expected }: { path: string; expected: string }) =>
    `${path} is missing; it must be ${expected}`,
  "invalid-value": ({
    path,
    found,
    expected,
    nearest,
  }: {
    path: string;
    found: string;
    expected: string;
    nearest: string | null;
  }) => `${path} is ${found}, but must be ${expected}${nearest === null ? "" : `; did you mean "${nearest}"?`}`,
} as const;
