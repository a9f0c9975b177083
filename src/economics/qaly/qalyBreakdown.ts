import { type ArmRows, meanOf } from "../costing/costBreakdown.ts";
import type { ParticipantColumn } from "../costing/participantColumn.ts";
import type { Qalys } from "./qalys.ts";

export interface ArmQalys {
  readonly arm: string | null;
  /** With QALYs. */
  readonly participants: number;
  /** null when nobody has any. */
  readonly meanQalys: number | null;
  /** Of those participants: how many died in follow-up, and how many have a visit that was bridged. */
  readonly deaths: number;
  readonly bridged: number;
  /** Years from randomisation to the end, of those of them who were alive then; null when there are none. */
  readonly followUp: { readonly min: number; readonly mean: number; readonly max: number } | null;
  /** Everybody's utility at each visit, as far as known. */
  readonly visits: readonly { readonly utility: string; readonly participants: number; readonly mean: number | null }[];
  /** Participants without QALYs, by the column that is missing. */
  readonly missing: readonly { readonly item: string; readonly participants: number }[];
}

/** Mean QALYs, deaths and mean utility at every visit, arm by arm. */
export function qalyBreakdown(
  { values, absence, followUp, died, bridged }: Qalys,
  utilities: readonly ParticipantColumn[],
  arms: readonly ArmRows[],
): readonly ArmQalys[] {
  return arms.map(({ arm, rows }): ArmQalys => {
    const known = (column: Float64Array) => rows.filter((i) => !Number.isNaN(column[i]!));
    const complete = known(values);
    const alive = known(followUp);
    const ends = Float64Array.from(alive, (i) => followUp[i]!).sort();
    return {
      arm,
      participants: complete.length,
      meanQalys: meanOf(values, complete),
      deaths: complete.filter((i) => died[i] === 1).length,
      bridged: complete.filter((i) => bridged[i] === 1).length,
      followUp:
        alive.length === 0 ? null : { min: ends[0]!, mean: meanOf(followUp, alive)!, max: ends[ends.length - 1]! },
      visits: utilities.map(({ name, values: each }) => {
        const present = known(each);
        return { utility: name, participants: present.length, mean: meanOf(each, present) };
      }),
      missing: absence.names
        .map((item, k) => ({ item, participants: rows.filter((i) => absence.of[i] === k).length }))
        .filter(({ participants }) => participants > 0),
    };
  });
}
