import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { methods } from "../../src/economics/methods.ts";
import { planJsonSchema } from "../../src/plan/jsonSchema.ts";
import { version } from "../../src/plan/version.ts";
import { fakeMethods } from "./fakeMethods.ts";

interface Schema {
  readonly properties: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: boolean | Schema;
  readonly items: { readonly anyOf: readonly Schema[] };
  readonly const?: string;
  readonly enum?: readonly string[];
  readonly default?: unknown;
  readonly title?: string;
}

describe("planJsonSchema", () => {
  const schema = planJsonSchema(fakeMethods) as Schema;
  const analyses = schema.properties["analyses"]!.items.anyOf;

  test("asks of a file what parsePlan asks", () => {
    expect(schema.required).toEqual(["clustrial", "data", "trial", "analyses"]);
    expect(schema.additionalProperties).toBe(false);
    expect(schema.properties["trial"]!.required).toEqual(["cluster"]);
  });

  test("spells out each method's own options", () => {
    expect(analyses.map((each) => each.properties["method"]!.const)).toEqual(["difference", "bare-counts"]);
    const options = analyses[0]!.properties["options"]!;
    expect(options.additionalProperties).toBe(false);
    expect(options.properties["variances"]).toMatchObject({ enum: ["pooled", "welch"], default: "pooled" });
  });

  test("can be made of every method in the list", () => {
    const all = (planJsonSchema() as Schema).properties["analyses"]!.items.anyOf;
    expect(all.map((each) => each.properties["method"]!.const)).toEqual(methods.map(({ id }) => id));
  });
});

test("the version is the package's", () => {
  const manifest = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8")) as {
    version: string;
  };
  expect(version).toBe(manifest.version);
});
