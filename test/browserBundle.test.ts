import { existsSync, readdirSync, readFileSync } from "node:fs";
import { builtinModules } from "node:module";
import { join } from "node:path";
import { createContext, runInContext } from "node:vm";
import { rolldown } from "rolldown";
import ts from "typescript";
import { describe, expect, it } from "vitest";
import * as clustrial from "../src/index.ts";
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

/** Scripts for browsers, dependencies included, in memory; `reached` collects the modules of Node on the way. */
async function bundle(sources: readonly string[], format: "esm" | "iife", reached: string[] = []): Promise<string[]> {
  const bundler = await rolldown({
    input: sources.map((source) => join(root, source)),
    platform: "browser",
    logLevel: "silent",
    plugins: [
      {
        name: "builtins",
        resolveId(id, importer) {
          if (!id.startsWith("node:") && !builtinModules.includes(id)) return null;
          reached.push(`${id} from ${importer}`);
          return { id, external: true };
        },
      },
    ],
  });
  const { output } = await bundler.generate({ format, name: "clustrial" });
  return output.map((chunk) => (chunk.type === "chunk" ? chunk.code : ""));
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

  it("needs no module and no global of Node, whatever the entry", async () => {
    const reached: string[] = [];
    const chunks = await bundle(
      entries.map(({ source }) => source),
      "esm",
      reached,
    );
    expect(reached).toEqual([]);
    expect(chunks.flatMap(nodeGlobals)).toEqual([]);
  });

  it("analyses a trial from its CSV to the same digits, where there is nothing but the language and the web", async () => {
    const [code] = await bundle(["src/index.ts"], "iife");
    const rows = Array.from(
      { length: 60 },
      (_, i) => `${i % 9},${i % 9 < 4 ? "new" : "usual"},${(i * 37) % 11}.5,${(i * 29) % 7 < 3 ? 1 : 0}`,
    );
    const text = `practice,arm,score,well\n${rows.join("\n")}\n`;
    // A context of its own has no process, no Buffer, no require: only the language, and here what browsers have too.
    const context = createContext({ text, TextDecoder, TextEncoder, URL });
    // Goes into the context as text.
    const asked = ({ id, outcomes }: { id: string; outcomes: readonly string[] }) =>
      outcomes.length === 0
        ? { id, method: id, options: { cost: "score", effect: "well" } }
        : { id, method: id, outcome: outcomes[0] === "binary" ? "well" : "score" };
    const question = `JSON.stringify(clustrial.analyse({
      data: clustrial.readCsvText(text),
      trial: { cluster: "practice", arm: "arm", control: "usual" },
      analyses: clustrial.methods.map(${asked}),
    }))`;
    const there = runInContext(`${code}; ${question}`, context);
    const here = JSON.stringify(
      clustrial.analyse({
        data: clustrial.readCsvText(text),
        trial: { cluster: "practice", arm: "arm", control: "usual" },
        analyses: clustrial.methods.map(asked) as never,
      }),
    );
    expect(there).toBe(here);
    const { analyses } = JSON.parse(here) as { readonly analyses: readonly { readonly problem: unknown }[] };
    expect(analyses.map(({ problem }) => problem)).toEqual(clustrial.methods.map(() => null));
  });
});
