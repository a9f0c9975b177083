import { existsSync, readdirSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { type GoldenFile, goldenFiles } from "../support/golden.ts";

const root = new URL("../../", import.meta.url);
const trials = readdirSync(new URL("fixtures/trials/", root));
const files = [
  "linear-mixed-model",
  "gee",
  "cluster-robust",
  "cluster-summary",
  "standardisation",
  "icc",
  "cost-effectiveness",
].flatMap((method) =>
  goldenFiles(method).map((file): GoldenFile & { readonly method: string } => ({ method, ...file })),
);
const cases = files.flatMap((file) => file.cases.map((golden) => ({ ...golden, file })));

describe("data sets", () => {
  test.each(trials)("%s says where it came from, under which licence, and whether it is simulated", (name) => {
    const about = JSON.parse(readFileSync(new URL(`fixtures/trials/${name}/about.json`, root), "utf8"));
    expect(about.title).toBeTruthy();
    if (about.simulated !== true) return;
    expect(name).toMatch(/^simulated-/);
    expect(about.title).toMatch(/^SIMULATED/);
  });
});

describe("golden values", () => {
  test("come from a script in this repository and a named source", () => {
    const strangers = cases.filter(
      ({ origin }) =>
        !existsSync(new URL(origin.script, root)) || !origin.source || Object.keys(origin.versions).length === 0,
    );
    expect(strangers.map(({ file, analysis }) => `${file.method}/${file.name} ${analysis}`)).toEqual([]);
  });

  test("are of analyses in the plan beside them", () => {
    const planned = ({ plan }: GoldenFile) =>
      (plan as { readonly analyses: readonly { readonly id: string }[] }).analyses.map(({ id }) => id);
    for (const file of files) expect(planned(file)).toEqual(file.cases.map(({ analysis }) => analysis));
  });

  test("carry a reason wherever their tolerance is wider than 1e-7", () => {
    const silent = cases.flatMap(({ file, analysis, expect: numbers }) =>
      Object.entries(numbers)
        .filter(([, { relative, reason }]) => (relative ?? 0) > 1.001e-7 && reason === undefined)
        .map(([path]) => `${file.name} ${analysis} ${path}`),
    );
    expect(silent).toEqual([]);
  });
});
