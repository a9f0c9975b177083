import { Defect, DesignProblem } from "../contract/problem.ts";
import type { Equation, Frame } from "../data/frame.ts";
import type { JointData, JointEquation } from "./jointFit.ts";

/**
 * Costs and effects of a frame whose own outcome is the cost and whose one further outcome is the effect, a row for each
 * participant.
 *
 * @throws DesignProblem `rows-repeat-participants` when a participant has several rows; `arm-of-one-cluster`.
 */
export function jointData(frame: Frame): JointData {
  const { arm, cluster, further, participant, stratum, pair } = frame;
  const effect = further[0];
  if (arm === null || effect === undefined) throw new Defect("Costs and effects need an arm and two outcomes");
  if (participant !== null && participant.labels.length < frame.rows)
    throw new DesignProblem("rows-repeat-participants", {
      column: participant.name,
      rows: frame.rows,
      participants: participant.labels.length,
    });
  const clustersOf = arm.levels.map((_, level) => arm.ofCluster.filter((each) => each === level).length);
  const single = clustersOf.indexOf(1);
  if (single >= 0) throw new DesignProblem("arm-of-one-cluster", { arm: arm.levels[single]! });
  return { cost: equationOf("cost", frame), effect: equationOf("effect", effect), cluster, arm, stratum, pair };
}

const equationOf = (name: JointEquation["name"], { outcome, design, effects }: Equation): JointEquation => ({
  name,
  column: outcome.name,
  values: outcome.values,
  design,
  increments: effects.map(({ weights }) => weights),
});
