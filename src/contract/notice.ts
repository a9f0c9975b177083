import { noticePhrases } from "./phrases/notices.ts";
import type { Facts, FactsOf } from "./problem.ts";

export type NoticeCode = keyof typeof noticePhrases;

/** A thing worth saying that did not stop the analysis; it travels in the result, never to the console. */
export interface Notice {
  readonly code: string;
  readonly message: string;
  readonly facts: Facts;
}

/** The notice of that code, worded from its facts. */
export function notice<C extends NoticeCode>(code: C, facts: FactsOf<typeof noticePhrases, C>): Notice {
  return { code, message: (noticePhrases[code] as (facts: unknown) => string)(facts), facts: facts as Facts };
}
