/**
 * The library in Debian's Chromium: draws to the last bit as in Node, whole analyses the same to the last bit with 1, 2
 * and 4 Web Workers, and to 12 digits the same as in Node.
 *
 *   npm run browser        CHROMIUM names the browser, default /usr/bin/chromium
 */
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { chromium } from "playwright-core";
import { rolldown } from "rolldown";
import { InputProblem } from "../../src/contract/problem.ts";
import type { Analyses } from "../../src/plan/runPlan.ts";
import { analysePlan } from "../../src/published/analyse.ts";
import { drawsByKind, plan, trial } from "./questions.ts";

/** Relative difference of numbers that two engines may show. */
const DIGITS = 1e-12;

const failures: string[] = [];
function check(what: string, holds: boolean, detail = ""): void {
  console.log(`${holds ? "ok    " : "FAILED"}  ${what}${detail === "" ? "" : `: ${detail}`}`);
  if (!holds) failures.push(what);
}

async function bundle(folder: string): Promise<void> {
  const built = await rolldown({
    input: { page: "test/browser/page.ts", replicateWorker: "src/plan/parallel/replicateWorker.ts" },
    platform: "browser",
    logLevel: "silent",
  });
  await built.write({ dir: folder, format: "esm", entryFileNames: "[name].js", chunkFileNames: "[name].js" });
}

/** Module workers need a server; this one has a page and the scripts of a folder. */
async function serve(folder: string) {
  const server = createServer(({ url }, response) => {
    const file = join(folder, url!.slice(1));
    if (url === "/")
      response.setHeader("content-type", "text/html").end('<script type="module" src="page.js"></script>');
    else if (/^\/[\w.-]+\.js$/.test(url!) && existsSync(file))
      response.setHeader("content-type", "text/javascript").end(readFileSync(file));
    else response.writeHead(404).end();
  });
  await new Promise<void>((ready) => server.listen(0, "127.0.0.1", ready));
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`, close: () => server.close() };
}

/** Greatest relative difference of numbers at the same place, and the first place where something else differs. */
function compare(here: unknown, there: unknown, path: string): { worst: number; at: string; other: string | null } {
  if (typeof here === "number" && typeof there === "number") {
    const size = Math.max(Math.abs(here), Math.abs(there), 1e-12);
    return { worst: Math.abs(here - there) / size, at: path, other: null };
  }
  if (typeof here !== "object" || typeof there !== "object" || here === null || there === null)
    return { worst: 0, at: path, other: here === there ? null : path };
  const keys = new Set([...Object.keys(here), ...Object.keys(there)]);
  let found = { worst: 0, at: path, other: null as string | null };
  for (const key of keys) {
    const inner = compare((here as never)[key], (there as never)[key], `${path}.${key}`);
    found = {
      ...(inner.worst > found.worst ? { worst: inner.worst, at: inner.at } : { worst: found.worst, at: found.at }),
      other: found.other ?? inner.other,
    };
  }
  return found;
}

/** What Node's calling thread finds; without the analyses that need options to be asked at all. */
function answersHere(): Analyses["analyses"] {
  const whole = plan();
  return whole.analyses.flatMap((planned) => {
    try {
      return analysePlan({ ...whole, analyses: [planned] }, trial()).analyses;
    } catch (problem) {
      if (!(problem instanceof InputProblem)) throw problem;
      console.log(`        (${planned.id} is left out: ${problem.code})`);
      return [];
    }
  });
}

const folder = mkdtempSync(join(tmpdir(), "clustrial-browser-"));
await bundle(folder);
const site = await serve(folder);
const browser = await chromium.launch({
  executablePath: process.env["CHROMIUM"] ?? "/usr/bin/chromium",
  args: [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
  ],
});
try {
  const page = await browser.newPage();
  page.on("pageerror", (error) => check(`no error on the page`, false, error.message));
  await page.goto(site.url, { waitUntil: "load" });
  await page.waitForFunction("globalThis.answers !== undefined");
  console.log(`Chromium ${browser.version()}, Node ${process.version}`);

  const draws = drawsByKind();
  const drawn = (await page.evaluate("drawsByKind()")) as typeof draws;
  for (const [kind, digest] of Object.entries(draws)) check(`draws: ${kind}`, drawn[kind] === digest);

  const analyses = answersHere();
  const ids = JSON.stringify(analyses.map(({ id }) => id));
  type Answers = { readonly analyses: string; readonly portions: number };
  const one = (await page.evaluate(`answers(1, ${ids})`)) as Answers;
  for (const workers of [2, 4]) {
    const several = (await page.evaluate(`answers(${workers}, ${ids})`)) as Answers;
    check(`${workers} workers: every bit of one`, several.analyses === one.analyses);
    check(`${workers} workers: have computed`, several.portions > 0, `${several.portions} portions`);
  }
  const there = JSON.parse(one.analyses) as typeof analyses;
  // Fingerprints and words must be the same, numbers nearly so.
  const apart = compare(JSON.parse(JSON.stringify(analyses)), there, "analyses");
  check(`${analyses.length} analyses: everything but digits as in Node`, apart.other === null, apart.other ?? "");
  check(
    `${analyses.length} analyses: numbers as in Node`,
    apart.worst <= DIGITS,
    `${apart.worst.toExponential(1)} at ${apart.at}`,
  );
  const unanswered = analyses
    .filter(({ problem }) => problem !== null)
    .map(({ id, problem }) => `${id} (${problem!.code})`);
  check("every analysis has an answer", unanswered.length === 0, unanswered.join(", "));
  check("called off while workers compute", (await page.evaluate(`calledOff(${ids})`)) === "AbortError");
} finally {
  await browser.close();
  site.close();
  rmSync(folder, { recursive: true });
}
console.log(failures.length === 0 ? "browser: all as it should be" : `browser: ${failures.length} failed`);
process.exitCode = failures.length === 0 ? 0 : 1;
