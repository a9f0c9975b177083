import { writeFile } from "node:fs/promises";
import { defineConfig } from "tsdown";

export default defineConfig({
  entry: [
    "src/index.ts",
    "src/index.node.ts",
    "src/*/index.ts",
    "src/data/index.node.ts",
    "src/cli/main.ts",
    // Nobody imports these; they are started by their file's name.
    "src/plan/parallel/replicateWorker.ts",
    "src/plan/parallel/replicateWorker.node.ts",
  ],
  format: "esm",
  platform: "neutral",
  unbundle: true,
  dts: true,
  outExtensions: () => ({ js: ".js", dts: ".d.ts" }),
  logLevel: "warn",
  deps: { neverBundle: [/^node:/] },
  // How long the declarations take depends on the machine, not on us.
  checks: { pluginTimings: false },
  onSuccess: async () => {
    const dist = new URL("./dist/", import.meta.url);
    const { planJsonSchema } = await import(new URL("plan/index.js", dist).href);
    await writeFile(new URL("plan.schema.json", dist), `${JSON.stringify(planJsonSchema(), null, 2)}\n`);
  },
});
