/**
 * A value inside an Analysis by names, never by positions:
 *
 *   coefficients[arm[1]].df                    the coefficient of that term
 *   estimates[arm[1]].interval.lower           the estimate of that quantity
 *   variances[group=practice,term=intercept]   a variance; with=… for a covariance
 *   tests[terms=arm[low]+arm[high]].statistic  the joint test of just these terms, in any order
 *   clusters[17].effect                        the cluster of that label
 *   covariance[arm[1],x]                       by the terms of row and column
 *   sample.byArm[control].mean, sample.excluded[reason=missing age,arm=1].rows
 *   reference.df[1]                            elsewhere: the position
 *
 * undefined where there is no such thing.
 */
export function atPath(analysis: object, path: string): unknown {
  let at: unknown = analysis;
  for (const { name, selector } of steps(path)) {
    if (at === null || typeof at !== "object") return undefined;
    const held: unknown = (at as Readonly<Record<string, unknown>>)[name];
    at = selector === null ? held : Array.isArray(held) ? select(analysis, name, held, selector) : undefined;
  }
  return at;
}

interface Step {
  readonly name: string;
  /** Text between the outermost brackets; null without any. */
  readonly selector: string | null;
}

/** Splits at dots outside brackets; term names have brackets and dots of their own. */
function steps(path: string): readonly Step[] {
  return splitOutside(path, ".").map((part) => {
    const open = part.indexOf("[");
    return open < 0
      ? { name: part, selector: null }
      : { name: part.slice(0, open), selector: part.slice(open + 1, part.lastIndexOf("]")) };
  });
}

function splitOutside(text: string, separator: string): readonly string[] {
  const parts: string[] = [""];
  let depth = 0;
  for (const character of text) {
    if (character === "[") depth++;
    if (character === "]") depth--;
    if (character === separator && depth === 0) parts.push("");
    else parts[parts.length - 1] += character;
  }
  return parts;
}

type Item = Readonly<Record<string, unknown>>;

/** How each list of an Analysis is searched. */
const identities: Readonly<Record<string, (item: Item) => unknown>> = {
  coefficients: ({ term }) => term,
  estimates: ({ quantity }) => (quantity as Item)["term"],
  clusters: ({ cluster }) => cluster,
  byArm: ({ arm }) => arm,
};

function select(analysis: object, list: string, items: readonly unknown[], selector: string): unknown {
  const identity = identities[list];
  if (identity !== undefined) return items.find((item) => identity(item as Item) === selector);
  if (list === "covariance") return covarianceOf(analysis, items, selector);
  if (list === "tests") {
    const terms = splitOutside(selector.replace(/^terms=/, ""), "+")
      .toSorted()
      .join("+");
    return items.find((item) => ((item as Item)["terms"] as readonly string[]).toSorted().join("+") === terms);
  }
  if (!selector.includes("=")) return items[Number(selector)];
  const wanted = Object.fromEntries(splitOutside(selector, ",").map((pair) => splitAtFirst(pair, "=")));
  // A variance is meant unless the partner of a covariance is named.
  if (list === "variances") wanted["with"] ??= null;
  return items.find((item) => Object.entries(wanted).every(([key, value]) => (item as Item)[key] === value));
}

function splitAtFirst(text: string, separator: string): readonly [string, string | null] {
  const at = text.indexOf(separator);
  return [text.slice(0, at), text.slice(at + 1)];
}

function covarianceOf(analysis: object, rows: readonly unknown[], selector: string): unknown {
  const { coefficients } = analysis as { readonly coefficients: readonly { readonly term: string }[] };
  const [row, column] = splitOutside(selector, ",").map((term) => coefficients.findIndex((c) => c.term === term));
  return (rows[row!] as readonly number[] | undefined)?.[column!];
}
