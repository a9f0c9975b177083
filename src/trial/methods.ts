import { clusterBootstrap } from "./effect/clusterBootstrap.ts";
import { clusterRobust } from "./effect/clusterRobust.ts";
import { clusterSummary } from "./effect/clusterSummary.ts";
import { gee } from "./effect/gee.ts";
import { generalisedLinearMixedModel } from "./effect/generalisedLinearMixedModel.ts";
import { linearMixedModel } from "./effect/linearMixedModel.ts";
import { permutation } from "./effect/permutation.ts";
import { twoPart } from "./effect/twoPart.ts";
import { wildClusterBootstrap } from "./effect/wildClusterBootstrap.ts";
import { standardisation } from "./estimand/standardisation.ts";
import { icc } from "./icc/icc.ts";
import type { RegisteredMethod } from "./method.ts";

/** Methods that estimate an effect from rows; those with a working model serve standardisation as well. */
const effects = [linearMixedModel, generalisedLinearMixedModel, gee, clusterRobust, twoPart, clusterSummary] as const;

const standardised = standardisation(effects, clusterRobust.id);

/** Every method, in the order in which reports and documentation list them. Adding one is one line here. */
export const methods = [
  ...effects,
  permutation,
  wildClusterBootstrap(effects, clusterRobust.id),
  clusterBootstrap([...effects, standardised, icc], clusterRobust.id),
  standardised,
  icc,
] as const satisfies readonly RegisteredMethod[];
