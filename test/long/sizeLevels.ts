/**
 * Type I error of the test of informative cluster size, by simulation, beside the jackknife that might have been used.
 *
 *   npm run simulate:size            2,000 replicates a cell; writes docs/simulation/informative-size.{json,md}
 *   npm run simulate:size -- 500     fewer, for a look
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { Problem } from "../../src/contract/problem.ts";
import { buildFrame } from "../../src/data/buildFrame.ts";
import type { Frame } from "../../src/data/frame.ts";
import { tableFromColumns } from "../../src/data/tableFromColumns.ts";
import { studentT } from "../../src/numerics/distributions/index.ts";
import { type RandomStream, randomStream } from "../../src/numerics/random/randomStream.ts";
import { clusterOutcomes } from "../../src/trial/effect/clusterOutcomes.ts";
import type { OutcomeMeasure } from "../../src/trial/effect/outcomeMeasures.ts";
import { informativeSize } from "../../src/trial/estimand/informativeSize.ts";
import { contrastScale } from "../../src/trial/estimand/meanScale.ts";
import { MEAN_SIZE, simulateBinaryTrial, truthOf } from "./binaryTrialSimulator.ts";
import { clusterSize, SIZE_CV } from "./clusterTrialSimulator.ts";
import { runCells } from "./runCells.ts";

const SEED = 20230715;

interface Cell {
  readonly clusters: number;
  /** null: a normal outcome of variance 1. */
  readonly prevalence: number | null;
  readonly icc: number;
}

const cells: Cell[] = [10, 12, 20, 40].flatMap((clusters) =>
  [null, 0.05, 0.2, 0.5].flatMap((prevalence) => [0.01, 0.1].map((icc) => ({ clusters, prevalence, icc }))),
);

/** One trial in which size has nothing to do with the outcome; null when nobody has the event. */
function trialOf({ clusters, prevalence, icc }: Cell, stream: RandomStream, truth: ReturnType<typeof truthOf> | null) {
  if (prevalence !== null && truth !== null) {
    try {
      return simulateBinaryTrial({ clusters, prevalence, icc, effect: 0 }, truth, stream);
    } catch (problem) {
      if (problem instanceof Problem) return null;
      throw problem;
    }
  }
  const practice: number[] = [];
  const arm: number[] = [];
  const y: number[] = [];
  for (let j = 0; j < clusters; j++) {
    const size = clusterSize(stream, MEAN_SIZE);
    const shift = Math.sqrt(icc) * stream.normal();
    for (let i = 0; i < size; i++) {
      practice.push(j);
      arm.push(j % 2);
      y.push(shift + Math.sqrt(1 - icc) * stream.normal());
    }
  }
  return buildFrame(tableFromColumns({ practice, arm, y }), { outcome: "y", cluster: "practice", arm: "arm" });
}

/** P of the gap by a jackknife over clusters, t on J − 2; null where leaving out a cluster leaves no events. */
function jackknife(frame: Frame, measure: OutcomeMeasure): number | null {
  const { denominators, means } = clusterOutcomes(frame);
  const { ofCluster } = frame.arm!;
  const { at } = contrastScale[measure];
  const clusters = means.length;
  const gapWithout = (out: number) => {
    const sums = [0, 1].map(() => ({ size: 0, total: 0, count: 0, sum: 0 }));
    for (let j = 0; j < clusters; j++) {
      if (j === out) continue;
      const arm = sums[ofCluster[j]!]!;
      arm.size += denominators[j]!;
      arm.total += denominators[j]! * means[j]!;
      arm.count += 1;
      arm.sum += means[j]!;
    }
    const [control, treated] = sums.map((arm) => at(arm.total / arm.size) - at(arm.sum / arm.count));
    return treated! - control!;
  };
  const left = Array.from({ length: clusters }, (_, j) => gapWithout(j));
  const mean = left.reduce((sum, gap) => sum + gap, 0) / clusters;
  const variance = (left.reduce((sum, gap) => sum + (gap - mean) ** 2, 0) * (clusters - 1)) / clusters;
  if (!Number.isFinite(variance)) return null;
  return 2 * studentT.upper(Math.abs(gapWithout(-1)) / Math.sqrt(variance), clusters - 2);
}

interface Tally {
  readonly measure: OutcomeMeasure;
  /** Share of P below 0.05 among trials that could be tested. */
  readonly rejected: number;
  readonly jackknifeRejected: number;
  readonly meanDf: number;
  readonly untestable: number;
}

function runCell(index: number, replicates: number): readonly Tally[] {
  const cell = cells[index]!;
  const stream = randomStream(SEED, index);
  const { clusters, prevalence, icc } = cell;
  const truth = prevalence === null ? null : truthOf({ clusters, prevalence, icc, effect: 0 });
  const measures: readonly OutcomeMeasure[] =
    prevalence === null ? ["mean-difference"] : ["risk-difference", "risk-ratio", "odds-ratio"];
  const counts = measures.map((measure) => ({ measure, rejected: 0, left: 0, jackknifed: 0, df: 0, tested: 0 }));
  for (let replicate = 0; replicate < replicates; replicate++) {
    const frame = trialOf(cell, stream, truth);
    if (frame === null) continue;
    for (const count of counts) {
      try {
        const { test } = informativeSize(frame, count.measure)[0]!.gap;
        count.tested += 1;
        count.df += test!.reference.df as number;
        if (test!.pValue < 0.05) count.rejected += 1;
      } catch (problem) {
        if (!(problem instanceof Problem)) throw problem;
        continue;
      }
      const p = jackknife(frame, count.measure);
      if (p !== null) count.left += 1;
      if (p !== null && p < 0.05) count.jackknifed += 1;
    }
  }
  return counts.map(({ measure, rejected, left, jackknifed, df, tested }) => ({
    measure,
    rejected: rejected / tested,
    jackknifeRejected: jackknifed / left,
    meanDf: df / tested,
    untestable: 1 - tested / replicates,
  }));
}

const replicates = Number(process.argv[2] ?? 2000);
const results = await runCells(import.meta.url, cells.length, replicates, runCell);
if (results !== null) {
  const rows = results.flatMap((tallies, index) => tallies.map((tally) => ({ ...cells[index]!, ...tally })));
  const rate = (x: number) => (x < 0.035 || x > 0.06 ? `**${x.toFixed(4)}**` : x.toFixed(4));
  const lines = rows.map(
    (row) =>
      `| ${row.clusters} | ${row.prevalence ?? "normal"} | ${row.icc} | ${row.measure} | ${rate(row.rejected)} | ${rate(row.jackknifeRejected)} | ${row.meanDf.toFixed(1)} | ${row.untestable.toFixed(3)} |`,
  );
  mkdirSync("docs/simulation", { recursive: true });
  writeFileSync(
    "docs/simulation/informative-size.json",
    `${JSON.stringify({ seed: SEED, replicates, rows }, null, 1)}\n`,
  );
  writeFileSync(
    "docs/simulation/informative-size.md",
    `# Type I error of the test of informative cluster size

Two-sided tests at 5 % of no gap between participant-average and cluster-average effect, where size has nothing to do with the outcome. ${replicates.toLocaleString("en-GB")} simulated trials a cell, half of the clusters in each arm, no effect; the Monte Carlo standard error of a rate near 0.05 is ${Math.sqrt((0.05 * 0.95) / replicates).toFixed(4)}. Cluster sizes are gamma with mean ${MEAN_SIZE} and coefficient of variation ${SIZE_CV}, rounded, at least 1. Normal outcomes have variance 1; binary ones a normal random intercept on the logit scale that gives the prevalence and the intracluster correlation on the proportion scale. Rates outside 0.035–0.06 are bold.

HC2: the test of \`informativeSize\`. Jackknife: delete-one-cluster variance (J − 1)/J Σ(θ₍₋ⱼ₎ − θ̄)² with t on J − 2. Untestable: no events in an arm, for ratios; none at all.

Made by \`npm run simulate:size\`.

| clusters | outcome | ICC | measure | HC2, Satterthwaite | jackknife, J − 2 | mean df | untestable |
|---|---|---|---|---|---|---|---|
${lines.join("\n")}
`,
  );
}
