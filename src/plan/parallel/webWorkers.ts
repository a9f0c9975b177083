import type { WorkerHost, WorkerLine, WorkerListener } from "../../inference/replicates/workerHost.ts";

/**
 * Web Workers of a browser. Where there are none, or they may not be started, everything is computed by the calling thread.
 *
 * @param script starts one; default the library's own script, which lies beside this file (bundlers follow this pattern)
 */
export const webWorkers = (
  script: () => Worker = () => new Worker(new URL("./replicateWorker.js", import.meta.url), { type: "module" }),
): WorkerHost => ({
  parallelism: globalThis.navigator?.hardwareConcurrency ?? 1,
  now: () => performance.now(),
  start(listener) {
    if (typeof Worker === "undefined") return null;
    try {
      return lineTo(script(), listener);
    } catch {
      // Refused by the page's policy, or there is no script beside a file that was bundled away.
      return null;
    }
  },
});

function lineTo(worker: Worker, { heard, lost }: WorkerListener): WorkerLine {
  worker.addEventListener("message", ({ data }) => heard(data));
  worker.addEventListener("error", lost, { once: true });
  worker.addEventListener("messageerror", lost, { once: true });
  return { send: (message) => worker.postMessage(message), end: () => worker.terminate() };
}
