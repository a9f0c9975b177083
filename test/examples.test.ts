import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, describe, expect, test, vi } from "vitest";
import { methods } from "../src/economics/methods.ts";
import { runCli } from "./cli/runCli.ts";
import { root } from "./support/sources.ts";

const folder = join(root, "docs/examples");

/** An example: its code, and what its last comment says it prints. */
const examples = readdirSync(folder)
  .filter((name) => name.endsWith(".ts"))
  .map((name) => {
    const [code, promise] = readFileSync(join(folder, name), "utf8").split("\n/* Prints:\n");
    return { name, code: code!, prints: promise?.replace(/\*\/\n$/, "") ?? null };
  });

/** What an example writes to the console. */
async function printedBy(name: string): Promise<string> {
  const written: string[] = [];
  vi.spyOn(console, "log").mockImplementation((...words: unknown[]) => {
    written.push(words.map((word) => (typeof word === "string" ? word : JSON.stringify(word))).join(" "));
  });
  await import(join(folder, name));
  return `${written.map((text) => text.trimEnd()).join("\n")}\n`;
}

/** Fenced blocks of a document, in order. */
function blocksOf(document: string): readonly { readonly language: string; readonly text: string }[] {
  const text = readFileSync(join(root, document), "utf8");
  return [...text.matchAll(/^```(\w*)\n([\s\S]*?)^```$/gm)].map((match) => ({ language: match[1]!, text: match[2]! }));
}

afterEach(() => {
  vi.restoreAllMocks();
});

test.each(examples)("docs/examples/$name prints what it says", async ({ name, prints }) => {
  const printed = await printedBy(name);
  expect(printed).toBe(prints);
});

describe("README.md", () => {
  const blocks = blocksOf("README.md");
  const scripts = JSON.parse(readFileSync(join(root, "package.json"), "utf8")).scripts as Record<string, string>;

  test.each(blocks.map((block, k) => ({ ...block, next: blocks[k + 1] })).filter(({ language }) => language === "ts"))(
    "TypeScript is an example, and the block below it is what that prints",
    ({ text, next }) => {
      const example = examples.find(({ code }) => code.trim() === text.trim());
      expect(example, "no file of docs/examples has this code").toBeDefined();
      expect(next).toEqual({ language: "text", text: example!.prints });
    },
  );

  test.each(blocks.filter(({ language }) => language === "sh"))(
    "commands do what is shown below them: $text",
    async ({ text }) => {
      for (const [command, shown] of commandsOf(text)) {
        const own = /^(?:npx )?clustrial (.*)$/.exec(command)?.[1];
        if (own === undefined) {
          for (const step of command.split("&&").map((each) => each.trim())) expect(step).toSatisfy(exists);
          continue;
        }
        const [, line, tail] = /^(.*?)(?: \| tail -(\d+))?$/.exec(own)!;
        const printed = (await runCli(wordsOf(line!), { folder: root })).out.trimEnd().split("\n");
        expect(printed.slice(tail === undefined ? 0 : -Number(tail)).join("\n")).toBe(shown.trimEnd());
      }
    },
  );

  test("the plan is the one of docs/examples", () => {
    const plan = readFileSync(join(folder, "plan.yaml"), "utf8");
    expect(blocks.filter(({ language }) => language === "yaml")).toEqual([{ language: "yaml", text: plan }]);
  });

  test("lists every method with its purpose", () => {
    const readme = readFileSync(join(root, "README.md"), "utf8");
    for (const { id, purpose } of methods) expect(readme).toContain(`| \`${id}\` | ${purpose} |`);
  });

  test("the map has every floor", () => {
    const map = blocks.find(({ text }) => text.startsWith("src/\n"))!.text;
    const floors = [...map.matchAll(/^ {2}(\w+)\/ /gm)].map((match) => match[1]!);
    expect([...floors].sort()).toEqual(
      readdirSync(join(root, "src"), { withFileTypes: true })
        .filter((entry) => entry.isDirectory())
        .map(({ name }) => name)
        .sort(),
    );
  });

  test("has no block in another language", () => {
    expect([...new Set(blocks.map(({ language }) => language))].sort()).toEqual(["sh", "text", "ts", "yaml"]);
  });

  /** npm's own commands, and the scripts of package.json. */
  const exists = (step: string) =>
    /^npm (ci|install clustrial)$/.test(step) || scripts[/^npm (?:run )?(\w+)$/.exec(step)?.[1] ?? ""] !== undefined;
});

/** "$ command" lines with the output that follows each. */
function commandsOf(text: string): readonly (readonly [command: string, shown: string])[] {
  return text
    .split(/^\$ /m)
    .slice(1)
    .map((part) => {
      const [command, ...shown] = part.split("\n");
      return [command!.replace(/\s+#.*$/, ""), shown.join("\n")] as const;
    });
}

const wordsOf = (line: string) => [...line.matchAll(/"([^"]*)"|(\S+)/g)].map((match) => match[1] ?? match[2]!);
