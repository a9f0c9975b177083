import { TIE } from "./exceedance.ts";

/** |t*| of every replicate under the null value at a distance from the estimate; false where the model has no fit there. */
export type StatisticsUnder = (distance: number, out: Float64Array) => boolean;
/** |t*| of some replicates. */
export type SomeStatisticsUnder = (distance: number, which: Int32Array, out: Float64Array) => boolean;

export type End =
  | { readonly found: true; readonly distance: number }
  | { readonly found: false; readonly reason: "unbounded" | "no-fit" };

/** Standard errors beyond which there is no end. */
const FAR = 200;
/** Width of the bracket from which only replicates that may yet change sides are computed. */
const NARROW = 0.02;
const SECANTS = 10;
const TOLERANCE = 1e-10;

/**
 * The end of {δ : P(δ) > α} on one side of the estimate, where every δ means fitting the model anew and computing all
 * replicates: bracketing from a guess, a few secant steps on log P, then bisection in which replicates far from a tie on
 * both sides of the bracket are taken to stay where they are.
 *
 * @param needed replicates with |t*| ≥ |t| that keep δ in the set, at least 1
 * @param guess of the distance in standard errors
 */
export function endByScores(
  statistics: StatisticsUnder,
  some: SomeStatisticsUnder,
  count: number,
  needed: number,
  guess: number,
): End {
  /** |t*| − |t| of every replicate; at least 0 counts. */
  const marginsAt = (distance: number, margins: Float64Array): number | null => {
    if (!statistics(distance, margins)) return null;
    let inside = 0;
    for (let k = 0; k < count; k++) {
      margins[k]! -= distance * (1 - TIE);
      if (margins[k]! >= 0) inside++;
    }
    return inside;
  };
  let margins = new Float64Array(count);
  let near = { distance: 0, held: count, margins: new Float64Array(count).fill(Number.POSITIVE_INFINITY) };
  let far: typeof near | null = null;
  let ceiling = Number.POSITIVE_INFINITY;
  let next = guess;
  while (far === null) {
    if (next > FAR) return { found: false, reason: "unbounded" };
    const held = marginsAt(next, margins);
    if (held === null) {
      ceiling = next;
      if (ceiling - near.distance < 1e-4 * ceiling) return { found: false, reason: "no-fit" };
      next = (near.distance + ceiling) / 2;
    } else if (held >= needed) {
      const spare = near.margins;
      near = { distance: next, held, margins };
      margins = spare;
      const further = next + Math.max(0.2, 0.2 * next);
      next = further < ceiling ? further : (next + ceiling) / 2;
      if (ceiling - near.distance < 1e-4 * ceiling) return { found: false, reason: "no-fit" };
    } else {
      far = { distance: next, held, margins };
      margins = new Float64Array(count);
    }
  }
  const goal = Math.log(needed - 0.5);
  const height = (held: number) => Math.log(held + 0.25) - goal;
  for (let secant = 0; secant < SECANTS && far.distance - near.distance > NARROW; secant++) {
    const width = far.distance - near.distance;
    const [high, low] = [height(near.held), height(far.held)];
    const share = near.distance === 0 ? 0.8 : high / (high - low);
    // Off the secant to either side in turn, so that both ends of the bracket move.
    const aside = secant % 2 === 0 ? -0.02 : 0.02;
    const distance: number = near.distance + width * Math.min(0.95, Math.max(0.05, share + aside));
    const held = marginsAt(distance, margins);
    if (held === null) return { found: false, reason: "no-fit" };
    if (held >= needed) {
      const spare = near.margins;
      near = { distance, held, margins };
      margins = spare;
    } else {
      const spare = far.margins;
      far = { distance, held, margins };
      margins = spare;
    }
  }
  return bisected(some, near, far, needed);
}

interface Bracketing {
  readonly distance: number;
  readonly margins: Float64Array;
}

function bisected(some: SomeStatisticsUnder, near: Bracketing, far: Bracketing, needed: number): End {
  const { which, settled } = undecided(near.margins, far.margins);
  const margins = new Float64Array(which.length);
  let inside = near.distance;
  let outside = far.distance;
  while (outside - inside > TOLERANCE * Math.max(1, inside)) {
    const middle = (inside + outside) / 2;
    if (!some(middle, which, margins)) return { found: false, reason: "no-fit" };
    let held = settled;
    for (let i = 0; i < which.length; i++) if (margins[i]! >= middle * (1 - TIE)) held++;
    if (held >= needed) inside = middle;
    else outside = middle;
  }
  return { found: true, distance: inside };
}

/** Replicates whose margin at both ends is not far beyond what any of them moved in between; how many of the others hold. */
function undecided(near: Float64Array, far: Float64Array) {
  let most = 0;
  for (let k = 0; k < near.length; k++) {
    // Endless at both ends is settled; at one of them only, anything may happen in between.
    if (near[k]! < Number.POSITIVE_INFINITY || far[k]! < Number.POSITIVE_INFINITY)
      most = Math.max(most, Math.abs(near[k]! - far[k]!));
  }
  const reach = 3 * most;
  const close: number[] = [];
  let settled = 0;
  for (let k = 0; k < near.length; k++) {
    if (Math.min(Math.abs(near[k]!), Math.abs(far[k]!)) <= reach || near[k]! >= 0 !== far[k]! >= 0) close.push(k);
    else if (near[k]! >= 0) settled++;
  }
  return { which: Int32Array.from(close), settled };
}
