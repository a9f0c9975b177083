import { existsSync, readdirSync, readFileSync } from "node:fs";
import { builtinModules } from "node:module";
import { join } from "node:path";
import { createContext, runInContext } from "node:vm";
import { rolldown } from "rolldown";
import ts from "typescript";
import { describe, expect, it } from "vitest";
import * as data from "../src/data/index.ts";
import { root, walk } from "./support/sources.ts";

const { exports } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as {
  exports: Record<string, string | { default: string }>;
};

/** Source of every entry that users import, but for those that say that they are Node's. */
const entries = Object.entries(exports).flatMap(([name, target]) =>
  typeof target === "string" || name.endsWith("/node")
    ? []
    : [{ name, source: target.default.replace("./dist/", "src/").replace(/\.js$/, ".ts") }],
);

/** One script for browsers from one entry, dependencies included, in memory. */
async function bundle(source: string): Promise<{ code: string; builtins: string[] }> {
  const builtins: string[] = [];
  const bundler = await rolldown({
    input: join(root, source),
    platform: "browser",
    logLevel: "silent",
    plugins: [
      {
        name: "builtins",
        resolveId(id, importer) {
          if (!id.startsWith("node:") && !builtinModules.includes(id)) return null;
          builtins.push(`${id} from ${importer}`);
          return { id, external: true };
        },
      },
    ],
  });
  const { output } = await bundler.generate({ format: "iife", name: "clustrial" });
  return { code: output[0].code, builtins };
}

/** Names of Node's globals that a script uses without declaring them, and without asking `typeof` first. */
function nodeGlobals(code: string): string[] {
  const watched = new Set(["process", "Buffer", "require", "__dirname", "__filename", "setImmediate", "global"]);
  const declared = new Set<string>();
  const asked = new Set<string>();
  const used = new Set<string>();
  walk(ts.createSourceFile("bundle.js", code, ts.ScriptTarget.Latest, true), (node) => {
    if (!ts.isIdentifier(node) || !watched.has(node.text)) return;
    const { parent } = node;
    if (ts.isTypeOfExpression(parent)) asked.add(node.text);
    else if (
      (ts.isVariableDeclaration(parent) ||
        ts.isFunctionDeclaration(parent) ||
        ts.isParameter(parent) ||
        ts.isClassDeclaration(parent)) &&
      parent.name === node
    )
      declared.add(node.text);
    else if (
      !(ts.isPropertyAccessExpression(parent) && parent.name === node) &&
      !(ts.isPropertyAssignment(parent) && parent.name === node) &&
      !ts.isMethodDeclaration(parent)
    )
      used.add(node.text);
  });
  return [...used].filter((name) => !declared.has(name) && !asked.has(name));
}

describe("in a browser", () => {
  it("has one entry for every floor that has an index, and no other", () => {
    const indices = readdirSync(join(root, "src"), { withFileTypes: true })
      .map((entry) => (entry.isDirectory() ? `src/${entry.name}/index.ts` : `src/${entry.name}`))
      .filter((source) => source.endsWith("index.ts") && existsSync(join(root, source)));
    expect(entries.map(({ source }) => source).sort()).toEqual(indices.sort());
  });

  it.each(entries)("$name needs no module and no global of Node", async ({ source }) => {
    const { code, builtins } = await bundle(source);
    expect(builtins).toEqual([]);
    expect(nodeGlobals(code)).toEqual([]);
  });

  it("reads a table where there is nothing but the language and the web", async () => {
    const { code } = await bundle("src/data/index.ts");
    const text = "practice,arm,y\n3,a,1.5\n10,b,\n3,a,2.5\n";
    // A context of its own has no process, no Buffer, no require: only the language, and here what browsers have too.
    const context = createContext({ text, TextDecoder, TextEncoder });
    const seen = runInContext(
      `${code}; JSON.stringify(clustrial.readCsvText(text), (_, value) => (value instanceof Map ? [...value] : value))`,
      context,
    );
    const here = JSON.stringify(data.readCsvText(text), (_, value) => (value instanceof Map ? [...value] : value));
    expect(seen).toBe(here);
  });
});
