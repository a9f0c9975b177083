import { InputProblem } from "../../contract/problem.ts";
import type { Frame } from "../../data/frame.ts";
import type { RegisteredMethod } from "../method.ts";

/**
 * What the plan gives must be made use of by the model named among the options as well.
 *
 * @throws InputProblem `feature-not-accepted`, `outcome-not-for-method`
 */
export function requireAccepted(
  frame: Frame,
  { id, accepts, outcomes }: Pick<RegisteredMethod, "id" | "accepts" | "outcomes">,
): void {
  const refuse = (feature: string, column: string) => {
    throw new InputProblem("feature-not-accepted", {
      path: "options.model",
      method: id,
      feature,
      remedy: `leave ${column} out, or name another model`,
    });
  };
  if (frame.weights !== null && !accepts.includes("weights")) refuse("weights", "them");
  if (frame.offset !== null && !accepts.includes("offset")) refuse("an offset", "it");
  if (!outcomes.includes(frame.outcome.kind))
    throw new InputProblem("outcome-not-for-method", {
      path: "options.model",
      method: id,
      kind: frame.outcome.kind,
      accepted: outcomes,
    });
}
