/** Watches the steps of a fixed-point iteration, in standard errors: is it at rest, and how far should it go? */
export interface StepWatch {
  saw(step: number): void;
  last(): number;
  /** Are steps below the tolerance, or as small as rounding lets them be? */
  settled(): boolean;
  /** Share of the next step to take: halved whenever steps grew, restored as they shrink. */
  share(): number;
}

const TOLERANCE = 1e-10;
/** Below this, steps that have found no new minimum for a while are rounding. */
const ROUNDING = 1e-7;
const A_WHILE = 8;
const SMALLEST_SHARE = 1 / 32;

export function stepWatch(): StepWatch {
  let last = Number.MAX_VALUE;
  let least = Number.MAX_VALUE;
  let since = 0;
  let share = 1;
  return {
    saw(step) {
      share = step > last ? Math.max(SMALLEST_SHARE, share / 2) : Math.min(1, share * 1.5);
      since = step < least ? 0 : since + 1;
      least = Math.min(least, step);
      last = step;
    },
    last: () => last,
    settled: () => last < TOLERANCE || (last < ROUNDING && since >= A_WHILE),
    share: () => share,
  };
}
