import { DesignProblem } from "../../contract/problem.ts";
import { columnSource, concatenateColumns } from "../../data/columnSource.ts";
import type { Frame } from "../../data/frame.ts";
import type { Grouping } from "../../data/grouping.ts";
import { childrenOf } from "../mixed/childrenOf.ts";
import { effectsOf, type RandomBlock, type RandomLevel } from "../mixed/mixedStructure.ts";
import type { RandomTerm } from "../mixed/randomFormula.ts";
import {
  isBetterShifted,
  nestedGroupings,
  parentsOf,
  refuseRepeats,
  slopeColumn,
  slopesOf,
  termsOrIntercept,
} from "../mixed/randomLevels.ts";
import { type ClusterCells, clusterCells } from "./clusterCells.ts";
import type { MixedFamilyName } from "./generalisedMixedFit.ts";

/** What a model with nested random effects reads of the data. */
export type NestedFrame = Pick<
  Frame,
  "rows" | "cluster" | "outcome" | "design" | "weights" | "offset" | "extraColumns" | "extraGroupings"
>;

/** One level of the nesting, its groups numbered so that those inside one group of the level before are neighbours. */
interface TreeLevel {
  /** As the terms ask for it; `columns` of its blocks are columns of `NestedTree.slopes`, its groups those of the frame. */
  readonly level: RandomLevel;
  /** r, effects per group. */
  readonly effects: number;
  /** Effects of all coarser levels together, which come first on a path from the top to a cell. */
  readonly above: number;
  /** Inside group g: groups of the next level, or cells at the last, starts[g] … starts[g + 1] − 1. */
  readonly starts: Int32Array;
  /** Group of the frame's grouping for each group here. */
  readonly original: Int32Array;
  /** For each group of the last level, the group here that it lies in. */
  readonly ofFinest: Int32Array;
}

/**
 * The data of a generalised linear mixed model with nested random effects, as a tree: groups within groups, cells of equal
 * rows within the finest groups. η = xᵀβ + offset + Σₗ zₗᵀbₗ, bₗ ~ N(0, Σₗ) for every group of level l.
 */
export interface NestedTree {
  /** Coarsest first. */
  readonly levels: readonly TreeLevel[];
  /** Cells of rows with the same fixed and random covariates, within the finest groups; their design is that of the fixed effects. */
  readonly cells: ClusterCells;
  /** Distinct counts with their weights of each coarsest group, where `cells.counts` has them of all; else empty. */
  readonly counts: readonly ClusterCells["counts"][];
  /** Column k of the random effects at cell c is slopes[c · width + k]: ones first, then slopes of mean square one. */
  readonly slopes: Float64Array;
  readonly width: number;
  /** What each column of `slopes` was divided by after its origin was taken off. */
  readonly units: Float64Array;
}

/**
 * The tree of a frame, family and random terms; without terms, one intercept per cluster.
 *
 * @throws InputProblem "crossed-random-effects", "random-term-repeated"
 * @throws DesignProblem "covariate-constant" for a slope
 */
export function nestedTree(frame: NestedFrame, family: MixedFamilyName, given: readonly RandomTerm[]): NestedTree {
  const terms = termsOrIntercept(frame, given);
  const names = slopesOf(terms);
  const columns = names.map((name) => slopeColumn(frame, name));
  names.forEach((column, k) => {
    const [first] = columns[k]!;
    if (columns[k]!.every((value) => value === first))
      throw new DesignProblem("covariate-constant", { column, cell: `${first}` });
  });
  const origins = names.map((name, k) => (isBetterShifted(frame, terms, name) ? middle(columns[k]!) : 0));
  const groupings = nestedGroupings(frame, terms);
  const levels = groupings.map((grouping, l): RandomLevel => {
    const here = terms.filter((term) => term.path.join("/") === grouping.name);
    refuseRepeats(here, grouping.name);
    const at = (effect: string) => names.indexOf(effect);
    return {
      name: grouping.name,
      groups: grouping.labels.length,
      parent: l === 0 ? null : parentsOf(grouping, groupings[l - 1]!),
      blocks: here.map(
        ({ effects }): RandomBlock => ({
          columns: effects.map((effect) => at(effect) + 1),
          terms: effects,
          origins: effects.map((effect) => (effect === "intercept" ? 0 : origins[at(effect)]!)),
        }),
      ),
    };
  });

  const orders = treeOrders(levels);
  const finest = inOrder(groupings.at(-1)!, orders.at(-1)!.original);
  const p = frame.design.width;
  const source = columns.length === 0 ? frame.design : concatenateColumns(frame.design, columnSource(columns));
  const all = clusterCells({ ...frame, cluster: finest, design: { ...frame.design, ...source } }, family);
  const count = all.starts[all.clusters]!;
  const width = names.length + 1;
  const design = new Float64Array(count * p);
  const slopes = new Float64Array(count * width);
  const stride = p + names.length;
  const units = new Float64Array(width).fill(1);
  names.forEach((_, k) => {
    const squares = columns[k]!.reduce((sum, value) => sum + (value - origins[k]!) ** 2, 0);
    if (squares > 0) units[k + 1] = Math.sqrt(squares / frame.rows);
  });
  for (let c = 0; c < count; c++) {
    for (let k = 0; k < p; k++) design[c * p + k] = all.design[c * stride + k]!;
    slopes[c * width] = 1;
    for (let k = 1; k < width; k++)
      slopes[c * width + k] = (all.design[c * stride + p + k - 1]! - origins[k - 1]!) / units[k]!;
  }
  return {
    levels: levels.map((level, l): TreeLevel => {
      const inside = levels.slice(0, l).reduce((sum, coarser) => sum + effectsOf(coarser), 0);
      return {
        level,
        effects: effectsOf(level),
        above: inside,
        ...orders[l]!,
        starts: orders[l]!.starts ?? all.starts,
      };
    }),
    cells: { ...all, coefficients: p, design },
    counts: all.counts.values.length === 0 ? [] : countsByGroup(frame, groupings[0]!),
    slopes,
    width,
    units,
  };
}

const middle = (values: Float64Array): number => values.reduce((sum, value) => sum + value, 0) / values.length;

/** Groups in the order of a walk through the tree: where the children of each begin (null at the last level). */
function treeOrders(levels: readonly RandomLevel[]) {
  const found: { original: Int32Array; starts: Int32Array | null; ofFinest: Int32Array }[] = [];
  levels.forEach(({ groups, parent }, l) => {
    if (parent === null) {
      found.push({
        original: Int32Array.from({ length: groups }, (_, g) => g),
        starts: null,
        ofFinest: new Int32Array(0),
      });
      return;
    }
    const coarser = found[l - 1]!;
    const { starts, members } = childrenOf(parent, coarser.original.length);
    const original = new Int32Array(groups);
    const begins = new Int32Array(coarser.original.length + 1);
    let next = 0;
    coarser.original.forEach((old, g) => {
      for (let k = starts[old]!; k < starts[old + 1]!; k++) original[next++] = members[k]!;
      begins[g + 1] = next;
    });
    coarser.starts = begins;
    found.push({ original, starts: null, ofFinest: new Int32Array(0) });
  });
  let ofFinest = Int32Array.from({ length: levels.at(-1)!.groups }, (_, g) => g);
  for (let l = levels.length - 1; l >= 0; l--) {
    found[l]!.ofFinest = ofFinest;
    if (l === 0) break;
    const up = new Int32Array(levels[l]!.groups);
    const { starts } = found[l - 1]!;
    for (let g = 0; g < levels[l - 1]!.groups; g++) up.fill(g, starts![g]!, starts![g + 1]!);
    ofFinest = ofFinest.map((g) => up[g]!);
  }
  return found;
}

/** The grouping with its groups in another order. */
function inOrder(grouping: Grouping, order: Int32Array): Grouping {
  const rank = new Int32Array(order.length);
  order.forEach((old, g) => {
    rank[old] = g;
  });
  return {
    name: grouping.name,
    labels: Array.from(order, (old) => grouping.labels[old]!),
    codes: grouping.codes.map((code) => rank[code]!),
    sizes: order.map((old) => grouping.sizes[old]!),
  };
}

function countsByGroup({ outcome, weights }: NestedFrame, { codes, labels }: Grouping): ClusterCells["counts"][] {
  const totals = labels.map(() => new Map<number, number>());
  outcome.values.forEach((y, i) => {
    const total = totals[codes[i]!]!;
    total.set(y, (total.get(y) ?? 0) + (weights === null ? 1 : weights[i]!));
  });
  return totals.map((total) => ({
    values: Float64Array.from(total.keys()),
    weights: Float64Array.from(total.values()),
  }));
}
