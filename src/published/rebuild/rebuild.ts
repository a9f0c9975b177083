import { parse as parseYaml, stringify } from "yaml";
import { DesignProblem } from "../../contract/problem.ts";
import { readCsvText } from "../../data/readCsv.ts";
import type { Table } from "../../data/table.ts";
import { parsePlan } from "../../plan/parsePlan.ts";
import { analysePlan } from "../analyse.ts";
import { audit } from "../audit/audit.ts";
import { printedInterval } from "../printedNumber.ts";
import type { PublishedClaim } from "../publishedTrial.ts";
import { checkFigures } from "../reproduce/checkFigures.ts";
import { type About, aboutFigures, assumptionsOf, type SolvedValue, warning } from "./about.ts";
import { wantedEffect } from "./aim.ts";
import { coefficientOfVariation } from "./clusterSizes.ts";
import { continuousRows } from "./continuousRows.ts";
import { countRows } from "./countRows.ts";
import { type Figures, readFigures } from "./figures.ts";
import { type Layout, layOut } from "./layout.ts";
import { analyser, analysisOf, planFrame, type Values } from "./outcomeAnalysis.ts";
import { type OutcomeTarget, type Recipe, recipeOf } from "./recipe.ts";
import { solveContinuous } from "./solveContinuous.ts";
import { solveCounts } from "./solveCounts.ts";

/** A rebuilt trial: synthetic rows, what they are, and the plan that recovers the published figures from them. */
export interface Rebuilt {
  readonly name: string;
  readonly about: About;
  readonly table: Table;
  /** The three files as text, by name; `table` is what data.csv reads as. */
  readonly files: { readonly "data.csv": string; readonly "about.json": string; readonly "plan.yaml": string };
}

/**
 * Synthetic row-level data that meet the published figures of a parallel two-arm cluster trial: numbers and counts
 * exactly, means and standard deviations exactly before the rows are rounded, and the effect, interval and P value to
 * printing precision under a named method, by root finding around the method itself (docs/methods/rebuild.md).
 * The same figures and seed always give the same rows.
 *
 * @param input figures and assumptions, as read from YAML or JSON.
 * @throws InputProblem `unknown-key`, `missing-key`, `invalid-value`, `figures-incomplete`.
 * @throws DesignProblem `figures-infeasible`, with the reason, when no rows can meet the figures.
 */
export function rebuild(input: unknown): Rebuilt {
  const recipe = recipeOf(readFigures(input));
  const { figures } = recipe;
  for (const outcome of recipe.outcomes) refuseContradictions(outcome, recipe);
  const layout = layOut(recipe);
  const outcomes = recipe.outcomes.map((outcome, index) => rebuildOutcome(outcome, index, recipe, layout));
  const csv = csvOf(figures, layout, recipe.outcomes, outcomes);
  const about: About = {
    synthetic: true,
    warning: warning(figures.title),
    name: figures.rebuild,
    title: figures.title,
    source: figures.published.source,
    seed: figures.seed,
    figures: aboutFigures(recipe),
    assumptions: assumptionsOf(recipe, coefficientOfVariation(layout.sizes.flat())),
    solved: outcomes.flatMap(({ solved }) => solved),
    follows: [
      "Numbers of clusters and participants, and events, are counts of the rows.",
      "Means and standard deviations by arm are those of the rows; no analysis can change them.",
      "Estimate, interval and P value depend on method and assumptions: another method, ICC, baseline or set of cluster sizes gives others from the same arms.",
      "Nothing else in the rows was published: cluster sizes, covariates, their correlations and any further result are artefacts.",
    ],
    unknown: figures.published.unknown,
  };
  const planText = planYaml(recipe);
  const table = readCsvText(csv, { source: "data.csv" });
  verify(about, planText, table);
  return {
    name: figures.rebuild,
    about,
    table,
    files: { "data.csv": csv, "about.json": `${JSON.stringify(about, null, 2)}\n`, "plan.yaml": planText },
  };
}

interface RebuiltOutcome {
  readonly values: Values;
  readonly baseline: Values | null;
  readonly decimals: number;
  readonly solved: readonly SolvedValue[];
}

/** Figures that contradict each other are refused before anything is drawn, in the audit's words. */
function refuseContradictions({ name, published, arms }: OutcomeTarget, { figures, arms: design }: Recipe): void {
  const byArm = Object.fromEntries(
    arms.map(({ arm, analysed, mean, sd, events }, k) => [
      arm,
      {
        participants: design[k]!.participants,
        analysed,
        ...(mean === null ? {} : { mean }),
        ...(sd === null ? {} : { sd }),
        ...(events === null ? {} : { events }),
      },
    ]),
  );
  const claim = {
    id: name,
    type: published.type,
    byArm,
    clusters: design[0].clusters + design[1].clusters,
    ...(published.effect === undefined ? {} : { effect: published.effect }),
    ...(published.p === undefined ? {} : { p: published.p }),
  } satisfies { [K in keyof PublishedClaim]?: unknown };
  const contradiction = audit({ id: figures.rebuild, claims: [claim] }).audits[0]!.findings.find(
    (found) => found.contradiction,
  );
  if (contradiction !== undefined) {
    throw new DesignProblem("figures-infeasible", { what: name, reason: contradiction.message });
  }
}

function rebuildOutcome(outcome: OutcomeTarget, index: number, recipe: Recipe, layout: Layout): RebuiltOutcome {
  const { published, assumed, name } = outcome;
  const { seed } = recipe.figures;
  const analyse = analyser(recipe, layout, outcome);
  const wanted = wantedEffect(published);
  if (published.type === "count" || published.type === "binary") {
    const maker = countRows(outcome, index, layout, seed);
    const { totals, scatter, moved } = solveCounts(
      name,
      maker,
      (values) => analyse(values, null),
      wanted,
      assumed.scatter,
    );
    const solved =
      wanted === null
        ? []
        : [
            {
              what: `${name}: standard deviation of log cluster rates`,
              value: scatter,
              so: `${precisionWords(published)} as published${moved === 0 ? "" : `, after moving ${moved === 1 ? "one event" : `${moved} single events`} between clusters`}`,
            },
          ];
    return { values: maker.make(totals), baseline: null, decimals: 0, solved };
  }
  const maker = continuousRows(outcome, index, layout, seed);
  const knobs = solveContinuous(
    outcome,
    maker,
    (rows) => analyse(rows.outcome, rows.baseline),
    follows(outcome) ? null : wanted,
  );
  const { outcome: values, baseline } = maker.make(knobs);
  const tell = (what: string, value: number, so: string): SolvedValue => ({ what: `${name}: ${what}`, value, so });
  const precision = `${precisionWords(published)} as published`;
  const solved =
    wanted === null || follows(outcome)
      ? []
      : [
          ...(assumed.solve === "correlation" && assumed.baseline !== undefined
            ? [tell(`correlation with ${assumed.baseline.name} within arms`, knobs.correlation, precision)]
            : [tell("intracluster correlation within arms", knobs.icc, precision)]),
          ...(published.effect?.value === undefined
            ? []
            : assumed.baseline === undefined
              ? [
                  tell(
                    "shift of the arms' means within their rounding, and beyond ±1 of cluster means with cluster size",
                    knobs.shift,
                    "the effect prints as published",
                  ),
                ]
              : [
                  tell(
                    `imbalance of ${assumed.baseline.name}, in standard deviations`,
                    knobs.imbalance,
                    "the adjusted effect prints as published",
                  ),
                ]),
        ];
  return { values, baseline, decimals: decimalsOf(outcome), solved };
}

function precisionWords({ effect, p }: OutcomeTarget["published"]): string {
  const printed = [
    effect?.interval === undefined ? null : "interval",
    effect?.standardError === undefined ? null : "standard error",
    (effect?.p ?? p) === undefined ? null : "P value",
  ].filter((word) => word !== null);
  return `${printed.join(" and ")} ${printed.length === 1 ? "prints" : "print"}`;
}

/** A difference that was printed alone, and from which an arm's mean was taken, is met by the means themselves. */
const follows = ({ published, arms }: OutcomeTarget): boolean =>
  published.effect?.interval === undefined &&
  published.effect?.p === undefined &&
  published.effect?.standardError === undefined &&
  published.p === undefined &&
  arms.some(({ arm, mean }) => mean !== null && published.byArm?.[arm]?.mean === undefined);

/** Three more than the figures have, so that rounding the rows cannot move them. */
function decimalsOf({ published: { effect }, assumed, arms }: OutcomeTarget): number {
  if (assumed.decimals !== undefined) return assumed.decimals;
  const figures = [...arms.flatMap(({ mean, sd }) => [mean, sd]), effect?.value, ...(effect?.interval ?? [])];
  const printed = figures.flatMap((figure) => (figure == null ? [] : printedInterval(figure).decimals));
  return Math.max(0, ...printed) + 3;
}

function csvOf(
  figures: Figures,
  layout: Layout,
  targets: readonly OutcomeTarget[],
  outcomes: readonly RebuiltOutcome[],
): string {
  const { columns } = figures;
  const cell = (value: number, decimals: number) =>
    Number.isNaN(value) ? "NA" : String(Number(value.toFixed(decimals)) + 0);
  const quoted = (text: string) => (/[",\n\r]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);
  const named: (readonly [string, (row: number) => string])[] = [
    [columns.cluster, (row) => layout.cluster[row]!],
    [columns.arm, (row) => layout.arm[row]!],
    ...Object.entries(layout.factors).map(([name, levels]) => [name, (row: number) => levels[row]!] as const),
    [columns.participant, (row) => layout.participant[row]!],
    ...outcomes.flatMap(({ values, baseline, decimals }, k) => [
      ...(baseline === null
        ? []
        : [[targets[k]!.assumed.baseline!.name, (row: number) => cell(baseline[row]!, decimals)] as const]),
      [targets[k]!.name, (row: number) => cell(values[row]!, decimals)] as const,
    ]),
  ];
  const lines = [named.map(([name]) => quoted(name)).join(",")];
  for (let row = 0; row < layout.rows; row++) lines.push(named.map(([, text]) => quoted(text(row))).join(","));
  return `${lines.join("\n")}\n`;
}

function planYaml(recipe: Recipe): string {
  const analyses = recipe.outcomes.map((outcome) => {
    const { published, arms } = outcome;
    const { effect, p } = published;
    const byArm = Object.fromEntries(
      arms.map(({ arm }) => {
        const { analysed, mean, sd, events } = published.byArm?.[arm] ?? {};
        const followedUp = recipe.figures.published.design.byArm?.[arm]?.analysed;
        const participants =
          analysed ?? (outcome.assumed.byArm?.[arm]?.analysed === undefined ? followedUp : undefined);
        return [arm, defined({ participants, mean, sd, events })];
      }),
    );
    const expected = defined({
      value: effect?.value,
      interval: effect?.interval,
      p: effect?.p ?? p,
      standardError: effect?.standardError,
    });
    const expect = defined({
      effect: Object.keys(expected).length > 0 ? expected : undefined,
      byArm: Object.values(byArm).some((figures) => Object.keys(figures).length > 0) ? byArm : undefined,
    });
    return { ...analysisOf(outcome, recipe), ...(Object.keys(expect).length > 0 ? { expect } : {}) };
  });
  const comment = warning(recipe.figures.title).replace(/(.{1,110})(?: |$)/g, "# $1\n");
  return `${comment}${stringify({ ...planFrame(recipe), analyses }, { lineWidth: 120 })}`;
}

const defined = (record: Readonly<Record<string, unknown>>) =>
  Object.fromEntries(Object.entries(record).filter(([, value]) => value !== undefined));

/** The rows as they will be read must show every published figure: nothing leaves here on trust. */
function verify(about: About, planText: string, table: Table): void {
  const plan = parsePlan(parseYaml(planText));
  const checks = checkFigures(about, analysePlan(plan, table).analyses, table, plan);
  const wrong = checks.filter(({ agrees }) => !agrees);
  if (wrong.length === 0) return;
  const said = wrong
    .map(({ what, published, computed }) => `${what} comes to ${computed}, published ${published}`)
    .join("; ");
  throw new DesignProblem("figures-infeasible", { what: about.title, reason: said });
}
