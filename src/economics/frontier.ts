/** A strategy by its mean cost and mean effect per participant, each against the control. */
export interface Strategy {
  readonly arm: string;
  readonly cost: number;
  readonly effect: number;
}

/** Strategies that some threshold makes best, and why the others are never. */
export interface Frontier {
  /** In order of effect (and of cost); `ratio`: extra cost per extra effect against the one before, null for the first. */
  readonly strategies: readonly (Strategy & { readonly ratio: number | null })[];
  readonly dominated: readonly {
    readonly arm: string;
    /** By a strategy that costs no more and does no less, or by a mixture of two. */
    readonly by: readonly string[];
    readonly kind: "strong" | "extended";
  }[];
}

/**
 * The cost-effectiveness frontier: the lower convex hull of cost by effect, from the cheapest strategy on. A strategy that
 * costs no less and does no more than another is strongly dominated; one above the line between two others is dominated by
 * extension.
 */
export function frontier(strategies: readonly Strategy[]): Frontier {
  const dominated: Frontier["dominated"][number][] = [];
  const efficient = strategies
    .filter((strategy, k) => {
      const better = strategies.find(
        (other, l) =>
          l !== k &&
          other.cost <= strategy.cost &&
          other.effect >= strategy.effect &&
          (other.cost < strategy.cost || other.effect > strategy.effect || l < k),
      );
      if (better !== undefined) dominated.push({ arm: strategy.arm, by: [better.arm], kind: "strong" });
      return better === undefined;
    })
    .sort((a, b) => a.effect - b.effect);
  const hull: Strategy[] = [];
  for (const strategy of efficient) {
    while (hull.length >= 2 && ratio(hull.at(-2)!, hull.at(-1)!) >= ratio(hull.at(-1)!, strategy)) {
      const left = hull.pop()!;
      dominated.push({ arm: left.arm, by: [hull.at(-1)!.arm, strategy.arm], kind: "extended" });
    }
    hull.push(strategy);
  }
  return {
    strategies: hull.map((strategy, k) => ({ ...strategy, ratio: k === 0 ? null : ratio(hull[k - 1]!, strategy) })),
    dominated,
  };
}

const ratio = (from: Strategy, to: Strategy) => (to.cost - from.cost) / (to.effect - from.effect);
