import { type Notice, notice } from "../../contract/notice.ts";
import type { Frame } from "../../data/frame.ts";

/** Ratio of clusters per arm from which unlike variances of the arms distort a test that pools them (docs/simulation). */
const UNEQUAL = 1.5;

/** A notice for methods that take the arms to vary alike, where arms differ much in their number of clusters. */
export function unequalArms({ arm }: Frame): readonly Notice[] {
  if (arm === null) return [];
  const counts = new Int32Array(arm.levels.length);
  for (const level of arm.ofCluster) counts[level]! += 1;
  const most = Math.max(...counts);
  const fewest = Math.min(...counts);
  return most >= UNEQUAL * fewest ? [notice("unequal-arms", { most, fewest })] : [];
}
