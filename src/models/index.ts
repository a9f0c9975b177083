export { fitGee, type GeeData, type GeeFit } from "./gee/fitGee.ts";
export {
  type CorrelationName,
  correlationNames,
  type MomentName,
  momentNames,
  type WorkingCorrelation,
  workingCorrelations,
} from "./gee/workingCorrelation.ts";
export {
  fitGeneralisedLinear,
  type GeneralisedLinearData,
  type GeneralisedLinearFit,
  type GeneralisedLinearOptions,
} from "./generalised/fitGeneralisedLinear.ts";
export { fitGeneralisedMixed } from "./generalisedMixed/fitGeneralisedMixed.ts";
export type {
  FittedRandomLevel,
  GeneralisedMixedFit,
  GeneralisedMixedOptions,
  MixedFamilyName,
  MixedFrame,
} from "./generalisedMixed/generalisedMixedFit.ts";
export { fitNestedMixed } from "./generalisedMixed/nestedGeneralisedFit.ts";
export { fitLinear, fitLinearFromMoments, type LinearData, type LinearMoments } from "./linear/fitLinear.ts";
export { linearClusterParts } from "./linear/linearClusterParts.ts";
export { type LinearFit, modelCovariance } from "./linear/linearFit.ts";
export { fitMixedModel, type MixedFit, type MixedOptions } from "./mixed/fitMixedModel.ts";
export type { Estimation } from "./mixed/likelihood.ts";
export type { MixedAlgebra } from "./mixed/mixedAlgebra.ts";
export { mixedClusterParts } from "./mixed/mixedClusterParts.ts";
export type { MixedStructure, RandomBlock, RandomLevel, VarianceParameter } from "./mixed/mixedStructure.ts";
export { mixedStructureOf } from "./mixed/mixedStructureOf.ts";
export {
  iccProfile,
  type ProfileInterval,
  type VarianceProfiles,
  varianceProfiles,
} from "./mixed/profileLikelihood.ts";
export { type GroupEffects, randomEffects } from "./mixed/randomEffects.ts";
export { parseRandomTerm, type RandomTerm } from "./mixed/randomFormula.ts";
export {
  fitPseudoLikelihood,
  type PseudoLikelihoodFit,
  type PseudoLikelihoodFrame,
  type PseudoLikelihoodOptions,
} from "./pseudoLikelihood/fitPseudoLikelihood.ts";
