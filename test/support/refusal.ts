import { Problem } from "../../src/contract/problem.ts";

/** Code and sentence of the problem that `ask` runs into. */
export function refusal(ask: () => unknown): { readonly code: string; readonly message: string } {
  try {
    ask();
  } catch (problem) {
    if (problem instanceof Problem) return { code: problem.code, message: problem.message };
    throw problem;
  }
  throw new Error("nothing was refused");
}
