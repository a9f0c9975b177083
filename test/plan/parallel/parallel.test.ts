import { beforeAll, describe, expect, test } from "vitest";
import type { Table } from "../../../src/data/table.ts";
import type { Progress } from "../../../src/inference/replicates/steps.ts";
import { type ParallelOptions, takeStepsInParallel } from "../../../src/inference/replicates/takeStepsInParallel.ts";
import type { WorkerHost } from "../../../src/inference/replicates/workerHost.ts";
import { type Plan, parseScript } from "../../../src/plan/parsePlan.ts";
import { planSteps, runPlan } from "../../../src/plan/runPlan.ts";
import { methods } from "../../../src/trial/methods.ts";
import { trialTable } from "../../support/trials.ts";
import { threadsOf } from "../../support/workerThreads.ts";
import { outsideWorkers, repeating } from "./repeatingMethod.ts";

const list = [...methods, repeating];
let threads: Awaited<ReturnType<typeof threadsOf>>;
let table: Table;

beforeAll(async () => {
  threads = await threadsOf("test/plan/parallel/repeatingWorker.node.ts");
  table = trialTable("simulated-10");
}, 60_000);

const planOf = (...options: readonly object[]): Plan =>
  parseScript(
    {
      trial: { cluster: "cluster", arm: "arm" },
      seed: 20230420,
      analyses: options.map((each, k) => ({ id: `a${k}`, outcome: "ycont", method: "repeating", options: each })),
    },
    list,
  );

const here = (plan: Plan) => runPlan(plan, table, { methods: list });
/** The same with workers; the calling thread is made slow enough for them to be ready before the end. */
async function there(
  plan: Plan,
  host: WorkerHost,
  more: Partial<ParallelOptions> & { readonly methodsOfWorkers?: typeof list } = {},
) {
  const { methodsOfWorkers = list, ...options } = more;
  outsideWorkers.milliseconds = 4;
  try {
    const steps = planSteps(plan, table, { methods: list, methodsOfWorkers });
    return await takeStepsInParallel(steps, { host, workers: 2, ...options });
  } finally {
    outsideWorkers.milliseconds = 0;
  }
}

describe("workers", () => {
  test.each([1, 2, 4])("%d give what the calling thread gives, to the last bit", async (workers) => {
    const plan = planOf({ draws: 300 }, { draws: 150, width: 5 });
    const host = threads();
    expect(await there(plan, host, { workers })).toEqual(here(plan));
    // A pool is kept from one analysis to the next, and the table goes to each worker once.
    expect(host.seen).toMatchObject(workers === 1 ? { started: 0 } : { started: workers, shared: workers });
    if (workers > 1) expect(host.seen.portions).toBeGreaterThan(10);
  });

  test("are no more than there are replicates", async () => {
    const plan = planOf({ draws: 17 });
    const host = threads();
    expect(await there(plan, host, { workers: 64 })).toEqual(here(plan));
    expect(host.seen.started).toBeLessThanOrEqual(16);
  });

  test("are not started for nothing", async () => {
    const plan = planOf({ draws: 0 }, { draws: 0, width: 0 }, { draws: 5 }, { draws: 2, width: 0 });
    const host = threads();
    expect(await there(plan, host)).toEqual(here(plan));
    expect(host.seen.started).toBe(0);
  });

  test("may have replicates without numbers", async () => {
    const plan = planOf({ draws: 90, width: 0 });
    expect(await there(plan, threads())).toEqual(here(plan));
  });

  test("that a host does not have are done without", async () => {
    const plan = planOf({ draws: 60 });
    let asked = 0;
    const start = () => {
      asked += 1;
      return null;
    };
    const host: WorkerHost = { parallelism: 8, now: () => 10 * performance.now(), start };
    expect(await there(plan, host)).toEqual(here(plan));
    expect(asked).toBe(1);
  });

  test("that do not know a method are not asked for it", async () => {
    const plan = planOf({ draws: 60 });
    const host = threads();
    expect(await there(plan, host, { methodsOfWorkers: methods as unknown as typeof list })).toEqual(here(plan));
    expect(host.seen.started).toBe(0);
  });
});

describe("no replicate is lost", () => {
  test("when a worker ends itself", async () => {
    const plan = planOf({ draws: 300, at: 250, happens: "thread-ends" }, { draws: 100 });
    const host = threads();
    expect(await there(plan, host)).toEqual(here(plan));
    expect(host.seen.ended).toBeGreaterThanOrEqual(1);
  });

  test("when a worker is killed while it computes", async () => {
    const plan = planOf({ draws: 400 });
    let killed = 0;
    const host = threads({
      onReply: (worker, reply, kill) => {
        if (worker !== 0 || reply.kind !== "numbers" || killed > 0) return;
        killed += 1;
        // It has the next portion by then.
        setTimeout(kill, 0);
      },
    });
    expect(await there(plan, host)).toEqual(here(plan));
    expect(killed).toBe(1);
  });

  test("when all of them are killed", async () => {
    const plan = planOf({ draws: 400 });
    const host = threads({ onReply: (_, reply, kill) => reply.kind === "numbers" && kill() });
    expect(await there(plan, host, { workers: 3 })).toEqual(here(plan));
    expect(host.seen.started).toBe(3);
  });

  test("when something is thrown in workers alone", async () => {
    const plan = planOf({ draws: 200, at: 190, happens: "only-in-workers" });
    expect(await there(plan, threads())).toEqual(here(plan));
  });
});

describe("what is thrown", () => {
  test("by a defect refuses the plan, with the defect itself", async () => {
    const plan = planOf({ draws: 200, at: 190, happens: "defect" });
    await expect(there(plan, threads())).rejects.toMatchObject({ name: "Defect", code: "defect" });
    expect(() => here(plan)).toThrow("Replicate refused");
  });

  test.each(["design", "numerical-everywhere"])(
    "by a %s problem is that analysis' answer, and the next goes on",
    async (happens) => {
      const plan = planOf({ draws: 200, at: 190, happens }, { draws: 100 });
      const found = await there(plan, threads());
      expect(found).toEqual(here(plan));
      expect(found.analyses.map(({ problem }) => problem === null)).toEqual([false, true]);
    },
  );
});

describe("calling it off", () => {
  test("before it begins computes nothing", async () => {
    const host = threads();
    await expect(there(planOf({ draws: 200 }), host, { signal: AbortSignal.abort() })).rejects.toMatchObject({
      name: "AbortError",
    });
    expect(host.seen.started).toBe(0);
  });

  test("ends workers in the middle of a replicate, at once and with the reason given", async () => {
    const controller = new AbortController();
    const host = threads({
      onReply: (_, reply) => {
        if (reply.kind === "ready") setTimeout(() => controller.abort(new Error("enough")), 20);
      },
    });
    const began = performance.now();
    const plan = planOf({ draws: 100_000, at: 400, happens: "endless" });
    await expect(there(plan, host, { signal: controller.signal })).rejects.toThrow("enough");
    expect(performance.now() - began).toBeLessThan(5000);
  });

  test("works while the calling thread computes", async () => {
    const controller = new AbortController();
    setTimeout(() => controller.abort(), 50);
    const plan = planOf({ draws: 1_000_000 });
    await expect(there(plan, threads(), { workers: 1, signal: controller.signal })).rejects.toMatchObject({
      name: "AbortError",
    });
  });

  test("works between analyses that repeat nothing", async () => {
    const controller = new AbortController();
    const seen: string[] = [];
    const progress = ({ id }: Progress) => {
      seen.push(id);
      setImmediate(() => controller.abort());
    };
    const plan = planOf(...new Array(50).fill({ draws: 0 }));
    await expect(there(plan, threads(), { signal: controller.signal, progress })).rejects.toMatchObject({
      name: "AbortError",
    });
    expect(seen.length).toBeLessThan(20);
  });
});

test("a progress that throws calls the work off with what it threw", async () => {
  const host = threads();
  const progress = () => {
    if (host.seen.portions > 2) throw new Error("no more");
  };
  await expect(there(planOf({ draws: 400 }), host, { progress })).rejects.toThrow("no more");
});

test("progress names the analysis and counts up to all of its replicates", async () => {
  const plan = planOf({ draws: 100 }, { draws: 0 });
  const seen: Progress[] = [];
  await there(plan, threads(), { progress: (progress) => seen.push(progress) });
  const first = seen.filter(({ id }) => id === "a0");
  expect(first.map(({ done }) => done)).toEqual(first.map(({ done }) => done).toSorted((a, b) => a - b));
  expect(first.at(-1)).toEqual({ id: "a0", index: 0, of: 2, done: 100, total: 100 });
  expect(seen.at(-1)).toEqual({ id: "a1", index: 1, of: 2, done: 0, total: 0 });
});
