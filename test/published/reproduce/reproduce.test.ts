import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { InputProblem } from "../../../src/contract/problem.ts";
import { readCsvText } from "../../../src/data/readCsv.ts";
import { fisherF } from "../../../src/numerics/distributions/index.ts";
import { parsePlan } from "../../../src/plan/parsePlan.ts";
import { readPublished } from "../../../src/published/publishedTrial.ts";
import { derivedClaims } from "../../../src/published/reproduce/derivedClaims.ts";
import { readAbout } from "../../../src/published/reproduce/readAbout.ts";
import { renderReproduction, renderReproductionMarkdown } from "../../../src/published/reproduce/renderReproduction.ts";
import { type RebuiltTrial, reproduce } from "../../../src/published/reproduce/reproduce.ts";
import { methods } from "../../../src/trial/methods.ts";

const folder = new URL("../../../fixtures/", import.meta.url);
const read = (path: string) => readFileSync(new URL(path, folder), "utf8");

const bundled = (name: string): RebuiltTrial => ({
  about: readAbout(JSON.parse(read(`trials/${name}/about.json`))),
  plan: parsePlan(parse(read(`trials/${name}/plan.yaml`))),
  table: readCsvText(read(`trials/${name}/data.csv`)),
});

/** Effects of counts; a difference of means where a method knows no other. */
const ofCounts = ["rate-difference", "rate-ratio", "mean-difference"] as const;

const trials = ["partners2", "mental-health-link"].map((name) => reproduce(bundled(name)));
const published = readdirSync(new URL("published", folder))
  .filter((file) => file.endsWith(".json"))
  .flatMap((file) => readPublished(JSON.parse(read(`published/${file}`))));
const derived = derivedClaims(published);

describe("reproduce", () => {
  test("every figure of both trials prints as published", () => {
    expect(trials.map(({ claims }) => claims.length)).toEqual([20, 6]);
    expect(trials.flatMap(({ claims }) => claims).filter(({ agrees }) => !agrees)).toEqual([]);
  });

  test("headline effects stand beside every method that can give them, in whatever measure", () => {
    expect(trials.map(({ comparisons }) => comparisons.map(({ outcome }) => outcome))).toEqual([
      ["mansa_change", "crises"],
      ["relapses"],
    ]);
    const ways = { mansa_change: ["mean-difference"], crises: ofCounts, relapses: ofCounts } as const;
    for (const { outcome, methods: compared } of trials.flatMap(({ comparisons }) => comparisons)) {
      const able = methods.filter(({ measures }) =>
        (measures as readonly string[]).some((measure) =>
          ways[outcome as keyof typeof ways].includes(measure as never),
        ),
      );
      // A change of score may be negative, so it is no amount.
      const refusing = outcome === "mansa_change" ? ["two-part"] : [];
      expect(new Set(compared.map(({ method }) => method))).toEqual(
        new Set(able.map(({ id }) => id).filter((id) => !refusing.includes(id))),
      );
      const solved = compared.filter(({ solvedFor }) => solvedFor);
      expect(solved).toHaveLength(1);
      expect(solved[0]!.disagrees).toEqual([]);
      expect(compared.length).toBeGreaterThan(15);
      expect(new Set(compared.map(({ label, measure }) => `${label} ${measure}`)).size).toBe(compared.length);
    }
  });

  test("seven events: the exact interval, by an identity between binomial and F distributions", () => {
    const [few] = trials.flatMap(({ fewEvents }) => fewEvents);
    expect(trials.flatMap(({ fewEvents }) => fewEvents)).toHaveLength(1);
    expect(few!.arms.map(({ events, participants }) => [events, participants])).toEqual([
      [3, 116],
      [4, 82],
    ]);
    const odds = 82 / 116;
    // Clopper–Pearson limits of the odds p/(1 − p): x/(n − x + 1) · 1/F and (x + 1)/(n − x) · F.
    expect(few!.interval[0]).toBeCloseTo((odds * 3) / 5 / fisherF.quantileUpper(0.025, 10, 6), 10);
    expect(few!.interval[1]).toBeCloseTo(((odds * 4) / 4) * fisherF.quantileUpper(0.025, 8, 8), 10);
    expect(few!.rateRatio).toBeCloseTo((3 / 116 / 4) * 82, 12);
  });

  test("a wrong row is noticed", () => {
    const trial = bundled("partners2");
    const rows = read("trials/partners2/data.csv").split("\n");
    const row = rows.findIndex((line) => line.includes("intervention") && !line.includes("NA"));
    rows[row] = rows[row]!.replace(/,[^,]*,([^,]*)$/, ",9,$1");
    const { claims } = reproduce({ ...trial, table: readCsvText(rows.join("\n")) });
    const wrong = claims.filter(({ agrees }) => !agrees).map(({ id }) => id);
    expect(wrong).toContain("mansa-change.byArm.intervention.mean");
    expect(wrong).not.toContain("mansa-change.byArm.control.mean");
  });

  test("only a folder that says it is synthetic is taken", () => {
    const about = JSON.parse(read("trials/partners2/about.json"));
    expect(() => readAbout({ ...about, synthetic: false })).toThrow(InputProblem);
    expect(() => readAbout({ ...about, synthetic: false })).toThrow(/about\.synthetic is false, but must be true/);
  });

  test("survives JSON", () => {
    expect(JSON.parse(JSON.stringify(trials))).toEqual(trials);
  });
});

describe("figures that need no rows", () => {
  const of = (id: string) => derived.find((each) => each.id === id)!;

  test("King 2002 and Kerry & Bland 1998: variances give the printed correlations", () => {
    const correlations = derived.filter(({ id }) => / icc/.test(id));
    expect(correlations.map(({ id }) => id)).toEqual([
      "kerry-bland-1998/cholesterol icc.unadjusted",
      "king-2002/role-emotional icc.adjusted",
      "king-2002/social-function icc.adjusted",
      "king-2002/mental-health icc.adjusted",
      "king-2002/bdi icc.adjusted",
    ]);
    expect(correlations.every(({ agrees }) => agrees)).toBe(true);
  });

  test("P values from intervals: only PRoMPT's does not fit its clusters", () => {
    const values = derived.filter(({ id }) => id.endsWith("effect.p"));
    expect(values.filter(({ agrees }) => !agrees).map(({ id }) => id)).toEqual(["prompt-2009/phq-9 effect.p"]);
    expect(values).toHaveLength(4);
  });

  test("planning tables, against the arithmetic in the files", () => {
    // "noncentral t with 38 df gives 0.916, 0.818, 0.901: within two points"
    expect(of("share-plan/recovery power").computed[0]).toBeCloseTo(91.6, 1);
    expect(of("share-plan/remission power").computed[0]).toBeCloseTo(81.8, 1);
    expect(of("share-plan/effect-size power").computed[0]).toBeCloseTo(90.1, 1);
    expect(of("share-plan/effect-size power").agrees).toBe(true);
    expect(of("share-plan/recovery power").agrees).toBe(false);
    // "1 + 6 × 0.05 = 1.3 with 7 per doctor; 2 × 93 × 1.3 = 241.8; / 0.85 = 284.5"
    expect(of("bmj-1999-inflation/target patients").computed[0]).toBeCloseTo(284.47, 2);
    expect(of("bmj-1999-inflation/target inflation").agrees).toBe(true);
  });
});

describe("rendering", () => {
  const text = renderReproduction(trials, derived);
  const markdown = renderReproductionMarkdown(trials, derived);

  test("ends with one line that counts claims and agreements", () => {
    const agreeing = derived.filter(({ agrees }) => agrees).length;
    const last = `26 claims of 2 trials on synthetic rows: 26 agree; ${derived.length} claims that need no rows: ${agreeing} agree`;
    expect(text.trimEnd().split("\n").at(-1)).toBe(last);
    expect(markdown.trimEnd().split("\n").at(-1)).toBe(last);
  });

  test("says synthetic for every trial, and never that these are a trial's data", () => {
    for (const output of [text, markdown]) {
      expect(output.match(/SYNTHETIC DATA/g)).toHaveLength(2);
      expect(output).not.toMatch(/trial data|trial's data|real data|patient data/i);
    }
  });

  test("names every assumption and everything unknown", () => {
    const plain = text.replace(/\s+/g, " ");
    for (const { assumptions, unknown, solved } of trials) {
      for (const { path, because } of assumptions) {
        expect(plain).toContain(path);
        expect(plain).toContain(because.replace(/\s+/g, " ").trim());
      }
      for (const what of unknown) expect(plain).toContain(what);
      for (const { what } of solved) expect(plain).toContain(what);
    }
  });
});
