import { describe, expect, test } from "vitest";
import { buildFrame } from "../../../src/data/buildFrame.ts";
import type { Roles } from "../../../src/data/roles.ts";
import { tableFromColumns } from "../../../src/data/tableFromColumns.ts";
import { randomStream } from "../../../src/numerics/random/randomStream.ts";
import { influenceOfClusters } from "../../../src/plan/influenceOfClusters.ts";
import { parsePlan } from "../../../src/plan/parsePlan.ts";
import { runPlan } from "../../../src/plan/runPlan.ts";
import { clusterRobust } from "../../../src/trial/effect/clusterRobust.ts";
import { clusterSummary } from "../../../src/trial/effect/clusterSummary.ts";
import { dominatingCluster } from "../../../src/trial/effect/dominatingCluster.ts";
import { gee } from "../../../src/trial/effect/gee.ts";
import { leaveOneClusterOut } from "../../../src/trial/effect/leaveOneClusterOut.ts";
import { linearMixedModel } from "../../../src/trial/effect/linearMixedModel.ts";
import type { RegisteredMethod } from "../../../src/trial/method.ts";
import { trialTable } from "../../support/trials.ts";

const roles = { outcome: "ycont", cluster: "cluster", arm: "arm", covariates: ["age"] } as const satisfies Roles;
const ask = (trial: string, given: Partial<Roles> = {}, method: RegisteredMethod = linearMixedModel) =>
  ({
    frame: buildFrame(trialTable(trial), { ...roles, outcomeKinds: method.outcomes, ...given }),
    options: {},
    measure: null,
    level: 0.95,
    seed: 1,
  }) as const;

describe.each([
  { method: linearMixedModel as RegisteredMethod, given: {} },
  { method: clusterRobust as RegisteredMethod, given: { outcome: { name: "ybin", event: "1" } } },
  { method: gee as RegisteredMethod, given: { outcome: { name: "events", exposure: "ptime" } } },
  { method: clusterSummary as RegisteredMethod, given: { strata: ["stratum"] } },
])("$method.id", ({ method, given }) => {
  test("without a cluster it is the analysis of a table without it", () => {
    const { influences } = leaveOneClusterOut(method, ask("simulated-24", given, method));
    expect(influences).toHaveLength(24);
    for (const k of [0, 11, 23]) {
      const { clusters, without } = influences[k]!;
      const others = influences.flatMap((each) => each.clusters).filter((label) => label !== clusters[0]);
      const own = method.analyse(ask("simulated-24", { ...given, where: { cluster: others } }, method));
      expect(without![0]!.value).toBeCloseTo(own.estimates[0]!.value, 8);
    }
  });
});

test("pairs go as pairs where the method compares within them", () => {
  const { influences } = leaveOneClusterOut(
    clusterSummary,
    ask("simulated-pairs", { outcome: "score", cluster: "practice", pairs: "pair", covariates: [] }, clusterSummary),
  );
  expect(influences.every(({ clusters }) => clusters.length === 2)).toBe(true);
});

test("the jackknife of an unweighted difference of cluster means is Welch's, (n − 1)/n aside", () => {
  const question = ask("simulated-12-balanced", { covariates: [] }, clusterSummary);
  const { estimates } = leaveOneClusterOut(clusterSummary, question);
  const { arm, cluster, outcome } = question.frame;
  const means = cluster.labels.map((_, j) => {
    const own = [...outcome.values].filter((_, i) => cluster.codes[i] === j);
    return own.reduce((sum, y) => sum + y, 0) / own.length;
  });
  const welch = [0, 1].reduce((total, a) => {
    const own = means.filter((_, j) => arm!.ofCluster[j] === a);
    const mean = own.reduce((sum, y) => sum + y, 0) / own.length;
    // Leaving one of n out moves their mean by (y − mean)/(n − 1).
    return total + own.reduce((sum, y) => sum + ((y - mean) / (own.length - 1)) ** 2, 0);
  }, 0);
  expect(estimates[0]!.cv3! ** 2).toBeCloseTo((welch * 11) / 12, 9);
});

test("plans: every analysis with its influences", () => {
  const plan = parsePlan({
    clustrial: 1,
    data: "data.csv",
    trial: { cluster: "cluster", arm: "arm" },
    analyses: [
      { outcome: "ycont", method: "linear-mixed-model" },
      { outcome: "ycont", method: "cluster-robust" },
    ],
  });
  const found = influenceOfClusters(plan, trialTable("simulated-10"));
  expect(found.map(({ id }) => id)).toEqual(["linear-mixed-model", "cluster-robust"]);
  for (const { influences } of found) expect(influences).toHaveLength(10);
});

/** Clusters of 10 with an intracluster correlation of 1 in 21; `odd` is added to the first cluster. */
function simulated(seed: number, clusters: number, odd = 0) {
  const stream = randomStream(seed);
  const cluster: number[] = [];
  const arm: number[] = [];
  const y: number[] = [];
  for (let j = 0; j < clusters; j++) {
    const effect = Math.sqrt(0.05) * stream.normal() + (j === 0 ? odd : 0);
    for (let i = 0; i < 10; i++) {
      cluster.push(j);
      arm.push(j % 2);
      y.push(effect + stream.normal());
    }
  }
  return tableFromColumns({ cluster, arm, y });
}

describe("a dominating cluster", () => {
  const asked = (seed: number, clusters: number, odd = 0, outcomeKinds: Roles["outcomeKinds"] = ["continuous"]) =>
    ({
      frame: buildFrame(simulated(seed, clusters, odd), { outcome: "y", outcomeKinds, cluster: "cluster", arm: "arm" }),
      options: {},
      measure: null,
      level: 0.95,
      seed: 1,
    }) as const;

  test.each([linearMixedModel, clusterRobust, clusterSummary] as readonly RegisteredMethod[])(
    "is named: $id",
    (method) => {
      const ordinary = asked(1, 24);
      expect(dominatingCluster(method, ordinary, method.analyse(ordinary))).toEqual([]);
      // One of 24 clusters far away: it inflates the standard error with it, and not the one without it.
      const odd = asked(1, 24, 4);
      const [named, ...others] = dominatingCluster(method, odd, method.analyse(odd));
      expect(others).toEqual([]);
      expect(named!.facts["cluster"]).toBe("0");
      const without = leaveOneClusterOut(method, odd).influences[0]!.without![0]!;
      expect(named!.facts["without"]).toBeCloseTo(without.value, 9);
    },
  );

  test.each([8, 12, 20, 39])("is rarely found in ordinary trials of %i clusters", (clusters) => {
    for (const method of [linearMixedModel, clusterRobust, clusterSummary] as readonly RegisteredMethod[]) {
      let named = 0;
      for (let seed = 1; seed <= 100; seed++) {
        const question = asked(seed, clusters);
        named += dominatingCluster(method, question, method.analyse(question)).length;
      }
      // 5 % and three standard errors of a hundred trials.
      expect(named, method.id).toBeLessThanOrEqual(11);
    }
  });

  test("comes with an analysis of a plan", () => {
    const plan = parsePlan({
      clustrial: 1,
      data: "data.csv",
      trial: { cluster: "cluster", arm: "arm" },
      analyses: [{ outcome: "y", method: "cluster-robust" }],
    });
    const { analyses } = runPlan(plan, simulated(2, 6, 0));
    expect(analyses[0]!.problem).toBeNull();
  });
});
