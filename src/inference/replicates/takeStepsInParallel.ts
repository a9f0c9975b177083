import type { Progress, Steps } from "./steps.ts";
import type { WorkerHost } from "./workerHost.ts";
import { workerPool } from "./workerPool.ts";

/** How work is divided and watched; nothing here changes what comes out of it. */
export interface ParallelOptions {
  /** Threads that compute replicates: as many as the machine runs at a time, or that many; 1 is the calling thread alone. */
  readonly workers?: "auto" | number;
  /** Calls the work off: the promise is rejected with its reason (by default an `AbortError`) and workers are ended. */
  readonly signal?: AbortSignal;
  /** Called when a turn begins and whenever some of its replicates are done. */
  readonly progress?: (progress: Progress) => void;
  readonly host: WorkerHost;
}

/** The answer of a computation whose replicates are computed by workers, the same to the last bit as `takeSteps` gives. */
export async function takeStepsInParallel<Answer>(
  steps: Steps<Answer>,
  { workers = "auto", signal, progress, host }: ParallelOptions,
): Promise<Answer> {
  const pool = workerPool(host, workers === "auto" ? host.parallelism : workers, signal ?? null);
  try {
    let step = steps.next();
    while (step.done !== true) {
      const { turn, replicates } = step.value;
      const total = replicates.count;
      progress?.({ ...turn, done: 0, total });
      let numbers: Float64Array;
      try {
        numbers = await pool.run(step.value, (done) => progress?.({ ...turn, done, total }));
      } catch (problem) {
        step = steps.throw(problem);
        continue;
      }
      step = steps.next(numbers);
    }
    return step.value;
  } finally {
    pool.close();
  }
}
