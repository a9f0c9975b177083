import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { planJsonSchema } from "../../src/plan/jsonSchema.ts";
import { parsePlan } from "../../src/plan/parsePlan.ts";
import { readPlanText } from "../../src/plan/readPlanText.ts";
import { sampleAnalysis } from "../report/sampleAnalysis.ts";
import { root } from "../support/sources.ts";

interface Schema {
  readonly properties: Readonly<Record<string, Schema>>;
  readonly items: { readonly anyOf: readonly Schema[] };
}

const document = readFileSync(join(root, "docs/plan.md"), "utf8");

test("the plan in the documentation is valid", () => {
  const plan = parsePlan(readPlanText(/```yaml\n([\s\S]*?)```/.exec(document)![1]!));
  expect(plan.analyses.map(({ method }) => method.id)).toEqual(["linear-mixed-model"]);
});

test("every key of a plan has its line, and no line has a key that is gone", () => {
  const { properties } = planJsonSchema() as Schema;
  const nested = {
    trial: properties["trial"]!.properties,
    "analyses[]": properties["analyses"]!.items.anyOf[0]!.properties,
  };
  const keys = Object.keys(properties).filter((key) => key !== "trial" && key !== "analyses");
  for (const [above, below] of Object.entries(nested)) keys.push(...Object.keys(below).map((key) => `${above}.${key}`));
  const section = document.split("## Published figures")[0]!;
  const lines = [...section.matchAll(/^\| `([^`]+)` \|/gm)].map((match) => match[1]!);
  expect(lines.sort()).toEqual(keys.sort());
});

test("every field of a result has its line", () => {
  const section = document.split("## What comes back")[1]!.split("## How a command ends")[0]!;
  const lines = [...section.matchAll(/^\| `([^`]+)` \|/gm)].map((match) => match[1]!);
  expect(lines.sort()).toEqual(Object.keys(sampleAnalysis).sort());
});
