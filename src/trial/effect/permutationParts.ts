import { InputProblem } from "../../contract/problem.ts";
import { drawnAllocations } from "../../inference/permutation/drawnAllocations.ts";
import { type Allocations, type PermutationStatistic, statisticsOf } from "../../inference/permutation/statistic.ts";
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
  readonly width: number;
  /** `width` numbers per allocation. */
  readonly numbers: Float64Array;
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
/** Two numbers of each are kept. */
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
            width: widths[k]!,
            numbers: statisticsOf(every, statistics),
            allocations: () => every,
          };
        }
        const own = columnsOf(numbers, width, from, widths[k]!);
        from += widths[k]!;
        let list: Allocations | null = null;
        return {
          complete: false,
          total: count,
          width: widths[k]!,
          numbers: own,
          allocations: () => (list ??= redrawn(k)),
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

/** Some of the numbers of every row. */
export function columnsOf(numbers: Float64Array, width: number, from: number, wanted: number): Float64Array {
  if (wanted === width) return numbers;
  const out = new Float64Array((numbers.length / width) * wanted);
  for (let row = from, at = 0; at < out.length; row += width)
    for (let k = 0; k < wanted; k++) out[at++] = numbers[row + k]!;
  return out;
}
