import { readdirSync, readFileSync } from "node:fs";
import { join, relative, sep } from "node:path";
import ts from "typescript";

export const root = join(import.meta.dirname, "../..");

/** A TypeScript file with its path from the repository's root, "/" between folders. */
export interface SourceFile {
  readonly path: string;
  readonly tree: ts.SourceFile;
  /** Module names as written in imports, re-exports and dynamic imports. */
  readonly imports: readonly string[];
}

/** Every TypeScript file under a folder of the repository. */
export function sourcesIn(folder: string): SourceFile[] {
  return readdirSync(join(root, folder), { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".ts"))
    .sort()
    .map((name) => {
      const file = join(root, folder, name);
      const text = readFileSync(file, "utf8");
      return {
        path: relative(root, file).split(sep).join("/"),
        tree: ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true),
        imports: ts.preProcessFile(text, true, true).importedFiles.map(({ fileName }) => fileName),
      };
    });
}

/** Visits every node of a tree. */
export function walk(node: ts.Node, visit: (node: ts.Node) => void): void {
  visit(node);
  ts.forEachChild(node, (child) => walk(child, visit));
}
