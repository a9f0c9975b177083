import { existsSync, readdirSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { methods } from "../../src/economics/methods.ts";
import { type GoldenFile, goldenFiles } from "../support/golden.ts";

const root = new URL("../../", import.meta.url);
const trials = readdirSync(new URL("fixtures/trials/", root));
const files = methods.flatMap(({ id: method }) =>
  goldenFiles(method).map((file): GoldenFile & { readonly method: string } => ({ method, ...file })),
);
const cases = files.flatMap((file) => file.cases.map((golden) => ({ ...golden, file })));

/** Every record called origin, wherever it lies. */
function originsOf(value: unknown): readonly Readonly<Record<string, unknown>>[] {
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) =>
    key === "origin" && typeof inner === "object" && inner !== null && "script" in inner
      ? [inner as Readonly<Record<string, unknown>>]
      : originsOf(inner),
  );
}

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
  const everyFile = readdirSync(new URL("fixtures/golden/", root), { recursive: true, encoding: "utf8" }).filter(
    (name) => name.endsWith(".json"),
  );

  test.each(everyFile)("%s names the script that wrote it, and versions", (name) => {
    const origins = originsOf(JSON.parse(readFileSync(new URL(`fixtures/golden/${name}`, root), "utf8")));
    expect(origins.length).toBeGreaterThan(0);
    for (const { script, versions } of origins) {
      expect(existsSync(new URL(String(script), root)), String(script)).toBe(true);
      expect(Object.keys(versions as object).length).toBeGreaterThan(0);
    }
  });

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
    // The maxima of generalised mixed models come from a search on both sides, their variances from second derivatives.
    const widest = (method: string) => (method === "generalised-linear-mixed-model" ? 1.001e-6 : 1.001e-7);
    const silent = cases.flatMap(({ file, analysis, expect: numbers }) =>
      Object.entries(numbers)
        .filter(([, { relative, reason }]) => (relative ?? 0) > widest(file.method) && reason === undefined)
        .map(([path]) => `${file.name} ${analysis} ${path}`),
    );
    expect(silent).toEqual([]);
  });
});
