import { z } from "zod";

const sample = 'a number in quotes as it was printed, such as "0.30", so that its precision is kept';

/**
 * A number as printed, kept as text: "0.03", "-0.25", "<0.001", ">0.99", "£63", "1,250", "85.3%". How many decimals
 * were printed decides how closely a computed value must agree, so 0.30 without quotes, which reads as 0.3, is refused;
 * whole numbers need no quotes.
 */
const printedNumber = z
  .union([z.string().regex(/\d/, { error: sample }), z.int({ error: sample })], { error: sample })
  .transform(String)
  .describe('a number as printed, in quotes, such as "0.30", "<0.001", "1,250" or "85.3%"');

const effect = z.strictObject({
  value: printedNumber.optional(),
  interval: z.tuple([printedNumber, printedNumber]).optional().describe("lower and upper limit, as printed"),
  p: printedNumber.optional(),
  standardError: printedNumber.optional(),
  df: printedNumber.optional(),
});

const armFigures = z.strictObject({
  mean: printedNumber.optional(),
  sd: printedNumber.optional(),
  participants: printedNumber.optional(),
  clusters: printedNumber.optional(),
  events: printedNumber.optional(),
  percent: printedNumber.optional().describe("100 × the mean of a binary outcome"),
});

/** Published claims beside which an analysis is put, as strings so that the printed precision is kept. */
export const expectSchema = z.strictObject({
  effect: effect.optional(),
  icc: printedNumber.optional(),
  variances: z.strictObject({ between: printedNumber.optional(), within: printedNumber.optional() }).optional(),
  byArm: z.record(z.string(), armFigures).optional().describe("by the arm's level as it stands in the data"),
  clusters: printedNumber.optional(),
  participants: printedNumber.optional(),
});

export type Expect = z.output<typeof expectSchema>;
