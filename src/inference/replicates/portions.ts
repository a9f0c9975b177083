/** Replicates from … to − 1. */
export interface Portion {
  readonly from: number;
  readonly to: number;
}

/** The replicates that nobody has taken yet. */
export interface Portions {
  /** How many there are. */
  left(): number;
  /** Up to `size` of them, at least one; null when none is left. */
  take(size: number): Portion | null;
  /** Puts back what was taken and not computed; it is the next to be taken. */
  giveBack(portion: Portion): void;
}

export function portionsOf(count: number): Portions {
  /** Last first; the untouched rest at the bottom. */
  const open: Portion[] = count > 0 ? [{ from: 0, to: count }] : [];
  let left = count;
  return {
    left: () => left,
    take(size) {
      const portion = open.pop();
      if (portion === undefined) return null;
      const { from } = portion;
      const to = Math.min(portion.to, from + Math.max(1, Math.floor(size)));
      if (to < portion.to) open.push({ from: to, to: portion.to });
      left -= to - from;
      return { from, to };
    },
    giveBack(portion) {
      open.push(portion);
      left += portion.to - portion.from;
    },
  };
}
