import { describe, expect, test } from "vitest";
import { commands } from "../../src/cli/commands.ts";
import { version } from "../../src/plan/version.ts";
import { runCli, withFolder } from "./runCli.ts";

describe("help and version", () => {
  test.each([[[]], [["--help"]], [["-h"]]])("%j lists every command", async (argv) => {
    const { exitCode, out, err } = await runCli(argv);
    expect({ exitCode, err }).toEqual({ exitCode: 0, err: "" });
    for (const { name, summary } of commands) {
      expect(out).toContain(name);
      expect(out.replace(/\s+/g, " ")).toContain(summary);
    }
  });

  test.each(commands.map(({ name }) => name))("%s --help has an example of itself and --json", async (name) => {
    const { exitCode, out, err } = await runCli([name, "--help"]);
    expect({ exitCode, err }).toEqual({ exitCode: 0, err: "" });
    expect(out).toContain(`\nExample:\n  clustrial ${name}`);
    expect(out).toContain("--json");
  });

  test("--version prints the version", async () => {
    expect(await runCli(["--version"])).toEqual({ exitCode: 0, out: `${version}\n`, err: "" });
  });
});

describe("a command line that is wrong is one sentence and exit code 2", () => {
  test.each<[string[], string, string]>([
    [["analys", "plan.yaml"], "unknown-command", 'clustrial has no command "analys"; did you mean "analyse"?'],
    [
      ["xyzzy"],
      "unknown-command",
      `clustrial has no command "xyzzy"; its commands are ${commands.map(({ name }) => name).join(", ")}`,
    ],
    [["--verison"], "unknown-option", 'clustrial has no option "--verison"; did you mean "--version"?'],
    [
      ["icc", "d.csv", "--clutser", "x"],
      "unknown-option",
      'clustrial icc has no option "--clutser"; did you mean "--cluster"?',
    ],
    [["icc", "d.csv", "--zzz=1"], "unknown-option", 'clustrial icc has no option "--zzz"; see clustrial icc --help'],
    [["analyse"], "bad-usage", "Missing required argument 'plan'; see clustrial analyse --help"],
    [
      ["analyse", "a.yaml", "b.yaml"],
      "bad-usage",
      "Too many arguments for 'analyse'. Expected 1 argument but got 2; see clustrial analyse --help",
    ],
    [
      ["icc", "d.csv", "--cluster", "c"],
      "bad-usage",
      "Required option '--outcome <column>' not specified; see clustrial icc --help",
    ],
    [["analyse", "nowhere.yaml"], "unreadable-file", "nowhere.yaml cannot be read: there is no such file"],
    [["check", "nowhere/*.yaml"], "no-matching-file", 'No file matches "nowhere/*.yaml"'],
  ])("%j", async (argv, code, message) => {
    expect(await runCli(argv)).toEqual({ exitCode: 2, out: "", err: `${message}\n` });
    const asJson = await runCli([...argv, "--json"]);
    expect(asJson).toMatchObject({ exitCode: 2, err: `${message}\n` });
    expect(JSON.parse(asJson.out)).toMatchObject({ problem: { code, message } });
  });

  test("a plan that is wrong names the key", async () => {
    const plan = "clustrial: 1\ndata: d.csv\ntrial: { clutser: c }\nanalyses: []\n";
    await withFolder({ "plan.yaml": plan }, async (folder) => {
      expect(await runCli(["analyse", "plan.yaml"], { folder })).toEqual({
        exitCode: 2,
        out: "",
        err: 'trial has no key "clutser"; did you mean "cluster"?\n',
      });
    });
  });
});

test("data that are not there are named as the plan names them", async () => {
  const plan =
    '{"$schema": "plan.schema.json", "clustrial": 1, "data": "d.csv", "trial": {"cluster": "c"}, "analyses": [{"outcome": "y", "method": "icc"}]}';
  await withFolder({ "deep/plan.json": plan }, async (folder) => {
    expect(await runCli(["analyse", "deep/plan.json"], { folder })).toEqual({
      exitCode: 2,
      out: "",
      err: "d.csv cannot be read: there is no such file\n",
    });
  });
});

describe("schema and methods", () => {
  test("schema prints one JSON document, with and without --json", async () => {
    const { exitCode, out } = await runCli(["schema"]);
    expect(exitCode).toBe(0);
    expect(JSON.parse(out)).toMatchObject({ title: "clustrial plan", type: "object" });
    expect((await runCli(["schema", "--json"])).out).toBe(out);
  });
});
