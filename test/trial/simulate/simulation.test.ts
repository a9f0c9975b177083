import { describe, expect, test } from "vitest";
import { runReplicates } from "../../../src/inference/replicates/replicates.ts";
import { simulateTrials } from "../../../src/plan/parallel/simulateTrials.ts";
import { parseScript } from "../../../src/plan/parsePlan.ts";
import { runPlan } from "../../../src/plan/runPlan.ts";
import { methods } from "../../../src/trial/methods.ts";
import { simulatedTable, simulationOf } from "../../../src/trial/simulate/simulation.ts";
import type { SimulationRequest } from "../../../src/trial/simulate/simulationSettings.ts";

const continuous = { kind: "continuous", icc: 0.05 } as const;
const request: SimulationRequest = {
  clusters: 12,
  sizes: { mean: 6, cv: 0.65 },
  outcome: { ...continuous, effect: 0.4 },
  method: "linear-mixed-model",
  trials: 60,
  seed: 20230420,
};

describe("a trial of a simulation", () => {
  test.each([
    ["fixed sizes", { ...request, sizes: 4 }],
    ["listed sizes", { ...request, sizes: [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12] }],
    ["sizes that vary", request],
    ["yes or no", { ...request, outcome: { kind: "binary", risk: 0.4, icc: 0.05 }, method: "gee" }],
    ["counts", { ...request, outcome: { kind: "count", rate: 2, cv: 0.3 }, method: "gee" }],
  ] as [string, SimulationRequest][])("is analysed as its table is: %s", (_, asked) => {
    const simulation = simulationOf(asked, methods);
    const numbers = runReplicates(simulation.replicates);
    for (const k of [0, 7, 59]) {
      const table = simulatedTable(asked, k);
      const outcome =
        asked.outcome.kind === "continuous"
          ? "outcome"
          : asked.outcome.kind === "binary"
            ? { name: "outcome", event: 1 }
            : "outcome";
      const plan = parseScript({
        trial: { cluster: "cluster", arm: "arm" },
        analyses: [
          {
            outcome,
            method: asked.method,
            ...(asked.outcome.kind === "count" ? { options: { family: "poisson" } } : {}),
          },
        ],
      });
      const { working, interval, test } = runPlan(plan, table).analyses[0]!.estimates![0]!;
      const log = working!.scale === "log" ? Math.log : (x: number) => x;
      const expected = [
        working!.value,
        working!.standardError,
        log(interval!.lower),
        log(interval!.upper),
        test!.pValue,
      ];
      const found = [...numbers.subarray(6 * k, 6 * k + 5)];
      found.forEach((value, i) => {
        expect(value).toBeCloseTo(expected[i]!, 12);
      });
    }
  });

  test("does not depend on the others, or on who simulates it", () => {
    const { replicates } = simulationOf(request, methods);
    const whole = runReplicates(replicates);
    const part = new Float64Array(6 * 3);
    simulationOf(request, methods).replicates.run(41, 44, part);
    expect([...part]).toEqual([...whole.subarray(6 * 41, 6 * 44)]);
  });

  test("has the clusters, arms and sizes asked for, treated clusters first", () => {
    const table = simulatedTable({ ...request, clusters: { control: 3, intervention: 2 }, sizes: [4, 1, 2, 3, 5] }, 0);
    const column = (name: string) => [...(table.columns.get(name) as { values: Float64Array }).values];
    expect(column("cluster")).toEqual([1, 1, 1, 1, 2, 3, 3, 4, 4, 4, 5, 5, 5, 5, 5]);
    expect(column("arm")).toEqual([1, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
  });
});

describe("what is simulated", () => {
  /** Of many trials at once: overall mean per arm, and its Monte Carlo error from the trials. */
  function armMeans(asked: SimulationRequest, trials: number) {
    const of = [0, 1].map(() => [] as number[]);
    for (let k = 0; k < trials; k++) {
      const { columns } = simulatedTable(asked, k);
      const [arm, y] = ["arm", "outcome"].map((name) => (columns.get(name) as { values: Float64Array }).values);
      const sums = [0, 0];
      const counts = [0, 0];
      arm!.forEach((a, i) => {
        sums[a]! += y![i]!;
        counts[a]! += 1;
      });
      of.forEach((means, a) => void means.push(sums[a]! / counts[a]!));
    }
    return of.map((means) => {
      const mean = means.reduce((a, b) => a + b) / trials;
      const spread = Math.sqrt(means.reduce((sum, x) => sum + (x - mean) ** 2, 0) / (trials - 1) / trials);
      return { mean, spread };
    });
  }
  // Fixed seeds decide once and for all; 4 Monte Carlo errors.
  const near = ({ mean, spread }: { mean: number; spread: number }, truth: number) =>
    expect(Math.abs(mean - truth)).toBeLessThan(4 * spread);

  test("has the means asked for: continuous, skewed, yes or no, counts", () => {
    const common = { ...request, clusters: 20, sizes: 5 };
    const [control, treated] = armMeans(
      { ...common, outcome: { ...continuous, mean: 10, effect: 2, sd: 3, shape: "skewed", sdRatio: 1.5 } },
      400,
    );
    near(control!, 10);
    near(treated!, 12);
    const [well] = armMeans({ ...common, outcome: { kind: "binary", risk: 0.2, icc: 0.1, effect: 1 } }, 400);
    near(well!, 0.2);
    const [rate, treatedRate] = armMeans(
      { ...common, outcome: { kind: "count", rate: 1.3, cv: 0.5, effect: Math.log(2) } },
      400,
    );
    near(rate!, 1.3);
    near(treatedRate!, 2.6);
  });

  test("has the intracluster correlation asked for", async () => {
    for (const outcome of [
      { kind: "continuous", icc: 0.2, shape: "skewed" },
      { kind: "binary", risk: 0.3, icc: 0.2 },
    ] as const) {
      const { mean } = await simulateTrials({
        ...request,
        clusters: 60,
        sizes: 8,
        outcome,
        method: "icc",
        trials: 200,
      });
      // The analysis-of-variance estimator is nearly unbiased with this many clusters.
      expect(Math.abs(mean!.value - 0.2)).toBeLessThan(4 * mean!.monteCarloError + 0.004);
    }
  });
});

describe("simulateTrials", () => {
  test("says how an exact analysis does: level, coverage, bias and standard error", async () => {
    const found = await simulateTrials({ ...request, sizes: 5, trials: 2000, method: "cluster-summary" });
    expect(found).toMatchObject({ trials: 2000, answered: 2000, failures: {}, truth: 0.4, scale: "identity" });
    const { bias, coverage, empiricalStandardError, modelStandardError } = found;
    expect(Math.abs(bias!.value)).toBeLessThan(4 * bias!.monteCarloError);
    expect(Math.abs(coverage!.value - 0.95)).toBeLessThan(4 * coverage!.monteCarloError);
    // Variance of a difference of means of 6 clusters of 5: 2/6 (0.05 + 0.95/5).
    const truth = Math.sqrt((0.05 + 0.95 / 5) / 3);
    for (const error of [empiricalStandardError!, modelStandardError!])
      expect(Math.abs(error.value - truth)).toBeLessThan(4 * error.monteCarloError);
    const none = await simulateTrials({
      ...request,
      sizes: 5,
      trials: 2000,
      method: "cluster-summary",
      outcome: continuous,
    });
    expect(Math.abs(none.rejected!.value - 0.05)).toBeLessThan(4 * none.rejected!.monteCarloError);
    // Without an effect, rejecting is not covering.
    expect(none.rejected!.value + none.coverage!.value).toBeCloseTo(1, 12);
    expect(none.seed).toBe(20230420);
  });

  test("knows what each measure should find: the odds ratio of a mixed model is not the population's", async () => {
    const outcome = { kind: "binary", risk: 0.3, icc: 0.3, effect: 1 } as const;
    const asked = { ...request, clusters: 30, sizes: 30, outcome, trials: 40 };
    const mixed = await simulateTrials({ ...asked, method: "generalised-linear-mixed-model" });
    const marginal = await simulateTrials({ ...asked, method: "gee" });
    expect(mixed.truth).toBe(1);
    expect(marginal.truth!).toBeLessThan(0.85);
    for (const { bias, scale } of [mixed, marginal]) {
      expect(scale).toBe("log");
      expect(Math.abs(bias!.value)).toBeLessThan(4 * bias!.monteCarloError);
    }
  });

  test("counts trials without an answer by the problem", async () => {
    const { answered, failures } = await simulateTrials({
      ...request,
      clusters: 4,
      sizes: 3,
      outcome: { kind: "binary", risk: 0.02, icc: 0 },
      method: "gee",
    });
    expect(answered + Object.values(failures).reduce((a, b) => a + b, 0)).toBe(60);
    expect(Object.keys(failures).length).toBeGreaterThan(0);
  });

  test.each([
    [{ clusters: 1 }, "invalid-value", "simulation.clusters"],
    [{ sizes: [1, 2] }, "invalid-value", "simulation.sizes"],
    [{ method: "linear-mixedmodel" }, "unknown-method", "linear-mixed-model"],
    [{ outcome: { kind: "binary", risk: 0.2, icc: 0.1 } }, "outcome-not-for-method", "binary"],
    [{ measure: "risk-ratio" }, "measure-not-for-method", "risk-ratio"],
    [{ draws: 3 }, "unknown-key", "draws"],
    [{ options: { estimation: "bayes" } }, "invalid-value", "estimation"],
  ])("refuses %j: %s", async (wrong, code, named) => {
    await expect(simulateTrials({ ...request, ...wrong } as SimulationRequest)).rejects.toMatchObject({
      code,
      message: expect.stringContaining(named),
    });
  });
});
