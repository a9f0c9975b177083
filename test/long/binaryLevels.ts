/**
 * Type I error and coverage of the methods for binary outcomes, by simulation.
 *
 *   npm run simulate:binary            5,000 replicates a cell; writes docs/simulation/binary.{json,md}
 *   npm run simulate:binary -- 500     fewer, for a look
 */
import { mkdirSync, writeFileSync } from "node:fs";
import type { EstimatingParts } from "../../src/contract/estimatingParts.ts";
import { Problem } from "../../src/contract/problem.ts";
import type { Frame } from "../../src/data/frame.ts";
import {
  type EstimatingVarianceName,
  estimatingVariance,
} from "../../src/inference/estimatingEquations/estimatingVariance.ts";
import { kenwardRogerInference, standardErrorOf } from "../../src/inference/fixedEffectInference.ts";
import { binomial } from "../../src/models/family/family.ts";
import { links } from "../../src/models/family/link.ts";
import { responseOf } from "../../src/models/family/response.ts";
import { fitGee } from "../../src/models/gee/fitGee.ts";
import { workingCorrelations } from "../../src/models/gee/workingCorrelation.ts";
import { interceptFit } from "../../src/models/generalisedMixed/interceptFit.ts";
import { maximiseIntercept } from "../../src/models/generalisedMixed/maximiseIntercept.ts";
import {
  fitPseudoLikelihood,
  type PseudoLikelihoodFit,
} from "../../src/models/pseudoLikelihood/fitPseudoLikelihood.ts";
import { studentT } from "../../src/numerics/distributions/index.ts";
import { randomStream } from "../../src/numerics/random/randomStream.ts";
import type { Question } from "../../src/trial/method.ts";
import { methods } from "../../src/trial/methods.ts";
import { type BinaryCell, type BinaryTruth, MEAN_SIZE, simulateBinaryTrial, truthOf } from "./binaryTrialSimulator.ts";
import { SIZE_CV } from "./clusterTrialSimulator.ts";
import { runCells } from "./runCells.ts";

const SEED = 20041212;

/** Without an effect first. */
const cells: BinaryCell[] = [0, 0.7].flatMap((effect) =>
  [8, 12, 20, 40].flatMap((clusters) =>
    [0.05, 0.2, 0.5].flatMap((prevalence) => [0.01, 0.1].map((icc) => ({ clusters, prevalence, icc, effect }))),
  ),
);

type Target = Exclude<keyof BinaryTruth, "intercept" | "deviation">;

/** An effect with its standard error and reference on the working scale. */
interface Found {
  readonly value: number;
  readonly standardError: number;
  readonly df: number;
}

interface Contender {
  /** What its interval is meant to cover, on the working scale; null where it estimates none of these exactly. */
  readonly target: Target | null;
  analyse(trial: Trial): Found;
}

/** A simulated trial with the fits that several contenders share, made when first asked for. */
interface Trial {
  readonly frame: Frame;
  readonly gee: () => EstimatingParts & { readonly coefficient: number };
  readonly pseudo: () => PseudoLikelihoodFit;
}

const effect = Float64Array.of(0, 1);

function trialOf(frame: Frame): Trial {
  return {
    frame,
    gee: once(() => {
      const { coefficients, parts } = fitWithin(frame);
      return { ...parts, coefficient: coefficients[1]! };
    }),
    pseudo: once(() => fitPseudoLikelihood(frame, [], { family: binomial, link: "logit", estimation: "reml" })),
  };
}

/** The value of a computation that is done at most once, and not again when it failed. */
function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | { readonly problem: unknown } | null = null;
  return () => {
    if (made === null) {
      try {
        made = { value: make() };
      } catch (problem) {
        made = { problem };
      }
    }
    if ("problem" in made) throw made.problem;
    return made.value;
  };
}

/** Exchangeable where its correlation is one, else independence: what the method does. */
function fitWithin(frame: Frame) {
  const ask = (correlation: "exchangeable" | "independence") =>
    fitGee({
      terms: frame.design.terms.map(({ name }) => name),
      design: frame.design,
      response: responseOf(frame.outcome, binomial, "logit", null, null),
      cluster: frame.cluster,
      family: binomial,
      link: links.logit,
      correlation: workingCorrelations[correlation],
      moments: "n",
    });
  try {
    return ask("exchangeable");
  } catch (problem) {
    if (problem instanceof Problem && problem.code === "correlation-out-of-range") return ask("independence");
    throw problem;
  }
}

const gee = (variance: EstimatingVarianceName): Contender => ({
  target: "marginalLogOddsRatio",
  analyse: ({ frame, gee: fitted }) => ({
    value: fitted().coefficient,
    standardError: Math.sqrt(estimatingVariance(fitted(), variance).covariance[3]!),
    df: frame.cluster.labels.length - 2,
  }),
});

/** A method through its public door. */
const method = (
  id: string,
  options: object,
  measure: Question<unknown>["measure"],
  target: Target | null,
): Contender => ({
  target,
  analyse: ({ frame }) => {
    const { estimates } = methods
      .find((each) => each.id === id)!
      .analyse({ frame, options, measure, level: 0.95, seed: 1 });
    const { working, test } = estimates[0]!;
    if (working === null || test?.reference.name !== "t") throw new Error("a t test was expected");
    return { value: working.value, standardError: working.standardError, df: test.reference.df };
  },
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
  "GLMM ML": {
    target: "conditionalLogOddsRatio",
    analyse: ({ frame }) => {
      const { coefficients, covariance } = interceptFit(
        maximiseIntercept(frame, { family: "binomial", link: "logit", quadrature: 15 }),
      );
      const q = Math.round(Math.sqrt(covariance.length));
      return {
        value: coefficients[1]!,
        standardError: Math.sqrt(covariance[q + 1]!),
        df: frame.cluster.labels.length - 2,
      };
    },
  },
  "GLMM RPL": {
    target: "conditionalLogOddsRatio",
    analyse: ({ frame, pseudo }) => ({
      value: pseudo().coefficients[1]!,
      standardError: Math.sqrt(pseudo().covariance[3]!),
      df: frame.cluster.labels.length - 2,
    }),
  },
  "GLMM RPL, KR": {
    target: "conditionalLogOddsRatio",
    analyse: ({ pseudo }) => {
      // The arm's own coefficient does not depend on the origin about which its column was shifted.
      const judge = kenwardRogerInference(pseudo().working.parts, "expected");
      return { value: pseudo().coefficients[1]!, standardError: standardErrorOf(judge, effect), df: judge.df(effect)! };
    },
  },
  "logistic CR2": method("cluster-robust", {}, null, "marginalLogOddsRatio"),
  "Poisson CR2": method("cluster-robust", { family: "poisson" }, null, "logRiskRatio"),
  "cluster t, RD": method("cluster-summary", {}, "risk-difference", "riskDifference"),
  "cluster t, RR": method("cluster-summary", {}, "risk-ratio", null),
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
    const trial = frame === null ? null : trialOf(frame);
    names.forEach((name, m) => {
      const { analyse, target } = contenders[name]!;
      const tally = tallies[m]!;
      try {
        if (trial === null) throw new NoEvents();
        const { value, standardError, df } = analyse(trial);
        const reach = standardError * studentT.quantileUpper(0.025, df);
        if (!(reach > 0 && Number.isFinite(value))) throw new NoEvents();
        if (Math.abs(value) > reach) tally.rejected += 1;
        if (target !== null && Math.abs(value - truth[target]) <= reach) tally.covered += 1;
      } catch (problem) {
        if (!(problem instanceof Problem || problem instanceof NoEvents)) throw problem;
        const code = problem instanceof Problem ? problem.code : "no-answer";
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
    "Rates further from 5 % than 0.035–0.06 are bold. The reference is t on J − 2, with Satterthwaite degrees of freedom for CR2 and Kenward–Roger's for KR; the coverage of an interval where there is no effect is 1 − the rate of the first table. GEE: exchangeable (independence where its correlation comes out of range), logit link. GLMM: logistic with a random intercept, maximum likelihood (adaptive quadrature) or restricted pseudo-likelihood, between–within or Kenward–Roger.",
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
