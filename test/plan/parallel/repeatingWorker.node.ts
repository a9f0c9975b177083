/** A worker that knows the repeating method besides the library's. */
import { parentPort } from "node:worker_threads";
import { methods } from "../../../src/economics/methods.ts";
import { serveReplicates } from "../../../src/inference/replicates/serveReplicates.ts";
import { rebuildReplicates } from "../../../src/plan/parallel/rebuildReplicates.ts";
import { repeating } from "./repeatingMethod.ts";

Object.assign(globalThis, { repeatingInWorker: true });
serveReplicates(
  {
    answer: (reply, transfer) => parentPort!.postMessage(reply, transfer),
    onOrder: (read) => parentPort!.on("message", read),
  },
  rebuildReplicates([...methods, repeating]),
);
