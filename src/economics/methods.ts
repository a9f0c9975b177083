import type { RegisteredMethod } from "../trial/method.ts";
import { methods as trialMethods } from "../trial/methods.ts";
import { costEffectiveness } from "./costEffectiveness.ts";

/** Every method, in the order in which reports and documentation list them: those of the trial floor, and whatever rests on costs. */
export const methods = [...trialMethods, costEffectiveness] as const satisfies readonly RegisteredMethod[];
