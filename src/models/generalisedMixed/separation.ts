import { symmetricEigen } from "../../numerics/matrix/eigen.ts";
import type { ClusterCells } from "./clusterCells.ts";
import type { ConditionalDensity } from "./conditionalDensity.ts";

/** Predictors that move by less than this share of the largest move may be still. */
const STILL = 1e-3;
/** Share of the largest eigenvalue below which a direction does not move the still cells at all. */
const NOTHING = 1e-13;

/**
 * A direction of the coefficients, near a given step, along which the likelihood rises for ever; null where there is none.
 * Along it some predictors move and none against its outcomes: those that rise have events only, those that fall have
 * none. What the still cells see of the step is taken out of it first, so that they are still exactly.
 *
 * @param step length p, in the coordinates of the cells' design, whose columns are orthonormal
 */
export function separatingDirection(
  cells: ClusterCells,
  density: ConditionalDensity,
  step: Float64Array,
): Float64Array | null {
  const { coefficients: p, design } = cells;
  const n = cells.events.length;
  const moves = movesOf(cells, step);
  const largest = largestOf(moves);
  if (!(largest > 0) || !outwards(cells, density, moves, STILL * largest)) return null;
  const still = new Float64Array(p * p);
  for (let i = 0; i < n; i++) {
    if (Math.abs(moves[i]!) > STILL * largest) continue;
    for (let k = 0; k < p; k++)
      for (let l = 0; l < p; l++) still[k * p + l]! += design[i * p + k]! * design[i * p + l]!;
  }
  const values = new Float64Array(p);
  const vectors = new Float64Array(p * p);
  symmetricEigen(still, p, values, vectors);
  const direction = new Float64Array(p);
  for (let k = 0; k < p; k++) {
    // The columns have mean square 1, so n is the largest that all cells together could have.
    if (values[k]! > NOTHING * n) continue;
    let along = 0;
    for (let l = 0; l < p; l++) along += vectors[l * p + k]! * step[l]!;
    for (let l = 0; l < p; l++) direction[l]! += along * vectors[l * p + k]!;
  }
  const exact = movesOf(cells, direction);
  for (let i = 0; i < n; i++) if (Math.abs(moves[i]!) <= STILL * largest) exact[i] = 0;
  return largestOf(exact) > largest / 2 && outwards(cells, density, exact, 1e-9 * largest) ? direction : null;
}

/** Does no cell move against its outcomes by more than `slack`? */
function outwards(cells: ClusterCells, density: ConditionalDensity, moves: Float64Array, slack: number): boolean {
  for (let i = 0; i < moves.length; i++) {
    if (moves[i]! > slack && !density.risesForEver(cells, i)) return false;
    if (moves[i]! < -slack && !density.fallsForEver(cells, i)) return false;
  }
  return true;
}

function movesOf({ coefficients: p, design, events }: ClusterCells, direction: Float64Array): Float64Array {
  const moves = new Float64Array(events.length);
  for (let i = 0, e = 0; i < moves.length; i++) for (let k = 0; k < p; k++) moves[i]! += design[e++]! * direction[k]!;
  return moves;
}

function largestOf(moves: Float64Array): number {
  let largest = 0;
  for (const move of moves) largest = Math.max(largest, Math.abs(move));
  return largest;
}
