/**
 * Type I error and coverage of the methods for binary outcomes, by simulation.
 *
 *   npm run simulate:binary            5,000 replicates a cell; writes docs/simulation/binary.{json,md}
 *   npm run simulate:binary -- 500     fewer, for a look
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { Problem } from "../../src/contract/problem.ts";
import { randomStream } from "../../src/numerics/random/randomStream.ts";
import type { Question } from "../../src/trial/method.ts";
import { methods } from "../../src/trial/methods.ts";
import { type BinaryCell, type BinaryTruth, MEAN_SIZE, simulateBinaryTrial, truthOf } from "./binaryTrialSimulator.ts";
import { SIZE_CV } from "./clusterTrialSimulator.ts";
import { runCells } from "./runCells.ts";

const SEED = 20041212;

const cells: BinaryCell[] = [8, 12, 20, 40].flatMap((clusters) =>
  [0.05, 0.2, 0.5].flatMap((prevalence) =>
    [0.01, 0.1].flatMap((icc) => [0, 0.7].map((effect) => ({ clusters, prevalence, icc, effect }))),
  ),
);

type Target = Exclude<keyof BinaryTruth, "intercept" | "deviation">;

interface Contender {
  readonly method: string;
  readonly options: object;
  readonly measure?: Question<unknown>["measure"];
  /** What its interval is meant to cover, on the working scale; null where it estimates none of these exactly. */
  readonly target: Target | null;
}

const gee = (variance: string): Contender => ({
  method: "gee",
  options: { variance },
  target: "marginalLogOddsRatio",
});

const contenders: Readonly<Record<string, Contender>> = {
  "GEE robust": gee("robust"),
  "GEE df": gee("df"),
  "GEE KC": gee("kauermann-carroll"),
  "GEE MD": gee("mancl-derouen"),
  "GEE FG": gee("fay-graubard"),
  "GEE average": gee("average"),
  "GEE morel": gee("morel"),
  "GEE model": gee("model"),
  "GLMM ML": { method: "generalised-linear-mixed-model", options: {}, target: "conditionalLogOddsRatio" },
  "GLMM RPL": {
    method: "generalised-linear-mixed-model",
    options: { estimation: "restricted-pseudo-likelihood" },
    target: "conditionalLogOddsRatio",
  },
  "GLMM RPL, KR": {
    method: "generalised-linear-mixed-model",
    options: { estimation: "restricted-pseudo-likelihood", inference: "kenward-roger" },
    target: "conditionalLogOddsRatio",
  },
  "logistic CR2": { method: "cluster-robust", options: {}, target: "marginalLogOddsRatio" },
  "Poisson CR2": { method: "cluster-robust", options: { family: "poisson" }, target: "logRiskRatio" },
  "cluster t, RD": { method: "cluster-summary", options: {}, measure: "risk-difference", target: "riskDifference" },
  "cluster t, RR": { method: "cluster-summary", options: {}, measure: "risk-ratio", target: null },
};

interface MethodResult {
  /** Share of P values below 0.05. */
  readonly rejected: number;
  /** Share of 95 % intervals that hold the target; null where there is none. */
  readonly covered: number | null;
  readonly failures: Readonly<Record<string, number>>;
}

interface CellResult {
  readonly cell: BinaryCell;
  readonly methods: Readonly<Record<string, MethodResult>>;
}

function runCell(index: number, replicates: number): CellResult {
  const cell = cells[index]!;
  const truth = truthOf(cell);
  const names = Object.keys(contenders);
  const tallies = names.map(() => ({ rejected: 0, covered: 0, failures: {} as Record<string, number>, failed: 0 }));
  for (let k = 0; k < replicates; k++) {
    const stream = randomStream(SEED + index, k);
    let frame: ReturnType<typeof simulateBinaryTrial> | null = null;
    try {
      frame = simulateBinaryTrial(cell, truth, stream);
    } catch (problem) {
      // A trial without any event is nobody's failure but counts as one for all.
      if (!(problem instanceof Problem)) throw problem;
    }
    names.forEach((name, m) => {
      const { method, options, measure = null, target } = contenders[name]!;
      const tally = tallies[m]!;
      try {
        if (frame === null) throw new NoEvents();
        const { estimates } = methods
          .find(({ id }) => id === method)!
          .analyse({
            frame,
            options,
            measure,
            level: 0.95,
            seed: 1,
          });
        const { test, interval, working } = estimates[0]!;
        if (test!.pValue < 0.05) tally.rejected += 1;
        if (target === null) return;
        const scale = working!.scale === "log" ? Math.log : (x: number) => x;
        if (scale(interval!.lower) <= truth[target] && truth[target] <= scale(interval!.upper)) tally.covered += 1;
      } catch (problem) {
        if (!(problem instanceof Problem || problem instanceof NoEvents)) throw problem;
        const code = problem instanceof Problem ? problem.code : "no-events";
        tally.failures[code] = (tally.failures[code] ?? 0) + 1;
        tally.failed += 1;
      }
    });
  }
  return {
    cell,
    methods: Object.fromEntries(
      names.map((name, m) => {
        const { rejected, covered, failures, failed } = tallies[m]!;
        const made = replicates - failed;
        return [
          name,
          {
            rejected: rejected / made,
            covered: contenders[name]!.target === null ? null : covered / made,
            failures,
          },
        ];
      }),
    ),
  };
}

class NoEvents extends Error {}

const off = (rate: number) => rate < 0.035 || rate > 0.06;

function tableOf(results: readonly CellResult[], show: (result: MethodResult) => number | null): string[] {
  const names = Object.keys(contenders).filter((name) => results.some(({ methods: by }) => show(by[name]!) !== null));
  return [
    `| clusters | prevalence | ICC | ${names.join(" | ")} |`,
    `|---|---|---|${names.map(() => "---|").join("")}`,
    ...results.map(({ cell, methods: by }) => {
      const values = names.map((name) => {
        const rate = show(by[name]!)!;
        const failed = Object.values(by[name]!.failures).reduce((sum, n) => sum + n, 0);
        const text = off(Math.min(rate, 1 - rate)) ? `**${rate.toFixed(4)}**` : rate.toFixed(4);
        return failed > 0 ? `${text} (${failed})` : text;
      });
      return `| ${cell.clusters} | ${cell.prevalence} | ${cell.icc} | ${values.join(" | ")} |`;
    }),
  ];
}

function asMarkdown(results: readonly CellResult[], replicates: number): string {
  const error = Math.sqrt((0.05 * 0.95) / replicates);
  return [
    "# Type I error and coverage, binary outcomes",
    "",
    `${replicates.toLocaleString("en-GB")} simulated trials a cell; the Monte Carlo standard error of a rate near 0.05 is ${error.toFixed(4)}. Half of the clusters are treated; their sizes are gamma with mean ${MEAN_SIZE} and coefficient of variation ${SIZE_CV}, rounded, at least 1. Outcomes are logistic with a normal random intercept whose variance gives the intracluster correlation shown, on the proportion scale, at the marginal prevalence shown. The arm is the only covariate. In brackets: trials without an answer, nearly all because an arm has no events; rates are over the others.`,
    "",
    "Rates further from 5 % than 0.035–0.06 are bold. Every analysis goes through the public methods with t on J − 2, or Satterthwaite degrees of freedom for CR2. GEE: exchangeable, logit link. GLMM: logistic with a random intercept, maximum likelihood (adaptive quadrature) or restricted pseudo-likelihood, between–within or Kenward–Roger.",
    "",
    "Made by `npm run simulate:binary`.",
    "",
    "## Type I error of two-sided tests at 5 %",
    "",
    ...tableOf(
      results.filter(({ cell }) => cell.effect === 0),
      ({ rejected }) => rejected,
    ),
    "",
    "## Coverage of 95 % intervals, conditional log odds ratio 0.7",
    "",
    "Each interval is asked for what its method estimates: the marginal log odds ratio (GEE, logistic), the conditional one (GLMM), the log risk ratio (Poisson), the risk difference (cluster t).",
    "",
    ...tableOf(
      results.filter(({ cell }) => cell.effect !== 0),
      ({ covered }) => covered,
    ),
    "",
  ].join("\n");
}

const replicates = Number(process.argv[2] ?? 5_000);
const started = performance.now();
const results = await runCells(import.meta.url, cells.length, replicates, runCell);
if (results !== null) {
  mkdirSync("docs/simulation", { recursive: true });
  writeFileSync("docs/simulation/binary.json", `${JSON.stringify({ seed: SEED, replicates, results }, null, 1)}\n`);
  writeFileSync("docs/simulation/binary.md", asMarkdown(results, replicates));
  console.log(`${cells.length} cells in ${((performance.now() - started) / 1000).toFixed(0)} s`);
}
