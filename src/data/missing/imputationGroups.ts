import { DesignProblem } from "../../contract/problem.ts";
import { cholesky } from "../../numerics/matrix/cholesky.ts";
import { writeProduct } from "../buildDesign.ts";
import { categoriesOf } from "../categories.ts";
import type { Grouping } from "../grouping.ts";
import { groupingOf } from "../groupingOf.ts";
import type { Roles } from "../roles.ts";
import type { Table } from "../table.ts";
import { requireColumn } from "../usedColumn.ts";
import { covariateOf, type Piece } from "../variables.ts";
import { cellOf, type ImputationVariables, type ImputedVariable } from "./imputationVariables.ts";
import { type ScalePlan, type WorkingScale, workingScale } from "./workingScale.ts";

/** How a variable's values become standardised numbers and back: (scale(y) − centre)/spread. */
export interface StandardisedVariable extends ImputedVariable {
  readonly scale: WorkingScale;
  readonly centre: number;
  readonly spread: number;
}

/** Rows that are imputed together: an arm's, or all. */
export interface ImputationGroup {
  /** The arm's level; null for all rows at once. */
  readonly arm: string | null;
  /** Rows of the table in an order that depends on their contents alone, so that the order of the file changes nothing. */
  readonly rows: Int32Array;
  readonly cluster: Grouping;
  /** n × p: standardised values (0 and 1 of yes-or-no variables); and 1 where known. */
  readonly values: Float64Array;
  readonly observed: Uint8Array;
  /** Standardised predictors as they are, n × width, and the basis of what they span in this group. */
  readonly raw: Float64Array;
  readonly width: number;
  readonly basis: Basis;
}

/** An orthonormal basis of predictors, the intercept first: design = raw · transform. */
export interface Basis {
  readonly rank: number;
  /** width × rank. */
  readonly transform: Float64Array;
  /** Columns of `raw` that are a combination of those before, with its weights (length width). */
  readonly dependent: readonly { readonly column: number; readonly weights: Float64Array }[];
}

/** Everything that an imputation model reads. */
export interface ImputationGroups {
  readonly variables: readonly StandardisedVariable[];
  /** Levels of the arm in natural order; none without arms. */
  readonly arms: readonly string[];
  readonly groups: readonly ImputationGroup[];
}

/**
 * The rows of every arm (or all together, the arm being a predictor), their values on the working scale and their
 * predictors.
 *
 * @throws InputProblem `imputation-scale`; those of covariates.
 * @throws DesignProblem `imputation-not-identified`, `imputation-constant`.
 */
export function imputationGroups(
  table: Table,
  roles: Roles,
  { selected, rows, explained, predictors }: ImputationVariables,
  scales: Readonly<Record<string, ScalePlan>>,
  byArm: boolean,
): ImputationGroups {
  const cluster = categoriesOf(requireColumn(table, roles.cluster), rows);
  const arms = roles.arm == null ? null : categoriesOf(requireColumn(table, roles.arm), rows);
  const pieces = new Map(
    [...new Set(predictors.flat())].map((name) => [
      name,
      covariateOf(table, name, roles.columns?.[name], selected).pieces,
    ]),
  );
  const columns = predictors.flatMap((parts) =>
    parts
      .map((name) => pieces.get(name)!)
      .reduce<readonly (readonly Piece[])[]>(
        (products, own) => own.flatMap((piece) => products.map((product) => [...product, piece])),
        [[]],
      )
      .map((product) => {
        const values = new Float64Array(rows.length);
        writeProduct(product, 0, rows.length, values, 1, 0);
        return values;
      }),
  );
  if (arms !== null && !byArm)
    for (let level = 1; level < arms.levels.length; level++)
      columns.unshift(Float64Array.from(arms.codes, (code) => (code === level ? 1 : 0)));

  const order = contentOrder(
    [...(arms === null ? [] : [arms.codes]), cluster.codes, ...explained.map((v) => cellsOf(v, rows)), ...columns],
    rows.length,
  );
  const variables = explained.map((variable) =>
    standardised(variable, rows, order, scales[variable.name] ?? "identity"),
  );
  const standardisedColumns = columns.map((column) => standardise(column, order));
  const width = columns.length + 1;
  const levels = arms !== null && byArm ? arms.levels : [null];
  const groups = levels.map((arm, code): ImputationGroup => {
    const members = arm === null ? order : order.filter((r) => arms!.codes[r] === code);
    const own = Int32Array.from(members, (r) => rows[r]!);
    const raw = new Float64Array(own.length * width);
    members.forEach((r, i) => {
      raw[i * width] = 1;
      standardisedColumns.forEach((column, a) => {
        raw[i * width + a + 1] = column[r]!;
      });
    });
    const p = variables.length;
    const values = new Float64Array(own.length * p);
    const observed = new Uint8Array(own.length * p);
    own.forEach((row, i) => {
      variables.forEach((variable, c) => {
        const cell = cellOf(variable.column, row);
        if (cell === null) return;
        observed[i * p + c] = 1;
        values[i * p + c] = standardOf(variable, cell);
      });
    });
    return {
      arm,
      rows: own,
      cluster: groupingOf(roles.cluster, categoriesOf(requireColumn(table, roles.cluster), own)),
      values,
      observed,
      raw,
      width,
      basis: basisOf(raw, own.length, width),
    };
  });
  for (const group of groups)
    for (const [c, variable] of variables.entries()) requireIdentified(group, variable, c, variables.length);
  return { variables, arms: arms?.levels ?? [], groups };
}

const cellsOf = ({ column }: ImputedVariable, rows: Int32Array): Float64Array =>
  Float64Array.from(rows, (row) => cellOf(column, row) ?? Number.NEGATIVE_INFINITY);

/** Rows sorted by the first key, ties by the next, and so on. */
function contentOrder(keys: readonly ArrayLike<number>[], rows: number): Int32Array {
  return Int32Array.from({ length: rows }, (_, r) => r).sort((r, s) => {
    for (const key of keys) if (key[r] !== key[s]) return key[r]! - key[s]!;
    return 0;
  });
}

function standardised(
  variable: ImputedVariable,
  rows: Int32Array,
  order: Int32Array,
  plan: ScalePlan,
): StandardisedVariable {
  const cells: number[] = [];
  for (const r of order) {
    const cell = cellOf(variable.column, rows[r]!);
    if (cell !== null) cells.push(cell);
  }
  if (variable.kind === "binary")
    return { ...variable, scale: workingScale(variable.name, "identity", []), centre: 0, spread: 1 };
  const scale = workingScale(variable.name, plan, cells);
  const { centre, spread } = momentsOf(cells.map(scale.there));
  return { ...variable, scale, centre, spread };
}

function standardise(column: Float64Array, order: Int32Array): Float64Array {
  const { centre, spread } = momentsOf(Array.from(order, (r) => column[r]!));
  return column.map((value) => (value - centre) / spread);
}

function momentsOf(values: readonly number[]): { readonly centre: number; readonly spread: number } {
  const first = values[0] ?? 0;
  let sum = 0;
  for (const value of values) sum += value - first;
  const centre = first + sum / Math.max(1, values.length);
  let squares = 0;
  for (const value of values) squares += (value - centre) ** 2;
  const spread = Math.sqrt(squares / Math.max(1, values.length - 1));
  return { centre, spread: spread > 0 ? spread : 1 };
}

/** A cell as the joint model has it. */
function standardOf({ kind, pair, scale, centre, spread }: StandardisedVariable, cell: number): number {
  if (kind === "binary") return cell === pair![1] ? 1 : 0;
  return (scale.there(cell) - centre) / spread;
}

/** A value of the joint model as a cell. */
export function cellFrom({ kind, pair, scale, centre, spread }: StandardisedVariable, value: number): number {
  if (kind === "binary") return pair![value > 0 ? 1 : 0];
  return scale.back(centre + spread * value);
}

/** A predictor whose variance given those before it is below this share of its own is one of their combinations. */
const DEPENDENT = 1e-9;

/** Gram–Schmidt by the columns' cross-products, column after column. */
function basisOf(raw: Float64Array, n: number, width: number): Basis {
  const gram = new Float64Array(width * width);
  for (let i = 0; i < n; i++)
    for (let a = 0; a < width; a++)
      for (let b = 0; b <= a; b++)
        gram[a * width + b] = gram[a * width + b]! + (raw[i * width + a]! * raw[i * width + b]!) / n;
  const inner = (u: Float64Array, v: Float64Array): number => {
    let value = 0;
    for (let a = 0; a < width; a++)
      for (let b = 0; b < width; b++) value += u[a]! * v[b]! * gram[Math.max(a, b) * width + Math.min(a, b)]!;
    return value;
  };
  const kept: Float64Array[] = [];
  const dependent: { column: number; weights: Float64Array }[] = [];
  for (let a = 0; a < width; a++) {
    const vector = new Float64Array(width);
    vector[a] = 1;
    for (let pass = 0; pass < 2; pass++)
      for (const other of kept) {
        const along = inner(vector, other);
        for (let b = 0; b < width; b++) vector[b] = vector[b]! - along * other[b]!;
      }
    const size = inner(vector, vector);
    if (size > DEPENDENT * Math.max(gram[a * width + a]!, DEPENDENT)) {
      const unit = 1 / Math.sqrt(size);
      kept.push(vector.map((value) => value * unit));
    } else dependent.push({ column: a, weights: vector.map((value, b) => (b === a ? 0 : -value)) });
  }
  const transform = new Float64Array(width * kept.length);
  kept.forEach((vector, c) => {
    vector.forEach((value, a) => {
      transform[a * kept.length + c] = value;
    });
  });
  return { rank: kept.length, transform, dependent };
}

/** Rows of predictors in the coordinates of a basis, n × rank. */
export function designIn({ rank, transform }: Basis, raw: Float64Array, n: number, width: number): Float64Array {
  const design = new Float64Array(n * rank);
  for (let i = 0; i < n; i++)
    for (let c = 0; c < rank; c++) {
      let value = 0;
      for (let a = 0; a < width; a++) value += raw[i * width + a]! * transform[a * rank + c]!;
      design[i * rank + c] = value;
    }
  return design;
}

/** The rows in which a variable is known must tell all its coefficients, and more. */
function requireIdentified(group: ImputationGroup, { name, kind }: StandardisedVariable, c: number, p: number): void {
  const { observed, values, raw, width, basis, rows, arm } = group;
  const known: number[] = [];
  for (let i = 0; i < rows.length; i++) if (observed[i * p + c] === 1) known.push(i);
  const k = basis.rank;
  const design = designIn(basis, raw, rows.length, width);
  const gram = new Float64Array(k * k);
  for (const i of known)
    for (let a = 0; a < k; a++)
      for (let b = 0; b <= a; b++) gram[a * k + b] = gram[a * k + b]! + design[i * k + a]! * design[i * k + b]!;
  for (let a = 0; a < k; a++) gram[a * k + a] = gram[a * k + a]! * (1 - DEPENDENT);
  if (known.length < k + 2 || !cholesky(gram, k, gram))
    throw new DesignProblem("imputation-not-identified", { column: name, arm, observed: known.length, predictors: k });
  const first = values[known[0]! * p + c];
  if (kind === "binary" && known.every((i) => values[i * p + c] === first))
    throw new DesignProblem("imputation-constant", { column: name, arm });
}
