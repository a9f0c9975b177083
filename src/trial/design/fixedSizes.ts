import type { RandomStream } from "../../numerics/random/randomStream.ts";
import type { VisitAllocation } from "./allocationSpace.ts";
import { revolvingDoor } from "./revolvingDoor.ts";

/** Clusters among which the arms are dealt out in fixed numbers. */
export interface Stratum {
  readonly clusters: Int32Array;
  /** Clusters per arm; they add up. */
  readonly sizes: Int32Array;
}

/** Π over strata of n! / Π over arms nₐ! */
export function countFixedSizes(strata: readonly Stratum[]): bigint {
  let count = 1n;
  for (const { sizes } of strata) {
    let placed = 0n;
    for (const size of sizes) {
      for (let k = 1n; k <= BigInt(size); k++) count = (count * (placed + k)) / k;
      placed += BigInt(size);
    }
  }
  return count;
}

/** Draws the arms of a stratum: for every arm but the largest, as many clusters as it has, without replacement. */
export function drawFixedSizes(strata: readonly Stratum[]): (stream: RandomStream, out: Int32Array) => void {
  const dealt = strata.map(({ clusters, sizes }) => {
    const largest = sizes.indexOf(Math.max(...sizes));
    const arms = Array.from(sizes, (_, arm) => arm).filter((arm) => arm !== largest && sizes[arm]! > 0);
    return { clusters, largest, arms, sizes, left: clusters.slice() };
  });
  return (stream, out) => {
    for (const { clusters, largest, arms, sizes, left } of dealt) {
      left.set(clusters);
      let next = 0;
      for (const arm of arms) {
        for (const end = next + sizes[arm]!; next < end; next++) {
          const k = next + stream.integer(left.length - next);
          const cluster = left[k]!;
          left[k] = left[next]!;
          out[cluster] = arm;
        }
      }
      for (; next < left.length; next++) out[left[next]!] = largest;
    }
  };
}

/** The clusters of one arm as a choice among those that the arms before it left over. */
interface Choice {
  readonly arm: number;
  readonly chosen: number;
  /** The clusters to choose from; an exchange in an earlier arm puts one in the place of another. */
  readonly slots: Int32Array;
  /** Slot of a cluster, −1 when it has none. */
  readonly slotOf: Int32Array;
  /** Choices among what this one leaves over. */
  readonly later: readonly Choice[];
}

/**
 * Visits every allocation once, one exchange between neighbours.
 *
 * An arm's clusters within a stratum run through the revolving door; several such choices together run through reflected
 * mixed-radix order: each goes to its end and then back, so that only one of them moves at a time. A choice among
 * clusters that an earlier arm left over keeps its pattern when an exchange in the earlier arm puts another cluster in
 * the place of one, so that this too changes two clusters only.
 *
 * The largest choice is the slowest and needs no memory; the others keep their list of exchanges.
 */
export function enumerateFixedSizes(strata: readonly Stratum[], clusters: number, visit: VisitAllocation): void {
  const allocation = new Int32Array(clusters);
  const choices = strata.flatMap((stratum) => choicesOf(stratum, allocation));
  visit(allocation, -1, -1);
  if (choices.length === 0) return;
  choices.sort((a, b) => stepsOf(a) - stepsOf(b));
  const slowest = choices.pop()!;
  const turns = choices.map(recorded);
  const forward = turns.map(() => true);

  const exchange = ({ arm, slots, later }: Choice, p: number, q: number): void => {
    const one = slots[p]!;
    const other = slots[q]!;
    const armOfOne = allocation[one]!;
    if (later.length > 0) {
      if (armOfOne === arm) replace(later, other, one);
      else replace(later, one, other);
    }
    allocation[one] = allocation[other]!;
    allocation[other] = armOfOne;
    visit(allocation, one, other);
  };
  const sweep = (depth: number): void => {
    if (depth < 0) return;
    const choice = choices[depth]!;
    const { entering, leaving } = turns[depth]!;
    const steps = entering.length;
    const ahead = forward[depth]!;
    forward[depth] = !ahead;
    sweep(depth - 1);
    for (let k = 0; k < steps; k++) {
      const at = ahead ? k : steps - 1 - k;
      exchange(choice, entering[at]!, leaving[at]!);
      sweep(depth - 1);
    }
  };
  const fastest = choices.length - 1;
  sweep(fastest);
  revolvingDoor(slowest.slots.length, slowest.chosen, (entering, leaving) => {
    exchange(slowest, entering, leaving);
    sweep(fastest);
  });
}

/** Deals the stratum out in its own order into `allocation`, and lists the choices that are open. */
function choicesOf({ clusters, sizes }: Stratum, allocation: Int32Array): readonly Choice[] {
  const arms = Array.from(sizes, (_, arm) => arm).filter((arm) => sizes[arm]! > 0);
  const ends: number[] = [];
  for (const arm of arms) {
    const from = ends.at(-1) ?? 0;
    ends.push(from + sizes[arm]!);
    for (let k = from; k < from + sizes[arm]!; k++) allocation[clusters[k]!] = arm;
  }
  let later: readonly Choice[] = [];
  for (let k = arms.length - 2; k >= 0; k--) {
    const slots = clusters.slice(k === 0 ? 0 : ends[k - 1]!);
    const slotOf = new Int32Array(allocation.length).fill(-1);
    slots.forEach((cluster, slot) => {
      slotOf[cluster] = slot;
    });
    later = [{ arm: arms[k]!, chosen: sizes[arms[k]!]!, slots, slotOf, later }, ...later];
  }
  return later;
}

function replace(choices: readonly Choice[], gone: number, come: number): void {
  for (const { slots, slotOf } of choices) {
    const slot = slotOf[gone]!;
    if (slot < 0) return;
    slots[slot] = come;
    slotOf[come] = slot;
    slotOf[gone] = -1;
  }
}

const stepsOf = ({ slots: { length }, chosen }: Choice): number =>
  Number(countFixedSizes([{ clusters: new Int32Array(length), sizes: Int32Array.of(chosen, length - chosen) }])) - 1;

function recorded(choice: Choice): { readonly entering: Int32Array; readonly leaving: Int32Array } {
  const steps = stepsOf(choice);
  const entering = new Int32Array(steps);
  const leaving = new Int32Array(steps);
  let at = 0;
  revolvingDoor(choice.slots.length, choice.chosen, (come, gone) => {
    entering[at] = come;
    leaving[at++] = gone;
  });
  return { entering, leaving };
}
