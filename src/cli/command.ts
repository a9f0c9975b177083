import type { Command as Parser } from "commander";
import type { Outcome, Terminal } from "./terminal.ts";

/** A command of the command line: a value in the list `commands`. */
export interface CliCommand {
  readonly name: string;
  readonly summary: string;
  /** A line that works when typed. */
  readonly example: string;
  /** Declares arguments and options. */
  readonly configure: (parser: Parser) => Parser;
  readonly answer: (
    args: readonly unknown[],
    options: Readonly<Record<string, unknown>>,
    terminal: Terminal,
  ) => Promise<Outcome>;
}
