export type { AllocationPlan } from "./design/allocationPlan.ts";
export type { AllocationScheme, AllocationSpace, VisitAllocation } from "./design/allocationSpace.ts";
export { type AllocationFrame, allocationSpaceOf } from "./design/allocationSpaceOf.ts";
export { type BalanceScore, type BalanceTerms, balanceScore } from "./design/balanceScore.ts";
export { type Cutoff, constrainedSpace } from "./design/constrainedSpace.ts";
export { listedSpace } from "./design/listedSpace.ts";
export { type Minimisation, minimisedSpace } from "./design/minimisedSpace.ts";
export type { SpaceNames } from "./design/spaceNames.ts";
export { blockedSpace, pairedSpace, simpleSpace, stratifiedSpace } from "./design/stratifiedSpace.ts";
export { clusterBootstrap } from "./effect/clusterBootstrap.ts";
export { clusterRobust } from "./effect/clusterRobust.ts";
export { clusterSummary } from "./effect/clusterSummary.ts";
export { gee } from "./effect/gee.ts";
export { generalisedLinearMixedModel } from "./effect/generalisedLinearMixedModel.ts";
export {
  type ClusterInfluence,
  type EstimateWithout,
  type JackknifedEstimate,
  type LeaveOneClusterOut,
  leaveOneClusterOut,
} from "./effect/leaveOneClusterOut.ts";
export { linearMixedModel } from "./effect/linearMixedModel.ts";
export { permutation } from "./effect/permutation.ts";
export { wildClusterBootstrap } from "./effect/wildClusterBootstrap.ts";
export { informativeSize, type SizeGap } from "./estimand/informativeSize.ts";
export { standardisation } from "./estimand/standardisation.ts";
export type { MarginalMean, WorkingModel } from "./estimand/workingModel.ts";
export { anovaIcc } from "./icc/anovaIcc.ts";
export { type BootstrapInterval, bootstrapT } from "./icc/bootstrapT.ts";
export { type ClusterEvents, clusterEvents } from "./icc/clusterEvents.ts";
export { type ClusterSums, clusterSums, clusterSumsFromMoments } from "./icc/clusterSums.ts";
export { type FleissCuzick, fleissCuzick } from "./icc/fleissCuzick.ts";
export { icc } from "./icc/icc.ts";
export {
  fisherInterval,
  type IccInterval,
  type IccLimits,
  searleInterval,
  smithInterval,
  swigerInterval,
} from "./icc/iccIntervals.ts";
export { type OneWayAnova, oneWayAnova, type Strata } from "./icc/oneWayAnova.ts";
export { pairwiseIcc } from "./icc/pairwiseIcc.ts";
export { type ClusterRates, type RateVariation, rateVariation, rateVariationInterval } from "./icc/rateVariation.ts";
export { type BinaryEstimator, zouDonnerInterval } from "./icc/zouDonner.ts";
export {
  type DataFeature,
  defineMethod,
  type Method,
  type Needs,
  type Question,
  type RegisteredMethod,
} from "./method.ts";
export { methods } from "./methods.ts";
