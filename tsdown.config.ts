import { writeFile } from "node:fs/promises";
import { defineConfig, type UserConfig } from "tsdown";

const everything = {
  format: "esm",
  platform: "neutral",
  outExtensions: () => ({ js: ".js", dts: ".d.ts" }),
  logLevel: "warn",
  deps: { neverBundle: [/^node:/] },
  // How long the declarations take depends on the machine, not on us.
  checks: { pluginTimings: false },
} as const satisfies UserConfig;

export default defineConfig([
  {
    ...everything,
    entry: [
      "src/index.ts",
      "src/index.node.ts",
      "src/*/index.ts",
      "src/data/index.node.ts",
      "src/cli/main.ts",
      // Nobody imports it: it is started by its file's name.
      "src/plan/parallel/replicateWorker.ts",
    ],
    unbundle: true,
    dts: true,
    onSuccess: async () => {
      const dist = new URL("./dist/", import.meta.url);
      const { planJsonSchema } = await import(new URL("plan/index.js", dist).href);
      await writeFile(new URL("plan.schema.json", dist), `${JSON.stringify(planJsonSchema(), null, 2)}\n`);
    },
  },
  {
    // In one file, because each worker loads it anew: 500 small ones take three times as long.
    ...everything,
    entry: { "plan/parallel/replicateWorker.node": "src/plan/parallel/replicateWorker.node.ts" },
    dts: false,
    clean: false,
  },
]);
