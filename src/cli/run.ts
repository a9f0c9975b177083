import { Command, CommanderError } from "commander";
import { nearest } from "../contract/nearest.ts";
import { Defect, InputProblem, Problem } from "../contract/problem.ts";
import { version } from "../plan/version.ts";
import { commands } from "./commands.ts";
import type { Outcome, Terminal } from "./terminal.ts";

/**
 * Runs one command line and says how it ended: 0 done, 1 a claim does not agree, 2 the command, the plan or the data
 * is wrong, 3 an analysis is not estimable, 4 a defect of ours.
 *
 * Writes to `out` once, at the end: with --json exactly one JSON document, a problem included.
 */
export async function run(argv: readonly string[], terminal: Terminal): Promise<number> {
  const asJson = argv.includes("--json");
  const words = argv.filter((word) => word !== "--json");
  let help = "";
  let outcome: Outcome | null = null;
  const program = new Command("clustrial")
    .description("Analyses cluster randomised trials, and puts published results beside computed ones.")
    .version(version, "-V, --version", "print the version")
    .helpOption("-h, --help", "print this help")
    .helpCommand(false)
    .addHelpText("after", "\nExample:\n  clustrial analyse plan.yaml\n\nEvery command has --help with an example.");
  for (const { name, summary, example, configure, answer } of commands) {
    const command = program.command(name).description(summary).helpOption("-h, --help", "print this help");
    configure(command)
      .option("--json", "print one JSON document instead of text")
      .addHelpText("after", `\nExample:\n  ${example}`)
      .action(async () => {
        outcome = await answer(command.processedArgs, command.opts(), terminal);
      });
  }
  for (const command of [program, ...program.commands]) {
    command
      .exitOverride()
      .showSuggestionAfterError(false)
      .configureOutput({
        writeOut: (text) => (help += text),
        writeErr: (text) => (help += text),
        outputError: () => {},
      });
  }
  try {
    if (words.length === 0) program.outputHelp();
    else await program.parseAsync(words, { from: "user" });
  } catch (error) {
    const asked = error instanceof CommanderError && error.exitCode === 0;
    if (!asked)
      return refuse(error instanceof CommanderError ? usageProblem(error, program, words) : error, asJson, terminal);
  }
  if (outcome === null) {
    terminal.out(help);
    return 0;
  }
  const { exitCode, json, text } = outcome as Outcome;
  terminal.out(asJson ? `${JSON.stringify(json, null, 2)}\n` : text);
  return exitCode;
}

const exitCodes = { input: 2, design: 3, numerical: 3, defect: 4 } as const;

function refuse(error: unknown, asJson: boolean, terminal: Terminal): number {
  const problem = error instanceof Problem ? error : new Defect(error instanceof Error ? error.message : String(error));
  const { code, message, facts } = problem;
  terminal.err(`${message}\n`);
  if (asJson) terminal.out(`${JSON.stringify({ problem: { code, message, facts } }, null, 2)}\n`);
  return exitCodes[problem.kind];
}

/** The parser's refusal as one of our problems, with the nearest thing that exists. */
function usageProblem(error: CommanderError, program: Command, words: readonly string[]): InputProblem {
  const chosen = program.commands.find((each) => each.name() === words.find((word) => !word.startsWith("-")));
  const command = chosen === undefined ? "clustrial" : `clustrial ${chosen.name()}`;
  const known = ["--help", ...(chosen ?? program).options.map(({ long, short }) => long ?? short ?? "")];
  const named = /'([^']*)'/.exec(error.message)?.[1] ?? "";
  // A mistyped option explains a missing one, so it is told first.
  const mistyped = words
    .map((word) => word.split("=")[0]!)
    .find((word) => word.startsWith("--") && !known.includes(word));
  if (mistyped !== undefined || error.code === "commander.unknownOption") {
    const option = mistyped ?? named.split("=")[0]!;
    return new InputProblem("unknown-option", { command, option, nearest: nearest(option, known) });
  }
  if (error.code === "commander.unknownCommand") {
    const names = program.commands.map((each) => each.name());
    return new InputProblem("unknown-command", { command: named, nearest: nearest(named, names), commands: names });
  }
  const detail = error.message.replace(/^error: /, "").replace(/\.$/, "");
  return new InputProblem("bad-usage", { command, detail: detail.charAt(0).toUpperCase() + detail.slice(1) });
}
