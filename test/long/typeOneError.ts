/**
 * Type I error of the methods for continuous outcomes, by simulation. Every estimator here is translation-equivariant, so
 * that the coverage of its interval under any effect is 1 − type I error, and one table serves both.
 *
 *   npm run simulate            10,000 replicates a cell; writes docs/simulation/continuous.{json,md}
 *   npm run simulate -- 500     fewer, for a look
 */
import { mkdirSync, writeFileSync } from "node:fs";
import type { Moments } from "../../src/data/moments.ts";
import { satterthwaiteDf } from "../../src/inference/degreesOfFreedom/satterthwaite.ts";
import { kenwardRogerInference, standardErrorOf } from "../../src/inference/fixedEffectInference.ts";
import { sandwichVariance } from "../../src/inference/sandwich/sandwichVariance.ts";
import { satterthwaite } from "../../src/inference/sandwich/satterthwaite.ts";
import { fitLinearFromMoments } from "../../src/models/linear/fitLinear.ts";
import { fitMixedModel, type MixedFit } from "../../src/models/mixed/fitMixedModel.ts";
import { iccProfile } from "../../src/models/mixed/profileLikelihood.ts";
import { studentT } from "../../src/numerics/distributions/index.ts";
import { randomStream } from "../../src/numerics/random/randomStream.ts";
import { type Cell, MEAN_SIZE, SIZE_CV, simulateTrial } from "./clusterTrialSimulator.ts";
import { runCells } from "./runCells.ts";

const SEED = 20231120;
const effect = Float64Array.of(0, 1);

/** Arms alike, two thirds treated, and, where arms differ in variance, one third too: then the smaller arm varies more. */
const cells: Cell[] = [6, 10, 20, 40].flatMap((clusters) =>
  [clusters / 2, Math.round((2 * clusters) / 3), Math.round(clusters / 3)].flatMap((intervention) =>
    [0, 0.01, 0.05, 0.15].flatMap((icc) =>
      (["normal", "skewed"] as const).flatMap((outcome) =>
        (["equal", "by-arm"] as const).flatMap((variances): Cell[] =>
          variances === "equal" && intervention < clusters / 2
            ? []
            : [{ clusters, intervention, icc, outcome, variances }],
        ),
      ),
    ),
  ),
);

const pValue = (estimate: number, standardError: number, df: number) => {
  const p = 2 * studentT.upper(Math.abs(estimate) / standardError, df);
  if (!Number.isFinite(p)) throw new Error("no P value");
  return p;
};

/** A simulated trial with the fit that several methods share, made when first asked for. */
interface Trial {
  readonly moments: Moments;
  mixed(): MixedFit;
}

/** P values of no effect, by method; a method that fails on a trial throws. */
const methods: Readonly<Record<string, (trial: Trial) => number>> = {
  "LMM Kenward–Roger": ({ mixed }) => {
    const fit = mixed();
    const judge = kenwardRogerInference(fit.parts, "expected");
    return pValue(fit.algebra.beta[1]!, standardErrorOf(judge, effect), judge.df(effect)!);
  },
  "LMM Satterthwaite": ({ mixed }) => {
    const fit = mixed();
    return pValue(
      fit.algebra.beta[1]!,
      Math.sqrt(fit.parts.covariance[3]!),
      satterthwaiteDf(fit.parts, effect, "expected"),
    );
  },
  "LMM between–within": ({ moments, mixed }) => {
    const fit = mixed();
    return pValue(fit.algebra.beta[1]!, Math.sqrt(fit.parts.covariance[3]!), moments.groups - 2);
  },
  "cluster t": ({ moments }) => {
    const { difference, pooled, df } = clusterMeans(moments);
    return pValue(difference, pooled, df);
  },
  "cluster Welch": ({ moments }) => {
    const { difference, welch, welchDf } = clusterMeans(moments);
    return pValue(difference, welch, welchDf);
  },
  "OLS CR2": ({ moments }) => {
    const fit = fitLinearFromMoments({ plain: moments });
    const variance = sandwichVariance(fit.clusterParts, "cr2");
    return pValue(fit.coefficients[1]!, Math.sqrt(variance.covariance[3]!), satterthwaite(variance, effect));
  },
};

function trialOf(moments: Moments): Trial {
  let fit: MixedFit | null = null;
  return {
    moments,
    mixed: () => {
      fit ??= fitTrial(moments);
      return fit;
    },
  };
}

const fitTrial = (moments: Moments): MixedFit =>
  fitMixedModel(
    {
      moments,
      coefficients: 2,
      levels: [
        {
          name: "cluster",
          groups: moments.groups,
          parent: null,
          blocks: [{ columns: [0], terms: ["intercept"], origins: [0] }],
        },
      ],
      rows: moments.sizes.reduce((sum, size) => sum + size, 0),
      logWeights: 0,
    },
    { estimation: "reml", covariance: "bounded" },
  );

/** Unweighted two-sample comparison of cluster means. */
function clusterMeans({ groups, cross }: Moments) {
  const count = [0, 0];
  const sum = [0, 0];
  for (let j = 0; j < groups; j++) {
    const arm = cross[9 * j + 1]! > 0 ? 1 : 0;
    count[arm]! += 1;
    sum[arm]! += cross[9 * j + 2]! / cross[9 * j]!;
  }
  const mean = sum.map((value, arm) => value / count[arm]!);
  const squares = [0, 0];
  for (let j = 0; j < groups; j++) {
    const arm = cross[9 * j + 1]! > 0 ? 1 : 0;
    squares[arm]! += (cross[9 * j + 2]! / cross[9 * j]! - mean[arm]!) ** 2;
  }
  const of = squares.map((value, arm) => value / (count[arm]! - 1) / count[arm]!);
  const df = groups - 2;
  return {
    difference: mean[1]! - mean[0]!,
    pooled: Math.sqrt(((squares[0]! + squares[1]!) / df) * (1 / count[0]! + 1 / count[1]!)),
    df,
    welch: Math.sqrt(of[0]! + of[1]!),
    welchDf: (of[0]! + of[1]!) ** 2 / (of[0]! ** 2 / (count[0]! - 1) + of[1]! ** 2 / (count[1]! - 1)),
  };
}

interface CellResult {
  readonly cell: Cell;
  readonly replicates: number;
  /** Share of estimates at the boundary σ²ᵤ = 0. */
  readonly zeroVariance: number;
  /** Share of trials whose profile interval of the intracluster correlation reaches 0. */
  readonly iccReachesZero: number;
  readonly methods: Readonly<Record<string, { readonly typeOneError: number; readonly failures: number }>>;
}

function runCell(index: number, replicates: number): CellResult {
  const cell = cells[index]!;
  const rejected: Record<string, number> = {};
  const failed: Record<string, number> = {};
  let zero = 0;
  let reaches = 0;
  for (const name of Object.keys(methods)) {
    rejected[name] = 0;
    failed[name] = 0;
  }
  for (let k = 0; k < replicates; k++) {
    const trial = trialOf(simulateTrial(cell, randomStream(SEED + index, k)));
    for (const [name, method] of Object.entries(methods)) {
      try {
        if (method(trial) < 0.05) rejected[name]! += 1;
      } catch {
        failed[name]! += 1;
      }
    }
    try {
      if (trial.mixed().atBoundary) zero += 1;
      if (iccProfile(trial.mixed(), 0.95)?.lower === 0) reaches += 1;
    } catch {
      // Counted under the methods above.
    }
  }
  return {
    cell,
    replicates,
    zeroVariance: zero / replicates,
    iccReachesZero: reaches / replicates,
    methods: Object.fromEntries(
      Object.keys(methods).map((name) => [
        name,
        { typeOneError: rejected[name]! / (replicates - failed[name]!), failures: failed[name]! },
      ]),
    ),
  };
}

function asMarkdown(results: readonly CellResult[], replicates: number): string {
  const names = Object.keys(methods);
  const error = Math.sqrt((0.05 * 0.95) / replicates);
  const rows = results.map(({ cell, zeroVariance, iccReachesZero, methods: by }) => {
    const values = names.map((name) => {
      const { typeOneError, failures } = by[name]!;
      const marked =
        typeOneError < 0.035 || typeOneError > 0.06 ? `**${typeOneError.toFixed(4)}**` : typeOneError.toFixed(4);
      return failures > 0 ? `${marked} (${failures} failed)` : marked;
    });
    return `| ${cell.clusters} | ${cell.intervention}:${cell.clusters - cell.intervention} | ${cell.icc} | ${cell.outcome} | ${cell.variances} | ${values.join(" | ")} | ${zeroVariance.toFixed(2)} | ${iccReachesZero.toFixed(2)} |`;
  });
  return [
    "# Type I error and coverage, continuous outcomes",
    "",
    `Two-sided tests at 5 % of no effect, arm as the only covariate. ${replicates.toLocaleString("en-GB")} simulated trials a cell; the Monte Carlo standard error of a rate near 0.05 is ${error.toFixed(4)}. Cluster sizes are gamma with mean ${MEAN_SIZE} and coefficient of variation ${SIZE_CV}, rounded, at least 1. Skewed: exponential less its mean, for cluster effects and residuals alike. By-arm: both standard deviations of the intervention arm are 1.5 times the control's. Arms are given as intervention:control clusters.`,
    "",
    "Every estimator is translation-equivariant, so the coverage of the 95 % interval is 1 − the rate shown, whatever the effect. Rates outside 0.035–0.06 are bold. The last two columns are the share of trials whose between-cluster variance is estimated as zero, and of those whose 95 % profile interval of the intracluster correlation reaches 0.",
    "",
    "Made by `npm run simulate`.",
    "",
    `| clusters | arms | ICC | outcome | variances | ${names.join(" | ")} | σ²ᵤ = 0 | ICC reaches 0 |`,
    `|---|---|---|---|---|${names.map(() => "---|").join("")}---|---|`,
    ...rows,
    "",
  ].join("\n");
}

const replicates = Number(process.argv[2] ?? 10_000);
const started = performance.now();
const results = await runCells(import.meta.url, cells.length, replicates, runCell);
if (results !== null) {
  mkdirSync("docs/simulation", { recursive: true });
  writeFileSync("docs/simulation/continuous.json", `${JSON.stringify({ seed: SEED, replicates, results }, null, 1)}\n`);
  writeFileSync("docs/simulation/continuous.md", asMarkdown(results, replicates));
  console.log(`${cells.length} cells in ${((performance.now() - started) / 1000).toFixed(0)} s`);
}
