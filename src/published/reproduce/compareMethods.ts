import { z } from "zod";
import type { Analysis, NotEstimable } from "../../contract/analysis.ts";
import type { Measure } from "../../contract/estimate.ts";
import { Problem } from "../../contract/problem.ts";
import type { OutcomeKind } from "../../data/frame.ts";
import type { Table } from "../../data/table.ts";
import { methods } from "../../economics/methods.ts";
import { inTurn, type Steps, takeSteps } from "../../inference/replicates/steps.ts";
import type { Plan, PlannedAnalysis } from "../../plan/parsePlan.ts";
import { planSteps } from "../../plan/runPlan.ts";
import type { RegisteredMethod } from "../../trial/method.ts";
import { checkClaims } from "../checkClaims.ts";
import type { ComparedMethod, MethodComparison } from "./reproduction.ts";

/** Options that change the estimate or its uncertainty, not the question. */
const varied = [
  "family",
  "correlation",
  "estimation",
  "inference",
  "variance",
  "weights",
  "variances",
  "estimand",
  "augmentation",
];

/** Random draws of methods that take thousands by default: enough to compare by, and the label says so. */
const DRAWS = 1999;

/** Effects that a kind of outcome can have; a difference of means is every kind's, for methods that know nothing else. */
const effects = {
  continuous: ["mean-difference"],
  binary: ["risk-difference", "risk-ratio", "odds-ratio"],
  count: ["rate-difference", "rate-ratio"],
} as const satisfies Partial<Record<OutcomeKind, readonly Measure[]>>;

function kindOf({ outcome, measure }: PlannedAnalysis): keyof typeof effects {
  if (typeof outcome !== "string") return "exposure" in outcome ? "count" : "binary";
  const found = Object.entries(effects).find(([, measures]) => measures.some((each) => each === measure));
  return (found?.[0] ?? "continuous") as keyof typeof effects;
}

/** The effects by which a method can answer for that kind of outcome. */
function measuresOf({ measures }: RegisteredMethod, kind: keyof typeof effects): readonly Measure[] {
  const own = effects[kind].filter((measure) => measures.includes(measure));
  return own.length > 0 ? own : measures.filter((measure) => measure === "mean-difference");
}

type Options = Readonly<Record<string, unknown>>;

/**
 * One analysis of a plan by every method that can give its effect: each with its defaults, then with every other value
 * of the options that change estimate or uncertainty, one at a time (by its defaults alone where it takes the outcome for
 * something it is not, such as counts for amounts). Variants that the methods themselves refuse, or that come to the same
 * thing, are left out.
 */
export function compareMethods(
  plan: Plan,
  index: number,
  table: Table,
  list: readonly RegisteredMethod[] = methods,
): MethodComparison {
  return takeSteps(comparisonSteps(plan, index, table, list));
}

/** The same, stopping before every analysis and for its replicates. */
export function* comparisonSteps(
  plan: Plan,
  index: number,
  table: Table,
  list: readonly RegisteredMethod[] = methods,
): Steps<MethodComparison> {
  const planned = plan.analyses[index]!;
  const effect = planned.expect?.effect;
  const seen = new Set<string>();
  const kind = kindOf(planned);
  const candidates = [...list]
    .sort((a, b) => Number(b.id === planned.method.id) - Number(a.id === planned.method.id))
    .flatMap((method) =>
      measuresOf(method, kind).flatMap((measure) =>
        variantsOf(method, planned, method.outcomes.includes(kind)).map((options) => ({ method, measure, options })),
      ),
    );
  const compared: ComparedMethod[] = [];
  for (const [k, { method, measure, options }] of candidates.entries()) {
    const asked = {
      ...planned,
      method,
      measure,
      options,
      covariates: method.accepts.includes("covariates") ? planned.covariates : [],
    };
    const turn = { id: `${planned.id} by ${labelOf(asked, options, planned)}`, index: k, of: candidates.length };
    const analysis = yield* inTurn(answer(plan, asked, table), turn);
    if (analysis === null) continue;
    const key = sameness(`${method.id} ${measure}`, analysis.problem === null ? analysis.method.variant : options);
    if (seen.has(key)) continue;
    seen.add(key);
    const solvedFor =
      method.id === planned.method.id && options === planned.options && measure === (planned.measure ?? measure);
    compared.push(describe(asked, analysis, options, solvedFor));
  }
  return {
    outcome: planned.id,
    published: { value: effect?.value ?? null, interval: effect?.interval ?? null, p: effect?.p ?? null },
    methods: compared,
  };

  function describe(
    asked: PlannedAnalysis & { readonly measure: Measure },
    analysis: Analysis | NotEstimable,
    options: Options,
    solvedFor: boolean,
  ): ComparedMethod {
    const estimate = analysis.estimates?.[0] ?? null;
    const reference = estimate?.test?.reference ?? null;
    // A ratio is not the difference that was printed; its P value answers the same question.
    const comparable = isSameEffect(asked, planned) ? effect : { p: effect?.p };
    const expected = comparable === undefined ? [] : checkClaims({ effect: comparable }, analysis);
    return {
      label: labelOf(asked, options, planned),
      method: asked.method.id,
      measure: asked.measure,
      options,
      solvedFor,
      population: analysis.estimand?.population ?? null,
      estimate: estimate?.value ?? null,
      interval: estimate?.interval == null ? null : [estimate.interval.lower, estimate.interval.upper],
      p: estimate?.test?.pValue ?? null,
      df: typeof reference?.df === "number" ? reference.df : null,
      reference: reference?.name ?? null,
      disagrees: expected.filter(({ agrees }) => !agrees).map(({ path }) => path),
      problem: analysis.problem?.message ?? null,
    };
  }
}

const isDifference = (measure: Measure | undefined) => measure === undefined || measure.endsWith("difference");

const isSameEffect = (asked: PlannedAnalysis, planned: PlannedAnalysis): boolean =>
  asked.measure === planned.measure || (isDifference(asked.measure) && isDifference(planned.measure));

/** Equal for the same method with the same options, in whatever order they are listed. */
const sameness = (id: string, options: Options): string =>
  JSON.stringify([id, Object.entries(options).sort(([a], [b]) => (a < b ? -1 : 1))]);

/** The plan's own options (for its own method), then every departure from them in one option where variants are wanted. */
function variantsOf(method: RegisteredMethod, planned: PlannedAnalysis, varying: boolean): readonly Options[] {
  const { properties = {} } = z.toJSONSchema(method.options, { io: "input", unrepresentable: "any" });
  const { draws } = properties;
  const many = typeof draws === "object" && typeof draws.default === "number" && draws.default > DRAWS;
  const own: Options = method.id === planned.method.id ? planned.options : many ? { draws: DRAWS } : {};
  if (!varying) return [own];
  const departures = varied.flatMap((key) => {
    const property = properties[key];
    const values = typeof property === "object" ? (property.enum ?? []) : [];
    return values.filter((value) => value !== own[key]).map((value): Options => ({ ...own, [key]: value }));
  });
  return [own, ...departures];
}

/** null when the method refuses the combination. */
function* answer(plan: Plan, asked: PlannedAnalysis, table: Table): Steps<Analysis | NotEstimable | null> {
  const { expect: _, ...plain } = asked;
  try {
    const { analyses } = yield* planSteps({ ...plan, analyses: [plain] }, table);
    return analyses[0]!;
  } catch (problem) {
    if (problem instanceof Problem && problem.kind === "input") return null;
    throw problem;
  }
}

function labelOf({ method, covariates }: PlannedAnalysis, options: Options, planned: PlannedAnalysis): string {
  const own: Options = method.id === planned.method.id ? planned.options : {};
  const changed = Object.entries(options).filter(([key, value]) => own[key] !== value);
  const unadjusted = covariates.length < planned.covariates.length ? ", unadjusted" : "";
  return `${method.id}${changed.map(([key, value]) => `, ${key} ${String(value)}`).join("")}${unadjusted}`;
}
