import { contradictions, findingPhrases } from "../../contract/phrases/findings.ts";
import type { Facts, FactsOf } from "../../contract/problem.ts";

export type FindingCode = keyof typeof findingPhrases;

/** What the audit found, in words. */
export interface Finding {
  readonly code: FindingCode;
  readonly message: string;
  /** Does it make the figures impossible together? */
  readonly contradiction: boolean;
  readonly facts: Facts;
}

/** The finding of that code, worded from its facts; infinite facts are null in the record. */
export function finding<C extends FindingCode>(code: C, facts: FactsOf<typeof findingPhrases, C>): Finding {
  const message = (findingPhrases[code] as (facts: unknown) => string)(facts);
  const kept = Object.entries((facts ?? {}) as Facts).map(([name, fact]) => [
    name,
    typeof fact === "number" && !Number.isFinite(fact) ? null : fact,
  ]);
  return { code, message, contradiction: contradictions.has(code), facts: Object.fromEntries(kept) };
}
