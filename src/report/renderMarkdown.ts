import type { Block } from "./block.ts";

/** Blocks as Markdown (tables as GitHub and pandoc read them); ends with a newline. */
export function renderMarkdown(blocks: readonly Block[], level = 2): string {
  const parts: string[] = [];
  let before: Block["kind"] | null = null;
  for (const block of blocks) {
    if (before !== null && (block.kind !== "line" || before !== "line")) parts.push("");
    before = block.kind;
    if (block.kind === "heading") parts.push(`${"#".repeat(level)} ${plainly(block.text)}`);
    else if (block.kind === "line") parts.push(`- **${plainly(block.label)}**: ${plainly(block.text)}`);
    else {
      const { header, rows, words = [] } = block;
      parts.push(
        row(header),
        row(header.map((_, k) => (k === 0 || words.includes(k) ? "---" : "---:"))),
        ...rows.map(row),
      );
    }
  }
  return `${parts.join("\n")}\n`;
}

const row = (cells: readonly string[]) => `| ${cells.map(plainly).join(" | ")} |`;

/** Column names and arms come from users: nothing in them may turn into markup. */
const plainly = (text: string) => text.replace(/\s+/g, " ").replace(/[\\`*_[\]<>|#~$]/g, "\\$&");
