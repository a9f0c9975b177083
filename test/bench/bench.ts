/**
 * Speed beside R on the same rows in the same run, and a million rows against the clock.
 *
 *   npm run bench            everything; R's part only where Rscript is found
 *   npm run bench resampling only permutations, bootstraps, simulated trials and workers
 *   npm run bench economics  only costs and effects and imputation
 *
 * Two times of ours, both from typed columns in memory. "model": to everything that the method finds (coefficients,
 * tests, profile intervals, predicted effects, notices), which is more than R is asked for. "analysis": to the whole
 * Analysis with its sample, provenance and the SHA-256 of the data, which R does not make. See README.md here before
 * believing a figure.
 */
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buildFrame } from "../../src/data/buildFrame.ts";
import type { Table } from "../../src/data/table.ts";
import { parsePlan } from "../../src/plan/parsePlan.ts";
import { analysePlan } from "../../src/published/analyse.ts";
import { clusterRobust } from "../../src/trial/effect/clusterRobust.ts";
import { gee } from "../../src/trial/effect/gee.ts";
import { generalisedLinearMixedModel } from "../../src/trial/effect/generalisedLinearMixedModel.ts";
import { linearMixedModel } from "../../src/trial/effect/linearMixedModel.ts";
import type { RegisteredMethod } from "../../src/trial/method.ts";
import { timeEconomics } from "./economics.ts";
import { timeResampling } from "./resampling.ts";
import { csvOf, type SimulatedColumns, simulatedColumns, typedTable } from "./simulatedColumns.ts";

interface Task {
  readonly title: string;
  readonly data: string;
  /** Name in peers.R; null when R is not asked. */
  readonly peer: string | null;
  readonly job: Job;
  /** Least ratio of R's time to ours. */
  readonly ratio: number | null;
}

const shapes: Readonly<Record<string, readonly number[]>> = {
  "39x5": new Array<number>(39).fill(5),
  "39 unequal": Array.from({ length: 39 }, (_, j) => 1 + ((j * 7) % 9)),
  "1000x100": new Array<number>(1000).fill(100),
  "1000 unequal": Array.from({ length: 1000 }, (_, j) => 50 + ((j * 37) % 101)),
  "100x30": new Array<number>(100).fill(30),
};

interface Job {
  readonly method: RegisteredMethod;
  readonly outcome: "y" | "event";
  readonly options: object;
  readonly fitAlone?: boolean;
}

const mixed: Job = { method: linearMixedModel, outcome: "y", options: { inference: "kenward-roger" } };
const robust: Job = { method: clusterRobust, outcome: "y", options: { variance: "cr2", inference: "satterthwaite" } };
const exchangeable: Job = {
  method: gee,
  outcome: "event",
  options: { family: "binomial", correlation: "exchangeable", variance: "robust" },
};
const logistic = (quadrature: number): Job => ({
  method: generalisedLinearMixedModel,
  outcome: "event",
  options: { family: "binomial", quadrature },
});
/** To coefficients and their covariance, which is what the peer is asked for. */
const fitAlone = (job: Job): Job => ({ ...job, fitAlone: true });
const tasks: readonly Task[] = [
  { title: "mixed model, Kenward–Roger", data: "39x5", peer: "mixed-kenward-roger", job: mixed, ratio: 100 },
  { title: "mixed model, Kenward–Roger", data: "39 unequal", peer: "mixed-kenward-roger", job: mixed, ratio: 100 },
  { title: "mixed model (R: lmer alone)", data: "1000x100", peer: "mixed", job: mixed, ratio: 50 },
  { title: "mixed model (R: lmer alone)", data: "1000 unequal", peer: "mixed", job: mixed, ratio: 50 },
  { title: "CR2 with Satterthwaite", data: "100x30", peer: "cr2", job: robust, ratio: 100 },
  { title: "exchangeable GEE, logit", data: "1000x100", peer: "gee-exchangeable", job: exchangeable, ratio: 50 },
  { title: "logistic mixed model, AGQ 9", data: "100x30", peer: "glmer-9", job: logistic(9), ratio: 30 },
  { title: "the same, without profiles", data: "100x30", peer: "glmer-9", job: fitAlone(logistic(9)), ratio: 30 },
  { title: "logistic mixed, Laplace", data: "1000x100", peer: "glmer-laplace", job: logistic(1), ratio: 30 },
  {
    title: "the same, without profiles",
    data: "1000x100",
    peer: "glmer-laplace",
    job: fitAlone(logistic(1)),
    ratio: 30,
  },
];

const planFor = ({ method, outcome, options }: Job) =>
  parsePlan({
    clustrial: 1,
    data: "simulated.csv",
    trial: { cluster: "cluster", arm: "arm" },
    analyses: [{ outcome, covariates: ["x"], method: method.id, options }],
  });

/** From the table to what the method finds. */
const model = (table: Table, { method, outcome, options }: Job) => {
  const outcomeKinds = method.needs(options).outcomes ?? method.outcomes;
  const roles = { outcome, outcomeKinds, cluster: "cluster", arm: "arm", covariates: ["x"] };
  const question = { frame: buildFrame(table, roles), options, measure: null, level: 0.95, seed: 1 } as const;
  return method.analyse(question);
};

/** From the table to coefficients and their covariance. */
const fitOnly = (table: Table, { method, outcome, options }: Job) => {
  const outcomeKinds = method.needs(options).outcomes ?? method.outcomes;
  const roles = { outcome, outcomeKinds, cluster: "cluster", arm: "arm", covariates: ["x"] };
  const question = { frame: buildFrame(table, roles), options, measure: null, level: 0.95, seed: 1 } as const;
  return method.workingModel?.(question).inference();
};

/** Interruptions only ever add: the quarter of runs that were disturbed least tells what the work costs. */
const lowerQuartile = (values: readonly number[]) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 4)]!;

/** Lower quartile of many runs, after enough of them for the compiler to have finished. */
function secondsOf(run: () => unknown): { readonly seconds: number; readonly runs: number } {
  const until = performance.now() + 1500;
  for (let i = 0; i < 3 || performance.now() < until; i++) run();
  const times: number[] = [];
  const end = performance.now() + 3000;
  while (times.length < 7 || (performance.now() < end && times.length < 2000)) {
    const began = performance.now();
    run();
    times.push((performance.now() - began) / 1000);
  }
  return { seconds: lowerQuartile(times), runs: times.length };
}

type Peers = Readonly<Record<string, { readonly seconds: number; readonly answer: readonly [number, number] }>>;

function timePeers(data: ReadonlyMap<string, SimulatedColumns>): Peers | null {
  // Run from the root of the repository, as npm does: the bundle lies elsewhere.
  const script = join("test", "bench", "peers.R");
  const folder = mkdtempSync(join(tmpdir(), "clustrial-bench-"));
  try {
    for (const [name, columns] of data) writeFileSync(join(folder, `${name}.csv`), csvOf(columns));
    const wanted = tasks.flatMap(({ data: name, peer }) => (peer === null ? [] : [`${name}:${peer}`]));
    const { status, stdout } = spawnSync("Rscript", [script, folder, ...wanted], { encoding: "utf8" });
    return status === 0 ? (JSON.parse(stdout) as Peers) : null;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function answerOf(table: Table, job: Job): readonly [number, number] {
  const { value, standardError } = analysePlan(planFor(job), table).analyses[0]!.coefficients!.find(
    ({ term }) => term === "arm[1]",
  )!;
  return [value, standardError];
}

const milliseconds = (seconds: number) => `${(seconds * 1000).toPrecision(3)} ms`;

function compareWithPeers(): void {
  const data = new Map(Object.entries(shapes).map(([name, sizes], k) => [name, simulatedColumns(k + 1, sizes)]));
  const ours = tasks.map(({ data: name, job }) => {
    const table = typedTable(data.get(name)!);
    const plan = planFor(job);
    return {
      model: secondsOf(() => (job.fitAlone === true ? fitOnly(table, job) : model(table, job))).seconds,
      analysis: secondsOf(() => analysePlan(plan, table)).seconds,
      answer: answerOf(table, job),
    };
  });
  const peers = timePeers(data);
  if (peers === null) console.log("Rscript with lme4, pbkrtest, clubSandwich and geepack not found: our times only.\n");
  for (const [k, { title, data: name, peer, ratio }] of tasks.entries()) {
    const { model: seconds, analysis, answer } = ours[k]!;
    const theirs = peer === null ? undefined : peers?.[`${name}:${peer}`];
    const line = `${title.padEnd(28)} ${name.padEnd(13)} model ${milliseconds(seconds).padStart(8)}, analysis ${milliseconds(analysis).padStart(8)}`;
    if (theirs === undefined) {
      console.log(line);
      continue;
    }
    // The effect comes along as a check that both did the same work; lmer's optimiser stops a little short of ours.
    const gap = Math.abs(answer[0] - theirs.answer[0]) / theirs.answer[1];
    const times = theirs.seconds / seconds;
    const verdict = ratio === null ? "" : ` (${times >= ratio ? "at least" : "NOT"} ${ratio})`;
    console.log(
      `${line}   R ${milliseconds(theirs.seconds).padStart(8)}   ${times.toFixed(0)} ×${verdict}, whole analysis ${(theirs.seconds / analysis).toFixed(0)} ×; effects ${gap.toExponential(0)} SE apart`,
    );
  }
}

function aMillionRows(): void {
  const table = typedTable(simulatedColumns(99, new Array<number>(10_000).fill(100)));
  const held = 4 * 8 * table.rows;
  const plan = planFor(mixed);
  const cold = performance.now();
  model(table, mixed);
  const first = (performance.now() - cold) / 1000;
  const { seconds, runs } = secondsOf(() => model(table, mixed));
  const whole = secondsOf(() => analysePlan(plan, table)).seconds;
  globalThis.gc?.();
  const before = process.memoryUsage();
  const found = model(table, mixed);
  const after = process.memoryUsage();
  const grown = after.arrayBuffers + after.heapUsed - before.arrayBuffers - before.heapUsed;
  console.log(
    `\na million rows in 10,000 clusters, typed columns to a mixed model with Kenward–Roger: ${seconds.toFixed(3)} s (lower quartile of ${runs}; first run ${first.toFixed(3)} s; whole analysis ${whole.toFixed(3)} s; target < 1 s)`,
  );
  console.log(
    `memory allocated meanwhile, before any collection: ${(grown / 2 ** 20).toFixed(0)} MiB beside ${(held / 2 ** 20).toFixed(0)} MiB of columns; records of clusters in the result: ${found.clusters.length}`,
  );
}

const part = process.argv[2];
if (part === undefined) {
  compareWithPeers();
  aMillionRows();
}
if (part === undefined || part === "resampling") await timeResampling();
if (part === undefined || part === "economics") timeEconomics();
