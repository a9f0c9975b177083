import { z } from "zod";
import { type Findings, summaryOf } from "../../src/contract/analysis.ts";
import { DesignProblem } from "../../src/contract/problem.ts";
import { defineMethod } from "../../src/trial/method.ts";

/** Difference of two arm means, without any inference: enough to watch the runner work. */
const difference = defineMethod({
  id: "difference",
  title: "Difference of means",
  purpose: "Watches the runner",
  outcomes: ["continuous"],
  measures: ["mean-difference"],
  references: ["None 2026"],
  accepts: ["covariates", "weights"],
  options: z.strictObject({
    variances: z.enum(["pooled", "welch"]).default("pooled"),
    fail: z.enum(["design", "infinite", "no"]).default("no"),
    slope: z.string().optional(),
  }),
  needs: ({ slope }) => ({ groupings: [], columns: slope === undefined ? [] : [slope] }),
  analyse({ frame, options, level }): Findings {
    if (options.fail === "design") throw new DesignProblem("one-cluster", { clusters: 1 });
    const { outcome, cluster, arm } = frame;
    const total = [0, 0];
    const count = [0, 0];
    for (let i = 0; i < frame.rows; i++) {
      const a = arm!.ofCluster[cluster.codes[i]!]!;
      total[a]! += outcome.values[i]!;
      count[a]! += 1;
    }
    const value = options.fail === "infinite" ? 1 / 0 : total[1]! / count[1]! - total[0]! / count[0]!;
    return {
      variant: { variances: options.variances, df: "none" },
      estimand: { population: "participant-average", contrast: "marginal", measure: "mean-difference" },
      estimates: [
        {
          quantity: {
            term: frame.effects[0]!.term,
            measure: "mean-difference",
            scale: "identity",
            unit: outcome.kind === "grouped" ? outcome.name : outcome.name,
          },
          value,
          working: null,
          interval: { level, lower: value - 1, upper: value + 1, method: "none" },
          test: null,
        },
      ],
      coefficients: [],
      covariance: null,
      tests: [],
      variances: [],
      icc: null,
      summary: summaryOf({}),
      clusters: [],
      notices: [],
    };
  },
});

/** Accepts next to nothing. */
const bare = defineMethod({
  id: "bare-counts",
  title: "Bare",
  purpose: "Refuses",
  outcomes: ["count"],
  measures: ["rate-ratio"],
  references: [],
  accepts: ["pairs", "offset", "no-arm"],
  options: z.strictObject({ draws: z.union([z.literal("auto"), z.int().min(1)]).default("auto") }),
  analyse() {
    throw new DesignProblem("one-cluster", { clusters: 1 });
  },
});

export const fakeMethods = [difference, bare] as const;
