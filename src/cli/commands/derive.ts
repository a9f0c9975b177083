import { InputProblem } from "../../contract/problem.ts";
import { deriveColumns } from "../../plan/deriveColumns.ts";
import { describeDerived } from "../../report/describeDerived.ts";
import { renderMarkdown } from "../../report/renderMarkdown.ts";
import { renderText } from "../../report/renderText.ts";
import type { CliCommand } from "../command.ts";
import { writeText } from "../files.ts";
import { loadPlan } from "../loadPlan.ts";

/** Costs and QALYs that a plan derives: what they are made of, arm by arm. */
export const deriveCommand: CliCommand = {
  name: "derive",
  summary: "show what the costs and QALYs of a plan are made of, by arm",
  example: "clustrial derive plan.yaml",
  configure: (parser) =>
    parser.argument("<plan>", "plan in YAML or JSON").option("--markdown <file>", "write the same as Markdown"),
  answer: async ([file], options, terminal) => {
    const { plan, table } = await loadPlan(file as string, terminal);
    if (plan.derive === undefined) throw new InputProblem("nothing-derived", { plan: file as string });
    const { derived } = deriveColumns(plan, table);
    const blocks = derived.map(describeDerived);
    if (options["markdown"] !== undefined) {
      const markdown = blocks.map((each) => renderMarkdown(each)).join("\n");
      await writeText(terminal.folder, options["markdown"] as string, markdown);
    }
    return { exitCode: 0, json: { derived }, text: blocks.map((each) => renderText(each)).join("\n") };
  },
};
