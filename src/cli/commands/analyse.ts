import { analysePlan } from "../../published/analyse.ts";
import { sideBySide } from "../../report/compareAnalyses.ts";
import { describeAnalysis } from "../../report/describeAnalysis.ts";
import { renderText } from "../../report/renderText.ts";
import type { CliCommand } from "../command.ts";
import { loadPlan } from "../loadPlan.ts";
import { progressOn } from "../progress.ts";

/** Runs a plan and prints its results. */
export const analyseCommand: CliCommand = {
  name: "analyse",
  summary: "run the analyses of a plan",
  example: "clustrial analyse plan.yaml",
  configure: (parser) => parser.argument("<plan>", "plan in YAML or JSON"),
  answer: async ([file], _, terminal) => {
    const { plan, table } = await loadPlan(file as string, terminal);
    const progress = progressOn(terminal);
    const { analyses } = analysePlan(plan, table, { progress: progress.show });
    progress.clear();
    const blocks = [...analyses.map(describeAnalysis), sideBySide(analyses)].filter((each) => each.length > 0);
    return {
      exitCode: analyses.some(({ problem }) => problem !== null) ? 3 : 0,
      json: { analyses },
      text: blocks.map((each) => renderText(each)).join("\n"),
    };
  },
};
