import { DesignProblem } from "../../contract/problem.ts";
import { portableExp, portableLog } from "../../numerics/random/elementary.ts";
import { type RandomStream, randomStream } from "../../numerics/random/randomStream.ts";
import { rangeOf } from "../audit/range.ts";
import { standardDeviationPossible, totalsThatPrint } from "../audit/wholeNumbers.ts";
import { printedInterval } from "../printedNumber.ts";
import { wholeShares } from "./clusterSizes.ts";
import { analysedRows, type Layout, streams } from "./layout.ts";
import type { Values } from "./outcomeAnalysis.ts";
import type { OutcomeTarget } from "./recipe.ts";

/** Events per cluster, for both arms. */
export type ClusterTotals = readonly [readonly number[], readonly number[]];

/** Makes whole-number rows for any spread of events over clusters; always the same for the same. */
export interface CountMaker {
  /** Events per cluster when cluster rates vary as exp(scatter · uⱼ): 0 shares them out by size. */
  readonly totals: (scatter: number) => ClusterTotals;
  /** Rows with these totals, and with the printed standard deviations. */
  readonly make: (totals: ClusterTotals) => Values;
  /** Most events a cluster can have: its size for yes-or-no outcomes, else no limit. */
  readonly most: readonly [readonly number[], readonly number[]];
}

interface Part {
  readonly rows: Int32Array;
  /** Rows per cluster, as positions in `rows`. */
  readonly members: readonly (readonly number[])[];
  readonly events: number;
  readonly sd: { readonly low: number; readonly high: number } | null;
  readonly effects: readonly number[];
  /** Order in which each cluster's participants receive events; more often for the frail. */
  readonly turns: readonly (readonly number[])[];
}

/**
 * Whole numbers with the printed totals, means and standard deviations: 0 or 1 for yes-or-no outcomes, else counts whose
 * rates differ between participants by a gamma distribution with variance `dispersion` (times the squared mean).
 *
 * @throws DesignProblem `figures-infeasible` when no whole numbers have the mean and standard deviation.
 */
export function countRows(target: OutcomeTarget, index: number, layout: Layout, seed: number): CountMaker {
  const { arms, published, assumed } = target;
  const binary = published.type === "binary";
  const stream = randomStream(seed, streams.outcomes + index);
  const rows = analysedRows(layout, seed, [arms[0].analysed, arms[1].analysed]);
  const partOf = (code: 0 | 1): Part => {
    const members: number[][] = layout.sizes[code].map(() => []);
    rows[code].forEach((row, position) => {
      members[layout.clusterCode[row]!]!.push(position);
    });
    const { events, sd } = wholeTargets(target, code, binary);
    const effects = members.map(() => stream.normal());
    const turns = members.map((member) => turnsOf(member, events, assumed.dispersion, binary, stream));
    return { rows: rows[code], members, events, sd, effects, turns };
  };
  const parts = [partOf(0), partOf(1)] as const;
  const most = parts.map(({ members }) => members.map(({ length }) => (binary ? length : Number.POSITIVE_INFINITY)));
  return {
    most: [most[0]!, most[1]!],
    totals: (scatter) => [spreadEvents(parts[0], scatter, most[0]!), spreadEvents(parts[1], scatter, most[1]!)],
    make: (totals) => {
      const values = new Float64Array(layout.rows).fill(Number.NaN);
      parts.forEach((part, code) => {
        const counts = deal(part, totals[code as 0 | 1]);
        if (part.sd !== null)
          reachStandardDeviation(counts, part, part.sd, `${target.name}, ${arms[code as 0 | 1].arm}`);
        part.rows.forEach((row, position) => {
          values[row] = counts[position]!;
        });
      });
      return values;
    },
  };
}

function wholeTargets({ name, arms }: OutcomeTarget, code: 0 | 1, binary: boolean) {
  const { arm, analysed, mean, sd, events } = arms[code];
  const what = `${name}, ${arm}`;
  const range = sd === null ? null : rangeOf(sd);
  const scale = { least: 0, most: binary ? 1 : null };
  const possible = (total: bigint) =>
    total >= 0n &&
    (!binary || total <= BigInt(analysed)) &&
    (range === null || standardDeviationPossible(analysed, { first: total, last: total }, range, scale));
  if (events !== null) {
    const total = printedInterval(events).value;
    if (Number.isSafeInteger(total) && possible(BigInt(total))) return { events: total, sd: range };
    throw new DesignProblem("figures-infeasible", {
      what,
      reason: `${events} events among ${analysed} participants${sd === null ? "" : ` with standard deviation ${sd}`} do not exist`,
    });
  }
  const printed = printedInterval(mean ?? "0");
  const { first, last } = totalsThatPrint(printed, analysed);
  const goal = printed.value * analysed;
  const totals: bigint[] = [];
  for (let total = first; total <= last && totals.length < 1000; total++) if (possible(total)) totals.push(total);
  totals.sort((a, b) => Math.abs(Number(a) - goal) - Math.abs(Number(b) - goal));
  const total = totals[0];
  if (total === undefined) {
    throw new DesignProblem("figures-infeasible", {
      what,
      reason: `no whole numbers of ${analysed} participants have mean ${mean}${sd === null ? "" : ` and standard deviation ${sd}`}`,
    });
  }
  return { events: Number(total), sd: range };
}

/** Positions of a cluster in the order in which they are given events, long enough for any total. */
function turnsOf(
  members: readonly number[],
  events: number,
  dispersion: number,
  binary: boolean,
  stream: RandomStream,
): number[] {
  if (binary) {
    const order = [...members];
    stream.shuffle(order);
    return order;
  }
  // A gamma rate with shape 1/dispersion, as a sum of exponentials (whole part) and its rounding: any skewed rate will do.
  const rates = members.map(() => {
    const shape = Math.max(1, Math.round(1 / dispersion));
    let rate = 0;
    for (let k = 0; k < shape; k++) rate += stream.exponential();
    return dispersion > 1 ? portableExp(dispersion * portableLog(rate)) : rate;
  });
  const total = rates.reduce((a, b) => a + b, 0);
  return Array.from({ length: events }, () => {
    let u = stream.uniform() * total;
    const chosen = rates.findIndex((rate) => {
      u -= rate;
      return u < 0;
    });
    return members[chosen < 0 ? members.length - 1 : chosen]!;
  });
}

/** Totals that add up, in proportion to size × exp(scatter · u), none above what the cluster can have. */
function spreadEvents({ members, events, effects }: Part, scatter: number, most: readonly number[]): number[] {
  const weights = members.map(({ length }, j) => length * portableExp(scatter * effects[j]!));
  const totals = wholeShares(weights, events);
  for (let excess = 0; ; excess = 0) {
    totals.forEach((total, j) => {
      if (total > most[j]!) {
        excess += total - most[j]!;
        totals[j] = most[j]!;
      }
    });
    if (excess === 0) return totals;
    const room = totals.map((total, j) => (total < most[j]! ? weights[j]! : 0));
    wholeShares(room, excess).forEach((share, j) => {
      if (room[j]! > 0) totals[j]! += share;
    });
  }
}

function deal({ rows, turns }: Part, totals: readonly number[]): Int32Array {
  const counts = new Int32Array(rows.length);
  totals.forEach((total, j) => {
    for (let k = 0; k < total; k++) counts[turns[j]![k]!]! += 1;
  });
  return counts;
}

/**
 * Moves events between participants of one cluster until the standard deviation prints as wanted: a move from a to b
 * changes the sum of squares by 2(b − a + 1), so the largest useful move is made each time.
 */
function reachStandardDeviation(
  counts: Int32Array,
  { members }: Part,
  sd: { low: number; high: number },
  what: string,
): void {
  const n = counts.length;
  const total = counts.reduce((a, b) => a + b, 0);
  const centre = (total * total) / n;
  const lowest = (n - 1) * sd.low ** 2 + centre;
  const highest = (n - 1) * sd.high ** 2 + centre;
  const goal = (n - 1) * ((sd.low + sd.high) / 2) ** 2 + centre;
  let squares = counts.reduce((sum, count) => sum + count * count, 0);
  for (let step = 0; step < 10 * n + total; step++) {
    const missing = goal - squares;
    if (Math.abs(missing) < 2 && squares > lowest && squares < highest) return;
    let best: { from: number; to: number; change: number } | null = null;
    for (const member of members) {
      for (const from of member) {
        if (counts[from] === 0) continue;
        for (const to of member) {
          if (to === from) continue;
          const change = 2 * (counts[to]! - counts[from]! + 1);
          const useful = Math.abs(missing - change) < Math.abs(missing);
          if (useful && (best === null || Math.abs(missing - change) < Math.abs(missing - best.change)))
            best = { from, to, change };
        }
      }
    }
    if (best === null) break;
    counts[best.from]! -= 1;
    counts[best.to]! += 1;
    squares += best.change;
  }
  if (squares > lowest && squares < highest) return;
  const reached = Math.sqrt(Math.max(0, squares - centre) / (n - 1));
  throw new DesignProblem("figures-infeasible", {
    what,
    reason: `with these events per cluster the standard deviation comes to ${reached.toPrecision(4)} at the nearest; assume other sizes`,
  });
}
