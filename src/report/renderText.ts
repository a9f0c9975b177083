import type { Block, Table } from "./block.ts";

/** Blocks as plain text for a terminal, at most about 100 columns wide for sentences; ends with a newline. */
export function renderText(blocks: readonly Block[]): string {
  const labels = blocks.flatMap((block) => (block.kind === "line" ? [block.label.length] : []));
  const indent = Math.max(0, ...labels) + 4;
  const parts: string[] = [];
  let before: Block["kind"] | null = null;
  for (const block of blocks) {
    if (before !== null && (block.kind !== "line" || before !== "line")) parts.push("");
    before = block.kind;
    if (block.kind === "heading") parts.push(block.text);
    else if (block.kind === "line") parts.push(...wrap(`  ${block.label}`.padEnd(indent), block.text, indent));
    else parts.push(...tableLines(block).map((text) => `  ${text}`));
  }
  return `${parts.map((text) => text.trimEnd()).join("\n")}\n`;
}

function tableLines({ header, rows, words = [] }: Table): readonly string[] {
  const all = [header, ...rows];
  const widths = header.map((_, k) => Math.max(...all.map((row) => (row[k] ?? "").length)));
  return all.map((row) =>
    row
      .map((cell, k) => (k === 0 || words.includes(k) ? cell.padEnd(widths[k]!) : cell.padStart(widths[k]!)))
      .join("  "),
  );
}

/** Breaks a sentence at spaces, the following lines hanging below the first word. */
function wrap(label: string, text: string, indent: number, width = 100): readonly string[] {
  const lines: string[] = [];
  let current = label;
  for (const word of text.split(" ")) {
    const fresh = current.length <= indent;
    if (!fresh && current.length + 1 + word.length > width) {
      lines.push(current);
      current = " ".repeat(indent) + word;
    } else current += fresh ? word : ` ${word}`;
  }
  return [...lines, current];
}
