import type { Table } from "../data/table.ts";
import { type ParallelOptions, takeStepsInParallel } from "../inference/replicates/takeStepsInParallel.ts";
import { webWorkers } from "../plan/parallel/webWorkers.ts";
import { type Plan, parseScript } from "../plan/parsePlan.ts";
import { type Analyses, planSteps } from "../plan/runPlan.ts";
import type { AnalysisRequest } from "./analyse.ts";
import { checkClaims } from "./checkClaims.ts";

/**
 * What `analyse` gives, to the last bit, with permutations, bootstraps and whatever else repeats something divided among
 * workers. The page or the server stays responsive meanwhile, sees progress and may call the work off.
 *
 * Workers are started when what is left to compute takes longer than starting them (0.4 s), never for the rest of an
 * analysis, and ended with the promise. A worker that is lost loses no replicate.
 *
 * @param options `workers` takes precedence over the plan's
 * @throws whatever `analyse` throws; the signal's reason, by default a `DOMException` named AbortError, once it is aborted.
 */
export async function analyseInParallel(
  { data, ...request }: AnalysisRequest,
  options: Partial<ParallelOptions> = {},
): Promise<Analyses> {
  return analysePlanInParallel(parseScript(request), data, options);
}

/** The same for a plan read by `parsePlan`, on its table; its claims are checked. */
export async function analysePlanInParallel(
  plan: Plan,
  table: Table,
  options: Partial<ParallelOptions> = {},
): Promise<Analyses> {
  return takeStepsInParallel(planSteps(plan, table, { checkClaims }), {
    host: webWorkers(),
    workers: plan.workers,
    ...options,
  });
}
