import type { ColumnSource, Design, Term } from "./design.ts";
import type { Grouping } from "./grouping.ts";
import type { Piece, Variable } from "./variables.ts";

/** A coefficient with the pieces whose product is its column; none for the intercept. */
export interface DesignTerm {
  readonly name: string;
  readonly source: string;
  readonly role: Term["role"];
  readonly pieces: readonly Piece[];
}

/** Intercept, arm, main effects as listed, interactions as listed. An interaction of categorical variables has the products of their indicators, the first varying fastest. */
export function listTerms(arm: Variable | null, covariates: readonly (readonly Variable[])[]): readonly DesignTerm[] {
  const intercept: DesignTerm = { name: "intercept", source: "intercept", role: "intercept", pieces: [] };
  const arms = (arm?.pieces ?? []).map(
    (piece): DesignTerm => ({ name: piece.name, source: arm!.name, role: "arm", pieces: [piece] }),
  );
  const expand = (variables: readonly Variable[]): DesignTerm[] =>
    variables
      .reduce<readonly (readonly Piece[])[]>(
        (products, { pieces }) => pieces.flatMap((piece) => products.map((product) => [...product, piece])),
        [[]],
      )
      .map((pieces) => ({
        name: pieces.map((piece) => piece.name).join(":"),
        source: variables.map((variable) => variable.name).join(":"),
        role: variables.some((variable) => variable === arm) ? "arm" : "covariate",
        pieces,
      }));
  return [
    intercept,
    ...arms,
    ...covariates.filter((parts) => parts.length === 1).flatMap(expand),
    ...covariates.filter((parts) => parts.length > 1).flatMap(expand),
  ];
}

/**
 * The design of those terms, evaluated from the typed columns whenever it is read.
 *
 * @param termsUnder the same terms had every row that level of what is compared
 */
export function buildDesign(
  terms: readonly DesignTerm[],
  cluster: Grouping,
  termsUnder: (level: number) => readonly DesignTerm[],
): Design {
  const rows = cluster.codes.length;
  const source = sourceOf(terms, rows);
  const varies = variesWithin(source, cluster, terms.map(mayVary));
  return {
    ...source,
    under: (level) => sourceOf(termsUnder(level), rows),
    terms: terms.map(({ name, source, role }, k) => ({ name, source, role, variesWithinClusters: varies[k]! })),
  };
}

const sourceOf = (terms: readonly DesignTerm[], rows: number): ColumnSource => ({
  rows,
  width: terms.length,
  fill(from, to, out, stride, offset) {
    for (let k = 0; k < terms.length; k++) writeProduct(terms[k]!.pieces, from, to, out, stride, offset + k);
  },
});

/** Writes the product of the pieces, 1 when there are none. */
export function writeProduct(
  pieces: readonly Piece[],
  from: number,
  to: number,
  out: Float64Array,
  stride: number,
  offset: number,
): void {
  if (pieces.length === 0) for (let i = from, at = offset; i < to; i++, at += stride) out[at] = 1;
  pieces.forEach((piece, k) => {
    piece.write(from, to, out, stride, offset, k === 0);
  });
}

const blockRows = 512;

/** The intercept and the arm alone are known to be the same throughout a cluster. */
const mayVary = ({ role, pieces }: DesignTerm): boolean => pieces.length > 1 || (pieces.length === 1 && role !== "arm");

/** Per column: do two rows of some cluster differ? Reads no further than it takes to know. */
function variesWithin(source: ColumnSource, cluster: Grouping, open: readonly boolean[]): readonly boolean[] {
  const { rows, width } = source;
  let unknown = open.filter(Boolean).length;
  const first = new Float64Array(cluster.labels.length * width);
  const seen = new Uint8Array(cluster.labels.length);
  const varies = new Array<boolean>(width).fill(false);
  const block = new Float64Array(Math.min(blockRows, rows) * width);
  for (let from = 0; from < rows && unknown > 0; from += blockRows) {
    const to = Math.min(from + blockRows, rows);
    source.fill(from, to, block, width, 0);
    for (let i = from; i < to; i++) {
      const j = cluster.codes[i]!;
      const row = (i - from) * width;
      const home = j * width;
      if (seen[j] === 0) {
        seen[j] = 1;
        for (let k = 0; k < width; k++) first[home + k] = block[row + k]!;
      } else {
        for (let k = 0; k < width; k++) {
          if (block[row + k] === first[home + k] || varies[k]) continue;
          varies[k] = true;
          unknown -= 1;
        }
      }
    }
  }
  return varies;
}
