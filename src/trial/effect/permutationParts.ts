import { InputProblem } from "../../contract/problem.ts";
import { drawnAllocations } from "../../inference/permutation/drawnAllocations.ts";
import type { Allocations, PermutationStatistic } from "../../inference/permutation/statistic.ts";
import type { Replicates } from "../../inference/replicates/replicates.ts";
import { randomStream } from "../../numerics/random/randomStream.ts";
import type { AllocationSpace } from "../design/allocationSpace.ts";

/** Statistics of one space of allocations. */
export interface Part {
  readonly space: AllocationSpace;
  readonly statistics: readonly PermutationStatistic[];
}

export type Draws = "auto" | "complete" | number;

/** A part with the numbers of its statistics at every allocation, and the allocations once more. */
export interface FilledPart {
  readonly complete: boolean;
  /** Allocations, all of them or those drawn. */
  readonly total: number;
  /** Calls back with where the numbers of one allocation begin, those of the first statistic first. */
  rows(visit: (numbers: Float64Array, at: number) => void): void;
  allocations(): Allocations;
}

/** Numbers of every part: enumerated, or drawn as replicates that anybody may compute. */
export interface PartsPlan {
  readonly replicates: Replicates;
  /** @param numbers of all replicates */
  fill(numbers: Float64Array): readonly FilledPart[];
}

/** Enumerated unless asked otherwise. */
const MOST_BY_ITSELF = 2_000_000n;
/** One number of each is kept. */
const MOST = 20_000_000n;
const DEFAULT_DRAWS = 99_999;

/**
 * Every part enumerated, or drawn: draw k of every part comes from stream k of the seed, part after part.
 *
 * @throws InputProblem `allocations-not-enumerable`
 */
export function partsPlan(parts: readonly Part[], draws: Draws, seed: number): PartsPlan {
  const complete = parts.map(({ space }) => isEnumerated(space, draws));
  const widths = parts.map(({ statistics }) => statistics.reduce((sum, { width }) => sum + width, 0));
  const drawn = parts.flatMap((_, k) => (complete[k] ? [] : [k]));
  const width = drawn.reduce((sum, k) => sum + widths[k]!, 0);
  const count = drawn.length === 0 ? 0 : typeof draws === "number" ? draws : DEFAULT_DRAWS;
  const rooms = parts.map(({ space }) => new Int32Array(space.clusters));

  const redrawn = (part: number): Allocations => {
    const { clusters } = parts[part]!.space;
    const list = new Uint8Array(count * clusters);
    for (let k = 0; k < count; k++) {
      const stream = randomStream(seed, k);
      for (const each of drawn) {
        parts[each]!.space.draw(stream, rooms[each]!);
        if (each === part) break;
      }
      list.set(rooms[part]!, k * clusters);
    }
    return drawnAllocations(list, clusters);
  };

  return {
    replicates: {
      count,
      width,
      run(from, to, out) {
        let at = 0;
        for (let k = from; k < to; k++) {
          const stream = randomStream(seed, k);
          for (const part of drawn) {
            const { space, statistics } = parts[part]!;
            const allocation = rooms[part]!;
            space.draw(stream, allocation);
            for (const statistic of statistics) {
              statistic.follow(allocation, -1, -1, out, at);
              at += statistic.width;
            }
          }
        }
      },
    },
    fill(numbers) {
      let from = 0;
      return parts.map(({ space, statistics }, k): FilledPart => {
        if (complete[k]) {
          const total = Number(space.count);
          const every: Allocations = { total, complete: true, each: (visit) => space.enumerate!(visit) };
          return {
            complete: true,
            total,
            rows: (visit) => visitRows(every, statistics, visit),
            allocations: () => every,
          };
        }
        const start = from;
        from += widths[k]!;
        let list: Allocations | null = null;
        return {
          complete: false,
          total: count,
          rows(visit) {
            for (let at = start; at < numbers.length; at += width) visit(numbers, at);
          },
          allocations: () => {
            list ??= redrawn(k);
            return list;
          },
        };
      });
    },
  };
}

function isEnumerated({ enumerate, count, scheme }: AllocationSpace, draws: Draws): boolean {
  if (typeof draws === "number") return false;
  const possible = enumerate !== null && count !== null;
  if (draws === "auto") return possible && count <= MOST_BY_ITSELF;
  if (possible && count <= MOST) return true;
  throw new InputProblem("allocations-not-enumerable", {
    scheme,
    count: count === null ? null : String(count),
    most: Number(MOST),
  });
}

function visitRows(
  allocations: Allocations,
  statistics: readonly PermutationStatistic[],
  visit: (numbers: Float64Array, at: number) => void,
): void {
  const numbers = new Float64Array(statistics.reduce((sum, { width }) => sum + width, 0));
  allocations.each((allocation, one, other) => {
    let at = 0;
    for (let k = 0; k < statistics.length; k++) {
      const statistic = statistics[k]!;
      statistic.follow(allocation, one, other, numbers, at);
      at += statistic.width;
    }
    visit(numbers, 0);
  });
}
