import { availableParallelism } from "node:os";
import { Worker } from "node:worker_threads";
import type { WorkerHost } from "../../inference/replicates/workerHost.ts";

/**
 * Worker threads of Node.
 *
 * @param script of a worker; default the library's own, which lies beside this file
 */
export const nodeWorkers = (script = new URL("./replicateWorker.node.js", import.meta.url)): WorkerHost => ({
  parallelism: availableParallelism(),
  now: () => performance.now(),
  start({ heard, lost }) {
    const worker = new Worker(script);
    worker.on("message", heard);
    // A thread that failed exits as well; whoever listens counts it once.
    worker.on("error", lost);
    worker.on("exit", lost);
    return { send: (message) => worker.postMessage(message), end: () => void worker.terminate() };
  },
});
