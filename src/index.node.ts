/** What Node imports: the public list, with worker threads where browsers have Web Workers. */
import { nodeWorkers } from "./plan/parallel/nodeWorkers.node.ts";
import { simulateTrials as simulate } from "./plan/parallel/simulateTrials.ts";
import { analyseInParallel as analyse, analysePlanInParallel as analysePlan } from "./published/analyseInParallel.ts";

export * from "./index.ts";

export const analyseInParallel: typeof analyse = (request, options) =>
  analyse(request, { host: nodeWorkers(), ...options });

export const analysePlanInParallel: typeof analysePlan = (plan, table, options) =>
  analysePlan(plan, table, { host: nodeWorkers(), ...options });

export const simulateTrials: typeof simulate = (request, options) =>
  simulate(request, { host: nodeWorkers(), ...options });
