/**
 * Coverage of the intervals of the intracluster correlation of yes-or-no outcomes, by simulation.
 *
 *   npm run simulate:icc            1,000 replicates a cell; writes docs/simulation/icc-binary.{json,md}
 *   npm run simulate:icc -- 200     fewer, for a look
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { Problem } from "../../src/contract/problem.ts";
import type { Frame } from "../../src/data/frame.ts";
import { randomStream } from "../../src/numerics/random/randomStream.ts";
import { bootstrapFleissCuzick, bootstrapPairs, bootstrapRates, bootstrapT } from "../../src/trial/icc/bootstrapT.ts";
import { clusterEvents, sumsOfEvents } from "../../src/trial/icc/clusterEvents.ts";
import { clusterRates } from "../../src/trial/icc/clusterRates.ts";
import { strataOf } from "../../src/trial/icc/estimator.ts";
import { icc } from "../../src/trial/icc/icc.ts";
import { oneWayAnova } from "../../src/trial/icc/oneWayAnova.ts";
import { type BinaryCell, MEAN_SIZE, simulateBinaryTrial, truthOf } from "./binaryTrialSimulator.ts";
import { SIZE_CV } from "./clusterTrialSimulator.ts";
import { runCells } from "./runCells.ts";

const SEED = 20040807;
const LEVEL = 0.95;
/** Resamples; users get 9,999, which moves a coverage by less than its Monte Carlo error. */
const DRAWS = 999;

const cells: BinaryCell[] = [10, 20, 40].flatMap((clusters) =>
  [0.1, 0.3].flatMap((prevalence) => [0.02, 0.1].map((icc) => ({ clusters, prevalence, icc, effect: 0 }))),
);

interface Limits {
  readonly lower: number;
  readonly upper: number;
}

/** Bootstraps are made for one trial in so many: each costs as much as all the others together. */
const RESAMPLED_EVERY = 4;

/** What an interval is of. */
type Target = "proportion" | "latent" | "k";

interface Contender {
  readonly target: Target;
  readonly every: number;
  make(frame: Frame): Limits;
}

const closed = (estimator: string, interval: string, target: Target = "proportion"): Contender => ({
  target,
  every: 1,
  make: (frame) =>
    icc.analyse({ frame, options: { estimator, interval }, measure: null, level: LEVEL, seed: 1 }).estimates[0]!
      .interval!,
});

const resampled = (target: Target, make: (frame: Frame) => Limits): Contender => ({
  target,
  every: RESAMPLED_EVERY,
  make,
});
const eventsOf = (frame: Frame) => clusterEvents(frame.outcome, frame.cluster)!;
const sizeOf = (frame: Frame) => oneWayAnova(sumsOfEvents(eventsOf(frame)), strataOf(frame)).effectiveSize;

const contenders: Readonly<Record<string, Contender>> = {
  "anova searle": closed("anova-within-arm", "searle"),
  "anova smith": closed("anova-within-arm", "smith"),
  "anova swiger": closed("anova-within-arm", "swiger"),
  "anova fisher": closed("anova-within-arm", "fisher"),
  "anova zou-donner": closed("anova-within-arm", "zou-donner"),
  "anova bootstrap-t": resampled("proportion", (frame) =>
    bootstrapT(sumsOfEvents(eventsOf(frame)), strataOf(frame), LEVEL, 1, DRAWS),
  ),
  "fleiss-cuzick zou-donner": closed("fleiss-cuzick", "zou-donner"),
  "fleiss-cuzick bootstrap-t": resampled("proportion", (frame) =>
    bootstrapFleissCuzick(eventsOf(frame), strataOf(frame), sizeOf(frame), LEVEL, 1, DRAWS),
  ),
  "pearson zou-donner": closed("pearson", "zou-donner"),
  "pearson bootstrap-t": resampled("proportion", (frame) =>
    bootstrapPairs(sumsOfEvents(eventsOf(frame)), strataOf(frame), sizeOf(frame), LEVEL, 1, DRAWS),
  ),
  "reml profile": closed("reml", "profile"),
  "proportion profile": closed("proportion", "profile"),
  "latent profile": closed("latent", "profile", "latent"),
  "rate-k searle": closed("rate-k", "searle", "k"),
  "rate-k bootstrap-t": resampled("k", (frame) =>
    bootstrapRates(clusterRates(frame), strataOf(frame), LEVEL, 1, DRAWS),
  ),
};

interface ContenderResult {
  readonly coverage: number;
  /** Shares of intervals that lie above and below the truth. */
  readonly above: number;
  readonly below: number;
  readonly medianWidth: number;
  readonly failures: number;
  readonly trials: number;
}

interface CellResult {
  readonly cell: BinaryCell;
  readonly truth: Readonly<Record<Target, number>>;
  readonly intervals: Readonly<Record<string, ContenderResult>>;
}

function runCell(index: number, replicates: number): CellResult {
  const cell = cells[index]!;
  const parameters = truthOf(cell);
  const truth: Readonly<Record<Target, number>> = {
    proportion: cell.icc,
    latent: parameters.deviation ** 2 / (parameters.deviation ** 2 + Math.PI ** 2 / 3),
    k: Math.sqrt((cell.icc * (1 - cell.prevalence)) / cell.prevalence),
  };
  const found = Object.fromEntries(Object.keys(contenders).map((name) => [name, [] as Limits[]]));
  for (let r = 0; r < replicates; r++) {
    const frame = trialWithEvents(cell, parameters, index, r);
    for (const [name, { make, every }] of Object.entries(contenders)) {
      if (r % every !== 0) continue;
      try {
        found[name]!.push(make(frame));
      } catch (problem) {
        if (!(problem instanceof Problem)) throw problem;
      }
    }
  }
  const judged = (name: string, { target, every }: Contender): ContenderResult => {
    const limits = found[name]!;
    const trials = Math.ceil(replicates / every);
    const share = (holds: (each: Limits) => boolean) => limits.filter(holds).length / limits.length;
    const widths = limits.map(({ lower, upper }) => upper - lower).sort((a, b) => a - b);
    const above = share(({ lower }) => lower > truth[target]);
    const below = share(({ upper }) => upper < truth[target]);
    return {
      coverage: 1 - above - below,
      above,
      below,
      medianWidth: widths[Math.floor(widths.length / 2)]!,
      failures: trials - limits.length,
      trials,
    };
  };
  return {
    cell,
    truth,
    intervals: Object.fromEntries(Object.entries(contenders).map(([name, each]) => [name, judged(name, each)])),
  };
}

/** Trials without events, or in which everybody has one, are drawn again: there is nothing to analyse. */
function trialWithEvents(cell: BinaryCell, truth: ReturnType<typeof truthOf>, index: number, replicate: number): Frame {
  for (let attempt = 0; ; attempt++) {
    try {
      return simulateBinaryTrial(cell, truth, randomStream(SEED + index, replicate + attempt * 1_000_003));
    } catch (problem) {
      if (!(problem instanceof Problem) || problem.code !== "outcome-constant") throw problem;
    }
  }
}

function asMarkdown(results: readonly CellResult[], replicates: number): string {
  const error = Math.sqrt((0.95 * 0.05) / replicates);
  const names = Object.keys(contenders);
  const heading = results.map(({ cell }) => `${cell.clusters}, ${cell.prevalence}, ${cell.icc}`);
  const rows = names.map((name) => {
    const values = results.map(({ intervals }) => {
      const { coverage, failures } = intervals[name]!;
      const text = coverage < 0.93 || coverage > 0.98 ? `**${coverage.toFixed(3)}**` : coverage.toFixed(3);
      return failures > 0 ? `${text} (${failures} failed)` : text;
    });
    return `| ${name} | ${values.join(" | ")} |`;
  });
  const widths = names.map(
    (name) => `| ${name} | ${results.map(({ intervals }) => intervals[name]!.medianWidth.toFixed(3)).join(" | ")} |`,
  );
  const bar = `|---|${results.map(() => "---|").join("")}`;
  return [
    "# Coverage of intervals of the intracluster correlation, yes-or-no outcomes",
    "",
    `Two arms alike, half of the clusters each; ${replicates.toLocaleString("en-GB")} simulated trials a cell, so that the Monte Carlo standard error of a coverage of 0.95 is ${error.toFixed(4)}. A logistic model with a normal intercept per cluster; its variance is such that the intracluster correlation on the scale of proportions is the one shown. Cluster sizes are gamma with mean ${MEAN_SIZE} and coefficient of variation ${SIZE_CV}, rounded, at least 1. Nominal coverage 95 %; below 0.93 and above 0.98 bold. Bootstraps of ${DRAWS} resamples, for one trial in ${RESAMPLED_EVERY} (their standard error is ${(error * Math.sqrt(RESAMPLED_EVERY)).toFixed(4)}). anova is anova-within-arm; rate-k is of proportions.`,
    "",
    "Made by `npm run simulate:icc`.",
    "",
    "## Coverage, by clusters, prevalence and intracluster correlation",
    "",
    `| estimator, interval | ${heading.join(" | ")} |`,
    bar,
    ...rows,
    "",
    "## Median width",
    "",
    `| estimator, interval | ${heading.join(" | ")} |`,
    bar,
    ...widths,
    "",
  ].join("\n");
}

const replicates = Number(process.argv[2] ?? 1000);
const started = performance.now();
const results = await runCells(import.meta.url, cells.length, replicates, runCell);
if (results !== null) {
  mkdirSync("docs/simulation", { recursive: true });
  writeFileSync("docs/simulation/icc-binary.json", `${JSON.stringify({ seed: SEED, replicates, results }, null, 1)}\n`);
  writeFileSync("docs/simulation/icc-binary.md", asMarkdown(results, replicates));
  console.log(`${cells.length} cells in ${((performance.now() - started) / 1000).toFixed(0)} s`);
}
