import { InputProblem } from "../contract/problem.ts";
import type { Moments } from "./moments.ts";

/** Moments as plain JSON data; numbers keep every digit. */
export interface MomentsJson {
  readonly columns: readonly string[];
  readonly sizes: readonly number[];
  readonly shift: readonly number[];
  /** Per group the upper triangle of its block, row by row: q(q + 1)/2 numbers. */
  readonly cross: readonly (readonly number[])[];
}

/** For sending moments where rows may not go: between sites, workers and files. */
export function momentsToJson({ columns, groups, sizes, shift, cross }: Moments): MomentsJson {
  const q = columns.length;
  return {
    columns: [...columns],
    sizes: [...sizes],
    shift: [...shift],
    cross: Array.from({ length: groups }, (_, g) => upperTriangle(q).map(([a, b]) => cross[g * q * q + a * q + b]!)),
  };
}

/**
 * Moments from what `momentsToJson` wrote.
 *
 * @throws InputProblem `moments-malformed`.
 */
export function momentsFromJson(json: MomentsJson): Moments {
  const refuse = (detail: string) => new InputProblem("moments-malformed", { detail });
  const { columns, sizes, shift, cross } = json;
  if (![columns, sizes, shift, cross].every((part) => Array.isArray(part)))
    throw refuse("columns, sizes, shift and cross must be lists");
  const q = columns.length;
  const groups = sizes.length;
  const triangle = upperTriangle(q);
  if (columns[0] !== "intercept") throw refuse('the first column must be "intercept"');
  if (shift.length !== q || shift[0] !== 0) throw refuse("shift must have one number per column, the first 0");
  if (cross.length !== groups || cross.some((block) => block.length !== triangle.length)) {
    throw refuse(`cross must have ${groups} lists of ${triangle.length} numbers`);
  }
  if (![sizes, shift, ...cross].every((list) => list.every(Number.isFinite)))
    throw refuse("every entry must be a finite number");
  const full = new Float64Array(groups * q * q);
  cross.forEach((block, g) => {
    triangle.forEach(([a, b], k) => {
      full[g * q * q + a * q + b] = block[k]!;
      full[g * q * q + b * q + a] = block[k]!;
    });
  });
  return { columns: [...columns], groups, sizes: Int32Array.from(sizes), shift: Float64Array.from(shift), cross: full };
}

const upperTriangle = (q: number): readonly (readonly [number, number])[] =>
  Array.from({ length: q }, (_, a) => Array.from({ length: q - a }, (_, k) => [a, a + k] as const)).flat();
