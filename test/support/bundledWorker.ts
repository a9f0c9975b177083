import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { rolldown } from "rolldown";

/** A worker's script, bundled with all it imports into a file of this process alone; paths start from the repository's root. */
export async function bundledWorker(script: string, root: string): Promise<URL> {
  const file = join(root, `node_modules/.cache/clustrial/${script.replace(/\W+/g, "-")}-${process.pid}.js`);
  const bundle = await rolldown({ input: join(root, script), platform: "node", logLevel: "silent" });
  await bundle.write({ file, format: "esm", codeSplitting: false });
  return pathToFileURL(file);
}
