import type { WorkerHost } from "../../src/inference/replicates/workerHost.ts";
import type { Reply } from "../../src/inference/replicates/workerMessages.ts";
import { nodeWorkers } from "../../src/plan/parallel/nodeWorkers.node.ts";
import { bundledWorker } from "./bundledWorker.ts";
import { root } from "./sources.ts";

/** Worker threads that run a script of these sources. */
export async function threadsOf(script: string): Promise<(watch?: Watch) => WatchedHost> {
  const threads = nodeWorkers(await bundledWorker(script, root));
  return (watch = {}) => watched(threads, watch);
}

interface Watch {
  /** Is called with the number of a worker and a function that ends it, for every answer. */
  readonly onReply?: (worker: number, reply: Reply, kill: () => void) => void;
}

/** A host that believes every replicate to take long, so that its workers are used. */
interface WatchedHost extends WorkerHost {
  readonly seen: { started: number; ended: number; portions: number; shared: number };
}

function watched(threads: WorkerHost, { onReply }: Watch): WatchedHost {
  const seen = { started: 0, ended: 0, portions: 0, shared: 0 };
  let time = 0;
  return {
    seen,
    parallelism: 2,
    now: () => {
      time += 30;
      return time;
    },
    start(listener) {
      const worker = seen.started++;
      const line = threads.start({
        heard: (message) => {
          const reply = message as Reply;
          if (reply.kind === "numbers") seen.portions += 1;
          onReply?.(worker, reply, () => line.end());
          listener.heard(message);
        },
        lost: () => {
          seen.ended += 1;
          listener.lost();
        },
      })!;
      return {
        send: (message) => {
          if ((message as { kind: string }).kind === "shared") seen.shared += 1;
          line.send(message);
        },
        end: () => line.end(),
      };
    },
  };
}
