import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { run } from "../../src/cli/run.ts";
import type { WorkerHost } from "../../src/inference/replicates/workerHost.ts";

/** Everything on the calling thread. */
const noWorkers: WorkerHost = { parallelism: 1, now: () => performance.now(), start: () => null };

/** One command line, run here, with what it wrote. */
export async function runCli(
  argv: readonly string[],
  options: { folder?: string; watched?: boolean; host?: WorkerHost } = {},
) {
  let out = "";
  let err = "";
  const exitCode = await run(argv, {
    out: (text) => {
      out += text;
    },
    err: (text) => {
      err += text;
    },
    watched: options.watched ?? false,
    folder: options.folder ?? process.cwd(),
    host: options.host ?? noWorkers,
  });
  return { exitCode, out, err };
}

/** A folder with the given files, gone when `use` has ended. */
export async function withFolder<T>(
  files: Readonly<Record<string, string>>,
  use: (folder: string) => Promise<T>,
): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), "clustrial-"));
  try {
    for (const [name, text] of Object.entries(files)) {
      mkdirSync(dirname(join(folder, name)), { recursive: true });
      writeFileSync(join(folder, name), text);
    }
    return await use(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
