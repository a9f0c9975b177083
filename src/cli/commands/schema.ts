import { planJsonSchema } from "../../plan/jsonSchema.ts";
import type { CliCommand } from "../command.ts";

/** The JSON Schema of the plan, for editors. */
export const schemaCommand: CliCommand = {
  name: "schema",
  summary: "print the JSON Schema of the plan, for editors",
  example: "clustrial schema > plan.schema.json",
  configure: (parser) => parser,
  answer: async () => {
    const json = planJsonSchema();
    return { exitCode: 0, json, text: `${JSON.stringify(json, null, 2)}\n` };
  },
};
