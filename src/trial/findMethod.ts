import { nearest } from "../contract/nearest.ts";
import { InputProblem } from "../contract/problem.ts";
import type { RegisteredMethod } from "./method.ts";

/** @throws InputProblem `unknown-method` with the nearest one. */
export function findMethod(id: string, list: readonly RegisteredMethod[], path: string): RegisteredMethod {
  const found = list.find((method) => method.id === id);
  if (found !== undefined) return found;
  const ids = list.map((method) => method.id);
  throw new InputProblem("unknown-method", { path, method: id, nearest: nearest(id, ids), methods: ids });
}
