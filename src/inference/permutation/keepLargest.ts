import { selectRank } from "./selectRank.ts";

/** The largest of many numbers, whatever their order. */
export interface Largest {
  add(value: number): void;
  /** The value of rank k from the top (1 for the largest), k at most what is kept and what was added. */
  fromTop(k: number): number;
  /** Those kept, in ascending order. */
  ascending(): Float64Array;
}

/**
 * Keeps the `keep` largest of up to `total` numbers in room for twice as many: O(1) on average for each.
 */
export function keepLargest(keep: number, total: number): Largest {
  const room = new Float64Array(Math.max(1, Math.min(total, 2 * keep + 64)));
  let length = 0;
  let floor = Number.NEGATIVE_INFINITY;
  return {
    add(value) {
      if (value <= floor) return;
      if (length === room.length) {
        floor = selectRank(room, length, length - keep + 1);
        room.copyWithin(0, length - keep, length);
        length = keep;
        if (value <= floor) return;
      }
      room[length++] = value;
    },
    fromTop: (k) => selectRank(room, length, length - k + 1),
    ascending: () => room.slice(0, length).sort(),
  };
}
