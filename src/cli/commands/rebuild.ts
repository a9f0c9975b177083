import { join, resolve } from "node:path";
import { InputProblem } from "../../contract/problem.ts";
import { readPlanText } from "../../plan/readPlanText.ts";
import { type Rebuilt, rebuild } from "../../published/rebuild/rebuild.ts";
import { heading, line } from "../../report/block.ts";
import { formatNumber } from "../../report/formatNumber.ts";
import { renderText } from "../../report/renderText.ts";
import type { CliCommand } from "../command.ts";
import { exists, readText, writeText } from "../files.ts";

/** Synthetic rows that meet published figures and stated assumptions. */
export const rebuildCommand: CliCommand = {
  name: "rebuild",
  summary: "make synthetic rows that meet published figures and stated assumptions",
  example: "clustrial rebuild figures.yaml --out rebuilt/my-trial",
  configure: (parser) =>
    parser
      .argument("<figures>", "published figures and assumptions in YAML or JSON")
      .requiredOption("--out <folder>", "folder for data.csv, about.json and plan.yaml"),
  answer: async ([file], options, { folder }) => {
    const out = options["out"] as string;
    await refuseToReplaceRows(folder, out);
    const rebuilt = rebuild(readPlanText(await readText(folder, file as string), file as string));
    const { files, about } = rebuilt;
    for (const [name, text] of Object.entries(files)) await writeText(folder, join(out, name), text);
    return { exitCode: 0, json: { out, files: Object.keys(files), about }, text: describe(rebuilt, out) };
  },
};

/** Rows already there may be somebody's data; only what was rebuilt before is written over. */
async function refuseToReplaceRows(folder: string, out: string): Promise<void> {
  const file = join(out, "data.csv");
  if (!(await exists(resolve(folder, file)))) return;
  const about = await readText(folder, join(out, "about.json")).catch(() => "");
  if (!/"synthetic":\s*true/.test(about)) throw new InputProblem("would-replace-rows", { file });
}

function describe({ about, table: rows, files }: Rebuilt, out: string): string {
  const reasons = new Map<string, string[]>();
  for (const { path, value, because } of about.assumptions) {
    const text = `${path} ${Array.isArray(value) ? value.join(", ") : String(value)}`;
    reasons.set(because, [...(reasons.get(because) ?? []), text.trim()]);
  }
  return renderText([
    heading(`${about.title}: ${rows.rows} synthetic rows`),
    line("warning", about.warning),
    ...Object.keys(files).map((name) => line("written", join(out, name))),
    ...[...reasons].map(([because, assumed]) => line("assumed", `${assumed.join("; ")}: ${because}`)),
    ...about.solved.map(({ what, value, so }) => line("solved for", `${what} ${formatNumber(value)}, so that ${so}`)),
  ]);
}
