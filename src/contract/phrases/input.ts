/** Sentences for problems that the caller can mend, by code: what is wrong, where, and the remedy. */
export const inputPhrases = {
  "unknown-column": ({ column, nearest, source }: { column: string; nearest: string | null; source: string }) =>
    `${source} has no column "${column}"${nearest === null ? "" : `; did you mean "${nearest}"?`}`,
  "crossed-random-effects": ({ first, second }: { first: string; second: string }) =>
    `Random effects of "${first}" and "${second}" are crossed, which this release does not fit; nest one in the other (1 | ${first}/${second}) or analyse one of them as a covariate`,
} as const;
