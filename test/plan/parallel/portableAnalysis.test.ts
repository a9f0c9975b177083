import { describe, expect, test } from "vitest";
import { methods } from "../../../src/economics/methods.ts";
import { runReplicates } from "../../../src/inference/replicates/replicates.ts";
import type { Repetition } from "../../../src/inference/replicates/steps.ts";
import { rebuildReplicates } from "../../../src/plan/parallel/rebuildReplicates.ts";
import { planSteps } from "../../../src/plan/runPlan.ts";
import { plan, trial } from "../../browser/questions.ts";

/** What an analysis stops for; none where it repeats nothing, or needs options to be asked at all. */
function repetitionOf(id: string): Repetition | null {
  const steps = planSteps(plan([id]), trial());
  try {
    for (let step = steps.next(); step.done !== true; step = steps.next(new Float64Array(0)))
      if (step.value.replicates.count > 0) return step.value;
  } catch {
    // Not what is tested here.
  }
  return null;
}

describe("replicates of every method and kind of outcome", () => {
  const repetitions = plan().analyses.flatMap(({ id }) => {
    const found = repetitionOf(id);
    return found === null ? [] : [{ id, ...found }];
  });

  test("are there", () => {
    expect(repetitions.length).toBeGreaterThan(5);
  });

  test.each(repetitions)(
    "$id: from plain data, in portions in any order, the same to the last bit",
    ({ replicates, recipe }) => {
      const { count, width } = replicates;
      const some = Math.min(count, 600);
      const whole = runReplicates({ count: some, width, run: replicates.run });
      const { shared, part } = structuredClone(recipe!);
      const again = rebuildReplicates(methods)(shared, part);
      expect([again.count, again.width]).toEqual([count, width]);
      const found = new Float64Array(some * width);
      const ends = [0, 1, 2, 7, 100, 101, 350, some].filter((end) => end <= some);
      for (let k = ends.length - 1; k > 0; k--) {
        const portion = new Float64Array((ends[k]! - ends[k - 1]!) * width);
        again.run(ends[k - 1]!, ends[k]!, portion);
        found.set(portion, ends[k - 1]! * width);
      }
      expect(new BigUint64Array(found.buffer)).toEqual(new BigUint64Array(whole.buffer));
    },
  );
});
