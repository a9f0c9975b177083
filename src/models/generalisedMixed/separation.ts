import type { ClusterCells } from "./clusterCells.ts";
import type { ConditionalDensity } from "./conditionalDensity.ts";

/** Predictors that move by less than this share of the largest move count as still. */
const STILL = 1e-3;

/**
 * Does the likelihood rise for ever along a direction of the coefficients? So it does when no cell's predictor moves
 * against its outcomes: those that rise have events only, those that fall have none.
 *
 * @param direction length p, in the coordinates of the cells' design
 */
export function separates(cells: ClusterCells, density: ConditionalDensity, direction: Float64Array): boolean {
  const { coefficients: p, design } = cells;
  const n = cells.events.length;
  const moves = new Float64Array(n);
  let largest = 0;
  for (let i = 0, e = 0; i < n; i++) {
    for (let k = 0; k < p; k++) moves[i]! += design[e++]! * direction[k]!;
    largest = Math.max(largest, Math.abs(moves[i]!));
  }
  if (!(largest > 0.05)) return false;
  for (let i = 0; i < n; i++) {
    if (moves[i]! > STILL * largest && !density.risesForEver(cells, i)) return false;
    if (moves[i]! < -STILL * largest && !density.fallsForEver(cells, i)) return false;
  }
  return true;
}
