import { z } from "zod";
import { methods } from "../../economics/methods.ts";
import { parseInput } from "../../trial/parseInput.ts";
import { figure } from "../publishedTrial.ts";

const words = z.string().min(1);
const because = words.describe("why this was assumed, for about.json");

const designArm = z.strictObject({
  clusters: figure.optional(),
  participants: figure.optional(),
  analysed: figure.optional(),
  percent: figure.optional().describe("of the participants, analysed"),
});

const outcomeArm = z.strictObject({
  analysed: figure.optional(),
  percent: figure.optional().describe("of the participants, analysed"),
  mean: figure.optional(),
  sd: figure.optional(),
  events: figure.optional().describe("in all, of counts and of yes-or-no outcomes"),
});

const effect = z.strictObject({
  measure: z.literal("mean-difference").default("mean-difference"),
  adjusted: words.optional(),
  value: figure.optional(),
  interval: z.tuple([figure, figure]).optional(),
  level: z.number().gt(0).lt(1).default(0.95),
  p: figure.optional(),
  standardError: figure.optional(),
});

const publishedOutcome = z.strictObject({
  title: words.optional(),
  claim: words.optional().describe("id of the claim among the published ones, default the outcome's name"),
  type: z.enum(["continuous", "cost", "count", "binary"]).default("continuous"),
  unit: words.optional(),
  byArm: z.record(words, outcomeArm).optional(),
  effect: effect.optional(),
  p: figure.optional().describe("when no effect was printed beside it"),
});

const baseline = z.strictObject({
  name: words,
  correlation: z.number().gt(-1).lt(1).describe("with the outcome, within arms"),
  mean: z.number(),
  sd: z.number().gt(0),
});

const assumedOutcome = z.strictObject({
  byArm: z.record(words, outcomeArm).optional(),
  analysis: z
    .strictObject({
      method: z.enum(methods.map(({ id }) => id)).default("linear-mixed-model"),
      options: z.record(words, z.unknown()).default({}),
      measure: z
        .enum(["mean-difference", "risk-difference", "rate-difference"])
        .optional()
        .describe("default the method's own; ratios are not solved for"),
      covariates: z.array(words).optional().describe("default: the baseline and every factor"),
    })
    .optional(),
  icc: z.number().gt(-1).lt(1).optional().describe("within arms; default 0.05; where it is solved, the start"),
  baseline: baseline.optional(),
  solve: z
    .enum(["icc", "correlation"])
    .default("icc")
    .describe("which of the two is changed until interval and P print as published"),
  shape: z.enum(["normal", "lognormal"]).optional().describe("default lognormal for costs, else normal"),
  dispersion: z
    .number()
    .gt(0)
    .default(1)
    .describe("of counts between participants: variance of their rates over the squared mean"),
  scatter: z
    .number()
    .min(0)
    .max(3)
    .default(0.25)
    .describe(
      "of counts and yes-or-no outcomes: standard deviation of log rates between clusters, where it is not solved",
    ),
  decimals: z.int().min(0).max(10).optional().describe("of the rows; default three more than the figures"),
  because,
});

const figuresSchema = z.strictObject({
  clustrial: z.literal(1).describe("version of the format"),
  rebuild: z.string().regex(/^[a-z0-9]+(-[a-z0-9]+)*$/, { error: 'a short name such as "my-trial"' }),
  title: words,
  seed: z.int().min(0).max(Number.MAX_SAFE_INTEGER).default(1),
  treated: words.default("intervention"),
  control: words.default("control"),
  columns: z
    .strictObject({ cluster: words.default("cluster"), arm: words.default("arm"), participant: words.default("id") })
    .default({ cluster: "cluster", arm: "arm", participant: "id" }),
  published: z.strictObject({
    source: words,
    design: z
      .strictObject({
        clusters: figure.optional(),
        participants: figure.optional(),
        byArm: z.record(words, designArm).optional(),
        factors: z.record(words, figure).optional().describe("numbers of levels, such as regions: 4"),
      })
      .default({}),
    outcomes: z.record(words, publishedOutcome),
    unknown: z.array(words).default([]).describe("looked for, and not in the source"),
  }),
  assumed: z.strictObject({
    design: z.strictObject({ byArm: z.record(words, designArm), because }).optional(),
    sizes: z
      .strictObject({
        cv: z.number().min(0).max(3).optional().describe("coefficient of variation of cluster sizes"),
        byArm: z
          .record(words, z.array(z.int().min(1)))
          .optional()
          .describe("every cluster's size instead"),
        because,
      })
      .default({ cv: 0.5, because: "nothing is known about cluster sizes; 0.5 is ordinary for primary care" }),
    factors: z.record(words, z.strictObject({ levels: z.array(words).min(2), because })).default({}),
    outcomes: z.record(words, assumedOutcome).default({}),
  }),
});

/** Published figures of a parallel two-arm cluster trial, and what must be assumed to make rows of them. */
export type Figures = z.output<typeof figuresSchema>;
export type PublishedOutcome = z.output<typeof publishedOutcome>;
export type AssumedOutcome = z.output<typeof assumedOutcome>;

/** @throws InputProblem `unknown-key`, `missing-key`, `invalid-value` with the key path below "figures". */
export const readFigures = (input: unknown): Figures => parseInput(figuresSchema, input, "figures");
