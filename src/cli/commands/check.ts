import type { ClaimCheck } from "../../contract/analysis.ts";
import { InputProblem, type ProblemRecord } from "../../contract/problem.ts";
import { analysePlanInParallel } from "../../published/analyseInParallel.ts";
import { checkClaims } from "../../published/checkClaims.ts";
import type { CliCommand } from "../command.ts";
import { matchFiles } from "../files.ts";
import { loadPlan } from "../loadPlan.ts";
import { progressOn } from "../progress.ts";
import type { Terminal } from "../terminal.ts";

interface Check extends ClaimCheck {
  readonly plan: string;
  readonly analysis: string;
  /** Why nothing was computed; null when something was. */
  readonly problem: string | null;
}

/** Verifies the published figures of plans: a line per claim, for people and for CI. */
export const checkCommand: CliCommand = {
  name: "check",
  summary: "check the published figures that plans expect; exit 1 if any disagrees",
  example: 'clustrial check "plans/**/*.yaml"',
  configure: (parser) => parser.argument("<plans...>", "plans in YAML or JSON, or patterns such as plans/*.yaml"),
  answer: async ([patterns], _, terminal) => {
    const matched = await Promise.all((patterns as string[]).map((pattern) => matchFiles(terminal.folder, pattern)));
    const files = [...new Set(matched.flat())];
    const checks: Check[] = [];
    const problems: (ProblemRecord & { readonly plan: string })[] = [];
    for (const file of files) {
      try {
        checks.push(...(await checkPlan(file, terminal)));
      } catch (problem) {
        // One plan that is wrong does not keep the others from being checked.
        if (files.length === 1 || !(problem instanceof InputProblem)) throw problem;
        const { code, message, facts } = problem;
        problems.push({ plan: file, code, message, facts });
        terminal.err(message.startsWith(file) ? `${message}\n` : `${file}: ${message}\n`);
      }
    }
    const agreeing = checks.filter(({ agrees }) => agrees).length;
    return {
      exitCode: checks.some(({ problem }) => problem !== null)
        ? 3
        : problems.length > 0
          ? 2
          : agreeing < checks.length
            ? 1
            : 0,
      json: { claims: checks.length, agree: agreeing, checks, problems },
      text: [...checks.map(sentence), total(checks.length, agreeing), ""].join("\n"),
    };
  },
};

async function checkPlan(file: string, terminal: Terminal): Promise<readonly Check[]> {
  const { plan, table } = await loadPlan(file, terminal);
  const progress = progressOn(terminal);
  const { host } = terminal;
  const { analyses } = await analysePlanInParallel(plan, table, { host, progress: progress.show });
  progress.clear();
  const checks = analyses.flatMap((analysis, index): readonly Check[] => {
    const { expect } = plan.analyses[index]!;
    const problem = analysis.problem?.message ?? null;
    const claims = expect === undefined ? [] : (analysis.claims ?? checkClaims(expect, analysis));
    return claims.map((claim) => ({ plan: file, analysis: analysis.id, ...claim, problem }));
  });
  if (checks.length === 0) throw new InputProblem("no-claims", { plan: file });
  return checks;
}

function sentence({ plan, analysis, path, published, computed, agrees, allowed, problem }: Check): string {
  const what = `${plan} ${analysis} ${path}: published ${published}`;
  if (agrees) return `agrees     ${what}, computed ${computed === null ? "nothing" : Number(computed.toPrecision(6))}`;
  const [low, high] = allowed;
  const range = low === null ? `below ${high}` : high === null ? `above ${low}` : `${low} to ${high}`;
  const found =
    computed === null ? `nothing computed${problem === null ? "" : ` (${problem})`}` : `computed ${computed}`;
  return `DISAGREES  ${what}, ${found}, allowed ${range}`;
}

const total = (claims: number, agreeing: number) =>
  `${claims} ${claims === 1 ? "claim" : "claims"}, ${agreeing} ${agreeing === 1 ? "agrees" : "agree"}`;
