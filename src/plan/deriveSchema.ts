import { z } from "zod";

const column = z.string().min(1);
const year = z.union([z.int(), z.string().min(1)]).transform(String);
const level = z.union([z.string(), z.number(), z.boolean()]).transform(String);
const followUpYear = z.int().min(1);

const price = z.number().min(0);
const currency = z.string().min(1).describe('such as "GBP"; never converted');
const discount = z
  .number()
  .min(0)
  .lt(1)
  .optional()
  .describe("rate per year, such as 0.035; needed as soon as anything falls after the first year of follow-up");

const resourceSchema = z.strictObject({
  columns: z
    .array(column)
    .min(1)
    .optional()
    .describe("columns that count the units used; default the one called like the item"),
  followUpYear: z
    .union([followUpYear, z.array(followUpYear).min(1)])
    .optional()
    .describe("year of follow-up in which they were used, one for all columns or one each; default 1"),
  price: price.optional().describe("of one unit; 1 for a column that is an amount already"),
  year: year.optional().describe("of the price level, such as 2021 or 2020/21"),
  currency: currency.optional(),
});

const interventionSchema = z.strictObject({
  arm: z.union([level, z.array(level).min(1)]).describe("level, or levels, of the arms that bear the cost"),
  perCluster: z
    .union([z.number().min(0), column])
    .optional()
    .describe("once for each cluster: an amount, or a column of amounts (or of units, with price)"),
  perArm: z.number().min(0).optional().describe("once for each arm that bears it"),
  perParticipant: z.number().min(0).optional().describe("once for each participant"),
  price: price.optional().describe("of one unit, where what is given counts units; default 1"),
  year: year.optional().describe("of the price level"),
  currency: currency.optional(),
  followUpYear: followUpYear.optional().describe("year of follow-up in which it arises; default 1"),
  over: z
    .union([z.enum(["participants", "complete"]), z.strictObject({ column })])
    .optional()
    .describe(
      "patients who share it: the participants in the data (default), those of them whose resource use is complete, or a column of each cluster's number (its list, those eligible)",
    ),
  among: z
    .enum(["cluster", "arm"])
    .optional()
    .describe("each cluster's cost among its own patients (default), or all among all patients of the arm"),
});

const useSchema = z.strictObject({
  data: z
    .union([
      z.string().min(1).describe("CSV file, relative to the plan"),
      z.array(z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()]))).min(1),
    ])
    .describe("a row per use of an item"),
  participant: column.describe("column of the participant, in this list and in the data"),
  cluster: column
    .optional()
    .describe("column of the cluster, when participants' names are used again in other clusters"),
  item: column.describe("column of the item"),
  quantity: column.optional().describe("column of the units used; default one for each row"),
  followUpYear: column.optional().describe("column of the year of follow-up; default the first"),
  absent: z
    .enum(["zero", "missing"])
    .describe("what it means that a participant is not in the list: nothing used, or nothing known"),
});

const costSchema = z.strictObject({
  resources: z
    .union([z.record(column, resourceSchema), z.array(column).min(1)])
    .optional()
    .describe("items that participants used, with their prices; or a list of items, priced in prices"),
  prices: z
    .union([
      z.string().min(1).describe("CSV file, relative to the plan, with columns item, price, year and currency"),
      z
        .array(
          z.strictObject({
            item: z.string().min(1),
            price: price,
            year: year.optional(),
            currency: currency.optional(),
          }),
        )
        .min(1),
    ])
    .optional(),
  use: useSchema.optional().describe("a list of uses, where the data have no column for each item"),
  intervention: z
    .record(z.string().min(1), interventionSchema)
    .optional()
    .describe("costs of the intervention that no column counts, by name"),
  currency: currency.optional(),
  priceYear: year.optional().describe("year of the price level of the result"),
  index: z.record(z.string(), z.number().positive()).optional().describe("price index by year, in any base"),
  discount,
  // So that whoever writes utilities is told about the keys of QALYs.
  utilities: z.never().optional(),
});

const qalySchema = z.strictObject({
  utilities: z.array(column).min(2).describe("columns of utilities, in the order of the visits"),
  times: z
    .array(z.union([z.number(), column]))
    .min(2)
    .describe("when the visits were, from randomisation: numbers, or columns of each participant's own times"),
  unit: z.enum(["years", "months", "weeks", "days"]).default("years").describe("of all times"),
  death: column.optional().describe("column of the time of death; empty for those alive"),
  untilDeath: z
    .enum(["linear", "constant"])
    .default("linear")
    .describe("from the last visit before death: a straight line to 0, or as it was until death"),
  missing: z
    .enum(["exclude", "interpolate"])
    .default("exclude")
    .describe("a visit without utility: no QALYs, or a straight line between its neighbours"),
  until: z.number().positive().optional().describe("where the area ends; default at the last visit"),
  discount,
});

/** A column made of others: costs or QALYs. */
export const deriveSchema = z.union([qalySchema, costSchema]);

export type WrittenCosts = z.output<typeof costSchema>;
export type WrittenResource = z.output<typeof resourceSchema>;
export type WrittenIntervention = z.output<typeof interventionSchema>;
export type WrittenQalys = z.output<typeof qalySchema>;
