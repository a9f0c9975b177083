import { type Replicates, runReplicates } from "./replicates.ts";

/** Whose turn it is among several: an analysis of a plan, say. */
export interface Turn {
  readonly id: string;
  readonly index: number;
  readonly of: number;
}

/** How far the work is: the replicates of this turn, 0 of 0 where it has none. */
export interface Progress extends Turn {
  readonly done: number;
  readonly total: number;
}

/** Plain data (they survive a structured clone) from which a worker makes the same replicates. */
export interface Recipe {
  /** Much data, sent once to each worker and known by identity; a table, say. */
  readonly shared: object | null;
  /** What these replicates need besides. */
  readonly part: unknown;
}

/** Replicates that a computation waits for. */
export interface Repetition {
  readonly turn: Turn;
  readonly replicates: Replicates;
  /** null: no worker could make them. */
  readonly recipe: Recipe | null;
}

/**
 * A computation that stops wherever it needs replicates and goes on with their numbers, so that one text serves whoever
 * computes them: the calling thread at once (`takeSteps`), or several workers (`takeStepsInParallel`).
 */
export type Steps<Answer> = Generator<Repetition, Answer, Float64Array>;

const nothing: Replicates = { count: 0, width: 0, run: () => {} };

/** A stop without replicates: for progress, and to be called off at. */
export const turnOf = (id: string, index: number, of: number): Repetition => ({
  turn: { id, index, of },
  replicates: nothing,
  recipe: null,
});

/** The answer of a computation all of whose replicates are computed here, one after the other. */
export function takeSteps<Answer>(steps: Steps<Answer>, progress?: (progress: Progress) => void): Answer {
  let step = steps.next();
  while (step.done !== true) {
    const { turn, replicates } = step.value;
    progress?.({ ...turn, done: 0, total: replicates.count });
    step = answered(steps, () => runReplicates(replicates));
  }
  return step.value;
}

/** The same computation as part of a larger one, in which its turns are that turn. */
export function* inTurn<Answer>(steps: Steps<Answer>, turn: Turn): Steps<Answer> {
  let step = steps.next();
  while (step.done !== true) {
    let numbers: Float64Array;
    try {
      numbers = yield { ...step.value, turn };
    } catch (problem) {
      step = steps.throw(problem);
      continue;
    }
    step = steps.next(numbers);
  }
  return step.value;
}

/** Goes on with the numbers, or with the problem of computing them. */
function answered<Answer>(steps: Steps<Answer>, compute: () => Float64Array) {
  let numbers: Float64Array;
  try {
    numbers = compute();
  } catch (problem) {
    return steps.throw(problem);
  }
  return steps.next(numbers);
}
