import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { runCli, withFolder } from "./runCli.ts";

test("analyse --figures writes plane and acceptability curve of every cost-effectiveness analysis", async () => {
  const data = readFileSync(new URL("../../fixtures/trials/simulated-economics/data.csv", import.meta.url), "utf8");
  const plan = `clustrial: 1
data: data.csv
trial: { cluster: cluster, arm: arm }
analyses:
  - { id: worth it?, method: cost-effectiveness, options: { cost: cost, effect: qaly, draws: 200 } }
  - { outcome: cost, method: cluster-summary }
`;
  await withFolder({ "data.csv": data, "plan.yaml": plan }, async (folder) => {
    const { exitCode, out } = await runCli(["analyse", "plan.yaml", "--figures", "figures", "--json"], { folder });
    expect(exitCode).toBe(0);
    expect(JSON.parse(out).analyses[0].draws.values).toHaveLength(200);
    expect(JSON.parse(out).analyses[1].draws).toBeNull();
    for (const name of ["plane", "acceptability"])
      expect(readFileSync(join(folder, `figures/worth-it--${name}.svg`), "utf8")).toMatch(/^<svg [\s\S]*<\/svg>\n$/);
  });
});
