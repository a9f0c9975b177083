export { costEffectiveness } from "./costEffectiveness.ts";
export { type ArmCosts, type ArmRows, costBreakdown, type ItemShare } from "./costing/costBreakdown.ts";
export type { DerivedCosts } from "./costing/derivedCosts.ts";
export { discountFactor } from "./costing/discountFactor.ts";
export { type MoneyColumn, moneyColumn } from "./costing/moneyColumn.ts";
export type { ParticipantColumn } from "./costing/participantColumn.ts";
export { readPrices } from "./costing/readPrices.ts";
export { type ResourceLogColumns, readResourceLog } from "./costing/readResourceLog.ts";
export { type ItemCosts, type Resource, resourceCosts } from "./costing/resourceCosts.ts";
export { type SharedCost, spreadCosts } from "./costing/spreadCosts.ts";
export { type TotalCosts, totalCosts } from "./costing/totalCosts.ts";
export { inflationFactor, type Money, type UnitCosts, type UnitPrice, unitCosts } from "./costing/unitCosts.ts";
export { type FiellerSet, fieller } from "./fieller.ts";
export { type Frontier, frontier, type Strategy } from "./frontier.ts";
export { jointData } from "./jointData.ts";
export type { RegisteredJointEstimator } from "./jointEstimator.ts";
export { jointEstimators } from "./jointEstimators.ts";
export type {
  Increment,
  JointCoefficients,
  JointData,
  JointEquation,
  JointFit,
} from "./jointFit.ts";
export { methods } from "./methods.ts";
export type { DerivedQalys } from "./qaly/derivedQalys.ts";
export { type ArmQalys, qalyBreakdown } from "./qaly/qalyBreakdown.ts";
export type { QalyQuestion, VisitTime } from "./qaly/qalyQuestion.ts";
export { type Qalys, qalys } from "./qaly/qalys.ts";
export { type TimeUnit, unitsPerYear } from "./qaly/timeUnit.ts";
export { type TwoStageBootstrap, twoStageBootstrap, twoStageReplicates } from "./twoStageBootstrap.ts";
