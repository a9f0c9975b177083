import { mkdir, readdir, readFile, stat, writeFile } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { InputProblem } from "../contract/problem.ts";

/** @throws InputProblem `unreadable-file` */
export async function readText(folder: string, file: string): Promise<string> {
  try {
    return await readFile(resolve(folder, file), "utf8");
  } catch (error) {
    throw new InputProblem("unreadable-file", { file, reason: reasonOf(error) });
  }
}

/** Writes a file, making its folders. @throws InputProblem `unwritable-file` */
export async function writeText(folder: string, file: string, text: string): Promise<void> {
  const path = resolve(folder, file);
  try {
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, text);
  } catch (error) {
    throw new InputProblem("unwritable-file", { file, reason: reasonOf(error) });
  }
}

function reasonOf(error: unknown): string {
  const code = (error as NodeJS.ErrnoException).code ?? "";
  return reasons[code] ?? (code === "" ? String(error) : code);
}

const reasons: Readonly<Record<string, string>> = {
  ENOENT: "there is no such file",
  ENOTDIR: "part of its path is not a folder",
  EISDIR: "it is a folder",
  EACCES: "permission is denied",
  EPERM: "permission is denied",
  EROFS: "the disk is read-only",
  ENOSPC: "the disk is full",
};

/**
 * Files named by a path or by a pattern with *, ? and ** (which spans folders), in sorted order. Most shells expand
 * patterns themselves; in quotes, in CI files and on Windows they arrive as written.
 *
 * @throws InputProblem `no-matching-file`
 */
export async function matchFiles(folder: string, pattern: string): Promise<readonly string[]> {
  if (!/[*?]/.test(pattern) || (await exists(resolve(folder, pattern)))) return [pattern];
  const parts = pattern.split(/[\\/]/);
  const magic = parts.findIndex((part) => /[*?]/.test(part));
  const base = parts.slice(0, magic).join("/");
  const start = base === "" && magic > 0 ? "/" : base;
  const found = await walk(resolve(folder, start), parts.slice(magic));
  if (found.length === 0) throw new InputProblem("no-matching-file", { pattern });
  return found.map((path) => (start === "" ? path : join(start, path))).sort();
}

async function walk(folder: string, [part, ...rest]: readonly string[]): Promise<readonly string[]> {
  if (part === undefined) return [];
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  const visible = entries.filter(({ name }) => name !== "node_modules" && !name.startsWith("."));
  if (part === "**") {
    const here = await walk(folder, rest);
    const deeper = await below(
      folder,
      visible.filter((entry) => entry.isDirectory()).map(({ name }) => name),
      [part, ...rest],
    );
    return [...new Set([...here, ...deeper])];
  }
  const names = visible.filter(({ name }) => matches(name, part));
  if (rest.length === 0) return names.filter((entry) => !entry.isDirectory()).map(({ name }) => name);
  return below(
    folder,
    names.filter((entry) => entry.isDirectory()).map(({ name }) => name),
    rest,
  );
}

async function below(folder: string, names: readonly string[], parts: readonly string[]): Promise<readonly string[]> {
  const found = await Promise.all(
    names.map(async (name) => (await walk(join(folder, name), parts)).map((path) => join(name, path))),
  );
  return found.flat();
}

function matches(name: string, pattern: string): boolean {
  const source = pattern
    .replace(/[.+^${}()|[\]\\]/g, "\\$&")
    .replace(/\*/g, ".*")
    .replace(/\?/g, ".");
  return new RegExp(`^${source}$`).test(name);
}

export const exists = (path: string) =>
  stat(path).then(
    () => true,
    () => false,
  );
