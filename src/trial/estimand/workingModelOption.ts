import { z } from "zod";
import type { RegisteredMethod } from "../method.ts";

/** A method with its options as written; `options` are read by the method's own schema. */
export interface MethodChoice {
  readonly method: string;
  readonly options: unknown;
}

/**
 * The option that names a working model: `model: gee`, or `model: { method: gee, options: { … } }`; both become the second.
 *
 * @param models methods that may be named
 * @param preferred id of the one taken when nothing is said
 */
export const workingModelOption = (models: readonly RegisteredMethod[], preferred: string) =>
  methodOption(models, preferred, {
    named: "a regression method with its default options",
    what: "a regression method",
    whole: "the working model: any regression method, with its options",
  });

/** The same for any list of methods, described in words. */
export function methodOption(
  methods: readonly RegisteredMethod[],
  preferred: string,
  words: { readonly named: string; readonly what: string; readonly whole: string },
) {
  const ids = methods.map(({ id }) => id);
  const spelledOut = methods.map(({ id, options }) =>
    z.strictObject({ method: z.literal(id), options: options.optional() }),
  );
  const named = z.enum(ids).describe(words.named);
  return z
    .union([
      named,
      z.discriminatedUnion("method", spelledOut as [(typeof spelledOut)[number], ...typeof spelledOut], {
        error: `${words.what} (${ids.join(", ")}) with its options`,
      }),
    ])
    .transform(
      (given): MethodChoice =>
        typeof given === "string"
          ? { method: given, options: {} }
          : { method: given.method, options: given.options ?? {} },
    )
    .prefault(preferred)
    .describe(words.whole);
}
