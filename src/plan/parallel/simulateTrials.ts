import { methods } from "../../economics/methods.ts";
import type { Steps } from "../../inference/replicates/steps.ts";
import { type ParallelOptions, takeStepsInParallel } from "../../inference/replicates/takeStepsInParallel.ts";
import { portableSimulation } from "../../trial/simulate/portableSimulation.ts";
import { type SimulatedTrials, simulationOf } from "../../trial/simulate/simulation.ts";
import type { SimulationRequest } from "../../trial/simulate/simulationSettings.ts";
import { webWorkers } from "./webWorkers.ts";

/**
 * How an analysis does over simulated trials: its type I error or power, the coverage of its interval, bias, the spread of
 * its estimates beside the standard errors it reports, each with a Monte Carlo standard error, and the trials that it
 * could not analyse.
 *
 *   await simulateTrials({
 *     clusters: 39, sizes: { mean: 5, cv: 0.65 },
 *     outcome: { kind: "continuous", icc: 0.05 },
 *     method: "linear-mixed-model", trials: 10_000, seed: 20230420,
 *   })
 *
 * Trial k draws from stream k of the seed and is analysed whole, so the answer is the same to the last bit with any number
 * of workers. Ratios are judged on the log scale.
 *
 * @throws InputProblem `unknown-key`, `missing-key`, `invalid-value`, `unknown-method`, `outcome-not-for-method`,
 *   `measure-not-for-method`; the signal's reason once it is aborted.
 */
export async function simulateTrials(
  request: SimulationRequest,
  options: Partial<ParallelOptions> = {},
): Promise<SimulatedTrials> {
  return takeStepsInParallel(simulationSteps(request), { host: webWorkers(), ...options });
}

function* simulationSteps(request: SimulationRequest): Steps<SimulatedTrials> {
  const simulation = simulationOf(request, methods);
  const { replicates, finish } = simulation;
  const recipe = { shared: null, part: portableSimulation(simulation) };
  return finish(yield { turn: { id: request.method, index: 0, of: 1 }, replicates, recipe });
}
