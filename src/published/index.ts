export { agrees, printLike } from "./agreement.ts";
export { type AnalysisRequest, analyse, analysePlan } from "./analyse.ts";
export { type AuditReading, audit, type ClaimAudit } from "./audit/audit.ts";
export type { Finding, FindingCode } from "./audit/finding.ts";
export { checkClaims } from "./checkClaims.ts";
export { type PrintedNumber, printedInterval } from "./printedNumber.ts";
export { type PublishedClaim, type PublishedTrial, readPublished } from "./publishedTrial.ts";
