/**
 * Writes docs/agreement.md: how many digits every method agrees to with the software that wrote fixtures/golden.
 *
 *   npm run agreement
 */
import { writeFileSync } from "node:fs";
import { methods } from "../../src/economics/methods.ts";
import { type Comparison, compareGolden, goldenFiles, runGolden } from "../support/golden.ts";

interface Agreement {
  readonly quantity: string;
  readonly case: string;
  readonly digits: number;
}

/** "coefficients[arm[1]].standardError" → "coefficients: standardError". */
const quantityOf = (path: string): string =>
  path
    .replace(/\[.*\]/, ":")
    .replace(/:\.?/, ": ")
    .replace(/: $/, "");

const sections = methods.map(({ id: method }) => {
  const agreements: Agreement[] = [];
  const sources = new Map<string, number>();
  const trials = new Set<string>();
  let cases = 0;
  let failures = 0;
  for (const file of goldenFiles(method)) {
    const results = runGolden(file);
    trials.add(file.trial);
    for (const golden of file.cases) {
      cases += 1;
      const versions = Object.entries(golden.origin.versions).map(([name, version]) => `${name} ${version}`);
      const source = `${golden.origin.source} (${versions.join(", ")}; \`${golden.origin.script}\`)`;
      sources.set(source, (sources.get(source) ?? 0) + 1);
      const compared: readonly Comparison[] = compareGolden(golden, results.get(golden.analysis)!);
      for (const { path, digits, agrees } of compared) {
        if (!agrees) failures += 1;
        if (digits !== null)
          agreements.push({ quantity: quantityOf(path), case: `${file.name} ${golden.analysis}`, digits });
      }
    }
  }
  if (cases === 0)
    return `## ${method}\n\nIts golden values (\`fixtures/golden/${method}\`) are of single replicates and limits, compared in \`test/golden\`.\n`;
  return [
    `## ${method}`,
    "",
    `${cases} analyses of ${trials.size} data sets, ${agreements.length.toLocaleString("en-GB")} numbers compared, ${failures} outside their tolerance.`,
    "",
    "| quantity | numbers | least digits | half have at least | where least |",
    "|---|---|---|---|---|",
    ...rowsOf(agreements),
    "",
    "Sources:",
    "",
    ...[...sources].sort().map(([source, count]) => `- ${source}: ${count}`),
    "",
  ].join("\n");
});

function rowsOf(agreements: readonly Agreement[]): string[] {
  const quantities = [...new Set(agreements.map(({ quantity }) => quantity))].sort();
  return quantities.map((quantity) => {
    const own = agreements.filter((each) => each.quantity === quantity).sort((a, b) => a.digits - b.digits);
    const least = own[0]!;
    const median = own[Math.floor(own.length / 2)]!;
    return `| ${quantity} | ${own.length} | ${least.digits.toFixed(1)} | ${median.digits.toFixed(1)} | ${least.case} |`;
  });
}

const page = [
  "# Agreement with other software",
  "",
  "Digits are −log₁₀ of the relative difference, at most 16. A number near zero (a P value of 1e-30, a limit that happens to be close to 0)",
  "shows fewer digits than its standard error would ask for; tolerances in `fixtures/golden` take that into account and carry a reason where",
  "they are looser than the default. Written by `npm run agreement`; the same comparisons are tests (`test/golden`).",
  "",
  ...sections,
].join("\n");
writeFileSync("docs/agreement.md", page);
console.log(`docs/agreement.md: ${page.split("\n").length} lines`);
