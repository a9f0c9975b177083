import { type PublishedClaim, type PublishedTrial, readPublished } from "../publishedTrial.ts";
import { auditArms } from "./auditArms.ts";
import { auditContrast } from "./auditContrast.ts";
import { auditDesignEffect } from "./auditDesignEffect.ts";
import { auditEffect, type ReferenceReading } from "./auditEffect.ts";
import { auditTotals } from "./auditTotals.ts";
import { auditVariances, type IccReading } from "./auditVariances.ts";
import { wholeRanges } from "./compatibleDf.ts";
import { type Finding, finding } from "./finding.ts";
import type { Range } from "./range.ts";

type Ends = readonly [number, number];

/** What the figures say under one reference distribution. */
export interface AuditReading {
  readonly reference: "normal" | "t";
  /** null for the normal. */
  readonly df: number | null;
  /** Clusters that give these degrees of freedom (clusters − 2). */
  readonly clusters: number | null;
  readonly possible: boolean;
  /** P values that the other figures allow under this reference. */
  readonly p: Ends | null;
  /** Standard errors that all figures allow under this reference; null when impossible. */
  readonly standardError: Ends | null;
}

/** What an audit says about one published claim. */
export interface ClaimAudit {
  /** "trial/claim", or the claim's id in a bare list. */
  readonly id: string;
  /** Can all printed figures be true together, under rounding? */
  readonly consistent: boolean;
  /**
   * Degrees of freedom of a t reference with which estimate, interval, standard error and P value fit, as ranges in
   * whole numbers; null as upper end: the normal distribution fits as well. Empty: none fits. null: the figures do not say.
   */
  readonly compatibleDf: readonly (readonly [number, number | null])[] | null;
  /** The same before rounding to whole numbers: model-based degrees of freedom need not be whole. */
  readonly compatibleRealDf: readonly (readonly [number, number | null])[] | null;
  /** Standard errors that the figures allow, over all compatible degrees of freedom. */
  readonly impliedStandardError: Ends | null;
  /** Variance of the effect over that of independent participants, were nothing adjusted for. */
  readonly impliedDesignEffect: Ends | null;
  /** From variance components, else from the design effect. */
  readonly impliedIcc: Ends | null;
  readonly iccs: readonly IccReading[];
  readonly references: readonly AuditReading[];
  readonly findings: readonly Finding[];
}

/**
 * Are the printed figures of each claim mutually possible, and what do they imply? Nothing is recomputed from data:
 * every answer is a range over all values that print as published (docs/methods/audit.md).
 *
 * @param input in the form of published-claims.json: a collection of trials, one trial, or a list of claims.
 * @throws InputProblem `unknown-key`, `missing-key`, `invalid-value` with the key path.
 */
export function audit(input: unknown): { readonly audits: readonly ClaimAudit[] } {
  const trials = readPublished(input);
  return {
    audits: trials.flatMap((trial) => trial.claims.map((claim, index) => auditClaim(claim, trial, index === 0))),
  };
}

function auditClaim(claim: PublishedClaim, trial: PublishedTrial, first: boolean): ClaimAudit {
  const effect = auditEffect(claim, trial);
  // Clusters say more about the standard error than the whole compatible range does.
  const byClusters = effect.readings.find(({ clusters, possible }) => clusters !== null && possible);
  const design = auditDesignEffect(claim, trial, byClusters?.standardError ?? effect.standardError);
  const variances = auditVariances(claim);
  const findings = [
    ...(first ? auditTotals(trial) : []),
    ...auditArms(claim, trial),
    ...effect.findings,
    ...auditContrast(claim, trial),
    ...design.findings,
    ...variances.findings,
  ];
  const said = findings.length > 0 || effect.standardError !== null;
  return {
    id: trial.id === "" ? claim.id : `${trial.id}/${claim.id}`,
    consistent: !findings.some(({ contradiction }) => contradiction),
    compatibleDf: effect.compatible === null ? null : wholeRanges(effect.compatible),
    compatibleRealDf: effect.compatible === null ? null : effect.compatible.map(({ low, high }) => [low, finite(high)]),
    impliedStandardError: ends(effect.standardError),
    impliedDesignEffect: ends(design.designEffect),
    impliedIcc: ends(variances.icc ?? design.icc),
    iccs: variances.readings,
    references: effect.readings.map(reading),
    findings: said ? findings : [...findings, finding("nothing-to-check", undefined)],
  };
}

const finite = (x: number) => (Number.isFinite(x) ? x : null);

const ends = (range: Range | null): Ends | null =>
  range !== null && Number.isFinite(range.low) && Number.isFinite(range.high) ? [range.low, range.high] : null;

const reading = ({ name, df, clusters, possible, p, standardError }: ReferenceReading): AuditReading => ({
  reference: name,
  df: finite(df),
  clusters,
  possible,
  p: ends(p),
  standardError: ends(standardError),
});
