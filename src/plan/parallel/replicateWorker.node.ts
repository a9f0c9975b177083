/** The script of a worker thread: nothing but this line to whoever started it. */
import { parentPort } from "node:worker_threads";
import { methods } from "../../economics/methods.ts";
import { serveReplicates } from "../../inference/replicates/serveReplicates.ts";
import { rebuildReplicates } from "./rebuildReplicates.ts";

serveReplicates(
  {
    answer: (reply, transfer) => parentPort!.postMessage(reply, transfer),
    onOrder: (read) => parentPort!.on("message", read),
  },
  rebuildReplicates(methods),
);
