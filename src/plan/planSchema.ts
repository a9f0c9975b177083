import { z } from "zod";
import type { Measure } from "../contract/estimate.ts";
import type { RegisteredMethod } from "../trial/method.ts";
import { deriveSchema } from "./deriveSchema.ts";
import { expectSchema } from "./expect.ts";
import { imputationSchema, missingSchema } from "./missingSchema.ts";

const column = z.string().min(1);

/** A level of a factor: YAML reads 0 and true as other things than words, the data hold words. */
const level = z.union([z.string(), z.number(), z.boolean()]).transform(String);

const measures = [
  "mean-difference",
  "risk-difference",
  "rate-difference",
  "risk-ratio",
  "odds-ratio",
  "rate-ratio",
  "mean-ratio",
  "coefficient",
  "icc",
  "coefficient-of-variation",
] as const satisfies readonly Measure[];

const outcome = z.union([
  column.describe("continuous, or a column of 0 and 1 where the method's family is binomial"),
  z.strictObject({ name: column, event: level.describe("the level that counts as 1") }),
  z.strictObject({ name: column, exposure: column.describe("column of person-time, in its own unit") }),
  z.strictObject({ events: column, trials: column }),
]);

const allocationSchema = z.strictObject({
  scheme: z
    .enum(["simple", "stratified", "paired", "blocked", "constrained", "minimised"])
    .describe("simple: numbers of clusters per arm; stratified, paired: within trial.strata, trial.pairs"),
  block: column.optional().describe("blocked: column of the block"),
  covariates: z
    .array(column)
    .min(1)
    .optional()
    .describe("constrained: columns of clusters whose balance was asked for"),
  weights: z.array(z.number().positive()).min(1).optional().describe("one per covariate or factor; default 1"),
  metric: z.enum(["l2", "l1"]).optional().describe("constrained: squared (default) or absolute differences of means"),
  cutoff: z.number().gt(0).max(1).optional().describe("constrained: share of allocations allowed, the best balanced"),
  score: z.number().min(0).optional().describe("constrained: largest balance score allowed, in place of cutoff"),
  allocations: z
    .union([
      z.string().min(1).describe("CSV file, relative to the plan: an allocation per row, a column per cluster"),
      z.array(z.record(z.string(), level)).min(1).describe("an object of clusters and their arms for each allocation"),
    ])
    .optional()
    .describe("constrained: the allocations that were allowed, in place of covariates"),
  factors: z.array(column).min(1).optional().describe("minimised: columns of clusters; default trial.strata"),
  probability: z.number().gt(0).max(1).optional().describe("minimised: of the arm that balances best"),
  order: column.optional().describe("minimised: column of the order in which clusters entered"),
  imbalance: z
    .enum(["range", "variance"])
    .optional()
    .describe("minimised: of a level's numbers per arm; default range"),
});

const trialSchema = z.strictObject({
  cluster: column.describe("column that names the randomised unit"),
  arm: column.optional().describe("column of the arms; leave out for clustered data that are not a trial"),
  control: level
    .optional()
    .describe("reference level of the arm; default 0, or the level named control, or the first in sorted order"),
  strata: z.array(column).min(1).optional().describe("factors of the randomisation, always categorical"),
  pairs: column.optional().describe("column that names the pair, when clusters were matched"),
  participant: column.optional().describe("column that names the person, when a participant has several rows"),
  allocation: allocationSchema
    .optional()
    .describe("how the clusters were randomised; default: what pairs or strata imply, else simple"),
});

export type WrittenTrial = z.output<typeof trialSchema>;
export type WrittenAllocation = z.output<typeof allocationSchema>;

const columnSchema = z.union([
  z.strictObject({ type: z.literal("categorical"), reference: level.exactOptional() }),
  z.strictObject({ type: z.literal("continuous") }),
]);

/** What every analysis has, whatever its method. */
const analysisShape = {
  id: z.string().min(1).optional().describe("default: the method's id, numbered when it is used twice"),
  covariates: z.array(column).default([]).describe('columns, or "a:b" for an interaction'),
  effect: column.optional().describe("without an arm: the covariate of interest; default the first"),
  weights: column.optional(),
  offset: column.optional(),
  measure: z.enum(measures).optional().describe("default: the measure that the method's link gives directly"),
  level: z.number().gt(0).lt(1).default(0.95).describe("coverage of intervals"),
  imputation: imputationSchema.optional().describe("multiple imputation: short for missing with that method"),
  missing: missingSchema
    .optional()
    .describe("what to do about missing outcomes and covariates; default complete cases"),
  expect: expectSchema.optional(),
};

const planShape = {
  missingCodes: z.array(z.string()).default(["", "NA"]).describe("cells that count as missing"),
  where: z
    .record(column, z.union([level, z.array(level).min(1)]))
    .optional()
    .describe("row filter: column = value, or one of a list of values"),
  trial: trialSchema,
  columns: z.record(column, columnSchema).optional(),
  derive: z.record(column, deriveSchema).optional().describe("columns made of others, by name: costs, QALYs"),
  seed: z.int().min(0).max(Number.MAX_SAFE_INTEGER).default(1).describe("for anything random"),
  workers: z.union([z.literal("auto"), z.int().min(1)]).default("auto"),
};

const fileShape = {
  $schema: z.string().optional().describe("where an editor finds the JSON Schema of plans; nothing else reads it"),
  clustrial: z.literal(1).describe("version of the format"),
  data: z.string().min(1).describe("path of a CSV file, relative to the plan"),
};

/** What every analysis has whose method does not find its outcomes among its options. */
export const outcomeSchema = z.object({ outcome });

/** What a script passes besides the table: a plan without the keys that only a file needs. */
export const scriptSchema = z.strictObject({
  ...planShape,
  analyses: z
    .array(
      z.strictObject({
        ...analysisShape,
        outcome: outcome.optional(),
        method: z.string(),
        options: z.record(z.string(), z.unknown()).default({}),
      }),
    )
    .min(1),
});

/** A plan as users write it; options are read afterwards, by the schema of the method that takes them. */
export const planSchema = scriptSchema.extend(fileShape);

/** The same plan with the options of every method spelled out, for editors. */
export const editorSchema = (methods: readonly RegisteredMethod[]) =>
  z.strictObject({
    ...fileShape,
    ...planShape,
    analyses: z
      .array(
        z.union(
          methods.map(({ id, title, purpose, outcomes, options }) =>
            z
              .strictObject({
                ...analysisShape,
                ...(outcomes.length === 0 ? {} : { outcome }),
                method: z.literal(id).describe(purpose),
                options: outcomes.length === 0 ? options : options.optional(),
              })
              .meta({ title }),
          ),
        ),
      )
      .min(1),
  });
