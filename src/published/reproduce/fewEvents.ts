import type { Analysis, NotEstimable } from "../../contract/analysis.ts";
import { beta, binomial } from "../../numerics/distributions/index.ts";

/** With fewer events than this their number, not the method, decides what can be said. */
const FEW_EVENTS = 20;

/** What a handful of events can say at best: as if participants were independent and each equally long at risk. */
export interface FewEvents {
  readonly outcome: string;
  readonly arms: readonly [ArmEvents, ArmEvents];
  /** Treated against control; null when the control arm has no events. */
  readonly rateRatio: number | null;
  /** Exact conditional 95 % limits; an upper limit of null is unbounded. */
  readonly interval: readonly [number, number | null];
  readonly p: number;
}

interface ArmEvents {
  readonly arm: string;
  readonly events: number;
  readonly participants: number;
}

/**
 * The comparison of two arms with fewer than 20 events, given their total (Clopper & Pearson 1934): of n events x fall in
 * the treated arm, whose share of participants is s, so that without an effect x is binomial(n, s). With limits p of the
 * share of events,
 *
 *   rate ratio = p/(1 − p) · N₀/N₁,   P = twice the smaller tail of x
 *
 * Exact when participants are independent. Clustering makes any interval of the same level wider, so this is the most that
 * the events can say. null for more events, none, or other than two arms.
 */
export function fewEventsOf(analysis: Analysis | NotEstimable): FewEvents | null {
  const arms = analysis.sample?.byArm ?? [];
  const [control, treated] = arms.map(({ arm, events, participants }) => ({ arm, events, participants }));
  if (arms.length !== 2 || control?.events == null || treated?.events == null) return null;
  const n = control.events + treated.events;
  if (n === 0 || n >= FEW_EVENTS) return null;
  const x = treated.events;
  const odds = control.participants / treated.participants;
  const ratio = (share: number) => (share / (1 - share)) * odds;
  const share = treated.participants / (treated.participants + control.participants);
  const atMost = binomial.lower(x, n, share);
  const atLeast = x === 0 ? 1 : binomial.upper(x - 1, n, share);
  return {
    outcome: analysis.id,
    arms: [
      { ...treated, events: x },
      { ...control, events: control.events },
    ],
    rateRatio: control.events === 0 ? null : (x / control.events) * odds,
    interval: [
      x === 0 ? 0 : ratio(beta.quantile(0.025, x, n - x + 1)),
      x === n ? null : ratio(beta.quantileUpper(0.025, x + 1, n - x)),
    ],
    p: Math.min(1, 2 * Math.min(atMost, atLeast)),
  };
}
