import type { Family } from "../family/family.ts";
import type { Link } from "../family/link.ts";

/** What to do instead of a model whose best means lie at the edge of their range: the same measure without such an edge. */
export function alternativeTo(family: Pick<Family, "id">, link: Pick<Link, "id">): string {
  if (family.id === "binomial" && link.id === "log")
    return "family poisson with link log estimates the same ratio without that limit";
  if (link.id === "identity")
    return "family gaussian with link identity estimates the same difference without that limit";
  return "another link has no such limit";
}
