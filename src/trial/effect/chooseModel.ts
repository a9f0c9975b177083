import type { Measure } from "../../contract/estimate.ts";
import { InputProblem } from "../../contract/problem.ts";
import type { Frame, OutcomeKind } from "../../data/frame.ts";
import type { FamilyName } from "../../models/family/family.ts";
import type { LinkName } from "../../models/family/link.ts";
import { linkMeasure } from "./linkMeasure.ts";

/** Family and link of a regression method's options; absent where the outcome decides. */
export interface ModelOptions<Name extends FamilyName = FamilyName> {
  readonly family?: Name | undefined;
  readonly link?: LinkName | undefined;
}

export interface ChosenModel<Name extends FamilyName = FamilyName> {
  readonly family: Name | (typeof familyOf)[OutcomeKind];
  readonly link: LinkName;
  /** What exp(β), or β, of the effect measures. */
  readonly measure: Measure;
}

const familyOf = {
  continuous: "gaussian",
  binary: "binomial",
  grouped: "binomial",
  count: "poisson",
} as const satisfies Readonly<Record<OutcomeKind, FamilyName>>;

const canonical = {
  gaussian: "identity",
  binomial: "logit",
  poisson: "log",
  gamma: "log",
  "negative-binomial": "log",
} as const satisfies Readonly<Record<FamilyName, LinkName>>;

/** Kinds of outcome that a family can model, the one that a bare column name is taken for first. */
const kindsOf: Readonly<Record<FamilyName, readonly OutcomeKind[]>> = {
  gaussian: ["continuous", "binary", "count", "grouped"],
  binomial: ["binary", "grouped"],
  poisson: ["count", "binary", "grouped"],
  gamma: ["continuous"],
  "negative-binomial": ["count", "grouped"],
};

const kindsOfMeasure: Partial<Record<Measure, readonly OutcomeKind[]>> = {
  "risk-difference": ["binary", "grouped"],
  "risk-ratio": ["binary", "grouped"],
  "odds-ratio": ["binary", "grouped"],
  "rate-difference": ["count"],
  "rate-ratio": ["count"],
};

/**
 * Kinds of outcome that will do for a family and a measure, the one that a bare column name is taken for first. Without a
 * family those of the method, in its order.
 */
export function outcomeKinds(
  family: FamilyName | undefined,
  measure: Measure | null,
  ofMethod: readonly OutcomeKind[],
): readonly OutcomeKind[] {
  const possible = family === undefined ? ofMethod : kindsOf[family].filter((kind) => ofMethod.includes(kind));
  const wanted = measure === null ? undefined : kindsOfMeasure[measure];
  const both = wanted === undefined ? possible : possible.filter((kind) => wanted.includes(kind));
  return both.length === 0 ? possible : both;
}

/**
 * The family from the outcome and the canonical link, unless stated; the measure that they give directly. A measure that
 * they do not give is refused: another model is never fitted behind the user's back.
 *
 * @throws InputProblem `measure-needs-standardisation`
 */
export function chooseModel<Name extends FamilyName = FamilyName>(
  frame: Pick<Frame, "outcome" | "arm">,
  options: ModelOptions<Name>,
  measure: Measure | null,
): ChosenModel<Name> {
  const family = options.family ?? familyOf[frame.outcome.kind];
  const link = options.link ?? canonical[family];
  const direct = linkMeasure(frame, link);
  if (measure !== null && measure !== direct && measure !== "coefficient")
    throw new InputProblem("measure-needs-standardisation", { measure, family, link, direct });
  return { family, link, measure: measure ?? direct };
}
