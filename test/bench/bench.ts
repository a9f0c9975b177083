/**
 * Speed beside R on the same rows in the same run, and a million rows against the clock.
 *
 *   npm run bench            everything; R's part only where Rscript is found
 *
 * Ours is timed from typed columns in memory to a whole Analysis (exclusions, fingerprint, intervals, notices, all of
 * it); R's from a data frame in memory to the few numbers named. See README.md here before believing a figure.
 */
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Table } from "../../src/data/table.ts";
import { parsePlan } from "../../src/plan/parsePlan.ts";
import { analysePlan } from "../../src/published/analyse.ts";
import { csvOf, type SimulatedColumns, simulatedColumns, typedTable } from "./simulatedColumns.ts";

interface Task {
  readonly title: string;
  readonly data: string;
  /** Name in peers.R; null when R is not asked. */
  readonly peer: string | null;
  readonly analysis: object;
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

const mixed = { method: "linear-mixed-model", options: { inference: "kenward-roger" } };
const robust = { method: "cluster-robust", options: { variance: "cr2", inference: "satterthwaite" } };
const tasks: readonly Task[] = [
  { title: "mixed model, Kenward–Roger", data: "39x5", peer: "mixed-kenward-roger", analysis: mixed, ratio: 100 },
  { title: "mixed model, Kenward–Roger", data: "39 unequal", peer: "mixed-kenward-roger", analysis: mixed, ratio: 100 },
  { title: "mixed model (R: lmer alone)", data: "1000x100", peer: "mixed", analysis: mixed, ratio: 50 },
  { title: "mixed model (R: lmer alone)", data: "1000 unequal", peer: "mixed", analysis: mixed, ratio: 50 },
  { title: "CR2 with Satterthwaite", data: "100x30", peer: "cr2", analysis: robust, ratio: 100 },
];

const planFor = (analysis: object) =>
  parsePlan({
    clustrial: 1,
    data: "simulated.csv",
    trial: { cluster: "cluster", arm: "arm" },
    analyses: [{ outcome: "y", covariates: ["x"], ...analysis }],
  });

const median = (values: readonly number[]) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]!;

/** Median of many runs, after enough of them for the compiler to have finished. */
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
  return { seconds: median(times), runs: times.length };
}

type Peers = Readonly<Record<string, { readonly seconds: number; readonly answer: readonly [number, number] }>>;

function timePeers(data: ReadonlyMap<string, SimulatedColumns>): Peers | null {
  const script = new URL("../../test/bench/peers.R", import.meta.url).pathname;
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

function answerOf(table: Table, analysis: object): readonly [number, number] {
  const found = analysePlan(planFor(analysis), table).analyses[0]!;
  const { value, standardError } = found.coefficients!.find(({ term }) => term === "arm[1]")!;
  return [value, standardError];
}

const milliseconds = (seconds: number) => `${(seconds * 1000).toPrecision(3)} ms`;

function compareWithPeers(): void {
  const data = new Map(Object.entries(shapes).map(([name, sizes], k) => [name, simulatedColumns(k + 1, sizes)]));
  const ours = tasks.map(({ data: name, analysis }) => {
    const table = typedTable(data.get(name)!);
    const plan = planFor(analysis);
    return { ...secondsOf(() => analysePlan(plan, table)), answer: answerOf(table, analysis) };
  });
  const peers = timePeers(data);
  if (peers === null) console.log("Rscript with lme4, pbkrtest and clubSandwich not found: our times only.\n");
  tasks.forEach(({ title, data: name, peer, ratio }, k) => {
    const { seconds, answer } = ours[k]!;
    const theirs = peer === null ? undefined : peers?.[`${name}:${peer}`];
    const line = `${title.padEnd(30)} ${name.padEnd(13)} ours ${milliseconds(seconds).padStart(9)}`;
    if (theirs === undefined) return console.log(line);
    // lmer's optimiser and, with KR, its standard error come along as a check that both did the same work.
    const gap = Math.abs(answer[0] - theirs.answer[0]) / theirs.answer[1];
    const times = theirs.seconds / seconds;
    const verdict = ratio === null ? "" : times >= ratio ? `≥ ${ratio}: met` : `≥ ${ratio}: NOT met`;
    console.log(
      `${line}   R ${milliseconds(theirs.seconds).padStart(9)}   ${times.toFixed(0).padStart(5)} × (${verdict}); effects ${gap.toExponential(0)} SE apart`,
    );
  });
}

function aMillionRows(): void {
  const table = typedTable(simulatedColumns(99, new Array<number>(10_000).fill(100)));
  const held = 4 * 8 * table.rows;
  const plan = planFor(mixed);
  const cold = performance.now();
  analysePlan(plan, table);
  const first = (performance.now() - cold) / 1000;
  const { seconds, runs } = secondsOf(() => analysePlan(plan, table));
  globalThis.gc?.();
  const before = process.memoryUsage();
  const analysis = analysePlan(plan, table);
  const after = process.memoryUsage();
  const grown = after.arrayBuffers + after.heapUsed - before.arrayBuffers - before.heapUsed;
  console.log(
    `\na million rows in 10,000 clusters, typed columns to a mixed model with Kenward–Roger: ${seconds.toFixed(3)} s (median of ${runs}; first run ${first.toFixed(3)} s; target < 1 s)`,
  );
  console.log(
    `memory allocated meanwhile, before any collection: ${(grown / 2 ** 20).toFixed(0)} MiB beside ${(held / 2 ** 20).toFixed(0)} MiB of columns; clusters in the result ${analysis.analyses[0]!.clusters!.length}`,
  );
}

aMillionRows();
compareWithPeers();
