import type { Replicates } from "./replicates.ts";
import type { Order, Reply } from "./workerMessages.ts";

/** The worker's end of the line. */
export interface WorkerScope {
  answer(reply: Reply, transfer: ArrayBuffer[]): void;
  onOrder(read: (order: Order) => void): void;
}

/**
 * What a worker does: makes replicates ready from plain data, then computes portions of them as they are asked for.
 *
 * @param rebuild the replicates that a recipe describes
 */
export function serveReplicates(
  scope: WorkerScope,
  rebuild: (shared: object | null, part: unknown) => Replicates,
): void {
  let shared: object | null = null;
  let replicates: Replicates | null = null;
  const obey = (order: Order): void => {
    if (order.kind === "shared") shared = order.shared;
    else if (order.kind === "job") {
      replicates = rebuild(shared, order.part);
      scope.answer({ kind: "ready", job: order.job }, []);
    } else {
      const { job, from, to } = order;
      const numbers = new Float64Array((to - from) * replicates!.width);
      replicates!.run(from, to, numbers);
      scope.answer({ kind: "numbers", job, numbers }, [numbers.buffer]);
    }
  };
  scope.onOrder((order) => {
    try {
      obey(order);
    } catch {
      scope.answer({ kind: "failed", job: order.kind === "shared" ? -1 : order.job }, []);
    }
  });
}
