import type { Terminal } from "./terminal.ts";

/** One line on stderr that says which analysis is running, only where somebody watches. */
export function progressOn(terminal: Terminal) {
  const write = (text: string) => {
    if (terminal.watched) terminal.err(`\r\u001b[K${text}`);
  };
  return {
    show: (id: string, index: number, total: number) => write(`analysing ${id} (${index + 1} of ${total})`),
    clear: () => write(""),
  };
}
