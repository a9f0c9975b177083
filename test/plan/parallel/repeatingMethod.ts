import { z } from "zod";
import { summaryOf } from "../../../src/contract/analysis.ts";
import { Defect, DesignProblem, NumericalProblem } from "../../../src/contract/problem.ts";
import { randomStream } from "../../../src/numerics/random/randomStream.ts";
import { defineMethod } from "../../../src/trial/method.ts";

/** What each replicate takes there at least, so that workers come to their turn. */
export const outsideWorkers = { milliseconds: 0 };

/** Means of resamples of the outcome, with every way in which a replicate can go wrong. */
export const repeating = defineMethod({
  id: "repeating",
  title: "Repeating",
  purpose: "Watches the workers",
  outcomes: ["continuous"],
  measures: ["mean-difference"],
  references: ["None 2026"],
  accepts: ["covariates"],
  options: z.strictObject({
    draws: z.int().min(0).default(200),
    width: z.int().min(0).default(2),
    /** What happens at replicate `at`. */
    at: z.int().default(-1),
    happens: z
      .enum(["defect", "design", "numerical-everywhere", "thread-ends", "only-in-workers", "endless"])
      .default("defect"),
  }),
  replicated({ frame, seed, options: { draws, width, at, happens } }) {
    const { values } = frame.outcome;
    return {
      replicates: {
        count: draws,
        width,
        run(from, to, out) {
          for (let k = from; k < to; k++) {
            if (!inWorker()) waste(outsideWorkers.milliseconds);
            if (k === at) misfortune(happens);
            const stream = randomStream(seed, k);
            for (let c = 0; c < width; c++) {
              let sum = 0;
              for (let i = 0; i < values.length; i++) sum += values[stream.integer(values.length)]!;
              out[(k - from) * width + c] = sum / values.length;
            }
          }
        },
      },
      finish(numbers) {
        const value = numbers.length === 0 ? 0 : numbers.reduce((sum, x) => sum + x, 0) / numbers.length;
        return {
          variant: { numbers: [...numbers] },
          estimand: { population: "participant-average", contrast: "marginal", measure: "mean-difference" },
          estimates: [
            {
              quantity: { term: frame.effects[0]!.term, measure: "mean-difference", scale: "identity", unit: "1" },
              value,
              working: null,
              interval: null,
              test: null,
            },
          ],
          coefficients: [],
          covariance: null,
          tests: [],
          variances: [],
          icc: null,
          summary: summaryOf({ draws, failures: 0 }),
          clusters: [],
          notices: [],
        };
      },
    };
  },
});

/** Set by the script of the workers. */
const inWorker = () => (globalThis as { repeatingInWorker?: boolean }).repeatingInWorker === true;

function waste(milliseconds: number): void {
  const until = performance.now() + milliseconds;
  while (performance.now() < until);
}

function misfortune(happens: string): void {
  if (happens === "defect") throw new Defect("Replicate refused");
  if (happens === "design") throw new DesignProblem("one-cluster", { clusters: 1 });
  if (happens === "numerical-everywhere") throw new NumericalProblem("not-finite", { what: "A replicate" });
  if (!inWorker()) return;
  if (happens === "thread-ends") process.exit(9);
  if (happens === "only-in-workers") throw new Error("not here");
  for (;;);
}
