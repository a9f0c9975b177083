export type { Expect } from "./expect.ts";
export { planJsonSchema } from "./jsonSchema.ts";
export { type Plan, type PlannedAnalysis, parsePlan, parseScript } from "./parsePlan.ts";
export { readPlanText } from "./readPlanText.ts";
export { type Analyses, type RunOptions, runPlan } from "./runPlan.ts";
export { version } from "./version.ts";
