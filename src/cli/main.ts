#!/usr/bin/env node
import { nodeWorkers } from "../plan/parallel/nodeWorkers.node.ts";
import { run } from "./run.ts";

// A reader that has seen enough (`clustrial … | head`) closes the pipe; that is not a failure.
for (const stream of [process.stdout, process.stderr]) {
  stream.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code !== "EPIPE") throw error;
    process.exit(process.exitCode ?? 0);
  });
}

// The exit code is set, not taken: what was written is flushed first.
process.exitCode = await run(process.argv.slice(2), {
  out: (text) => void process.stdout.write(text),
  err: (text) => void process.stderr.write(text),
  watched: process.stderr.isTTY === true,
  folder: process.cwd(),
  host: nodeWorkers(),
});
