import { describe, expect, test } from "vitest";
import { forestPlot, forestRows } from "../../src/report/forestPlot.ts";
import { sampleAnalysis, sampleNotEstimable } from "./sampleAnalysis.ts";

const rows = [
  { label: "published", value: 0, lower: -1, upper: 1, published: true },
  { label: "mixed <model> & co", value: 1, lower: 0, upper: 2, published: false },
  { label: "no interval", value: -1, lower: null, upper: null, published: false },
];
const numbers = (svg: string, attribute: string, element: string) =>
  [...svg.matchAll(new RegExp(`<${element} [^>]*\\b${attribute}="([^"]*)"`, "g"))].map((match) => Number(match[1]));

describe("forestPlot", () => {
  const svg = forestPlot(rows, { title: "Effect", axis: "difference (points)" });

  test("points lie where a linear axis puts them", () => {
    const [first, second, third] = numbers(svg, "cx", "circle");
    expect(second! - first!).toBeCloseTo(first! - third!, 1);
    expect(second!).toBeGreaterThan(first!);
  });

  test("a ratio and its inverse lie at equal distance from the line of no effect", () => {
    const ratios = forestPlot(
      [
        { label: "half", value: 0.5, lower: null, upper: null, published: false },
        { label: "none", value: 1, lower: null, upper: null, published: false },
        { label: "twice", value: 2, lower: null, upper: null, published: false },
        { label: "impossible", value: -1, lower: null, upper: null, published: false },
      ],
      { title: "Ratio", axis: "odds ratio", scale: "ratio" },
    );
    const [half, none, twice] = numbers(ratios, "cx", "circle");
    expect(twice! - none!).toBeCloseTo(none! - half!, 1);
    expect(ratios).not.toContain("impossible");
  });

  test("says in words what it shows, and lets nothing out of a label", () => {
    expect(svg).toContain("<title>Effect</title>");
    expect(svg).toContain("mixed &lt;model&gt; &amp; co: 1.00 (0.00 to 2.00)");
    expect(svg).not.toContain("<model>");
    expect(svg).not.toMatch(/NaN|Infinity|undefined/);
  });

  test("an empty list is still a figure", () => {
    const empty = forestPlot([], { title: "Nothing", axis: "x" });
    expect(empty).toContain("<title>Nothing</title>");
    expect(empty).not.toMatch(/NaN|Infinity|undefined/);
  });
});

test("rows come from the analyses that were estimable", () => {
  expect(forestRows([sampleAnalysis, sampleNotEstimable])).toEqual([
    { label: "primary", value: 0.03, lower: -0.25, upper: 0.31, published: false },
  ]);
});
