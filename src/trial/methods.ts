import { linearMixedModel } from "./effect/linearMixedModel.ts";
import type { RegisteredMethod } from "./method.ts";

/** Every method, in the order in which reports and documentation list them. Adding one is one line here. */
export const methods = [linearMixedModel] as const satisfies readonly RegisteredMethod[];
