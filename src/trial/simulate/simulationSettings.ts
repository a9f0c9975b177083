import { z } from "zod";
import type { Measure } from "../../contract/estimate.ts";

const whole = (least: number) => z.int().min(least);

const continuous = z.strictObject({
  kind: z.literal("continuous"),
  icc: z.number().min(0).lt(1).describe("intracluster correlation in the control arm"),
  effect: z.number().default(0).describe("difference of means"),
  mean: z.number().default(0).describe("of the control arm"),
  sd: z.number().positive().default(1).describe("of the control arm, between and within clusters together"),
  shape: z.enum(["normal", "skewed"]).default("normal").describe("skewed: exponential, for clusters and participants"),
  sdRatio: z.number().positive().default(1).describe("standard deviations of the intervention arm over the control's"),
});

const binary = z.strictObject({
  kind: z.literal("binary"),
  risk: z.number().gt(0).lt(1).describe("proportion with the event in the control arm"),
  icc: z.number().min(0).max(0.9).describe("intracluster correlation on the proportion scale in the control arm"),
  effect: z.number().default(0).describe("log odds ratio for participants of one cluster"),
});

const count = z.strictObject({
  kind: z.literal("count"),
  rate: z.number().positive().describe("events per participant in the control arm"),
  cv: z.number().min(0).describe("coefficient of variation of the clusters' true rates"),
  effect: z.number().default(0).describe("log rate ratio"),
});

const outcomeSchema = z.discriminatedUnion("kind", [continuous, binary, count]);

export const simulationSchema = z.strictObject({
  clusters: z
    .union([whole(2), z.strictObject({ control: whole(1), intervention: whole(1) })])
    .describe("in all, half of them treated (of an odd number one more), or per arm"),
  sizes: z
    .union([whole(1), z.array(whole(1)).min(2), z.strictObject({ mean: z.number().positive(), cv: z.number().min(0) })])
    .describe("participants per cluster: the same for all, one for each (treated clusters first), or gamma"),
  outcome: outcomeSchema,
  method: z.string(),
  options: z.record(z.string(), z.unknown()).default({}),
  measure: z.string().optional(),
  level: z.number().gt(0).lt(1).default(0.95),
  trials: whole(1),
  seed: z.int().min(0).max(Number.MAX_SAFE_INTEGER).default(1),
});

/** What to simulate and how to analyse it, as a script writes it. */
export interface SimulationRequest extends Omit<z.input<typeof simulationSchema>, "measure"> {
  readonly measure?: Measure;
}

/** The same, defaults filled in; plain data. */
export type SimulationSettings = z.output<typeof simulationSchema>;

/** How the outcomes of a trial arise. */
export type OutcomeModel = z.output<typeof outcomeSchema>;
export type ContinuousModel = z.output<typeof continuous>;
export type BinaryModel = z.output<typeof binary>;
export type CountModel = z.output<typeof count>;
