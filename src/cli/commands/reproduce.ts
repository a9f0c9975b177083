import { join } from "node:path";
import { takeStepsInParallel } from "../../inference/replicates/takeStepsInParallel.ts";
import { printedInterval } from "../../published/printedNumber.ts";
import { derivedClaims } from "../../published/reproduce/derivedClaims.ts";
import { renderReproduction, renderReproductionMarkdown } from "../../published/reproduce/renderReproduction.ts";
import { reproductionSteps } from "../../published/reproduce/reproduce.ts";
import type { MethodComparison, Reproduction } from "../../published/reproduce/reproduction.ts";
import { type ForestRow, forestPlot } from "../../report/forestPlot.ts";
import { bundledClaims, bundledTrials, loadRebuilt } from "../bundled.ts";
import type { CliCommand } from "../command.ts";
import { writeText } from "../files.ts";
import { progressOn } from "../progress.ts";

/** Published figures of rebuilt trials beside what their synthetic rows give, by every method. */
export const reproduceCommand: CliCommand = {
  name: "reproduce",
  summary: "put published figures beside what rebuilt, synthetic rows give",
  example: "clustrial reproduce partners2 --markdown partners2.md",
  configure: (parser) =>
    parser
      .argument("[trials...]", "names of bundled trials, or folders made by rebuild; default every bundled one")
      .option("--markdown <file>", "write the same as Markdown")
      .option("--figures <folder>", "write forest plots (SVG): every comparison of methods, every assumed interval"),
  answer: async ([names], options, terminal) => {
    const { folder, host } = terminal;
    const given = names as string[];
    const trials: Reproduction[] = [];
    const progress = progressOn(terminal);
    for (const name of given.length === 0 ? await bundledTrials() : given) {
      const trial = await loadRebuilt(name, folder);
      const { workers } = trial.plan;
      trials.push(await takeStepsInParallel(reproductionSteps(trial), { host, workers, progress: progress.show }));
    }
    progress.clear();
    const derived = given.length === 0 ? derivedClaims(await bundledClaims()) : [];
    if (options["markdown"] !== undefined) {
      await writeText(folder, options["markdown"] as string, renderReproductionMarkdown(trials, derived));
    }
    if (options["figures"] !== undefined) {
      for (const [name, svg] of trials.flatMap((trial) => [...figures(trial), ...assumedFigures(trial)]))
        await writeText(folder, join(options["figures"] as string, name), svg);
    }
    return {
      exitCode: trials.every(({ claims }) => claims.every(({ agrees }) => agrees)) ? 0 : 1,
      json: { trials, derived },
      text: renderReproduction(trials, derived),
    };
  },
};

function figures({ trial, title, comparisons }: Reproduction): readonly (readonly [name: string, svg: string])[] {
  return comparisons.map((comparison) => [
    `${trial}-${comparison.outcome}.svg`.replace(/[^\w.-]+/g, "-"),
    forestPlot(forestRows(comparison), {
      title: `${title}: ${comparison.outcome} by every method, on synthetic rows`,
      axis: `effect on ${comparison.outcome}; * rows were solved for this method`,
    }),
  ]);
}

function assumedFigures({ trial, title, assumedIntervals }: Reproduction): readonly (readonly [string, string])[] {
  return assumedIntervals.map(({ outcome, difference, intervals }) => [
    `${trial}-${outcome}-assumed.svg`.replace(/[^\w.-]+/g, "-"),
    forestPlot(
      intervals.map(({ standardDeviations, icc, lower, upper }) => ({
        label: `SD ${standardDeviations.map((sd) => Math.round(sd)).join(" and ")}, ICC ${icc}`,
        value: difference,
        lower,
        upper,
        published: false,
      })),
      {
        title: `${title}: ${outcome}, 95% intervals under assumed standard deviations and correlations`,
        axis: `difference in mean ${outcome} per patient; only the difference is published`,
      },
    ),
  ]);
}

function forestRows({ published: { value, interval }, methods }: MethodComparison): readonly ForestRow[] {
  const [lower, upper] = interval?.map((limit) => printedInterval(limit).value) ?? [null, null];
  const printed: readonly ForestRow[] =
    value === null
      ? []
      : [
          {
            label: "as published",
            value: printedInterval(value).value,
            lower: lower!,
            upper: upper!,
            published: true,
            text: interval === null ? value : `${value} (${interval[0]} to ${interval[1]})`,
          },
        ];
  const computed = methods.flatMap(({ label, solvedFor, estimate, interval: limits }): readonly ForestRow[] =>
    estimate === null
      ? []
      : [
          {
            label: solvedFor ? `${label} *` : label,
            value: estimate,
            lower: limits?.[0] ?? null,
            upper: limits?.[1] ?? null,
            published: false,
          },
        ],
  );
  return [...printed, ...computed];
}
