import type { Progress } from "../inference/replicates/steps.ts";
import { formatNumber } from "../report/formatNumber.ts";
import type { Terminal } from "./terminal.ts";

/** One line on stderr that says which analysis is running and how far it is, only where somebody watches. */
export function progressOn(terminal: Terminal) {
  const write = (text: string) => {
    if (terminal.watched) terminal.err(`\r\u001b[K${text}`);
  };
  return {
    show: ({ id, index, of, done, total }: Progress) => {
      const which = `analysing ${id} (${index + 1} of ${of})`;
      write(total === 0 ? which : `${which}: ${formatNumber(done)} of ${formatNumber(total)} replicates`);
    },
    clear: () => write(""),
  };
}
