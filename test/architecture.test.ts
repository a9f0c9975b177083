import { readFileSync } from "node:fs";
import { builtinModules } from "node:module";
import { join, posix } from "node:path";
import ts from "typescript";
import { describe, expect, it } from "vitest";
import { designPhrases } from "../src/contract/phrases/design.ts";
import { findingPhrases } from "../src/contract/phrases/findings.ts";
import { inputPhrases } from "../src/contract/phrases/input.ts";
import { noticePhrases } from "../src/contract/phrases/notices.ts";
import { numericalPhrases } from "../src/contract/phrases/numerical.ts";
import { root, type SourceFile, sourcesIn, walk } from "./support/sources.ts";

/** Floors of the house from the ground up: a file imports from its own floor and those below. */
const floors = [
  "contract",
  "numerics",
  "data",
  "models",
  "inference",
  "trial",
  "economics",
  "report",
  "plan",
  "published",
  "cli",
];

const sources = sourcesIn("src");
const tests = sourcesIn("test");

/** What users import: everywhere, and where Node is. */
const publicLists = ["src/index.ts", "src/index.node.ts"];
/** Where workers are started, which takes a clock. */
const hosts = ["src/plan/parallel/webWorkers.ts", "src/plan/parallel/nodeWorkers.node.ts"];

const floorOf = (path: string): string => path.split("/")[1]!;
const mayTouchNode = ({ path }: SourceFile) => path.startsWith("src/cli/") || path.endsWith(".node.ts");
const builtins = new Set(builtinModules);
const isBuiltin = (name: string) => name.startsWith("node:") || builtins.has(name.split("/")[0]!);

/** One line per breach, so that a failure names them all. */
const breaches = (find: (source: SourceFile, report: (what: string) => void) => void, files = sources): string[] => {
  const found: string[] = [];
  for (const source of files) find(source, (what) => found.push(`${source.path}: ${what}`));
  return found;
};

/** Uses of a global name, or of a member of one ("Math.random"), outside types. */
const usesOf = (names: readonly string[]) => (source: SourceFile, report: (what: string) => void) => {
  walk(source.tree, (node) => {
    if (ts.isPropertyAccessExpression(node) && names.includes(`${node.expression.getText()}.${node.name.text}`)) {
      report(node.getText());
    }
    if (ts.isNewExpression(node) && names.includes(`new ${node.expression.getText()}`)) report(node.getText());
    if (ts.isIdentifier(node) && names.includes(node.text) && ts.isPropertyAccessExpression(node.parent)) {
      if (node.parent.expression === node) report(node.parent.getText());
    }
  });
};

describe("imports", () => {
  it("point only downwards, floor by floor", () => {
    const wrong = breaches(({ path, imports }, report) => {
      for (const name of imports.filter((name) => name.startsWith("."))) {
        const target = posix.join(posix.dirname(path), name);
        if (!target.startsWith("src/")) report(`imports ${name}, outside src`);
        else if (publicLists.includes(path)) {
          if (floorOf(target) === "cli") report(`a public list imports ${name}`);
        } else if (floors.indexOf(floorOf(target)) > floors.indexOf(floorOf(path)) || publicLists.includes(target)) {
          report(`${floorOf(path)} imports ${name}, a floor above it`);
        }
      }
    });
    expect(wrong).toEqual([]);
  });

  it("are files of a known floor, or a public list", () => {
    const strange = sources.filter(({ path }) => !publicLists.includes(path) && !floors.includes(floorOf(path)));
    expect(strange.map(({ path }) => path)).toEqual([]);
  });

  it("name the file with its extension when relative, and a dependency of users when not", () => {
    const { dependencies } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
    const wrong = breaches(({ imports }, report) => {
      for (const name of imports) {
        if (name.startsWith(".")) {
          if (!/\.(ts|json)$/.test(name)) report(name);
        } else if (!isBuiltin(name)) {
          const owner = name.startsWith("@") ? name.split("/").slice(0, 2).join("/") : name.split("/")[0]!;
          if (!(owner in dependencies)) report(`${name} is not among the dependencies`);
        }
      }
    });
    expect(wrong).toEqual([]);
  });

  it("reach Node only from the command line and from *.node.ts", () => {
    const wrong = breaches((source, report) => {
      if (mayTouchNode(source)) return;
      for (const name of source.imports) if (isBuiltin(name) || name.endsWith(".node.ts")) report(name);
    });
    expect(wrong).toEqual([]);
  });

  it("use no global of Node but there either", () => {
    const globals = ["process", "Buffer", "require", "__dirname", "__filename", "global", "setImmediate"];
    const wrong = breaches((source, report) => {
      if (mayTouchNode(source)) return;
      walk(source.tree, (node) => {
        if (!ts.isIdentifier(node) || !globals.includes(node.text)) return;
        const { parent } = node;
        const isMember =
          (ts.isPropertyAccessExpression(parent) || ts.isPropertyAssignment(parent)) && parent.name === node;
        if (!isMember) report(parent.getText());
      });
    });
    expect(wrong).toEqual([]);
  });
});

describe("files", () => {
  it("have no default export", () => {
    const wrong = breaches(
      ({ tree }, report) => {
        walk(tree, (node) => {
          if (ts.isExportAssignment(node)) report(node.getText());
          if (ts.isExportSpecifier(node) && node.name.text === "default") report(node.getText());
          if (node.kind === ts.SyntaxKind.DefaultKeyword && ts.canHaveModifiers(node.parent)) report("export default");
        });
      },
      [...sources, ...tests],
    );
    expect(wrong).toEqual([]);
  });

  it("are named for what they export, never utils, helpers, common or types", () => {
    const vague = /(^|\/)(utils?|helpers?|common|types?|misc|shared)(\.[a-z.]+)?(\/|$)/i;
    expect([...sources, ...tests].map(({ path }) => path).filter((path) => vague.test(path))).toEqual([]);
  });

  it("take chance, time and console as arguments: only the command line and hosts of workers may reach for them", () => {
    const outside = sources.filter(({ path }) => !path.startsWith("src/cli/") && !hosts.includes(path));
    const names = ["Math.random", "Date.now", "performance.now", "new Date", "crypto.getRandomValues", "console"];
    expect(breaches(usesOf(names), outside)).toEqual([]);
  });
});

describe("problems, notices and findings", () => {
  const tables = {
    InputProblem: inputPhrases,
    DesignProblem: designPhrases,
    NumericalProblem: numericalPhrases,
    notice: noticePhrases,
    finding: findingPhrases,
  };
  const isPhrases = ({ path }: SourceFile) => path.startsWith("src/contract/phrases/");

  /** Codes given literally to a constructor of problems or to `notice`, with both branches of a condition. */
  const literalCodes = (expression: ts.Expression | undefined): string[] => {
    if (expression === undefined) return [];
    if (ts.isStringLiteralLike(expression)) return [expression.text];
    if (ts.isConditionalExpression(expression))
      return [...literalCodes(expression.whenTrue), ...literalCodes(expression.whenFalse)];
    if (ts.isParenthesizedExpression(expression)) return literalCodes(expression.expression);
    return [];
  };

  it("have a sentence for every code in use", () => {
    const wrong = breaches(({ tree }, report) => {
      walk(tree, (node) => {
        if (!(ts.isNewExpression(node) || ts.isCallExpression(node))) return;
        const table = tables[node.expression.getText() as keyof typeof tables];
        if (table === undefined) return;
        for (const code of literalCodes(node.arguments?.[0])) if (!(code in table)) report(code);
      });
    });
    expect(wrong).toEqual([]);
  });

  it("use every sentence they have", () => {
    const literals = new Set<string>();
    for (const source of sources) {
      if (isPhrases(source)) continue;
      walk(source.tree, (node) => {
        if (ts.isStringLiteralLike(node)) literals.add(node.text);
      });
    }
    const codes = Object.values(tables).flatMap((table) => Object.keys(table));
    expect(codes.filter((code) => !literals.has(code))).toEqual([]);
  });

  it("have codes of one shape, each in one table", () => {
    const codes = Object.values(tables).flatMap((table) => Object.keys(table));
    expect(codes.filter((code) => !/^[a-z0-9]+(-[a-z0-9]+)*$/.test(code))).toEqual([]);
    expect(codes.filter((code, i) => codes.indexOf(code) !== i)).toEqual([]);
  });
});
