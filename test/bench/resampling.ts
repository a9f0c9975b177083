import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buildFrame } from "../../src/data/buildFrame.ts";
import { nodeWorkers } from "../../src/plan/parallel/nodeWorkers.node.ts";
import { simulateTrials } from "../../src/plan/parallel/simulateTrials.ts";
import { methods } from "../../src/trial/methods.ts";
import { bundledWorker } from "../support/bundledWorker.ts";
import { csvOf, type SimulatedColumns, simulatedColumns, typedTable } from "./simulatedColumns.ts";

interface Task {
  readonly title: string;
  readonly peer: string;
  readonly data: SimulatedColumns;
  readonly method: (typeof methods)[number]["id"];
  readonly covariates: readonly string[];
  readonly options: object;
  /** Seconds it may take. */
  readonly target: number;
}

const unequal = (clusters: number) =>
  simulatedColumns(
    clusters,
    Array.from({ length: clusters }, (_, j) => 2 + ((j * 7) % 9)),
  );

const tasks: readonly Task[] = [
  {
    title: "permutation, all 1,352,078 of 23 practices",
    peer: "permutation",
    data: unequal(23),
    method: "permutation",
    covariates: [],
    options: { draws: "complete" },
    target: 0.3,
  },
  {
    title: "wild bootstrap, 99,999 draws, 40 clusters, 5 coefficients",
    peer: "wild",
    data: unequal(40),
    method: "wild-cluster-bootstrap",
    covariates: ["x", "event", "x:event"],
    options: {},
    target: 0.5,
  },
  {
    title: "cluster bootstrap of the mixed model, 9,999, 39 practices",
    peer: "bootstrap",
    data: unequal(39),
    method: "cluster-bootstrap",
    covariates: ["x"],
    options: { of: { method: "linear-mixed-model" } },
    target: 2,
  },
];

/** From the table to all that the method finds. */
function answer({ data, method: id, covariates, options }: Task) {
  const method = methods.find((each) => each.id === id)!;
  const frame = buildFrame(typedTable(data), { outcome: "y", cluster: "cluster", arm: "arm", covariates });
  return method.analyse({ frame, options, measure: null, level: 0.95, seed: 20230420 });
}

/** The quickest of several runs, and the first: interruptions and compilation only ever add. */
function secondsOf(run: () => unknown): { readonly first: number; readonly best: number } {
  const times: number[] = [];
  const until = performance.now() + 4000;
  while (times.length < 3 || performance.now() < until) {
    const began = performance.now();
    run();
    times.push((performance.now() - began) / 1000);
  }
  return { first: times[0]!, best: Math.min(...times) };
}

const TRIALS = {
  clusters: 39,
  outcome: { kind: "continuous", icc: 0.05 },
  method: "linear-mixed-model",
  seed: 1,
} as const;

/** Randomisation inference, bootstraps and simulated trials, each beside R's nearest; then two workers beside one. */
export async function timeResampling(): Promise<void> {
  const peers = timePeers();
  const line = (title: string, seconds: string, target: string, peer: string) => {
    const theirs = peers?.[peer];
    console.log(
      `${title.padEnd(58)} ${seconds.padStart(22)}  ${target}${theirs === undefined ? "" : `   R ${theirs.toPrecision(3)} s`}`,
    );
  };
  console.log("\nresampling: seconds of the quickest run (first run); R's for the same number of replicates");
  for (const task of tasks) {
    const { first, best } = secondsOf(() => answer(task));
    line(
      task.title,
      `${best.toFixed(3)} s (${first.toFixed(3)})`,
      best <= task.target ? `under ${task.target} s` : `NOT under ${task.target} s`,
      task.peer,
    );
  }
  const host = nodeWorkers(await bundledWorker("src/plan/parallel/replicateWorker.node.ts", process.cwd()));
  const simulate = async (sizes: number | { mean: number; cv: number }, trials: number, workers: number) => {
    const began = performance.now();
    await simulateTrials({ ...TRIALS, sizes, trials }, { workers, host });
    return (performance.now() - began) / 1000;
  };
  const equal = await simulate(5, 10_000, 1);
  line(
    "10,000 simulated trials of 39 × 5, Kenward–Roger",
    `${equal.toFixed(2)} s`,
    equal <= 5 ? "under 5 s" : "NOT under 5 s",
    "trials",
  );
  line(
    "the same, sizes varying (mean 5, CV 0.65)",
    `${(await simulate({ mean: 5, cv: 0.65 }, 10_000, 1)).toFixed(2)} s`,
    "",
    "",
  );
  const one = await simulate(5, 100_000, 1);
  const two = await simulate(5, 100_000, 2);
  line(
    "100,000 of them with one worker, with two",
    `${one.toFixed(1)} s, ${two.toFixed(1)} s`,
    `${(one / two).toFixed(2)} × (target 1.6)`,
    "",
  );
}

type Seconds = Readonly<Record<string, number>>;

function timePeers(): Seconds | null {
  const folder = mkdtempSync(join(tmpdir(), "clustrial-bench-"));
  try {
    for (const { peer, data } of tasks) writeFileSync(join(folder, `${peer}.csv`), csvOf(data));
    const { status, stdout } = spawnSync("Rscript", [join("test", "bench", "resamplingPeers.R"), folder], {
      encoding: "utf8",
    });
    return status === 0 ? (JSON.parse(stdout) as Seconds) : null;
  } finally {
    rmSync(folder, { recursive: true });
  }
}
