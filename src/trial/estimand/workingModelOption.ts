import { z } from "zod";
import type { RegisteredMethod } from "../method.ts";

/** A regression with its options as written; `options` are read by the regression's own schema. */
export interface ModelChoice {
  readonly method: string;
  readonly options: unknown;
}

/**
 * The option that names a working model: `model: gee`, or `model: { method: gee, options: { … } }`; both become the second.
 *
 * @param models methods that may be named
 * @param preferred id of the one taken when nothing is said
 */
export function workingModelOption(models: readonly RegisteredMethod[], preferred: string) {
  const ids = models.map(({ id }) => id);
  const spelledOut = models.map(({ id, options }) =>
    z.strictObject({ method: z.literal(id), options: options.optional() }),
  );
  const named = z.enum(ids).describe("a regression method with its default options");
  return z
    .union([
      named,
      z.discriminatedUnion("method", spelledOut as [(typeof spelledOut)[number], ...typeof spelledOut], {
        error: `a regression method (${ids.join(", ")}) with its options`,
      }),
    ])
    .transform(
      (given): ModelChoice =>
        typeof given === "string"
          ? { method: given, options: {} }
          : { method: given.method, options: given.options ?? {} },
    )
    .prefault(preferred)
    .describe("the working model: any regression method, with its options");
}
