import type { Figures, PublishedOutcome } from "./figures.ts";
import type { OutcomeTarget, Recipe } from "./recipe.ts";

/** Where the computed value of a published figure is found. */
export type FigureCheck =
  | { readonly from: "analysis"; readonly analysis: string; readonly path: string }
  | {
      readonly from: "rows";
      readonly count: "clusters" | "participants" | "analysed" | "percent" | "events" | "levels";
      /** null: over all arms. */
      readonly arm: string | null;
      /** Column counted: the outcome, or a factor. */
      readonly column: string | null;
    };

/** One published figure that the rows must meet. */
export interface AboutFigure {
  /** "mansa-change.effect.interval[0]" */
  readonly id: string;
  readonly what: string;
  readonly published: string;
  readonly check: FigureCheck;
  /** How the rows come to show it. */
  readonly how: string;
}

export interface Assumption {
  readonly path: string;
  readonly value: string | number | boolean | readonly (string | number)[];
  readonly because: string;
}

/** What the generator was solved for. */
export interface SolvedValue {
  readonly what: string;
  readonly value: number;
  readonly so: string;
}

/** about.json: what a rebuilt trial is, and what it is not. */
export interface About {
  readonly synthetic: true;
  readonly warning: string;
  readonly name: string;
  readonly title: string;
  readonly source: string;
  readonly seed: number;
  readonly figures: readonly AboutFigure[];
  readonly assumptions: readonly Assumption[];
  readonly solved: readonly SolvedValue[];
  readonly follows: readonly string[];
  readonly unknown: readonly string[];
}

export const warning = (title: string) =>
  `SYNTHETIC DATA, calibrated to the published figures of ${title}. No row describes a person. Only the figures listed here come from the publication; everything else is assumed or drawn at random. Recovering a figure for which the generator was solved tests the arithmetic, not the trial.`;

/** Every published figure, in the order of the file. */
export function aboutFigures({ figures, outcomes }: Recipe): readonly AboutFigure[] {
  return [...designFigures(figures, outcomes), ...outcomes.flatMap((outcome) => outcomeFigures(outcome))];
}

const counted = "counted in the rows, which were laid out so";

function designFigures({ published: { design } }: Figures, outcomes: readonly OutcomeTarget[]): readonly AboutFigure[] {
  // The outcome whose numbers analysed are the design's own.
  const followedUp = (arm: string) =>
    outcomes.find(
      ({ published: { byArm }, assumed }) =>
        byArm?.[arm]?.analysed === undefined && assumed.byArm?.[arm]?.analysed === undefined,
    )?.name ?? null;
  const totals = (["clusters", "participants"] as const).flatMap((count) =>
    given(design[count], (printed) => ({
      id: `design.${count}`,
      what: `${count}, all arms`,
      published: printed,
      check: { from: "rows", count, arm: null, column: null } as const,
      how: counted,
    })),
  );
  const arms = Object.entries(design.byArm ?? {}).flatMap(([arm, byArm]) =>
    (["clusters", "participants", "analysed", "percent"] as const).flatMap((count) =>
      given(byArm[count], (printed) => ({
        id: `design.byArm.${arm}.${count}`,
        what: count === "percent" ? `per cent of participants analysed, ${arm}` : `${count}, ${arm}`,
        published: printed,
        check: {
          from: "rows",
          count,
          arm,
          column: count === "clusters" || count === "participants" ? null : followedUp(arm),
        } as const,
        how: count === "percent" ? "follows from the numbers analysed and randomised" : counted,
      })),
    ),
  );
  const factors = Object.entries(design.factors ?? {}).map(
    ([column, printed]): AboutFigure => ({
      id: `design.factors.${column}`,
      what: `levels of ${column}`,
      published: printed,
      check: { from: "rows", count: "levels", arm: null, column },
      how: counted,
    }),
  );
  return [...totals, ...arms, ...factors];
}

function outcomeFigures({ name, published, assumed, arms }: OutcomeTarget): readonly AboutFigure[] {
  const claim = published.claim ?? name;
  const whole = published.type === "count" || published.type === "binary";
  const armFigures = Object.entries(published.byArm ?? {}).flatMap(([arm, byArm]) => [
    ...(["analysed", "percent"] as const).flatMap((count) =>
      given(byArm[count], (printed) => ({
        id: `${claim}.byArm.${arm}.${count}`,
        what: count === "percent" ? `per cent of participants analysed, ${arm}` : `analysed, ${arm}`,
        published: printed,
        check: { from: "rows", count, arm, column: name } as const,
        how: counted,
      })),
    ),
    ...given(byArm.events, (printed) => ({
      id: `${claim}.byArm.${arm}.events`,
      what: `${name}: events, ${arm}`,
      published: printed,
      check: { from: "rows", count: "events", arm, column: name } as const,
      how: counted,
    })),
    ...(["mean", "sd"] as const).flatMap((figure) =>
      given(byArm[figure], (printed) => ({
        id: `${claim}.byArm.${arm}.${figure}`,
        what: `${name}: ${figure === "sd" ? "standard deviation" : "mean"}, ${arm}`,
        published: printed,
        check: { from: "analysis", analysis: name, path: `byArm.${arm}.${figure}` } as const,
        how: whole
          ? "whole numbers were chosen that print it"
          : `the rows were made with exactly this ${figure === "sd" ? "standard deviation" : "mean"}, then rounded`,
      })),
    ),
  ]);
  const knob =
    assumed.baseline === undefined
      ? "the arms' means within their rounding, and how cluster means vary with cluster size"
      : `the imbalance of ${assumed.baseline.name}`;
  const scatter = whole
    ? "the events per cluster"
    : assumed.solve === "correlation" && assumed.baseline !== undefined
      ? `the correlation with ${assumed.baseline.name}`
      : "the intracluster correlation";
  const follows =
    arms[0].mean !== null &&
    published.byArm?.[arms[0].arm]?.mean === undefined &&
    published.effect?.interval === undefined;
  const solved = (by: string) => `the generator was solved for it, by ${by}`;
  return [
    ...armFigures,
    ...effectFigures(claim, name, published, {
      value: follows
        ? "follows from the arms' means, of which the treated arm's was set so"
        : solved(whole ? scatter : knob),
      precision: solved(scatter),
    }),
  ];
}

function effectFigures(
  claim: string,
  name: string,
  { effect, p: loneP }: PublishedOutcome,
  how: { readonly value: string; readonly precision: string },
): readonly AboutFigure[] {
  const one = (path: string, what: string, said: string, printed: string | undefined, id = `effect.${path}`) =>
    given(printed, (published) => ({
      id: `${claim}.${id}`,
      what: `${name}: ${what}`,
      published,
      check: { from: "analysis", analysis: name, path: `effect.${path}` } as const,
      how: said,
    }));
  const level = `${Number((100 * (effect?.level ?? 0.95)).toPrecision(6))}%`;
  return [
    ...one("value", "effect", how.value, effect?.value),
    ...one("interval[0]", `lower ${level} limit`, how.precision, effect?.interval?.[0]),
    ...one("interval[1]", `upper ${level} limit`, how.precision, effect?.interval?.[1]),
    ...one("standardError", "standard error", how.precision, effect?.standardError),
    ...one("p", "P value", how.precision, effect?.p),
    ...one("p", "P value", how.precision, effect?.p === undefined ? loneP : undefined, "p"),
  ];
}

const given = <T>(figure: string | undefined, make: (figure: string) => T): readonly T[] =>
  figure === undefined ? [] : [make(figure)];

/** Every assumption with its value and reason, the generator's own included. */
export function assumptionsOf({ figures, outcomes }: Recipe, realisedCv: number): readonly Assumption[] {
  const { assumed } = figures;
  const own: Assumption[] = [];
  const tell = (path: string, value: Assumption["value"] | undefined, because: string) => {
    if (value !== undefined) own.push({ path, value, because });
  };
  for (const [arm, byArm] of Object.entries(assumed.design?.byArm ?? {})) {
    for (const [key, value] of Object.entries(byArm))
      tell(`design.byArm.${arm}.${key}`, value, assumed.design!.because);
  }
  if (assumed.sizes.byArm === undefined) {
    tell(
      "sizes.cv",
      assumed.sizes.cv ?? 0.5,
      `${assumed.sizes.because}; in whole numbers the rows have ${realisedCv.toFixed(3)}`,
    );
  } else {
    for (const [arm, sizes] of Object.entries(assumed.sizes.byArm))
      tell(`sizes.byArm.${arm}`, sizes, assumed.sizes.because);
  }
  for (const [name, { levels, because }] of Object.entries(assumed.factors)) {
    tell(
      `factors.${name}`,
      levels,
      `${because}; clusters are spread over the levels as evenly as can be, within arms, and the levels have no effect of their own`,
    );
  }
  for (const outcome of outcomes) outcomeAssumptions(outcome, tell);
  if (
    outcomes.some(({ arms }, _, all) => arms.some(({ analysed }, k) => analysed < (all[0]?.arms[k]?.analysed ?? 0))) ||
    outcomes.some(({ assumed: { baseline } }) => baseline !== undefined)
  ) {
    tell(
      "missing",
      "at random",
      "who was not analysed is unknown; chosen at random, with somebody analysed in every cluster",
    );
  }
  return own;
}

function outcomeAssumptions(
  { name, published, assumed, arms }: OutcomeTarget,
  tell: (path: string, value: Assumption["value"] | undefined, because: string) => void,
): void {
  const { because, baseline, analysis } = assumed;
  const at = `outcomes.${name}`;
  const whole = published.type === "count" || published.type === "binary";
  tell(`${at}.method`, analysis?.method ?? "linear-mixed-model", because);
  if (analysis?.measure !== undefined) tell(`${at}.measure`, analysis.measure, because);
  for (const [option, value] of Object.entries(analysis?.options ?? {}))
    tell(`${at}.options.${option}`, String(value), because);
  if (analysis?.covariates !== undefined) tell(`${at}.covariates`, analysis.covariates, because);
  for (const [arm, byArm] of Object.entries(assumed.byArm ?? {})) {
    for (const [key, value] of Object.entries(byArm)) tell(`${at}.byArm.${arm}.${key}`, value, because);
  }
  for (const { arm, mean } of arms) {
    if (mean !== null && published.byArm?.[arm]?.mean === undefined && assumed.byArm?.[arm]?.mean === undefined) {
      tell(`${at}.byArm.${arm}.mean`, mean, "follows from the other arm's mean and the published difference");
    }
  }
  if (baseline !== undefined) {
    tell(
      `${at}.baseline`,
      baseline.name,
      "a covariate is needed to tell the adjusted effect from the difference of means",
    );
    tell(`${at}.baseline.mean`, baseline.mean, because);
    tell(`${at}.baseline.sd`, baseline.sd, because);
    tell(
      `${at}.baseline.correlation`,
      baseline.correlation,
      assumed.solve === "correlation" ? `${because}; the start from which it was solved` : because,
    );
  }
  if (whole) {
    if (published.type === "count") tell(`${at}.dispersion`, assumed.dispersion, because);
    if (published.effect === undefined && published.p === undefined) tell(`${at}.scatter`, assumed.scatter, because);
    return;
  }
  tell(`${at}.shape`, assumed.shape ?? (published.type === "cost" ? "lognormal" : "normal"), because);
  tell(
    `${at}.icc`,
    assumed.icc ?? 0.05,
    assumed.solve === "icc" && published.effect?.interval !== undefined
      ? `${because}; the start from which it was solved`
      : because,
  );
}
