import { readdir } from "node:fs/promises";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { nearest } from "../contract/nearest.ts";
import { InputProblem } from "../contract/problem.ts";
import { parsePlan } from "../plan/parsePlan.ts";
import { readPlanText } from "../plan/readPlanText.ts";
import { type PublishedTrial, readPublished } from "../published/publishedTrial.ts";
import { readAbout } from "../published/reproduce/readAbout.ts";
import type { RebuiltTrial } from "../published/reproduce/reproduce.ts";
import { exists, readText } from "./files.ts";
import { loadTable } from "./loadPlan.ts";

/** The fixtures that ship with the package; src/cli and dist/cli lie at the same depth. */
const fixtures = fileURLToPath(new URL("../../fixtures/", import.meta.url));

/** Names of the rebuilt trials in the package: those with a plan. */
export async function bundledTrials(): Promise<readonly string[]> {
  const names = await readdir(join(fixtures, "trials"));
  const rebuilt = await Promise.all(names.map((name) => exists(join(fixtures, "trials", name, "plan.yaml"))));
  return names.filter((_, k) => rebuilt[k]).sort();
}

/**
 * A rebuilt trial, by the name of a bundled one or by its folder.
 *
 * @throws InputProblem `unknown-rebuilt-trial`, and whatever is wrong in its three files.
 */
export async function loadRebuilt(name: string, folder: string): Promise<RebuiltTrial> {
  const names = await bundledTrials();
  const bundled = names.includes(name);
  const place = bundled ? join(fixtures, "trials", name) : resolve(folder, name);
  if (!bundled && !(await exists(join(place, "about.json")))) {
    throw new InputProblem("unknown-rebuilt-trial", { trial: name, nearest: nearest(name, names), bundled: names });
  }
  const source = (file: string) => `${name}/${file}`;
  const about = readAbout(readPlanText(await readText(place, "about.json"), source("about.json")));
  const plan = parsePlan(readPlanText(await readText(place, "plan.yaml"), source("plan.yaml")));
  return { about, plan, table: await loadTable(plan.data ?? "data.csv", place, plan.missingCodes) };
}

/** Published claims in the package, file by file. */
export async function bundledClaims(): Promise<readonly PublishedTrial[]> {
  const folder = join(fixtures, "published");
  const files = (await readdir(folder)).filter((name) => name.endsWith(".json")).sort();
  const texts = await Promise.all(files.map((file) => readText(folder, file)));
  return texts.flatMap((text, k) => readPublished(readPlanText(text, files[k]!)));
}
