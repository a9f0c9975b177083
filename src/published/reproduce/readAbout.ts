import { z } from "zod";
import { parseInput } from "../../trial/parseInput.ts";
import { figure } from "../publishedTrial.ts";
import type { About } from "../rebuild/about.ts";

const words = z.string();

const check = z.union([
  z.strictObject({ from: z.literal("analysis"), analysis: words, path: words }),
  z.strictObject({
    from: z.literal("rows"),
    count: z.enum(["clusters", "participants", "analysed", "percent", "events", "levels"]),
    arm: words.nullable(),
    column: words.nullable(),
  }),
]);

const value = z.union([words, z.number(), z.boolean(), z.array(z.union([words, z.number()]))]);

const aboutSchema = z.strictObject({
  synthetic: z.literal(true, { error: "true: reproduce takes rebuilt trials, whose rows are synthetic" }),
  warning: words,
  name: words,
  title: words,
  source: words,
  seed: z.int(),
  figures: z.array(z.strictObject({ id: words, what: words, published: figure, check, how: words })),
  assumptions: z.array(z.strictObject({ path: words, value, because: words })),
  solved: z.array(z.strictObject({ what: words, value: z.number(), so: words })),
  follows: z.array(words),
  unknown: z.array(words),
});

/**
 * Reads the about.json of a rebuilt trial.
 *
 * @throws InputProblem `unknown-key`, `missing-key`, `invalid-value` with the key path below "about".
 */
export const readAbout = (input: unknown): About => parseInput(aboutSchema, input, "about");
