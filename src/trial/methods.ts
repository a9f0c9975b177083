import { clusterRobust } from "./effect/clusterRobust.ts";
import { clusterSummary } from "./effect/clusterSummary.ts";
import { gee } from "./effect/gee.ts";
import { generalisedLinearMixedModel } from "./effect/generalisedLinearMixedModel.ts";
import { linearMixedModel } from "./effect/linearMixedModel.ts";
import { icc } from "./icc/icc.ts";
import type { RegisteredMethod } from "./method.ts";

/** Every method, in the order in which reports and documentation list them. Adding one is one line here. */
export const methods = [
  linearMixedModel,
  generalisedLinearMixedModel,
  gee,
  clusterRobust,
  clusterSummary,
  icc,
] as const satisfies readonly RegisteredMethod[];
