/** The script of a Web Worker: nothing but this line to whoever started it. */

import { methods } from "../../economics/methods.ts";
import { serveReplicates } from "../../inference/replicates/serveReplicates.ts";
import { rebuildReplicates } from "./rebuildReplicates.ts";

serveReplicates(
  {
    answer: (reply, transfer) => self.postMessage(reply, { transfer }),
    onOrder: (read) => self.addEventListener("message", ({ data }) => read(data)),
  },
  rebuildReplicates(methods),
);
