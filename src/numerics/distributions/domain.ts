import { InputProblem } from "../../contract/problem.ts";

/** Shapes beyond this would make the incomplete functions slow (work grows as the root) and are no one's data. */
const LARGEST_SHAPE = 1e12;

function refuse(family: string, parameter: string, value: number, requirement: string): never {
  throw new InputProblem("distribution-parameter", { family, parameter, value: String(value), requirement });
}

export function requireNumber(family: string, x: number): void {
  if (Number.isNaN(x)) throw new InputProblem("distribution-argument", { family });
}

export function requireProbability(family: string, p: number): void {
  if (!(p >= 0 && p <= 1)) throw new InputProblem("probability-out-of-range", { family, value: String(p) });
}

/** Degrees of freedom of t, scales: positive and finite. */
export function requirePositive(family: string, parameter: string, value: number): void {
  if (!(value > 0 && value < Number.POSITIVE_INFINITY)) refuse(family, parameter, value, "positive and finite");
}

export function requireShape(family: string, parameter: string, value: number): void {
  if (!(value > 0 && value <= LARGEST_SHAPE)) refuse(family, parameter, value, "positive and at most 1e12");
}

export function requireNonNegative(family: string, parameter: string, value: number): void {
  if (!(value >= 0 && value <= LARGEST_SHAPE)) refuse(family, parameter, value, "between 0 and 1e12");
}

export function requireWithin(family: string, parameter: string, value: number, low: number, high: number): void {
  if (!(value >= low && value <= high)) refuse(family, parameter, value, `between ${low} and ${high}`);
}

export function requireCount(family: string, parameter: string, value: number): void {
  if (!(value >= 0 && value <= LARGEST_SHAPE && Number.isInteger(value)))
    refuse(family, parameter, value, "a whole number between 0 and 1e12");
}
