import type { ZodType } from "zod";
import type { Findings } from "../contract/analysis.ts";
import type { Measure } from "../contract/estimate.ts";
import type { Reweighted } from "../contract/reweighted.ts";
import type { Frame, OutcomeKind } from "../data/frame.ts";
import type { FurtherEquation } from "../data/roles.ts";
import { type Replicates, runReplicates } from "../inference/replicates/replicates.ts";
import type { RandomStream } from "../numerics/random/randomStream.ts";
import type { AllocationPlan } from "./design/allocationPlan.ts";
import type { ScoredModel } from "./effect/scoredModel.ts";
import type { WorkingModel } from "./estimand/workingModel.ts";
import { parseInput } from "./parseInput.ts";

/** One analysis as asked, names resolved to values. */
export interface Question<Options> {
  readonly frame: Frame;
  readonly options: Options;
  /** null: the measure that the method's link gives directly. */
  readonly measure: Measure | null;
  /** Coverage of intervals, in (0, 1). */
  readonly level: number;
  readonly seed: number;
  /** How the clusters were randomised (`trial.allocation`), for `allocationSpaceOf`; null or absent: what strata and pairs imply. */
  readonly allocation?: AllocationPlan | null;
  /** Only estimates and their tests are wanted (in a simulation, of a resample): what else takes time may be left out. */
  readonly effectsAlone?: boolean;
}

/** What a method needs from the data beyond outcome and covariates. */
export interface Needs {
  /** Column lists that define nested groupings, such as [["practice", "id"]]. */
  readonly groupings: readonly (readonly string[])[];
  /** Numeric columns used by options (random slopes). */
  readonly columns: readonly string[];
  /** Are weights taken as inverse probabilities, with a variance that holds for them? */
  readonly probabilityWeights?: boolean;
  /** Kinds of outcome that the options allow, the one that a bare column name is taken for first; absent: those of the method. */
  readonly outcomes?: readonly OutcomeKind[];
  /** Outcomes that the options name, of a method whose list of outcomes is empty, each with covariates of its own beside those of the analysis. */
  readonly equations?: readonly NamedEquation[];
}

/** An outcome under its name among the options. */
export interface NamedEquation extends FurtherEquation {
  readonly name: string;
}

/** Features of the data that some methods make use of and others cannot. */
export type DataFeature = "weights" | "offset" | "strata" | "pairs" | "covariates" | "no-arm" | "allocation";

/** What a method says about itself, whoever asks. */
interface MethodCard<Id extends string> {
  readonly id: Id;
  readonly title: string;
  /** One sentence: what it estimates and when to use it. */
  readonly purpose: string;
  /** Kinds of outcome it is defined for; shared code reads this instead of asking the id. Empty: its options name the outcomes, and the analysis has none. */
  readonly outcomes: readonly OutcomeKind[];
  readonly measures: readonly Measure[];
  readonly references: readonly string[];
  /** Data features it makes use of; anything given but not listed is refused by name, never ignored. */
  readonly accepts: readonly DataFeature[];
}

/** An analysis taken apart: what may be computed in portions, by several workers, and what makes findings of it. */
export interface Replicated {
  readonly replicates: Replicates;
  /** @param numbers all replicates, as `runReplicates` returns them */
  finish(numbers: Float64Array): Findings;
}

/** A fitted model as a source of outcomes. */
export interface Simulated {
  /** Writes an outcome per row of the frame, drawn anew: random effects, then what varies within them. What was drawn before makes no difference. */
  draw(stream: RandomStream, out: Float64Array): void;
}

/** What any method may have besides the way in which it answers. */
interface MethodParts<Options, Input> {
  readonly options: ZodType<Options, Input>;
  /** What its options and the measure asked for need of the data. */
  needs?(options: Options, measure: Measure | null): Needs;
  /** The regression behind it, from which standardisation makes marginal estimands; absent where there is none. */
  workingModel?(question: Question<Options>): WorkingModel;
  /** The estimating equations behind it, whose scores a wild bootstrap perturbs; absent where there are none. */
  scoredModel?(question: Question<Options>): ScoredModel;
  /** Its effects by how often each cluster counts, for resampling; absent where the rows have to be gone through again, null where this question's must. */
  reweighted?(question: Question<Options>): Reweighted | null;
  /** One answer to the same question asked of several completed data sets, where it is more than effects with standard errors, which Rubin's rules pool one by one. */
  pooled?(questions: readonly Question<Options>[]): Findings;
  /** Outcomes drawn from its fitted model, for parametric resampling; absent where it has none, null where this question's has none. */
  simulated?(question: Question<Options>): Simulated | null;
}

/** A way to answer a trial's question, as its author writes it, at once or by replicates: options arrive parsed, defaults filled in. */
export type Method<Options, Input = unknown, Id extends string = string> = MethodCard<Id> &
  MethodParts<Options, Input> &
  (
    | { analyse(question: Question<Options>): Findings; readonly replicated?: never }
    | { replicated(question: Question<Options>): Replicated; readonly analyse?: never }
  );

/** The same method as everybody else sees it, so that one list can hold them all: options come in as written in a plan. */
export interface RegisteredMethod<Id extends string = string, Input = unknown> extends MethodCard<Id> {
  readonly options: ZodType<unknown, Input>;
  needs(options: unknown, measure?: Measure | null): Needs;
  analyse(question: Question<unknown>): Findings;
  readonly workingModel?: (question: Question<unknown>) => WorkingModel;
  readonly scoredModel?: (question: Question<unknown>) => ScoredModel;
  readonly reweighted?: (question: Question<unknown>) => Reweighted | null;
  readonly pooled?: (questions: readonly Question<unknown>[]) => Findings;
  readonly simulated?: (question: Question<unknown>) => Simulated | null;
  /** Present where the answer comes from replicates; `analyse` is then its finish on all of them. */
  readonly replicated?: (question: Question<unknown>) => Replicated;
}

const noNeeds: Needs = { groupings: [], columns: [] };

/**
 * Closes a method over the type of its options: what goes in is parsed by the method's own schema, so that methods
 * with different options live in one list without casts.
 *
 *   export const clusterSummary = defineMethod({ id: "cluster-summary", options: z.strictObject({ … }), …, analyse });
 *
 * @throws InputProblem `unknown-key`, `missing-key`, `invalid-value` from `needs` and `analyse` when the options do not fit the schema.
 */
export function defineMethod<const Id extends string, Options, Input>(
  method: Method<Options, Input, Id>,
): RegisteredMethod<Id, Input> {
  const parse = (options: unknown) => parseInput(method.options, options ?? {}, "options");
  const asked = (question: Question<unknown>): Question<Options> => ({ ...question, options: parse(question.options) });
  const { workingModel, scoredModel, reweighted, pooled, simulated, replicated, ...own } = method;
  return {
    ...own,
    needs: (options, measure = null) => {
      const parsed = parse(options);
      return method.needs?.(parsed, measure) ?? noNeeds;
    },
    analyse: (question) => {
      if (method.replicated === undefined) return method.analyse(asked(question));
      const { replicates, finish } = method.replicated(asked(question));
      return finish(runReplicates(replicates));
    },
    ...(workingModel === undefined ? {} : { workingModel: (question) => workingModel(asked(question)) }),
    ...(scoredModel === undefined ? {} : { scoredModel: (question) => scoredModel(asked(question)) }),
    ...(reweighted === undefined ? {} : { reweighted: (question) => reweighted(asked(question)) }),
    ...(pooled === undefined ? {} : { pooled: (questions) => pooled(questions.map(asked)) }),
    ...(simulated === undefined ? {} : { simulated: (question) => simulated(asked(question)) }),
    ...(replicated === undefined ? {} : { replicated: (question) => replicated(asked(question)) }),
  };
}
