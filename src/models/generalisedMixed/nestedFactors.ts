import type { NestedTree } from "./nestedTree.ts";

/** Numbers of one level of the tree, groups in its order. */
export interface FactorLevel {
  /** Effects per group, and those of coarser levels before them on a path. */
  readonly r: number;
  readonly above: number;
  /** groups × r: effects at hand, others to try, and a step. */
  readonly u: Float64Array;
  readonly trial: Float64Array;
  readonly step: Float64Array;
}

/**
 * At a finest group: a T × T matrix along the path from its coarsest group (of which the lower triangle counts), and a vector
 * of length T.
 */
type LeafVisit = (group: number, matrix: Float64Array, vector: Float64Array) => void;

/** The precision H = I + AᵀWA of all effects of one coarsest group, which has the shape of the tree, and its factors. */
export interface NestedFactors {
  readonly levels: readonly FactorLevel[];
  /**
   * Factors H for coarsest group j, and takes g − u through the factor; false where H is not positive definite.
   *
   * @param add adds AᵀWA and Aᵀg of the cells of a finest group
   */
  factor(j: number, add: LeafVisit): boolean;
  /** Of the last factor: [(g − u)ᵀH⁻¹(g − u), ½ log|H|]. */
  readonly sums: Float64Array;
  /** H⁻¹ of what went through the factor, into `step`. */
  solve(j: number): void;
  /**
   * Visits every finest group with the covariance H⁻¹ of the effects on its path; what visits add to the vector goes through
   * the factor for `solve`.
   */
  covariances(j: number, visit: LeafVisit | null): void;
  /** Where `covariances` is to leave the r × r covariance of each group of a level; null for nowhere. */
  readonly kept: (Float64Array | null)[];
}

/**
 * Block elimination over the tree, each group into its parents: O(rT²) a group for T effects on a path. With H_s a group's own
 * block after elimination of what lies inside, and H₊ its products with the effects above,
 *
 *   H_s = LLᵀ,   K = L⁻¹H₊,   to the parent: −KᵀK and −Kᵀy with y = L⁻¹g
 *   step = L⁻ᵀ(y − K·step above),   Cov(own, above) = −L⁻ᵀK Cov(above),   Cov(own) = (LLᵀ)⁻¹ + L⁻ᵀK Cov(above) (L⁻ᵀK)ᵀ
 */
export function nestedFactors({ levels }: NestedTree): NestedFactors {
  const last = levels.length - 1;
  const path = levels[last]!.above + levels[last]!.effects;
  const rooms = levels.map(({ effects: r, above, original }) => ({
    r,
    above,
    total: above + r,
    u: new Float64Array(original.length * r),
    trial: new Float64Array(original.length * r),
    step: new Float64Array(original.length * r),
    root: new Float64Array(original.length * r * r),
    pull: new Float64Array(original.length * r * above),
    y: new Float64Array(original.length * r),
    /** Sums over what lies inside a group, along its path. */
    matrix: new Float64Array((above + r) ** 2),
    vector: new Float64Array(above + r),
    /** Covariance of the effects along the path of the group at hand, and L⁻ᵀK. */
    covariance: new Float64Array((above + r) ** 2),
    reach: new Float64Array(r * above),
  }));
  const along = new Float64Array(path);
  const product = new Float64Array(path);
  const kept: (Float64Array | null)[] = levels.map(() => null);
  // In an array, as captured numbers would be allocated anew at every sum.
  const sums = new Float64Array(2);

  /** Factors H of group g at level l and all inside it; sums of what is above go into the room of level l − 1. */
  function absorb(l: number, g: number, add: LeafVisit): boolean {
    const room = rooms[l]!;
    const { r, above, total, matrix, vector, u, y, pull, root } = room;
    clear(matrix);
    clear(vector);
    const { starts } = levels[l]!;
    if (l === last) add(g, matrix, vector);
    else for (let child = starts[g]!; child < starts[g + 1]!; child++) if (!absorb(l + 1, child, add)) return false;
    // Own block: H = I + AᵀWA less what finer levels took.
    const at = g * r * r;
    for (let x = 0; x < r; x++) {
      for (let z = 0; z <= x; z++) {
        let value = matrix[(above + x) * total + above + z]! + (x === z ? 1 : 0);
        for (let k = 0; k < z; k++) value -= root[at + x * r + k]! * root[at + z * r + k]!;
        if (x > z) root[at + x * r + z] = value / root[at + z * r + z]!;
        else {
          if (!(value > 0)) return false;
          root[at + x * r + x] = Math.sqrt(value);
          sums[1]! += Math.log(value) / 2;
        }
      }
    }
    for (let x = 0; x < r; x++) {
      let value = vector[above + x]! - u[g * r + x]!;
      for (let k = 0; k < x; k++) value -= root[at + x * r + k]! * y[g * r + k]!;
      value /= root[at + x * r + x]!;
      y[g * r + x] = value;
      sums[0]! += value * value;
      for (let z = 0; z < above; z++) {
        let entry = matrix[(above + x) * total + z]!;
        for (let k = 0; k < x; k++) entry -= root[at + x * r + k]! * pull[(g * r + k) * above + z]!;
        pull[(g * r + x) * above + z] = entry / root[at + x * r + x]!;
      }
    }
    if (l === 0) return true;
    const parent = rooms[l - 1]!;
    for (let x = 0; x < above; x++) {
      let value = vector[x]!;
      for (let k = 0; k < r; k++) value -= pull[(g * r + k) * above + x]! * y[g * r + k]!;
      parent.vector[x]! += value;
      for (let z = 0; z <= x; z++) {
        let entry = matrix[x * total + z]!;
        for (let k = 0; k < r; k++) entry -= pull[(g * r + k) * above + x]! * pull[(g * r + k) * above + z]!;
        parent.matrix[x * above + z]! += entry;
      }
    }
    return true;
  }

  /** L⁻ᵀ(y − K·above) of group g and all inside it, into `step`: H⁻¹ applied to what y was made of. */
  function descend(l: number, g: number): void {
    const { r, above, root, pull, y, step } = rooms[l]!;
    for (let x = r - 1; x >= 0; x--) {
      let value = y[g * r + x]!;
      for (let z = 0; z < above; z++) value -= pull[(g * r + x) * above + z]! * along[z]!;
      for (let k = x + 1; k < r; k++) value -= root[g * r * r + k * r + x]! * step[g * r + k]!;
      step[g * r + x] = value / root[g * r * r + x * r + x]!;
    }
    if (l === last) return;
    const { starts } = levels[l]!;
    for (let child = starts[g]!; child < starts[g + 1]!; child++) {
      for (let x = 0; x < r; x++) along[above + x] = step[g * r + x]!;
      descend(l + 1, child);
    }
  }

  /** Covariances of the effects on each path on the way down; on the way up what the visits add is eliminated as g was. */
  function walkDown(l: number, g: number, visit: LeafVisit | null): void {
    const room = rooms[l]!;
    const { r, above, total, covariance, reach, vector, y, pull, root } = room;
    const at = g * r * r;
    // reach = L⁻ᵀK; own covariance = (LLᵀ)⁻¹ + reach · covariance above · reachᵀ, with those above −reach · covariance.
    for (let z = 0; z < above; z++) {
      for (let x = r - 1; x >= 0; x--) {
        let value = pull[(g * r + x) * above + z]!;
        for (let k = x + 1; k < r; k++) value -= root[at + k * r + x]! * reach[k * above + z]!;
        reach[x * above + z] = value / root[at + x * r + x]!;
      }
    }
    if (l > 0) {
      const { covariance: outer } = rooms[l - 1]!;
      for (let x = 0; x < above; x++) for (let z = 0; z < above; z++) covariance[x * total + z] = outer[x * above + z]!;
    }
    for (let x = 0; x < r; x++) {
      for (let z = 0; z < above; z++) {
        let value = 0;
        for (let k = 0; k < above; k++) value -= reach[x * above + k]! * covariance[k * total + z]!;
        covariance[(above + x) * total + z] = value;
        covariance[z * total + above + x] = value;
      }
    }
    for (let z = 0; z < r; z++) {
      // Column z of (LLᵀ)⁻¹.
      for (let x = 0; x < r; x++) {
        let value = x === z ? 1 : 0;
        for (let k = 0; k < x; k++) value -= root[at + x * r + k]! * product[k]!;
        product[x] = value / root[at + x * r + x]!;
      }
      for (let x = r - 1; x >= 0; x--) {
        let value = product[x]!;
        for (let k = x + 1; k < r; k++) value -= root[at + k * r + x]! * product[k]!;
        product[x] = value / root[at + x * r + x]!;
      }
      for (let x = 0; x < r; x++) {
        let value = product[x]!;
        for (let k = 0; k < above; k++) value -= reach[x * above + k]! * covariance[k * total + above + z]!;
        covariance[(above + x) * total + above + z] = value;
      }
    }
    const keep = kept[l];
    if (keep != null) {
      for (let x = 0; x < r; x++)
        for (let z = 0; z < r; z++) keep[(g * r + x) * r + z] = covariance[(above + x) * total + above + z]!;
    }
    clear(vector);
    const { starts } = levels[l]!;
    if (l < last) {
      for (let child = starts[g]!; child < starts[g + 1]!; child++) walkDown(l + 1, child, visit);
    } else if (visit !== null) visit(g, covariance, vector);
    if (visit === null) return;
    for (let x = 0; x < r; x++) {
      let value = vector[above + x]!;
      for (let k = 0; k < x; k++) value -= root[at + x * r + k]! * y[g * r + k]!;
      y[g * r + x] = value / root[at + x * r + x]!;
    }
    if (l === 0) return;
    const parent = rooms[l - 1]!;
    for (let x = 0; x < above; x++) {
      let value = vector[x]!;
      for (let k = 0; k < r; k++) value -= pull[(g * r + k) * above + x]! * y[g * r + k]!;
      parent.vector[x]! += value;
    }
  }

  return {
    levels: rooms,
    sums,
    kept,
    factor(j, add) {
      clear(sums);
      return absorb(0, j, add);
    },
    solve: (j) => descend(0, j),
    covariances: (j, visit) => walkDown(0, j, visit),
  };
}

/** `fill(0)` of a few numbers, without its call into the engine. */
export function clear(values: Float64Array): void {
  for (let k = 0; k < values.length; k++) values[k] = 0;
}
