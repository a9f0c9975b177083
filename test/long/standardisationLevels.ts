/**
 * Type I error and coverage of standardised risks, by simulation.
 *
 *   npm run simulate:standardisation            2,000 replicates a cell; writes docs/simulation/standardisation.{json,md}
 *   npm run simulate:standardisation -- 200     fewer, for a look
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { Problem } from "../../src/contract/problem.ts";
import { buildFrame } from "../../src/data/buildFrame.ts";
import type { Frame } from "../../src/data/frame.ts";
import { tableFromColumns } from "../../src/data/tableFromColumns.ts";
import { logitLink } from "../../src/models/family/link.ts";
import { meanOverNormal } from "../../src/models/family/meanOverNormal.ts";
import { findRoot } from "../../src/numerics/optimize/findRoot.ts";
import { type RandomStream, randomStream } from "../../src/numerics/random/randomStream.ts";
import { methods } from "../../src/trial/methods.ts";
import { clusterSize, SIZE_CV } from "./clusterTrialSimulator.ts";
import { runCells } from "./runCells.ts";

const SEED = 20230519;
const MEAN_SIZE = 20;
const PREVALENCE = 0.25;
/** Standard deviation of the random intercept on the logit scale: an intracluster correlation of about 0.05 there. */
const DEVIATION = 0.42;
/** Of a covariate of participants and of one of clusters, both standard normal. */
const SLOPE = 0.5;
/** All of a linear predictor that varies. */
const SPREAD = DEVIATION ** 2 + 2 * SLOPE ** 2;

interface Cell {
  readonly clusters: number;
  /** Conditional log odds ratio of the intervention. */
  readonly effect: number;
}

const cells: readonly Cell[] = [10, 20, 40].flatMap((clusters) => [0, 0.7].map((effect) => ({ clusters, effect })));

const risk = (predictor: number) => meanOverNormal(logitLink)(predictor, SPREAD).mean;
const intercept = findRoot((b) => risk(b) - PREVALENCE, -10, 10, { tolerance: 1e-13 }).argument[0]!;

interface Contender {
  readonly options: object;
  readonly measure: "risk-difference" | "odds-ratio";
}

const contenders: Readonly<Record<string, Contender>> = {
  "logistic, RD": { options: {}, measure: "risk-difference" },
  "logistic, OR": { options: {}, measure: "odds-ratio" },
  "logistic, clusters": { options: { estimand: "cluster-average" }, measure: "risk-difference" },
  "GEE, RD": { options: { model: "gee" }, measure: "risk-difference" },
  "GLMM, RD": { options: { model: "generalised-linear-mixed-model" }, measure: "risk-difference" },
  "robust, RD": { options: { augmentation: "model-robust" }, measure: "risk-difference" },
  "robust, clusters": {
    options: { augmentation: "model-robust", estimand: "cluster-average" },
    measure: "risk-difference",
  },
};

function trialOf({ clusters, effect }: Cell, stream: RandomStream): Frame {
  const columns = {
    practice: [] as number[],
    arm: [] as number[],
    x: [] as number[],
    z: [] as number[],
    y: [] as number[],
  };
  for (let j = 0; j < clusters; j++) {
    const arm = j < clusters / 2 ? 1 : 0;
    const z = stream.normal();
    const shift = intercept + effect * arm + DEVIATION * stream.normal() + SLOPE * z;
    for (let i = clusterSize(stream, MEAN_SIZE); i > 0; i--) {
      const x = stream.normal();
      columns.practice.push(j);
      columns.arm.push(arm);
      columns.x.push(x);
      columns.z.push(z);
      columns.y.push(stream.uniform() < logitLink.mean(shift + SLOPE * x) ? 1 : 0);
    }
  }
  return buildFrame(tableFromColumns(columns), {
    outcome: { name: "y", event: 1 },
    cluster: "practice",
    arm: "arm",
    covariates: ["x", "z"],
  });
}

interface CellResult {
  readonly cell: Cell;
  /** Share of P values below 0.05, and of 95 % intervals that hold the true effect. */
  readonly methods: Readonly<Record<string, { rejected: number; covered: number; failures: number }>>;
}

function runCell(index: number, replicates: number): CellResult {
  const cell = cells[index]!;
  const [control, treated] = [PREVALENCE, risk(intercept + cell.effect)];
  const truth = {
    "risk-difference": treated - control,
    "odds-ratio": treated / (1 - treated) / (control / (1 - control)),
  };
  const names = Object.keys(contenders);
  const tallies = names.map(() => ({ rejected: 0, covered: 0, failures: 0 }));
  const { analyse } = methods.find(({ id }) => id === "standardisation")!;
  for (let k = 0; k < replicates; k++) {
    const frame = trialOf(cell, randomStream(SEED + index, k));
    names.forEach((name, m) => {
      const { options, measure } = contenders[name]!;
      const tally = tallies[m]!;
      try {
        const { test, interval } = analyse({ frame, options, measure, level: 0.95, seed: 1 }).estimates[0]!;
        if (test!.pValue < 0.05) tally.rejected += 1;
        if (interval!.lower <= truth[measure] && truth[measure] <= interval!.upper) tally.covered += 1;
      } catch (problem) {
        if (!(problem instanceof Problem)) throw problem;
        tally.failures += 1;
      }
    });
  }
  return {
    cell,
    methods: Object.fromEntries(
      names.map((name, m) => {
        const { rejected, covered, failures } = tallies[m]!;
        const made = replicates - failures;
        return [name, { rejected: rejected / made, covered: covered / made, failures }];
      }),
    ),
  };
}

function render(results: readonly CellResult[], replicates: number): string {
  const names = Object.keys(contenders);
  const shown = (rate: number) => (rate > 0.06 || rate < 0.035 ? `**${rate.toFixed(3)}**` : rate.toFixed(3));
  const row = ({ cell, methods: by }: CellResult) =>
    `| ${[
      cell.clusters,
      cell.effect,
      ...names.map((name) => {
        const { rejected, covered, failures } = by[name]!;
        const rate = shown(cell.effect === 0 ? rejected : 1 - covered);
        return failures === 0 ? rate : `${rate} (${failures})`;
      }),
    ].join(" | ")} |`;
  return [
    "# Standardised risks: type I error and coverage",
    "",
    "Made by `npm run simulate:standardisation`; do not edit.",
    "",
    `${replicates.toLocaleString("en-GB")} simulated trials a cell; the Monte Carlo standard error of a rate near 0.05 is ${Math.sqrt((0.05 * 0.95) / replicates).toFixed(4)}. Half of the clusters are treated; sizes are gamma with mean ${MEAN_SIZE} and coefficient of variation ${SIZE_CV}, rounded, at least 1. Outcomes are logistic with a normal random intercept (standard deviation ${DEVIATION}), a normal covariate of participants and one of clusters (log odds ratios ${SLOPE}), both adjusted for; marginal risk ${PREVALENCE} under control. Size is not informative, so both populations have the same effect.`,
    "",
    "Without effect: the share of P values below 0.05. With effect (conditional log odds ratio 0.7): the share of 95 % intervals that miss the true marginal effect. Rates outside 0.035–0.06 are bold; in brackets trials without an answer. Delta method: logistic with CR2 and Satterthwaite degrees of freedom, GEE with its default variance and GLMM with the cluster-robust covariance, both with t on the between-cluster degrees of freedom. Robust: augmented, delete-one-cluster jackknife, t on J − 2.",
    "",
    `| clusters | effect | ${names.join(" | ")} |`,
    `|${"---|".repeat(names.length + 2)}`,
    ...results.map(row),
    "",
  ].join("\n");
}

const replicates = Number(process.argv[2] ?? 2000);
const results = await runCells(import.meta.url, cells.length, replicates, runCell);
if (results !== null) {
  const folder = "docs/simulation";
  mkdirSync(folder, { recursive: true });
  writeFileSync(`${folder}/standardisation.json`, `${JSON.stringify({ replicates, seed: SEED, results }, null, 1)}\n`);
  writeFileSync(`${folder}/standardisation.md`, render(results, replicates));
}
