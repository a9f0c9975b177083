import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

const src = fileURLToPath(new URL("./src", import.meta.url));

export default defineConfig({
  // Examples import the package by its name, as users do; here that name means the sources.
  resolve: {
    alias: [
      { find: /^clustrial$/, replacement: `${src}/index.ts` },
      { find: /^clustrial\/data\/node$/, replacement: `${src}/data/index.node.ts` },
      { find: /^clustrial\/(\w+)$/, replacement: `${src}/$1/index.ts` },
    ],
  },
  test: {
    include: ["test/**/*.test.ts"],
    testTimeout: 60_000,
  },
});
