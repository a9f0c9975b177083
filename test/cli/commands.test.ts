import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { root } from "../support/sources.ts";
import { runCli, withFolder } from "./runCli.ts";

// Cluster means: control 2 and 4, active 5 and 9. By hand: difference 4, pooled variance of the means 5, standard error
// √5, t = 4/√5 on 2 degrees of freedom, P = 1 − t/√(2 + t²) = 0.2155, interval 4 ± 4.30265 √5 = −5.62 to 13.62.
const csv = `practice,arm,y,late
a,control,1,
a,control,3,
b,control,4,4
b,control,4,4
c,active,5,5
c,active,5,5
d,active,8,
d,active,10,
`;
const plan = (expected: string, outcome = "y") => `clustrial: 1
data: trial.csv
trial: { cluster: practice, arm: arm, control: control }
analyses:
  - id: primary
    outcome: ${outcome}
    method: cluster-summary
    expect: ${expected}
`;
const right =
  '{ effect: { value: "4.0", interval: ["-5.62", "13.62"], p: "0.216" }, clusters: 4, byArm: { active: { mean: "7.0" } } }';
const wrong = '{ effect: { value: "4.2", p: "<0.05" }, participants: 8 }';

const files = {
  "trial.csv": csv,
  "right.yaml": plan(right),
  "wrong.yaml": plan(wrong),
  "late.yaml": plan('{ effect: { value: "1" } }', "late"),
  "silent.yaml": plan("{}"),
  "deep/er/right.json": JSON.stringify({
    clustrial: 1,
    data: "../../trial.csv",
    trial: { cluster: "practice", arm: "arm", control: "control" },
    analyses: [{ outcome: "y", method: "cluster-summary", expect: { effect: { value: "4" } } }],
  }),
};
const inFolder = (argv: string[], watched = false) => withFolder(files, (folder) => runCli(argv, { folder, watched }));

describe("analyse", () => {
  test("prints the analysis as text, and as one JSON document", async () => {
    const { exitCode, out, err } = await inFolder(["analyse", "right.yaml"]);
    expect({ exitCode, err }).toEqual({ exitCode: 0, err: "" });
    expect(out).toContain("arm[active]");
    expect(out).toContain("-5.62 to 13.62");
    const { analyses } = JSON.parse((await inFolder(["analyse", "right.yaml", "--json"])).out);
    expect(analyses).toHaveLength(1);
    expect(analyses[0].estimates[0].value).toBeCloseTo(4, 12);
    expect(analyses[0].estimates[0].test.pValue).toBeCloseTo(1 - 4 / Math.sqrt(26), 12);
    expect(analyses[0].claims.every(({ agrees }: { agrees: boolean }) => agrees)).toBe(true);
  });

  test("writes Markdown where it is told to", async () => {
    await withFolder(files, async (folder) => {
      await runCli(["analyse", "right.yaml", "--markdown", "out/report.md"], { folder });
      expect(readFileSync(join(folder, "out/report.md"), "utf8")).toContain(
        "| arm\\[active\\] | 4.00 | -5.62 to 13.62 |",
      );
    });
  });

  test("an analysis that is not estimable ends with exit code 3, and is printed", async () => {
    const { exitCode, out } = await inFolder(["analyse", "late.yaml"]);
    expect(exitCode).toBe(3);
    expect(out).toContain("primary: not estimable");
    const json = await inFolder(["analyse", "late.yaml", "--json"]);
    expect(json.exitCode).toBe(3);
    expect(JSON.parse(json.out).analyses[0]).toMatchObject({ id: "primary", estimates: null });
  });

  test("progress is for those who watch", async () => {
    expect((await inFolder(["analyse", "right.yaml", "--json"], true)).err).toContain("analysing primary (1 of 1)");
    expect((await inFolder(["analyse", "right.yaml", "--json"], false)).err).toBe("");
  });
});

describe("check", () => {
  test("a line per claim and exit code 0 when all agree", async () => {
    const { exitCode, out } = await inFolder(["check", "right.yaml"]);
    expect(exitCode).toBe(0);
    expect(out.trimEnd().split("\n")).toHaveLength(7);
    expect(out).toMatch(/^agrees +right\.yaml primary effect\.value: published 4\.0, computed 4/);
    expect(out).toMatch(/\n6 claims, 6 agree\n$/);
  });

  test("a wrong claim says which, published, computed and allowed, with exit code 1", async () => {
    const { exitCode, out } = await inFolder(["check", "wrong.yaml"]);
    expect(exitCode).toBe(1);
    const [value, p, participants] = out.split("\n");
    expect(value).toMatch(
      /^DISAGREES +wrong\.yaml primary effect\.value: published 4\.2, computed 4(\.0*\d*)?, allowed 4\.15 to 4\.25$/,
    );
    expect(p).toMatch(/^DISAGREES .* effect\.p: published <0\.05, computed 0\.2155\d*, allowed below 0\.05$/);
    expect(participants).toMatch(/^agrees .* participants: published 8, computed 8/);
  });

  test("several plans, patterns and folders; the worst ending wins", async () => {
    const { exitCode, out } = await inFolder(["check", "**/right.*", "wrong.yaml", "--json"]);
    expect(exitCode).toBe(1);
    const { claims, agree, checks } = JSON.parse(out);
    expect({ claims, agree }).toEqual({ claims: 10, agree: 8 });
    expect([...new Set(checks.map((each: { plan: string }) => each.plan))]).toEqual([
      "deep/er/right.json",
      "right.yaml",
      "wrong.yaml",
    ]);
    expect((await inFolder(["check", "late.yaml", "wrong.yaml"])).exitCode).toBe(3);
  });

  test("of several plans, one that is wrong does not keep the others from being checked", async () => {
    const { exitCode, out, err } = await inFolder(["check", "silent.yaml", "wrong.yaml", "--json"]);
    expect(exitCode).toBe(2);
    expect(err).toMatch(/^silent\.yaml claims nothing to check/);
    expect(JSON.parse(out)).toMatchObject({ claims: 3, problems: [{ plan: "silent.yaml", code: "no-claims" }] });
  });

  test("a plan without claims is refused: nothing was checked", async () => {
    expect(await inFolder(["check", "silent.yaml"])).toEqual({
      exitCode: 2,
      out: "",
      err: "silent.yaml claims nothing to check; write published figures under expect in one of its analyses\n",
    });
  });
});

describe("icc", () => {
  test("prints the Analysis of the method", async () => {
    const { exitCode, out } = await inFolder([
      "icc",
      "trial.csv",
      "--cluster",
      "practice",
      "--outcome",
      "y",
      "--estimator",
      "anova",
      "--json",
    ]);
    expect(exitCode).toBe(0);
    // Between 4 clusters: 2 Σ (mean − 5)² / 3 = 52/3; within: (2 + 2) / 4 = 1; ρ = (52/3 − 1) / (52/3 + 1) = 49/55.
    expect(JSON.parse(out)).toMatchObject({ id: "icc", method: { id: "icc" }, problem: null });
    expect(JSON.parse(out).icc.value).toBeCloseTo(49 / 55, 12);
  });

  const events = [
    "practice,arm,well,n,visits,years",
    ...["a,0,3,9,4,2", "b,0,5,8,1,2", "c,1,2,10,9,3", "d,1,6,9,2,1", "e,0,1,7,3,2", "f,1,7,8,8,2"],
  ].join("\n");
  const ask = (...rest: string[]) =>
    withFolder({ "events.csv": `${events}\n` }, (folder) =>
      runCli(["icc", "events.csv", "--cluster", "practice", "--json", ...rest], { folder }),
    );

  test("events out of participants, counts over time, the event of a yes or no", async () => {
    const grouped = JSON.parse((await ask("--outcome", "well", "--trials", "n", "--estimator", "fleiss-cuzick")).out);
    expect(grouped.icc).toMatchObject({ scale: "proportion", estimator: "fleiss-cuzick" });
    expect(grouped.sample.participants).toBe(51);
    // Σ x(n − x)/n = 2 + 15/8 + 16/10 + 2 + 6/7 + 7/8; 45 · 24/51 · 27/51 expected of clusters alike.
    const within = 2 + 15 / 8 + 1.6 + 2 + 6 / 7 + 7 / 8;
    expect(grouped.icc.value).toBeCloseTo(1 - within / ((45 * 24 * 27) / 51 ** 2), 12);
    const rate = JSON.parse((await ask("--outcome", "visits", "--exposure", "years", "--estimator", "rate-k")).out);
    expect(rate.icc.scale).toBe("coefficient-of-variation");
    const event = await ask("--outcome", "arm", "--event", "1", "--estimator", "rate-k");
    expect(JSON.parse(event.out).sample.participants).toBe(6);
  });

  test("an outcome is of one kind", async () => {
    const { exitCode, err } = await ask("--outcome", "well", "--trials", "n", "--event", "1");
    expect(exitCode).toBe(2);
    expect(err).toContain("--event and --trials are given");
  });

  test("an unknown estimator is refused with the choices", async () => {
    const { exitCode, err } = await inFolder([
      "icc",
      "trial.csv",
      "--cluster",
      "practice",
      "--outcome",
      "y",
      "--estimator",
      "anovva",
    ]);
    expect(exitCode).toBe(2);
    expect(err).toContain('options.estimator is "anovva"');
    expect(err).toContain('did you mean "anova"?');
  });

  test.each(["95", "high"])("a coverage of %s is refused", async (level) => {
    const { exitCode } = await inFolder([
      "icc",
      "trial.csv",
      "--cluster",
      "practice",
      "--outcome",
      "y",
      "--level",
      level,
    ]);
    expect(exitCode).toBe(2);
  });
});

test("methods lists every method", async () => {
  const { methods } = JSON.parse((await runCli(["methods", "--json"])).out);
  const ids = methods.map(({ id }: { id: string }) => id);
  const { exitCode, out } = await runCli(["methods"]);
  expect(exitCode).toBe(0);
  for (const id of ids) expect(out).toContain(`${id}\n`);
});

describe("audit", () => {
  // Lester 2007 as printed: 8.3 (1.3 to 15.3), P 0.023. Half the width over 1.96 is 3.571, z = 2.32, P = 0.020: not normal.
  const claims = '[{ "id": "satisfaction", "effect": { "value": "8.3", "interval": ["1.3", "15.3"], "p": "0.023" } }]';

  test("says what the figures imply, as text and as one JSON document", async () => {
    await withFolder({ "claims.json": claims }, async (folder) => {
      const { exitCode, out } = await runCli(["audit", "claims.json"], { folder });
      expect(exitCode).toBe(0);
      expect(out).toContain("satisfaction: possible\n");
      expect(out).toContain("A normal reference is impossible");
      const { audits } = JSON.parse((await runCli(["audit", "claims.json", "--json"], { folder })).out);
      expect(audits).toMatchObject([{ id: "satisfaction", consistent: true, compatibleDf: [[11, 31]] }]);
    });
  });

  test("a mistyped key is named by its path", async () => {
    await withFolder({ "claims.json": claims.replace('"effect"', '"efect"') }, async (folder) => {
      expect(await runCli(["audit", "claims.json"], { folder })).toEqual({
        exitCode: 2,
        out: "",
        err: 'claims[0] has no key "efect"; did you mean "effect"?\n',
      });
    });
  });
});

describe("rebuild", () => {
  const figures = join(root, "fixtures/published/partners2.rebuild.yaml");

  test("writes rows and a plan whose claims agree, and says that the rows are synthetic", async () => {
    await withFolder({}, async (folder) => {
      const { exitCode, out } = await runCli(["rebuild", figures, "--out", "rebuilt/p2", "--json"], { folder });
      expect(exitCode).toBe(0);
      expect(JSON.parse(out)).toMatchObject({ out: "rebuilt/p2", about: { synthetic: true } });
      expect((await runCli(["check", "rebuilt/p2/plan.yaml"], { folder })).exitCode).toBe(0);
      // What was rebuilt before may be rebuilt again.
      const again = await runCli(["rebuild", figures, "--out", "rebuilt/p2"], { folder });
      expect(again.exitCode).toBe(0);
      expect(again.out).toContain("SYNTHETIC DATA");
    });
  });

  test("never writes over rows that were not rebuilt", async () => {
    await withFolder({ "mine/data.csv": csv }, async (folder) => {
      const { exitCode, err } = await runCli(["rebuild", figures, "--out", "mine"], { folder });
      expect(exitCode).toBe(2);
      expect(err).toMatch(/^mine.data\.csv is there already and was not rebuilt from figures, so it is left alone/);
      expect(readFileSync(join(folder, "mine/data.csv"), "utf8")).toBe(csv);
    });
  });
});

describe("reproduce", () => {
  test("every claim of the bundled trials agrees; the last line counts them", async () => {
    const { exitCode, out, err } = await runCli(["reproduce"]);
    expect({ exitCode, err }).toEqual({ exitCode: 0, err: "" });
    const last = out.trimEnd().split("\n").at(-1)!;
    const [, claims, trials, agree] = /^(\d+) claims of (\d+) trials on synthetic rows: (\d+) agree/.exec(last)!;
    expect({ trials, agree }).toEqual({ trials: "2", agree: claims });
    // Rows that were made up are never called a trial's data.
    expect(out).toContain("SYNTHETIC DATA");
    expect(out).not.toMatch(/trial(?:'s|s') data|trial data/i);
  });

  test("one trial by name, as one JSON document, as Markdown and as a figure", async () => {
    await withFolder({}, async (folder) => {
      const argv = ["reproduce", "partners2", "--json", "--markdown", "r/partners2.md", "--figures", "r"];
      const { exitCode, out } = await runCli(argv, { folder });
      expect(exitCode).toBe(0);
      expect(JSON.parse(out)).toMatchObject({ trials: [{ trial: "partners2", synthetic: true }], derived: [] });
      expect(readFileSync(join(folder, "r/partners2.md"), "utf8")).toMatch(/^# Published figures/);
      expect(readFileSync(join(folder, "r/partners2-mansa_change.svg"), "utf8")).toContain("0.03 (-0.25 to 0.31)");
    });
  });

  test("a folder made by rebuild, and a name that is neither", async () => {
    await withFolder({}, async (folder) => {
      const figures = join(root, "fixtures/published/mental-health-link.rebuild.yaml");
      await runCli(["rebuild", figures, "--out", "mine"], { folder });
      expect(await runCli(["reproduce", "mine", "--json"], { folder })).toMatchObject({ exitCode: 0, err: "" });
      const { exitCode, err } = await runCli(["reproduce", "partner2"], { folder });
      expect(exitCode).toBe(2);
      expect(err).toBe(
        '"partner2" is neither a bundled trial (mental-health-link, partners2) nor a folder made by rebuild; did you mean "partners2"?\n',
      );
    });
  });
});
