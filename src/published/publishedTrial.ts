import { z } from "zod";
import { parseInput } from "../trial/parseInput.ts";
import { printedInterval } from "./printedNumber.ts";

const sample = 'a number in quotes as it was printed, such as "0.30", "−0.25", "<0.001" or "85.3%"';

const readable = (text: string): boolean => {
  try {
    printedInterval(text);
    return true;
  } catch {
    return false;
  }
};

/** A printed number, kept as text; whole numbers need no quotes, others do, since 0.30 unquoted loses its zero. */
export const figure = z
  .union([z.string({ error: sample }).refine(readable, { error: sample }), z.int({ error: sample })], { error: sample })
  .transform(String);

const words = z.string();
const armFigures = z.strictObject({
  clusters: figure.optional(),
  participants: figure.optional().describe("randomised"),
  analysed: figure.optional(),
  mean: figure.optional(),
  sd: figure.optional(),
  events: figure.optional(),
  percent: figure
    .optional()
    .describe("of the analysed with the event; without events, the analysed of the participants"),
});

const effect = z.strictObject({
  measure: z
    .enum([
      "mean-difference",
      "risk-difference",
      "rate-difference",
      "risk-ratio",
      "odds-ratio",
      "rate-ratio",
      "mean-ratio",
      "hazard-ratio",
      "coefficient",
    ])
    .optional(),
  adjusted: z
    .union([words, z.boolean()])
    .optional()
    .describe('what it is adjusted for; false or "unadjusted" if for nothing'),
  value: figure.optional(),
  interval: z.tuple([figure, figure]).optional(),
  level: z.number().gt(0).lt(1).optional().describe("coverage of the interval, default 0.95"),
  p: figure.optional(),
  standardError: figure.optional(),
});

/** One published result: whatever of it was printed. */
const claim = z.strictObject({
  id: z.string().min(1),
  outcome: words.optional(),
  type: z.enum(["continuous", "binary", "count", "cost"]).optional(),
  unit: words.optional(),
  byArm: z.record(words, armFigures).optional(),
  effect: effect.optional(),
  p: figure.optional().describe("when no effect was printed beside it"),
  clusters: figure.optional().describe("analysed for this claim; default those of the design"),
  values: z
    .literal("integer")
    .optional()
    .describe("each participant's value is a whole number, or the mean of `items` of them"),
  items: z.int().min(1).optional().describe("how many whole numbers a participant's value averages, default 1"),
  range: z.tuple([z.number(), z.number()]).optional().describe("smallest and largest possible value of a participant"),
  variances: z.strictObject({ between: figure, within: figure }).optional(),
  icc: z
    .union([figure, z.record(words, figure)])
    .optional()
    .describe("one figure, or several by how they were obtained"),
  proportions: z.tuple([figure, figure]).optional(),
  standardisedDifference: figure.optional(),
  power: figure.optional(),
  doctors: figure.optional(),
  patients: figure.optional(),
  reduction: words.optional(),
  statement: words.optional(),
  source: words.optional(),
  note: words.optional(),
});

/** Facts of the design. Trials differ in what they print, so further keys are kept as they are. */
const design = z.looseObject({
  clusters: figure.optional(),
  clustersCompleted: figure.optional(),
  participants: figure.optional(),
  participantsCompleted: figure.optional(),
  byArm: z.record(words, z.strictObject({ clusters: figure.optional(), participants: figure.optional() })).optional(),
});

const trial = z.strictObject({
  id: z.string().min(1),
  title: words.optional(),
  source: words.optional(),
  provenance: words.optional().describe("how the figures came into this file"),
  design: design.default({}),
  claims: z.array(claim),
  measures: z.array(words).optional(),
  unknown: z.array(words).optional().describe("looked for, and not in the sources at hand"),
  inference: words.optional(),
  note: words.optional(),
  derived: z.record(words, z.unknown()).optional().describe("arithmetic from the printed figures, not published"),
});

const collection = z.strictObject({ note: words.optional(), trials: z.array(trial) });
const claimList = z.array(claim);
const trialList = z.array(trial);

export type PublishedArm = z.output<typeof armFigures>;
export type PublishedClaim = z.output<typeof claim>;
/** What one publication printed of one trial; `id` is empty for a bare list of claims. */
export type PublishedTrial = z.output<typeof trial>;

/**
 * Reads published claims: a collection `{ trials: […] }`, one trial `{ id, design, claims }`, a list of trials, or a
 * bare list of claims.
 *
 * @throws InputProblem `unknown-key`, `missing-key`, `invalid-value`, naming the key path below "claims".
 */
export function readPublished(input: unknown): readonly PublishedTrial[] {
  if (Array.isArray(input)) {
    const trials = input.some((each) => typeof each === "object" && each !== null && "claims" in each);
    if (trials) return parseInput(trialList, input, "trials");
    return [{ id: "", design: {}, claims: parseInput(claimList, input, "claims") }];
  }
  const one = typeof input === "object" && input !== null && "claims" in input;
  return one ? [parseInput(trial, input, "trial")] : parseInput(collection, input, "claims").trials;
}
