import { readPlanText } from "../../plan/readPlanText.ts";
import { audit, type ClaimAudit } from "../../published/audit/audit.ts";
import { type Block, heading, line } from "../../report/block.ts";
import { formatNumber } from "../../report/formatNumber.ts";
import { renderText } from "../../report/renderText.ts";
import type { CliCommand } from "../command.ts";
import { readText } from "../files.ts";

/** Are published figures mutually possible? Nothing but the figures is needed. */
export const auditCommand: CliCommand = {
  name: "audit",
  summary: "ask whether published figures can all be true, and what they imply",
  example: "clustrial audit claims.yaml",
  configure: (parser) => parser.argument("<claims>", "published claims in YAML or JSON"),
  answer: async ([file], _, terminal) => {
    const { audits } = audit(readPlanText(await readText(terminal.folder, file as string), file as string));
    return {
      exitCode: 0,
      json: { audits },
      text: audits.map((each) => renderText(describeAudit(each))).join("\n"),
    };
  },
};

function describeAudit({ id, consistent, compatibleDf, findings, ...implied }: ClaimAudit): readonly Block[] {
  return [
    heading(`${id}: ${consistent ? "possible" : "the figures contradict each other"}`),
    ...(compatibleDf === null ? [] : [line("degrees of freedom", dfWords(compatibleDf))]),
    ...span("standard error", implied.impliedStandardError),
    ...span("design effect", implied.impliedDesignEffect),
    ...span("ICC", implied.impliedIcc),
    ...findings.map(({ contradiction, message }) => line(contradiction ? "contradiction" : "finding", message)),
  ];
}

const span = (label: string, ends: readonly [number, number] | null): readonly Block[] =>
  ends === null ? [] : [line(label, `${formatNumber(ends[0])} to ${formatNumber(ends[1])}`)];

function dfWords(ranges: NonNullable<ClaimAudit["compatibleDf"]>): string {
  if (ranges.length === 0) return "none fits";
  return ranges
    .map(([low, high]) =>
      high === null
        ? `${low} or more, the normal distribution included`
        : low === high
          ? `${low}`
          : `${low} to ${high}`,
    )
    .join(", or ");
}
