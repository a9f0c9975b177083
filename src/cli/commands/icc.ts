import { InputProblem } from "../../contract/problem.ts";
import { takeStepsInParallel } from "../../inference/replicates/takeStepsInParallel.ts";
import { parseScript } from "../../plan/parsePlan.ts";
import { planSteps } from "../../plan/runPlan.ts";
import { describeAnalysis } from "../../report/describeAnalysis.ts";
import { renderText } from "../../report/renderText.ts";
import type { CliCommand } from "../command.ts";
import { loadTable } from "../loadPlan.ts";

/** The intracluster correlation of one column, without writing a plan. */
export const iccCommand: CliCommand = {
  name: "icc",
  summary: "estimate the intracluster correlation of an outcome",
  example: "clustrial icc data.csv --cluster practice --outcome remission --event yes --arm arm",
  configure: (parser) =>
    parser
      .argument("<data>", "CSV file")
      .requiredOption("--cluster <column>", "column that names the cluster")
      .requiredOption("--outcome <column>", "column of the outcome")
      .option("--event <level>", "level of a yes-or-no outcome that counts as 1")
      .option("--exposure <column>", "column of person-time, for an outcome that counts events")
      .option("--trials <column>", "column of participants, for rows of events out of participants")
      .option("--arm <column>", "column of the arms; the effect then does not count as clustering")
      .option("--control <level>", "reference level of the arm")
      .option("--estimator <name>", "estimator (see clustrial methods)")
      .option("--interval <name>", "interval (see clustrial methods)")
      .option("--level <coverage>", "coverage of the interval", "0.95")
      .option("--truncate", "report a negative estimate as zero")
      .option("--missing <codes>", "cells that count as missing, separated by commas", ",NA"),
  answer: async ([file], options, terminal) => {
    const { cluster, arm, control, estimator, interval, truncate } = options;
    const missingCodes = words(options["missing"]);
    const plan = parseScript({
      missingCodes,
      trial: given({ cluster, arm, control }),
      analyses: [
        given({
          id: "icc",
          outcome: outcomeOf(options),
          method: "icc",
          level: Number(options["level"]),
          options: given({ estimator, interval, truncate }),
        }),
      ],
    });
    const table = await loadTable(file as string, terminal.folder, missingCodes);
    const { host } = terminal;
    const { analyses } = await takeStepsInParallel(planSteps(plan, table), { host, workers: plan.workers });
    const analysis = analyses[0]!;
    return {
      exitCode: analysis.problem === null ? 0 : 3,
      json: analysis,
      text: renderText(describeAnalysis(analysis)),
    };
  },
};

/**
 * The outcome as a plan writes it.
 *
 * @throws InputProblem `outcome-options` when more than one of event, exposure and trials is given.
 */
function outcomeOf(options: Readonly<Record<string, unknown>>): unknown {
  const { outcome, event, exposure, trials } = options;
  const given = Object.entries({ event, exposure, trials }).flatMap(([name, value]) =>
    value === undefined ? [] : [`--${name}`],
  );
  if (given.length > 1) throw new InputProblem("outcome-options", { given });
  if (event !== undefined) return { name: outcome, event };
  if (exposure !== undefined) return { name: outcome, exposure };
  return trials === undefined ? outcome : { events: outcome, trials };
}

const words = (list: unknown) => String(list).split(",");

/** Only what was given: a key without a value is not a key. */
const given = (record: Readonly<Record<string, unknown>>) =>
  Object.fromEntries(Object.entries(record).filter(([, value]) => value !== undefined));
