export type {
  Analysis,
  ArmSample,
  ClaimCheck,
  ClusterRecord,
  ClusterSize,
  Coefficient,
  Estimand,
  Exclusion,
  Findings,
  IccRecord,
  JointTest,
  MethodRecord,
  NotEstimable,
  OptionValue,
  Provenance,
  Sample,
  Summary,
  VarianceComponent,
} from "./contract/analysis.ts";
export type { Estimate, Interval, Measure, Quantity, Reference, Test, Working } from "./contract/estimate.ts";
export type { Notice, NoticeCode } from "./contract/notice.ts";
export {
  Defect,
  DesignProblem,
  type Fact,
  type Facts,
  InputProblem,
  NumericalProblem,
  Problem,
  type ProblemRecord,
} from "./contract/problem.ts";
export {
  type Cell,
  type Column,
  type CsvOptions,
  readCsvStream,
  readCsvText,
  type Table,
  type TableOptions,
  tableFromColumns,
  tableFromRows,
} from "./data/index.ts";
export {
  type Analyses,
  type Plan,
  type PlannedAnalysis,
  parsePlan,
  planJsonSchema,
  readPlanText,
  version,
} from "./plan/index.ts";
export {
  type AnalysisRequest,
  analyse,
  analysePlan,
  audit,
  type ClaimAudit,
  checkClaims,
  type Rebuilt,
  type RebuiltTrial,
  type Reproduction,
  rebuild,
  renderReproduction,
  reproduce,
} from "./published/index.ts";
export {
  compareAnalyses,
  describeAnalysis,
  type ForestOptions,
  type ForestRow,
  forestPlot,
  forestRows,
  renderMarkdown,
  renderText,
  sideBySide,
} from "./report/index.ts";
export { defineMethod, type Method, methods, type RegisteredMethod } from "./trial/index.ts";
