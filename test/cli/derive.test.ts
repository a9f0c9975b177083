import { expect, test } from "vitest";
import { runCli, withFolder } from "./runCli.ts";

const files = {
  "data/trial.csv":
    "id,practice,arm,gp,drugs,u0,u12\na,P1,usual,1,£10.50,0.5,0.7\nb,P1,usual,2,£4,0.6,0.6\nc,P2,usual,0,,0.4,0.5\nd,P3,new,3,£8,0.5,0.9\ne,P3,new,1,£2,0.7,0.8\nf,P4,new,0,£1,0.6,0.7\n",
  "data/prices.csv": "item,price,year,currency\ngp,36,2021,GBP\ndrugs,1,2023,GBP\n",
  "data/plan.yaml": `
clustrial: 1
data: trial.csv
trial: { cluster: practice, arm: arm, control: usual }
derive:
  total:
    resources: [gp, drugs]
    prices: prices.csv
    intervention: { training: { arm: new, perCluster: 300, year: 2023 } }
    priceYear: 2023
    index: { 2021: 100, 2023: 110 }
  qalys: { utilities: [u0, u12], times: [0, 12], unit: months }
analyses: [{ outcome: total, method: cluster-summary }]
`,
  "data/plain.yaml":
    "clustrial: 1\ndata: trial.csv\ntrial: { cluster: practice, arm: arm }\nanalyses: [{ outcome: gp, method: cluster-summary }]\n",
};

test("derive shows what costs and QALYs are made of, arm by arm, and writes it as Markdown", () =>
  withFolder(files, async (folder) => {
    const { exitCode, out } = await runCli(["derive", "data/plan.yaml", "--markdown", "out.md"], { folder });
    expect(exitCode).toBe(0);
    expect(out).toContain("total: cost per participant");
    expect(out).toMatch(/money +GBP, prices of 2023/);
    expect(out).toMatch(/new +gp +39\.60 +1\.333 +2 +52\.80 +20\.6%/);
    expect(out).toMatch(/new +training +– +– +3 +200\.00 +78\.0%/);
    expect(out).toMatch(/usual +total +– +– +2 +66\.65 +100\.0%/);
    expect(out).toMatch(/missing +1 without drugs \(usual\)/);
    expect(out).toMatch(/adjust for +u0, the utility at baseline, as a covariate/);
    const { out: json } = await runCli(["derive", "data/plan.yaml", "--json"], { folder });
    expect(JSON.parse(json).derived).toMatchObject([
      { kind: "costs", column: "total", currency: "GBP", priceYear: "2023" },
      {
        kind: "qalys",
        column: "qalys",
        baseline: "u0",
        arms: [{ arm: "new", participants: 3, deaths: 0 }, { arm: "usual" }],
      },
    ]);
    expect(json).not.toContain('"id"');
  }));

test("analyse reads the same lists", () =>
  withFolder(files, async (folder) => {
    const { exitCode, out } = await runCli(["analyse", "data/plan.yaml", "--json"], { folder });
    expect(exitCode).toBe(0);
    expect(JSON.parse(out).analyses[0].sample.excluded).toEqual([{ reason: "missing drugs", arm: "usual", rows: 1 }]);
  }));

test("a plan that derives nothing says so, and a list that is not there is named", () =>
  withFolder(
    { ...files, "data/lost.yaml": files["data/plan.yaml"].replace("prices.csv", "price.csv") },
    async (folder) => {
      const plain = await runCli(["derive", "data/plain.yaml"], { folder });
      expect([plain.exitCode, plain.err]).toEqual([
        2,
        "data/plain.yaml derives no columns; describe costs or QALYs under derive\n",
      ]);
      const lost = await runCli(["derive", "data/lost.yaml"], { folder });
      expect([lost.exitCode, lost.err]).toEqual([2, "price.csv cannot be read: there is no such file\n"]);
    },
  ));
