/** What runs in the browser, called from run.ts by name. */
import { webWorkers } from "../../src/plan/parallel/webWorkers.ts";
import { analysePlanInParallel } from "../../src/published/analyseInParallel.ts";
import { drawsByKind, eager, plan, trial } from "./questions.ts";

Object.assign(globalThis, {
  drawsByKind,
  async answers(workers: number, ids: readonly string[]) {
    const host = eager(webWorkers());
    const { analyses } = await analysePlanInParallel(plan(ids), trial(), { workers, host });
    return { analyses: JSON.stringify(analyses), portions: host.portions() };
  },
  /** Calls the work off once workers compute; the name of what it is rejected with. */
  async calledOff(ids: readonly string[]) {
    const controller = new AbortController();
    const host = eager(webWorkers());
    const progress = () => {
      if (host.portions() > 2) controller.abort();
    };
    try {
      await analysePlanInParallel(plan(ids), trial(), { workers: 2, host, progress, signal: controller.signal });
      return "finished";
    } catch (reason) {
      return (reason as Error).name;
    }
  },
});
