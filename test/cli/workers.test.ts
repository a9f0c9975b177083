import { readFileSync } from "node:fs";
import { beforeAll, expect, test } from "vitest";
import { root } from "../support/sources.ts";
import { threadsOf } from "../support/workerThreads.ts";
import { runCli, withFolder } from "./runCli.ts";

let threads: Awaited<ReturnType<typeof threadsOf>>;
beforeAll(async () => {
  threads = await threadsOf("src/plan/parallel/replicateWorker.node.ts");
}, 60_000);

const data = readFileSync(`${root}/fixtures/trials/simulated-24/data.csv`, "utf8");
const planWith = (workers: string) => `clustrial: 1
data: data.csv
trial: { cluster: cluster, arm: arm }
seed: 7
workers: ${workers}
analyses:
  - id: bootstrap
    outcome: ycont
    covariates: [y0]
    method: cluster-bootstrap
    options: { of: { method: linear-mixed-model }, draws: 4999 }
    expect: { effect: { value: "0.1" } }
  - { id: wild, outcome: ycont, covariates: [y0], method: wild-cluster-bootstrap, options: { draws: 1999 } }
  - { id: permutation, outcome: ycont, method: permutation, options: { draws: 1999 } }
  - { id: model, outcome: ycont, method: linear-mixed-model }
`;

test("the plan's workers compute, and the output is the same for any number of them", () =>
  withFolder(
    { "data.csv": data, ...Object.fromEntries(["1", "2", "4", "auto"].map((n) => [`${n}.yaml`, planWith(n)])) },
    async (folder) => {
      const one = await runCli(["analyse", "1.yaml", "--json"], { folder, host: threads() });
      expect(one).toMatchObject({ exitCode: 0, err: "" });
      for (const workers of ["2", "4", "auto"]) {
        const host = threads();
        const several = await runCli(["analyse", `${workers}.yaml`, "--json"], { folder, host });
        expect(several.out === one.out).toBe(true);
        expect(host.seen.started).toBe(workers === "4" ? 4 : 2);
        expect(host.seen.portions).toBeGreaterThan(0);
      }
      const without = await runCli(["analyse", "4.yaml", "--json"], { folder });
      expect(without.out === one.out).toBe(true);
    },
  ));

test("check uses them too, and says how far it is to those who watch", () =>
  withFolder({ "data.csv": data, "plan.yaml": planWith("2") }, async (folder) => {
    const host = threads();
    const { exitCode, out, err } = await runCli(["check", "plan.yaml"], { folder, host, watched: true });
    expect([exitCode, out]).toEqual([1, expect.stringContaining("DISAGREES")]);
    expect(host.seen.portions).toBeGreaterThan(0);
    expect(err).toMatch(/analysing bootstrap \(1 of 4\): \d+ of 4999 replicates/);
    expect(err.endsWith("\r\u001b[K")).toBe(true);
  }));
