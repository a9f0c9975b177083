import { describe, expect, test } from "vitest";
import { loadPlan } from "../../src/cli/loadPlan.ts";
import { withFolder } from "./runCli.ts";

const plan = (allocations: string) => `
clustrial: 1
data: ../trial.csv
trial: { cluster: practice, arm: arm, allocation: { scheme: constrained, allocations: ${allocations} } }
analyses: [{ outcome: y, method: cluster-summary }]
`;
const files = {
  "trial.csv": "practice,arm,y\nP1,0,3\nP2,1,4\n",
  "plans/plan.yaml": plan("listed/allocations.csv"),
  "plans/wrong.yaml": plan("listed/allocation.csv"),
  "plans/inline.yaml": plan("[{ P1: 0, P2: 1 }, { P1: 1, P2: 0 }]"),
  "plans/listed/allocations.csv": "P1,P2\n0,1\n1,0\n",
};
const terminal = (folder: string) => ({ folder, out: () => {}, err: () => {}, watched: false });

describe("a plan that lists allocations", () => {
  test("in a file has it read from the plan's folder, and keeps its name", () =>
    withFolder(files, async (folder) => {
      const { plan: loaded, table } = await loadPlan("plans/plan.yaml", terminal(folder));
      expect(table.rows).toBe(2);
      expect(loaded.trial.allocation?.allocations).toBe("listed/allocations.csv");
      expect([...loaded.listedAllocations!.columns.keys()]).toEqual(["P1", "P2"]);
      expect(loaded.listedAllocations!.rows).toBe(2);
    }));

  test("in itself needs no file", () =>
    withFolder(files, async (folder) => {
      const { plan: loaded } = await loadPlan("plans/inline.yaml", terminal(folder));
      expect(loaded.listedAllocations).toMatchObject({ rows: 2, source: "trial.allocation" });
    }));

  test("in a file that is not there says which", () =>
    withFolder(files, async (folder) => {
      await expect(loadPlan("plans/wrong.yaml", terminal(folder))).rejects.toMatchObject({
        message: "listed/allocation.csv cannot be read: there is no such file",
      });
    }));
});
