import { describe, expect, test } from "vitest";
import { compareAnalyses } from "../../src/report/compareAnalyses.ts";
import { describeAnalysis } from "../../src/report/describeAnalysis.ts";
import { renderMarkdown } from "../../src/report/renderMarkdown.ts";
import { renderText } from "../../src/report/renderText.ts";
import { sampleAnalysis, sampleNotEstimable } from "./sampleAnalysis.ts";

describe("an analysis as text", () => {
  test("says the effect, who was analysed, the rest, and the claims", () => {
    expect(renderText(describeAnalysis(sampleAnalysis))).toBe(`primary: Linear mixed model

  mean-difference (mansa_change)  estimate  95% interval     test                P
  arm[partners]                      0.030  -0.250 to 0.310  t(34.6) = 0.22  0.829

  arm                   clusters  participants     SD   mean
  usual care (control)        19            71  0.860  0.210
  partners                    20            99  0.730  0.250

  clusters    39 with 170 participants; sizes 1 to 9, mean 4.36, coefficient of variation 0.450
  left out    17 rows: missing outcome (partners)
  ICC         0.04762 (reml, identity scale), 95% interval 0.000 to 0.210 (profile)
  variance    practice: intercept 0.03000 (SD 0.1732), 95% interval of the SD 0.000 to 0.400
  variance    residual 0.6000 (SD 0.7746)
  joint test  region[2], region[3]: F(2, 30.5) = 1.50, P = 0.240
  variant     estimation reml, inference kenward-roger, random 1 | practice
  estimand    precision-weighted average, cluster-specific mean-difference
  notice      There are only few clusters

  coefficient    value     SE    df   lower  upper      P
  intercept      0.200  0.100    30  -0.004  0.404  0.055
  arm[partners]  0.030  0.138  34.6  -0.250  0.310  0.829

  claim         published  computed  agrees
  effect.value       0.03   0.03000     yes
  effect.p          0.819    0.8292      NO
`);
  });

  test("says why nothing could be estimated", () => {
    expect(renderText(describeAnalysis(sampleNotEstimable))).toBe(
      "secondary: not estimable\n\n  because  Inference about clusters needs at least two of them\n",
    );
  });

  test("breaks long sentences below their first word", () => {
    const text = renderText([{ kind: "line", label: "notice", text: "many words ".repeat(30).trim() }]);
    const lines = text.trimEnd().split("\n");
    expect(lines.length).toBeGreaterThan(2);
    for (const each of lines) expect(each.length).toBeLessThanOrEqual(100);
    for (const each of lines.slice(1)) expect(each).toMatch(/^ {10}\S/);
  });
});

test("several analyses side by side", () => {
  expect(renderText([compareAnalyses([sampleAnalysis, sampleNotEstimable])])).toBe(
    `  analysis   estimate  interval         test                P  average over
  primary       0.030  -0.250 to 0.310  t(34.6) = 0.22  0.829  clusters, by precision
  secondary         –  –                –                   –  not estimable (one-cluster)
`,
  );
});

describe("an analysis as Markdown", () => {
  const markdown = renderMarkdown(describeAnalysis(sampleAnalysis));

  test("has a heading, tables and a list", () => {
    expect(markdown).toContain("## primary: Linear mixed model\n\n| mean-difference (mansa\\_change) | estimate |");
    expect(markdown).toContain("| arm\\[partners\\] | 0.030 | -0.250 to 0.310 | t(34.6) = 0.22 | 0.829 |");
    expect(markdown).toContain("\n- **left out**: 17 rows: missing outcome (partners)\n");
  });

  test("has as many cells in every row of a table as in its header", () => {
    const tables = markdown.split("\n\n").filter((part) => part.startsWith("|"));
    for (const rows of tables.map((part) => part.trim().split("\n"))) {
      const cells = (text: string) => text.replaceAll("\\|", "").split("|").length;
      for (const row of rows) expect(cells(row)).toBe(cells(rows[0]!));
    }
  });

  test("nothing that a user named becomes markup", () => {
    const text = renderMarkdown([{ kind: "line", label: "left out", text: "missing *a|b* <script>\n# x" }]);
    expect(text).toBe("- **left out**: missing \\*a\\|b\\* \\<script\\> \\# x\n");
  });
});
