import { Problem } from "../../src/contract/problem.ts";

/** The problem that `act` throws, as code and message. */
export function caught(act: () => unknown): { code: string; message: string; kind: string } {
  try {
    act();
  } catch (error) {
    if (error instanceof Problem) return { code: error.code, message: error.message, kind: error.kind };
    throw error;
  }
  throw new Error("nothing was thrown");
}
