import { availableParallelism } from "node:os";
import { isMainThread, parentPort, Worker, workerData } from "node:worker_threads";

/**
 * Results of the cells of a simulation, in their order, computed on every core: the script at `script` starts itself
 * again in workers, which ask for one cell after another. Returns null in a worker.
 *
 * @param script import.meta.url of the script
 */
export async function runCells<Result>(
  script: string,
  cells: number,
  replicates: number,
  runCell: (index: number, replicates: number) => Result,
): Promise<Result[] | null> {
  if (!isMainThread) {
    const given = workerData as { readonly replicates: number };
    parentPort!.on("message", (index: number) => {
      parentPort!.postMessage({ index, result: runCell(index, given.replicates) });
    });
    return null;
  }
  const results = new Array<Result>(cells);
  let next = 0;
  let done = 0;
  const work = () =>
    new Promise<void>((resolve, reject) => {
      const worker = new Worker(new URL(script), { workerData: { replicates } });
      const give = () => {
        if (next < cells) worker.postMessage(next++);
        else void worker.terminate().then(() => resolve());
      };
      worker.on("error", reject);
      worker.on("message", ({ index, result }: { index: number; result: Result }) => {
        results[index] = result;
        done += 1;
        if (process.stderr.isTTY) process.stderr.write(`\r${done} of ${cells} cells`);
        give();
      });
      give();
    });
  await Promise.all(Array.from({ length: Math.min(availableParallelism(), 8) }, work));
  return results;
}
