import { Defect } from "../contract/problem.ts";

/**
 * Passes a result on when every number in it is finite.
 *
 * @throws Defect naming the path of the first number that is not: a method let it escape.
 */
export function finite<T>(result: T, at: string): T {
  const path = pathOfNonFinite(result, at);
  if (path !== null) throw new Defect(`${path} is not a finite number`, { path });
  return result;
}

function pathOfNonFinite(value: unknown, at: string): string | null {
  if (typeof value === "number") return Number.isFinite(value) ? null : at;
  if (typeof value !== "object" || value === null) return null;
  for (const [key, inner] of Object.entries(value)) {
    const path = pathOfNonFinite(inner, Array.isArray(value) ? `${at}[${key}]` : `${at}.${key}`);
    if (path !== null) return path;
  }
  return null;
}
