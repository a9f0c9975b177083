import type { Estimand } from "../../contract/analysis.ts";
import type { Estimate, Measure } from "../../contract/estimate.ts";
import { InputProblem, Problem } from "../../contract/problem.ts";
import type { Table } from "../../data/table.ts";
import type { Replicates } from "../../inference/replicates/replicates.ts";
import { type RandomStream, randomStream } from "../../numerics/random/randomStream.ts";
import { findMethod } from "../findMethod.ts";
import type { RegisteredMethod } from "../method.ts";
import { parseInput } from "../parseInput.ts";
import { outcomeDraw } from "./outcomeDraw.ts";
import { type SimulationSettings, simulationSchema } from "./simulationSettings.ts";
import { endingOf, type Performance, summariseTrials, WIDTH } from "./summariseTrials.ts";
import { frameMaker, tableOf, trialDrawer, trialShape } from "./trialDraw.ts";

/** How an analysis did over simulated trials, and of what it was. */
export interface SimulatedTrials extends Performance {
  readonly estimand: Estimand | null;
  /** Scale of estimates, truth and standard errors. */
  readonly scale: "identity" | "log";
  readonly seed: number;
}

/** A simulation taken apart, as a method by replicates is: trial k draws from stream k of the seed. */
export interface Simulation {
  readonly settings: SimulationSettings;
  readonly replicates: Replicates;
  finish(numbers: Float64Array): SimulatedTrials;
}

/**
 * Trials by the thousand: clusters and participants are drawn, each trial is analysed by the method, and its first effect
 * is kept.
 *
 * @throws InputProblem `unknown-key`, `missing-key`, `invalid-value`, `unknown-method`, `outcome-not-for-method`,
 *   `measure-not-for-method`
 */
export function simulationOf(request: unknown, list: readonly RegisteredMethod[]): Simulation {
  const settings = parseInput(simulationSchema, request, "simulation");
  const method = methodOf(settings, list);
  const { options, level, trials, seed } = settings;
  const measure = (settings.measure ?? null) as Measure | null;
  const outcome = outcomeDraw(settings.outcome);
  const shape = trialShape(settings);
  const drawTrial = trialDrawer(shape, outcome);
  const { groupings } = method.needs(options, measure);
  const frameOf = frameMaker(shape, outcome.kind, groupings);
  const stream = randomStream(seed);

  /** The estimand is the same in every trial; the first that is answered tells. */
  const analysed = (k: number) => {
    stream.restart(k);
    const frame = frameOf(drawTrial(stream));
    return method.analyse({ frame, options, measure, level, seed: seedFrom(stream), effectsAlone: true });
  };
  const replicates: Replicates = {
    count: trials,
    width: WIDTH,
    run(from, to, out) {
      for (let k = from, at = 0; k < to; k++, at += WIDTH) {
        out.fill(Number.NaN, at, at + WIDTH);
        try {
          write(analysed(k).estimates[0]!, out, at);
        } catch (problem) {
          if (!(problem instanceof Problem && (problem.kind === "design" || problem.kind === "numerical")))
            throw problem;
          out[at + WIDTH - 1] = endingOf(problem.code);
        }
      }
    },
  };
  return {
    settings,
    replicates,
    finish(numbers) {
      const answered = Array.from({ length: trials }, (_, k) => k).find((k) => numbers[(k + 1) * WIDTH - 1] === 0);
      const found = answered === undefined ? null : analysed(answered);
      const estimand = found?.estimand ?? null;
      const truth = estimand === null ? null : outcome.truth(estimand);
      const scale = found?.estimates[0]?.quantity.scale === "ratio" ? "log" : "identity";
      return { estimand, scale, seed, ...summariseTrials(numbers, level, truth) };
    },
  };
}

/** Trial k of a simulation as a table, to look at or to give to other software. */
export function simulatedTable(request: unknown, k: number): Table {
  const settings = parseInput(simulationSchema, request, "simulation");
  const shape = trialShape(settings);
  return tableOf(shape, trialDrawer(shape, outcomeDraw(settings.outcome))(randomStream(settings.seed, k)));
}

/** For whatever in the analysis is random: another seed for every trial. */
const seedFrom = (stream: RandomStream): number => stream.integer(Number.MAX_SAFE_INTEGER);

function write({ quantity, value, working, interval, test }: Estimate, out: Float64Array, at: number): void {
  const ratio = quantity.scale === "ratio";
  const scaled = (x: number) => (ratio ? Math.log(x) : x);
  out[at] = scaled(value);
  if (working !== null && working.scale === (ratio ? "log" : "identity")) out[at + 1] = working.standardError;
  if (interval !== null) {
    out[at + 2] = scaled(interval.lower);
    out[at + 3] = scaled(interval.upper);
  }
  if (test !== null) out[at + 4] = test.pValue;
  out[at + 5] = 0;
}

function methodOf({ method: id, options, measure, outcome }: SimulationSettings, list: readonly RegisteredMethod[]) {
  const method = findMethod(id, list, "simulation.method");
  const wanted = (measure ?? null) as Measure | null;
  const { outcomes = method.outcomes } = method.needs(options, wanted);
  if (!outcomes.includes(outcome.kind)) {
    throw new InputProblem("outcome-not-for-method", {
      path: "simulation.outcome",
      method: id,
      kind: outcome.kind,
      accepted: outcomes,
    });
  }
  if (wanted !== null && !method.measures.includes(wanted)) {
    throw new InputProblem("measure-not-for-method", {
      path: "simulation.measure",
      method: id,
      measure: wanted,
      accepted: method.measures,
    });
  }
  return method;
}
