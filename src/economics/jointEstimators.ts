import { bivariateMixedModel } from "./bivariateMixed.ts";
import type { RegisteredJointEstimator } from "./jointEstimator.ts";
import { jointGee } from "./jointGee.ts";
import { iteratedSur, leastSquares, sur } from "./sur.ts";

/** Every joint model of cost and effect, in the order in which the documentation lists them. */
export const jointEstimators: readonly RegisteredJointEstimator[] = [
  sur,
  bivariateMixedModel,
  jointGee,
  leastSquares,
  iteratedSur,
];
