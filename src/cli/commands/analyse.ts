import { join } from "node:path";
import { analysePlanInParallel } from "../../published/analyseInParallel.ts";
import { sideBySide } from "../../report/compareAnalyses.ts";
import { describeAnalysis } from "../../report/describeAnalysis.ts";
import { economicFigures } from "../../report/economicFigures.ts";
import { renderMarkdown } from "../../report/renderMarkdown.ts";
import { renderText } from "../../report/renderText.ts";
import type { CliCommand } from "../command.ts";
import { writeText } from "../files.ts";
import { loadPlan } from "../loadPlan.ts";
import { progressOn } from "../progress.ts";

/** Runs a plan and prints its results. */
export const analyseCommand: CliCommand = {
  name: "analyse",
  summary: "run the analyses of a plan",
  example: "clustrial analyse plan.yaml",
  configure: (parser) =>
    parser
      .argument("<plan>", "plan in YAML or JSON")
      .option("--markdown <file>", "write the same as Markdown")
      .option("--figures <folder>", "write figures (SVG): cost-effectiveness planes and acceptability curves"),
  answer: async ([file], options, terminal) => {
    const { plan, table } = await loadPlan(file as string, terminal);
    const progress = progressOn(terminal);
    const { host } = terminal;
    const { analyses } = await analysePlanInParallel(plan, table, { host, progress: progress.show });
    progress.clear();
    const blocks = [...analyses.map(describeAnalysis), sideBySide(analyses)].filter((each) => each.length > 0);
    if (options["markdown"] !== undefined) {
      const markdown = blocks.map((each) => renderMarkdown(each)).join("\n");
      await writeText(terminal.folder, options["markdown"] as string, markdown);
    }
    if (options["figures"] !== undefined) {
      for (const { name, svg } of analyses.flatMap(economicFigures))
        await writeText(terminal.folder, join(options["figures"] as string, name), svg);
    }
    return {
      exitCode: analyses.some(({ problem }) => problem !== null) ? 3 : 0,
      json: { analyses },
      text: blocks.map((each) => renderText(each)).join("\n"),
    };
  },
};
