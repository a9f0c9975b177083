/** What clusters, arms and strata are called in words about a space; numbers from 1 where they have no name. */
export interface SpaceNames {
  readonly clusters?: readonly string[];
  readonly arms?: readonly string[];
  readonly strata?: readonly string[];
}

export const nameOf = (names: readonly string[] | undefined, index: number): string => names?.[index] ?? `${index + 1}`;

/** Why this is not one of the arms 0 … arms − 1 for every cluster; null when it is. */
export function misfit(allocation: Int32Array, clusters: number, arms: number, names: SpaceNames): string | null {
  if (allocation.length !== clusters) return `it has ${allocation.length} clusters, and the randomisation ${clusters}`;
  const strange = allocation.findIndex((arm) => !(arm >= 0 && arm < arms));
  if (strange < 0) return null;
  return `cluster "${nameOf(names.clusters, strange)}" is in arm number ${allocation[strange]! + 1} of ${arms}`;
}
