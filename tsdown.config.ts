import { defineConfig } from "tsdown";

export default defineConfig({
  entry: ["src/index.ts", "src/*/index.ts", "src/data/index.node.ts", "src/cli/main.ts"],
  format: "esm",
  platform: "neutral",
  unbundle: true,
  dts: true,
  outExtensions: () => ({ js: ".js", dts: ".d.ts" }),
});
