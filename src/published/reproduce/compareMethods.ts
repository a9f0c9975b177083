import { z } from "zod";
import type { Analysis, NotEstimable } from "../../contract/analysis.ts";
import { Problem } from "../../contract/problem.ts";
import type { Table } from "../../data/table.ts";
import type { Plan, PlannedAnalysis } from "../../plan/parsePlan.ts";
import { runPlan } from "../../plan/runPlan.ts";
import type { RegisteredMethod } from "../../trial/method.ts";
import { methods } from "../../trial/methods.ts";
import { checkClaims } from "../checkClaims.ts";
import type { ComparedMethod, MethodComparison } from "./reproduction.ts";

/** Options that change the estimate or its uncertainty, not the question. */
const varied = ["estimation", "inference", "variance", "weights", "variances"];

type Options = Readonly<Record<string, unknown>>;

/**
 * One analysis of a plan by every method that can give its effect: each with its defaults, then with every other value
 * of the options that change estimate or uncertainty, one at a time. Variants that the methods themselves refuse, or
 * that come to the same thing, are left out.
 */
export function compareMethods(
  plan: Plan,
  index: number,
  table: Table,
  list: readonly RegisteredMethod[] = methods,
): MethodComparison {
  const planned = plan.analyses[index]!;
  const effect = planned.expect?.effect;
  const seen = new Set<string>();
  const compared = list
    .filter(({ measures }) => measures.includes("mean-difference"))
    .sort((a, b) => Number(b.id === planned.method.id) - Number(a.id === planned.method.id))
    .flatMap((method) => variantsOf(method, planned).map((options) => ({ method, options })))
    .flatMap(({ method, options }): readonly ComparedMethod[] => {
      const asked = {
        ...planned,
        method,
        options,
        covariates: method.accepts.includes("covariates") ? planned.covariates : [],
      };
      const analysis = answer(plan, asked, table);
      if (analysis === null) return [];
      const key = sameness(method.id, analysis.problem === null ? analysis.method.variant : options);
      if (seen.has(key)) return [];
      seen.add(key);
      const solvedFor = method.id === planned.method.id && options === planned.options;
      return [describe(asked, analysis, options, solvedFor)];
    });
  return {
    outcome: planned.id,
    published: { value: effect?.value ?? null, interval: effect?.interval ?? null, p: effect?.p ?? null },
    methods: compared,
  };

  function describe(
    asked: PlannedAnalysis,
    analysis: Analysis | NotEstimable,
    options: Options,
    solvedFor: boolean,
  ): ComparedMethod {
    const estimate = analysis.estimates?.[0] ?? null;
    const reference = estimate?.test?.reference ?? null;
    const expected = effect === undefined ? [] : checkClaims({ effect }, analysis);
    return {
      label: labelOf(asked, options, planned),
      method: asked.method.id,
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

/** Equal for the same method with the same options, in whatever order they are listed. */
const sameness = (id: string, options: Options): string =>
  JSON.stringify([id, Object.entries(options).sort(([a], [b]) => (a < b ? -1 : 1))]);

/** The plan's own options (for its own method), then every departure from them in one option. */
function variantsOf(method: RegisteredMethod, planned: PlannedAnalysis): readonly Options[] {
  const own: Options = method.id === planned.method.id ? planned.options : {};
  const { properties = {} } = z.toJSONSchema(method.options, { io: "input", unrepresentable: "any" });
  const departures = varied.flatMap((key) => {
    const property = properties[key];
    const values = typeof property === "object" ? (property.enum ?? []) : [];
    return values.filter((value) => value !== own[key]).map((value): Options => ({ ...own, [key]: value }));
  });
  return [own, ...departures];
}

/** null when the method refuses the combination. */
function answer(plan: Plan, asked: PlannedAnalysis, table: Table): Analysis | NotEstimable | null {
  const { expect: _, ...plain } = asked;
  try {
    return runPlan({ ...plan, analyses: [plain] }, table).analyses[0]!;
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
