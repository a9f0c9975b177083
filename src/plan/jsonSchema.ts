import { z } from "zod";
import { methods } from "../economics/methods.ts";
import type { RegisteredMethod } from "../trial/method.ts";
import { editorSchema } from "./planSchema.ts";

/** JSON Schema (draft 2020-12) of the plan, with the options of each method: editors complete and check plans with it. */
export function planJsonSchema(list: readonly RegisteredMethod[] = methods): object {
  const { $schema, ...schema } = z.toJSONSchema(editorSchema(list), { io: "input", unrepresentable: "any" });
  return {
    $schema,
    title: "clustrial plan",
    description: "What to analyse in a cluster randomised trial, and which published figures the results should match",
    ...schema,
  };
}
