/**
 * Type I error and coverage of permutation tests, wild cluster bootstraps and cluster bootstraps with few, unequal
 * clusters, by simulation. There is no effect, and every estimator here is translation-equivariant, so the share of
 * intervals that miss 0 is that under any effect.
 *
 *   npm run simulate:resampling            2,000 replicates a cell; writes docs/simulation/resampling.{json,md}
 *   npm run simulate:resampling -- 200     fewer, for a look
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { methods } from "../../src/economics/methods.ts";
import { runReplicates } from "../../src/inference/replicates/replicates.ts";
import { simulationOf } from "../../src/trial/simulate/simulation.ts";
import type { SimulationRequest } from "../../src/trial/simulate/simulationSettings.ts";
import { runCells } from "./runCells.ts";

const SEED = 20261122;
const DRAWS = 999;
const MEAN_SIZE = 10;
const SIZE_CV = 0.65;

interface Cell {
  readonly clusters: number;
  readonly intervention: number;
  readonly icc: number;
  readonly shape: "normal" | "skewed";
  /** Standard deviations of the intervention arm over the control's. */
  readonly sdRatio: number;
}

/** Arms alike, and one third treated with the variance alike or larger there, which is the harder case. */
const cells: readonly Cell[] = [8, 12, 20].flatMap((clusters) =>
  [clusters / 2, Math.round(clusters / 3)].flatMap((intervention) =>
    [0.01, 0.15].flatMap((icc) => [
      { clusters, intervention, icc, shape: "normal", sdRatio: 1 } as const,
      { clusters, intervention, icc, shape: "skewed", sdRatio: 1 } as const,
      { clusters, intervention, icc, shape: "normal", sdRatio: 1.5 } as const,
    ]),
  ),
);

type Contender = Pick<SimulationRequest, "method" | "options">;

const wild = (options: object): Contender => ({
  method: "wild-cluster-bootstrap",
  options: { draws: DRAWS, ...options },
});
const bootstrap = (options: object): Contender => ({
  method: "cluster-bootstrap",
  options: { draws: DRAWS, ...options },
});

/** Complete up to 12 clusters, which is what `auto` does for any of these; random with 20, to save time. */
const permutation =
  (options: object) =>
  (clusters: number): Contender => ({
    method: "permutation",
    options: { ...options, ...(clusters > 12 ? { draws: DRAWS } : {}) },
  });

const contenders: Readonly<Record<string, Contender | ((clusters: number) => Contender)>> = {
  permutation: permutation({}),
  "permutation, weighted": permutation({ statistic: "weighted-difference" }),
  "permutation, score": permutation({ statistic: "mixed-model-score" }),
  "permutation, studentised": permutation({ statistic: "studentised" }),
  "wild restricted": wild({}),
  "wild restricted CR3": wild({ studentise: "cr3" }),
  "wild unrestricted": wild({ null: "unrestricted" }),
  "bootstrap BCa": bootstrap({}),
  "bootstrap percentile": bootstrap({ interval: "percentile" }),
  "bootstrap studentised": bootstrap({ interval: "studentised" }),
};

/** These take ten times as long as the others: they get a fifth of the replicates. */
const slow = ["permutation, score", "bootstrap studentised"];
const SHARE_OF_SLOW = 1 / 5;

interface Level {
  readonly typeOneError: number | null;
  /** Share of intervals without 0. */
  readonly missed: number | null;
  readonly failures: number;
}

interface CellResult {
  readonly cell: Cell;
  readonly replicates: number;
  readonly methods: Readonly<Record<string, Level>>;
}

function runCell(index: number, replicates: number): CellResult {
  const cell = cells[index]!;
  const levels = Object.entries(contenders).map(([name, contender]): [string, Level] => {
    const trials = slow.includes(name) ? Math.ceil(replicates * SHARE_OF_SLOW) : replicates;
    const simulation = simulationOf(
      {
        clusters: { control: cell.clusters - cell.intervention, intervention: cell.intervention },
        sizes: { mean: MEAN_SIZE, cv: SIZE_CV },
        outcome: { kind: "continuous", icc: cell.icc, shape: cell.shape, sdRatio: cell.sdRatio },
        ...(typeof contender === "function" ? contender(cell.clusters) : contender),
        trials,
        seed: SEED + index,
      },
      methods,
    );
    const { rejected, coverage, answered } = simulation.finish(runReplicates(simulation.replicates));
    return [
      name,
      {
        typeOneError: rejected?.value ?? null,
        missed: coverage === null ? null : 1 - coverage.value,
        failures: trials - answered,
      },
    ];
  });
  return { cell, replicates, methods: Object.fromEntries(levels) };
}

const rate = (value: number | null): string => {
  if (value === null) return "–";
  const text = value.toFixed(3);
  return value < 0.035 || value > 0.06 ? `**${text}**` : text;
};

function tableOf(results: readonly CellResult[], entry: (level: Level) => string): readonly string[] {
  const names = Object.keys(contenders);
  return [
    `| clusters | arms | ICC | outcome | SD ratio | ${names.join(" | ")} |`,
    `|---|---|---|---|---|${names.map(() => "---|").join("")}`,
    ...results.map(({ cell, methods: by }) => {
      const { clusters, intervention, icc, shape, sdRatio } = cell;
      const values = names.map((name) => entry(by[name]!));
      return `| ${clusters} | ${intervention}:${clusters - intervention} | ${icc} | ${shape} | ${sdRatio} | ${values.join(" | ")} |`;
    }),
    "",
  ];
}

function asMarkdown(results: readonly CellResult[], replicates: number): string {
  const error = Math.sqrt((0.05 * 0.95) / replicates);
  return [
    "# Randomisation inference and resampling: type I error and coverage",
    "",
    "Made by `npm run simulate:resampling`; do not edit.",
    "",
    `Two-sided tests at 5 % of no effect, arm as the only covariate. ${replicates.toLocaleString("en-GB")} simulated trials a cell; the Monte Carlo standard error of a rate near 0.05 is ${error.toFixed(4)} (${slow.join(" and ")}: a fifth of the trials, ${(error / Math.sqrt(SHARE_OF_SLOW)).toFixed(4)}). Cluster sizes are gamma with mean ${MEAN_SIZE} and coefficient of variation ${SIZE_CV}, rounded, at least 1. Skewed: exponential less its mean, for cluster effects and residuals alike. SD ratio: standard deviations of the intervention arm over the control's, between and within clusters. Arms are given as intervention:control clusters. ${DRAWS} draws where draws are random. Rates outside 0.035–0.06 are bold; in brackets trials without an answer.`,
    "",
    "Permutation tests of the difference are complete up to 12 clusters. The wild bootstrap is of least squares, restricted unless said otherwise, studentised by CR1 or CR3. The cluster bootstrap resamples whole clusters within arms, and re-estimates its default model.",
    "",
    "## Rejected at 5 %",
    "",
    ...tableOf(results, ({ typeOneError, failures }) =>
      failures > 0 ? `${rate(typeOneError)} (${failures})` : rate(typeOneError),
    ),
    "## Intervals at 95 % that miss the truth",
    "",
    "Among trials that have an interval: with very few allocations, or for an unbounded one, there is none.",
    "",
    ...tableOf(results, ({ missed }) => rate(missed)),
  ].join("\n");
}

const replicates = Number(process.argv[2] ?? 2_000);
const started = performance.now();
const results = await runCells(import.meta.url, cells.length, replicates, runCell);
if (results !== null) {
  mkdirSync("docs/simulation", { recursive: true });
  writeFileSync("docs/simulation/resampling.json", `${JSON.stringify({ seed: SEED, replicates, results }, null, 1)}\n`);
  writeFileSync("docs/simulation/resampling.md", asMarkdown(results, replicates));
  console.log(`${cells.length} cells in ${((performance.now() - started) / 1000).toFixed(0)} s`);
}
