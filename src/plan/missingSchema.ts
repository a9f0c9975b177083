import { z } from "zod";
import { InputProblem } from "../contract/problem.ts";
import type { ImputationPlan, MissingPlan } from "../trial/missing/missingPlan.ts";

const column = z.string().min(1);

const scale = z.union([
  z.enum(["identity", "log"]),
  z.strictObject({ scale: z.literal("log"), shift: z.number().positive() }),
]);

const delta = z.record(
  z.string(),
  z.record(
    column,
    z.union([
      z.number(),
      z.string().regex(/^[+-]?\d+(\.\d+)?\s*%$/, { error: 'an amount such as 100, or a share such as "+10%"' }),
    ]),
  ),
);

const imputationShape = {
  imputations: z.int().min(2).max(10000).default(50),
  iterations: z.int().min(20).max(1000000).default(200).describe("of the sampler before each imputation"),
  auxiliary: z.array(column).default([]).describe("further columns that help to predict what is missing"),
  scales: z
    .record(column, scale)
    .default({})
    .describe("scale on which a variable is taken as normal; default identity"),
  byArm: z.boolean().default(true).describe("an imputation model for each arm, or one for all"),
  assumption: z.enum(["missing-at-random", "jump-to-reference"]).default("missing-at-random"),
  delta: z
    .union([delta, z.array(delta).min(1)])
    .optional()
    .describe("by arm and variable, what is added to imputed values; a list gives an analysis for each"),
  priorIcc: z.number().gt(0).lt(1).default(0.05).describe("guess of the intracluster correlation before the data"),
};

/** Short for `missing` with method multiple-imputation. */
export const imputationSchema = z.strictObject(imputationShape);

export const missingSchema = z.union([
  z.strictObject({
    method: z
      .literal("multiple-imputation")
      .default("multiple-imputation")
      .describe("what is meant where none is named"),
    ...imputationShape,
  }),
  z.strictObject({
    method: z.literal("inverse-probability"),
    covariates: z
      .array(column)
      .min(1)
      .optional()
      .describe("complete columns that predict who is observed; default the covariates"),
    byArm: z.boolean().default(true),
    stabilised: z.boolean().default(true),
  }),
]);

interface Written {
  readonly imputation?: z.output<typeof imputationSchema> | undefined;
  readonly missing?: z.output<typeof missingSchema> | undefined;
}

/**
 * How missing values are handled, one plan per analysis to be made of it: several where departures from missing at random
 * are listed, [undefined] where nothing is said.
 *
 * @throws InputProblem `missing-twice`.
 */
export function missingPlans({ imputation, missing }: Written, path: string): readonly (MissingPlan | undefined)[] {
  if (imputation !== undefined && missing !== undefined) throw new InputProblem("missing-twice", { path });
  const written =
    missing ?? (imputation === undefined ? undefined : { method: "multiple-imputation" as const, ...imputation });
  if (written?.method !== "multiple-imputation") return [written];
  const { delta: shifts, ...others } = written;
  if (shifts === undefined) return [others];
  return (Array.isArray(shifts) ? shifts : [shifts]).map((each): ImputationPlan => ({ ...others, delta: each }));
}
