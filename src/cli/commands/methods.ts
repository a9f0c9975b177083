import { z } from "zod";
import { methods } from "../../economics/methods.ts";
import { table } from "../../report/block.ts";
import { renderText } from "../../report/renderText.ts";
import type { RegisteredMethod } from "../../trial/method.ts";
import type { CliCommand } from "../command.ts";

interface OptionSchema {
  readonly enum?: readonly unknown[];
  readonly type?: string;
  readonly default?: unknown;
  readonly anyOf?: readonly OptionSchema[];
  readonly const?: unknown;
}

/** What can be asked: every method with its outcomes, options and references. */
export const methodsCommand: CliCommand = {
  name: "methods",
  summary: "list every method with its options, outcomes and references",
  example: "clustrial methods",
  configure: (parser) => parser,
  answer: async () => {
    const list: readonly RegisteredMethod[] = methods;
    const cards = list.map(({ id, title, purpose, outcomes, measures, accepts, references, options }) => {
      const { $schema: _, ...schema } = z.toJSONSchema(options, { io: "input", unrepresentable: "any" });
      return { id, title, purpose, outcomes, measures, accepts, references, options: schema };
    });
    const text = cards.map(({ id, purpose, outcomes, measures, accepts, references, options }) =>
      renderText([
        { kind: "heading", text: id },
        { kind: "line", label: "for", text: purpose },
        { kind: "line", label: "outcomes", text: outcomes.length === 0 ? "named in its options" : outcomes.join(", ") },
        ...(measures.length === 0 ? [] : [{ kind: "line", label: "measures", text: measures.join(", ") } as const]),
        { kind: "line", label: "uses", text: accepts.join(", ") },
        table(
          ["option", "default", "values"],
          Object.entries(options.properties ?? {}).map(([name, option]) => {
            const schema = option as OptionSchema;
            return [name, schema.default === undefined ? "–" : plain(schema.default), values(schema)];
          }),
          [1, 2],
        ),
        ...references.map((text) => ({ kind: "line", label: "reference", text }) as const),
      ]),
    );
    return { exitCode: 0, json: { methods: cards }, text: text.join("\n") };
  },
};

const plain = (value: unknown) => (typeof value === "string" ? value : JSON.stringify(value));

function values({ enum: choices, const: only, anyOf, type }: OptionSchema): string {
  if (choices !== undefined) return choices.map(plain).join(", ");
  if (only !== undefined) return plain(only);
  return anyOf === undefined ? (type ?? "any") : anyOf.map(values).join(", ");
}
