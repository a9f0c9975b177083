import { type Notice, notice } from "../../contract/notice.ts";
import type { Frame } from "../../data/frame.ts";

/** Ratio of clusters per arm from which unlike variances of the arms distort a test that takes them to be alike. */
const UNEQUAL = 1.5;

/** Clusters per arm, in the order of its levels. */
export function clustersPerArm({ arm }: Frame): readonly number[] {
  if (arm === null) return [];
  const counts = arm.levels.map(() => 0);
  for (const level of arm.ofCluster) counts[level]! += 1;
  return counts;
}

/**
 * A notice for methods that take the arms to vary alike, where arms differ much in their number of clusters.
 *
 * @param typeOneError lowest and highest rate of the method with such arms in docs/simulation/continuous.md
 */
export function unequalArms(frame: Frame, typeOneError: readonly [number, number]): readonly Notice[] {
  const counts = clustersPerArm(frame);
  const most = Math.max(...counts);
  const fewest = Math.min(...counts);
  const [lowest, highest] = typeOneError;
  return most >= UNEQUAL * fewest ? [notice("unequal-arms", { most, fewest, lowest, highest })] : [];
}
