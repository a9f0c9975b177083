export {
  type BootstrapDistribution,
  type BootstrapInterval,
  type BootstrapLimits,
  bootstrapIntervals,
  bootstrapLimits,
  bootstrapPValue,
} from "./bootstrap/bootstrapLimits.ts";
export { bootstrapQuantile } from "./bootstrap/bootstrapQuantile.ts";
export { type JointBootstrapTest, jointBootstrapTest } from "./bootstrap/jointBootstrapTest.ts";
export { type KenwardRoger, kenwardRoger, kenwardRogerF, type ScaledF } from "./degreesOfFreedom/kenwardRoger.ts";
export { satterthwaiteDf, satterthwaiteFDf } from "./degreesOfFreedom/satterthwaite.ts";
export {
  type EstimatingVariance,
  type EstimatingVarianceName,
  estimatingVariance,
  estimatingVariances,
} from "./estimatingEquations/estimatingVariance.ts";
export {
  betweenWithinInference,
  cr2Inference,
  type FixedEffectInference,
  type FixedEffectTest,
  kenwardRogerInference,
  normalInference,
  satterthwaiteInference,
  standardErrorOf,
} from "./fixedEffectInference.ts";
export { type JackknifeCentre, jackknifeAcceleration, jackknifeVariance } from "./jackknife/clusterJackknife.ts";
export { type StepDown, stepDownMaxT } from "./permutation/stepDownMaxT.ts";
export { type PooledVector, poolVectors, testPooledVector } from "./pooling/poolVectors.ts";
export { type Pooled, poolRubin } from "./pooling/rubin.ts";
export { type Correction, corrections } from "./sandwich/correction.ts";
export { type HotellingTest, hotellingTest } from "./sandwich/hotelling.ts";
export { sandwichInference } from "./sandwich/sandwichInference.ts";
export { type SandwichVariance, sandwichVariance } from "./sandwich/sandwichVariance.ts";
export { satterthwaite } from "./sandwich/satterthwaite.ts";
export { givenDfInference } from "./wald/givenDfInference.ts";
export { type WaldTest, waldTest } from "./wald/waldTest.ts";
