import { describe, expect, test } from "vitest";
import { z } from "zod";
import { defineMethod, type RegisteredMethod } from "../../src/trial/method.ts";
import { parseInput } from "../../src/trial/parseInput.ts";
import { refusal } from "../support/refusal.ts";

const card = { title: "t", purpose: "p", outcomes: [], measures: [], references: [], accepts: [] } as const;
const spread = defineMethod({
  ...card,
  id: "spread",
  options: z.strictObject({ variances: z.enum(["pooled", "welch"]).default("pooled") }),
  needs: (options) => ({ groupings: [], columns: [options.variances] }),
  analyse: () => {
    throw new Error("not asked here");
  },
});
const draws = defineMethod({
  ...card,
  id: "draws",
  options: z.strictObject({ draws: z.union([z.literal("auto"), z.int().min(1)]).default("auto") }),
  analyse: () => {
    throw new Error("not asked here");
  },
});
const list = [spread, draws] as const satisfies readonly RegisteredMethod[];

describe("defineMethod", () => {
  test("one list holds methods with different options, and keeps their ids", () => {
    const id: "spread" | "draws" = list[1].id;
    expect(id).toBe("draws");
  });

  test("options are parsed by the method's own schema, with defaults", () => {
    expect(list[0].needs({}).columns).toEqual(["pooled"]);
    expect(list[0].needs({ variances: "welch" }).columns).toEqual(["welch"]);
    expect(list[1].needs({})).toEqual({ groupings: [], columns: [] });
  });

  test("what does not fit is one sentence with path, finding and nearest choice", () => {
    expect(refusal(() => list[0].needs({ variances: "welsh" }))).toEqual({
      code: "invalid-value",
      message: 'options.variances is "welsh", but must be one of "pooled", "welch"; did you mean "welch"?',
    });
    expect(refusal(() => list[0].needs({ variance: "welch" }))).toEqual({
      code: "unknown-key",
      message: 'options has no key "variance"; did you mean "variances"?',
    });
    expect(refusal(() => list[1].needs({ draws: "many" })).message).toBe(
      'options.draws is "many", but must be "auto" or a number',
    );
    expect(refusal(() => list[1].needs({ draws: 0 })).message).toBe("options.draws is 0, but must be at least 1");
  });
});

describe("parseInput", () => {
  const schema = z.strictObject({
    trial: z.strictObject({ cluster: z.string().min(1), arm: z.string().optional() }),
    analyses: z
      .array(
        z.strictObject({ outcome: z.union([z.string(), z.strictObject({ name: z.string(), event: z.string() })]) }),
      )
      .min(1),
  });
  const good = { trial: { cluster: "practice" }, analyses: [{ outcome: "y" }] };

  test.each([
    [{ ...good, trail: {} }, "unknown-key", 'plan has no key "trail"; did you mean "trial"?'],
    [{ ...good, zebra: {} }, "unknown-key", 'plan has no key "zebra"; it takes trial, analyses'],
    [{ ...good, trial: {} }, "missing-key", "plan.trial.cluster is missing; it must be text"],
    [
      { ...good, trial: { cluster: "" } },
      "invalid-value",
      'plan.trial.cluster is "", but must be text that is not empty',
    ],
    [
      { ...good, trial: { clutser: "practice" } },
      "unknown-key",
      'plan.trial has no key "clutser"; did you mean "cluster"?',
    ],
    [{ ...good, analyses: [] }, "invalid-value", "plan.analyses is [], but must be a list of at least 1"],
    [
      { ...good, analyses: [{ outcome: 3 }] },
      "invalid-value",
      "plan.analyses[0].outcome is 3, but must be text or a group of keys and values",
    ],
    [
      { ...good, analyses: [{ outcome: { name: "y", evnt: "yes" } }] },
      "unknown-key",
      'plan.analyses[0].outcome has no key "evnt"; did you mean "event"?',
    ],
    [
      { ...good, analyses: [{ outcome: { name: "y" } }] },
      "missing-key",
      "plan.analyses[0].outcome.event is missing; it must be text",
    ],
  ])("%j", (input, code, message) => {
    expect(refusal(() => parseInput(schema, input, "plan"))).toEqual({ code, message });
  });
});
