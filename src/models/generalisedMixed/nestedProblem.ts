import type { VarianceParameter } from "../mixed/mixedStructure.ts";
import { quadratureLikelihood } from "./adaptiveQuadrature.ts";
import type { ConditionalDensity } from "./conditionalDensity.ts";
import { poissonDensity } from "./countDensity.ts";
import type { GeneralisedMixedOptions } from "./generalisedMixedFit.ts";
import type { InterceptProblem } from "./interceptProblem.ts";
import { type NestedLaplace, nestedLaplace } from "./nestedLaplace.ts";
import type { NestedTree } from "./nestedTree.ts";
import { type OrthonormalCells, orthonormalCells } from "./orthonormalCells.ts";

/** A model with nested random effects as its optimiser sees it: parameters (γ, elements of Λ[, a]), β = Mγ. */
export interface NestedProblem {
  readonly terms: readonly string[];
  readonly options: GeneralisedMixedOptions;
  readonly density: ConditionalDensity;
  /** Cells in the coordinates of γ. */
  readonly tree: NestedTree;
  /** M, p × p. */
  readonly map: Float64Array;
  readonly laplace: NestedLaplace;
}

export function nestedProblem(
  terms: readonly string[],
  tree: NestedTree,
  density: ConditionalDensity,
  options: GeneralisedMixedOptions,
): NestedProblem {
  const { cells, map } = orthonormalCells(tree.cells);
  const turned = { ...tree, cells };
  return { terms, options, density, tree: turned, map, laplace: nestedLaplace(turned, density) };
}

/** The Poisson model on the same tree and coordinates. */
export function poissonLimitOfNested(problem: NestedProblem): NestedProblem {
  const { cells } = problem.tree;
  // NB1 keeps counts apart from their weights.
  const byCount = problem.options.family === "negative-binomial-1";
  const events = byCount ? cells.events.map((y, c) => y * cells.size[c]!) : cells.events;
  const tree = { ...problem.tree, cells: { ...cells, events } };
  return { ...problem, density: poissonDensity, tree, laplace: nestedLaplace(tree, poissonDensity) };
}

/** The same data for the fit without random effects. */
export function withoutNesting({ terms, options, density, tree, map }: NestedProblem): InterceptProblem {
  const rows = tree.cells.events.length;
  // Without random effects all rows may be one cluster, which has the least to add up.
  const cells = { ...tree.cells, clusters: 1, starts: Int32Array.of(0, rows) };
  const orthonormal: OrthonormalCells = { cells, map };
  const group = tree.levels[0]!.level.name;
  return { terms, group, options, density, orthonormal, likelihood: quadratureLikelihood(cells, density, 1) };
}

/** Elements of Λ of one block, as positions among the parameters: of row and column a ≥ b of the block. */
export interface BlockElements {
  readonly level: number;
  /** Number of effects. */
  readonly size: number;
  position(a: number, b: number): number;
}

export function blocksOf({ tree, laplace }: NestedProblem): readonly BlockElements[] {
  const { elements, coefficients: p } = laplace;
  return tree.levels.flatMap(({ level }, l) => {
    let offset = 0;
    return level.blocks.map(({ terms }) => {
      const start = offset;
      offset += terms.length;
      const isAt = (a: number, b: number) => (element: VarianceParameter) =>
        element.level === l && element.row === start + a && element.column === start + b;
      return { level: l, size: terms.length, position: (a: number, b: number) => p + elements.findIndex(isAt(a, b)) };
    });
  });
}
