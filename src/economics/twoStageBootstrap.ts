import { DesignProblem } from "../contract/problem.ts";
import type { Replicates } from "../inference/replicates/replicates.ts";
import { cholesky, choleskySolve } from "../numerics/matrix/cholesky.ts";
import { randomStream } from "../numerics/random/randomStream.ts";
import { type Arrangement, arrange } from "./arrangement.ts";
import type { Increment, JointData, JointEquation } from "./jointFit.ts";
import { type OrthonormalDesign, orthonormalDesign } from "./orthonormalDesign.ts";
import { type TwoStageParts, twoStageParts } from "./shrinkage.ts";

/** The two-stage bootstrap of one trial, ready to draw. */
export interface TwoStageBootstrap {
  readonly arrangement: Arrangement;
  /** Least squares on the data as they are, per arm but the control. */
  readonly increments: readonly Increment[];
  /** What the replicates are centred on, cost 1, effect 1, cost 2, …: the increments when every cluster is drawn once and no residual is added. */
  readonly centre: Float64Array;
  /** 1 − c per cell of the arrangement, for cost and for effect. */
  readonly kept: { readonly cost: Float64Array; readonly effect: Float64Array };
  /** Most rows that a replicate can have. */
  readonly maxRows: number;
  /**
   * Increments when the clusters drawn are those at places `clusters` (one per cluster of the arrangement, cell by cell)
   * and the residuals drawn are those of rows `residuals` (one per row of each drawn cluster, in turn): places in the
   * arrangement. Writes cost 1, effect 1, cost 2, … to `out` from `at`; NaN where no regression can be fitted.
   */
  estimate(clusters: Int32Array, residuals: Int32Array, out: Float64Array, at: number): void;
}

/** An equation in the order of the arrangement. */
interface BootstrapEquation {
  readonly parts: TwoStageParts;
  readonly design: OrthonormalDesign;
  /** Per increment: weights of θ. */
  readonly weights: readonly Float64Array[];
  /** Per increment: what covariates contribute by terms that involve the arm. */
  readonly offsets: readonly number[];
}

/** Share of the design's information, in directions in which all rows have 1, below which a replicate cannot be fitted. */
const SINGULAR = 1e-10;

/**
 * The two-stage bootstrap with shrinkage (Davison & Hinkley 1997; Gomes et al. 2012), for cost and effect at once. In
 * every arm (and stratum): draw J clusters with replacement, each bringing its size and its covariates; a row of a drawn
 * cluster gets the cluster's shrunken mean and a residual drawn from all of the arm's, cost and effect of the same
 * participant together; then fit both regressions by least squares anew. What is shrunk and drawn ({@link twoStageParts})
 * is the outcome with the covariates taken out, yᵢ − zᵢᵀγ̂, γ̂ by least squares on the trial itself; without covariates
 * the outcome as it is.
 *
 * Both clusters of a matched pair are drawn together.
 *
 * @throws DesignProblem `stratum-of-one-cluster` when an arm has a single cluster in a stratum.
 */
export function twoStageBootstrap(data: JointData): TwoStageBootstrap {
  const { cost, effect, arm, stratum } = data;
  const same = sameTerms(cost, effect);
  const arrangement = arrange(data, same ? columnsOf(cost) : [...columnsOf(cost), ...columnsOf(effect)]);
  for (const cell of arrangement.cells)
    if (cell.clusters < 2)
      throw new DesignProblem("stratum-of-one-cluster", {
        arm: arm.levels[cell.arm]!,
        stratum: cell.stratum === null ? "" : stratum!.levels[cell.stratum]!,
      });
  const costDesign = orthonormalDesign(cost.design, arrangement.rows);
  const effectDesign = same ? costDesign : orthonormalDesign(effect.design, arrangement.rows);
  const costs = equationOf(cost, costDesign, arrangement, arm.name);
  const effects = equationOf(effect, effectDesign, arrangement, arm.name);
  const centre = new Float64Array(2 * costs.found.length);
  const eachOnce = Int32Array.from(arrangement.clusters, (_, place) => place);
  const nothing = new Int32Array(arrangement.rows.length);
  estimatorOf(arrangement, withoutResiduals(costs.equation), withoutResiduals(effects.equation))(
    eachOnce,
    nothing,
    centre,
    0,
  );
  return {
    arrangement,
    centre,
    increments: costs.found.map((value, k) => ({ cost: value, effect: effects.found[k]! })),
    kept: { cost: costs.equation.parts.kept, effect: effects.equation.parts.kept },
    maxRows: mostRows(arrangement),
    estimate: estimatorOf(arrangement, costs.equation, effects.equation),
  };
}

/** Replicate k draws from stream k of the seed. */
export function twoStageReplicates(
  { arrangement, increments, maxRows, estimate }: TwoStageBootstrap,
  draws: number,
  seed: number,
): Replicates {
  const { cells, clusters, starts, paired } = arrangement;
  const width = 2 * increments.length;
  return {
    count: draws,
    width,
    run(from, to, out) {
      const drawn = new Int32Array(clusters.length);
      const residuals = new Int32Array(maxRows);
      const stream = randomStream(seed);
      for (let k = from; k < to; k++) {
        stream.restart(k);
        let row = 0;
        cells.forEach((cell, c) => {
          const { firstCluster, clusters: count, firstRow, rows } = cell;
          // The same places as in the first cell keep pairs together.
          if (paired && c > 0)
            for (let s = 0; s < count; s++) drawn[firstCluster + s] = firstCluster + drawn[s]! - cells[0]!.firstCluster;
          else drawPlaces(stream.uint32, firstCluster, count, drawn, firstCluster, count);
          let needed = 0;
          for (let s = firstCluster; s < firstCluster + count; s++)
            needed += starts[drawn[s]! + 1]! - starts[drawn[s]!]!;
          drawPlaces(stream.uint32, firstRow, rows, residuals, row, needed);
          row += needed;
        });
        estimate(drawn, residuals, out, (k - from) * width);
      }
    },
  };
}

const WORD = 4294967296;

/** Fills out[at …] with `count` places first … first + n − 1, each equally likely. */
function drawPlaces(uint32: () => number, first: number, n: number, out: Int32Array, at: number, count: number): void {
  // Words beyond the last multiple of n would favour small places: draw again.
  const each = Math.floor(WORD / n);
  const complete = each * n;
  for (let i = at; i < at + count; i++) {
    let word = uint32();
    while (word >= complete) word = uint32();
    out[i] = first + Math.floor(word / each);
  }
}

function equationOf(
  { values: given, design, increments }: JointEquation,
  orthonormal: OrthonormalDesign,
  arrangement: Arrangement,
  arm: string,
): { readonly equation: BootstrapEquation; readonly found: readonly number[] } {
  const { rows, width: p, basis, inverse } = orthonormal;
  const values = Float64Array.from(arrangement.rows, (row) => given[row]!);
  const theta = new Float64Array(p);
  const origin = values[0]!;
  for (let i = 0; i < rows; i++) for (let k = 0; k < p; k++) theta[k]! += basis[i * p + k]! * (values[i]! - origin);
  const beta = new Float64Array(p);
  for (let k = 0; k < p; k++) for (let l = k; l < p; l++) beta[k]! += inverse[k * p + l]! * theta[l]!;
  const ofArms = design.terms.map(({ role, source }) => role === "intercept" || (role === "arm" && source === arm));
  const gamma = beta.map((value, k) => (ofArms[k] ? 0 : value));
  if (!ofArms.every(Boolean)) takeOut(design, arrangement.rows, gamma, values);
  const weights = increments.map((contrast) => {
    const own = new Float64Array(p);
    for (let l = 0; l < p; l++) for (let k = 0; k <= l; k++) own[l]! += contrast[k]! * inverse[k * p + l]!;
    return own;
  });
  return {
    equation: {
      parts: twoStageParts(values, arrangement),
      design: orthonormal,
      weights,
      offsets: increments.map((contrast) => contrast.reduce((sum, weight, k) => sum + weight * gamma[k]!, 0)),
    },
    found: increments.map((contrast) => contrast.reduce((sum, weight, k) => sum + weight * beta[k]!, 0)),
  };
}

const withoutResiduals = (equation: BootstrapEquation): BootstrapEquation => ({
  ...equation,
  parts: { ...equation.parts, residuals: new Float64Array(equation.parts.residuals.length) },
});

/** y − zᵀγ */
function takeOut(
  { width: p, rows, fill }: JointEquation["design"],
  order: Int32Array,
  gamma: Float64Array,
  y: Float64Array,
) {
  const x = new Float64Array(rows * p);
  fill(0, rows, x, p, 0);
  for (let i = 0; i < rows; i++) {
    const at = order[i]! * p;
    let fitted = 0;
    for (let k = 0; k < p; k++) fitted += x[at + k]! * gamma[k]!;
    y[i]! -= fitted;
  }
}

function sameTerms(one: JointEquation, other: JointEquation): boolean {
  const names = other.design.terms.map(({ name }) => name);
  return one.design.terms.length === names.length && one.design.terms.every(({ name }, k) => name === names[k]);
}

/** Columns of the covariates, to tell rows of equal cost and effect apart. */
function columnsOf({ design }: JointEquation): readonly Float64Array[] {
  const { rows, width: p, terms } = design;
  const x = new Float64Array(rows * p);
  design.fill(0, rows, x, p, 0);
  return terms.flatMap(({ role }, k) =>
    role === "covariate" ? [Float64Array.from({ length: rows }, (_, i) => x[i * p + k]!)] : [],
  );
}

function mostRows({ cells, starts }: Arrangement): number {
  return cells.reduce((sum, { firstCluster, clusters }) => {
    let largest = 0;
    for (let j = firstCluster; j < firstCluster + clusters; j++)
      largest = Math.max(largest, starts[j + 1]! - starts[j]!);
    return sum + clusters * largest;
  }, 0);
}

/** An equation, its place among the numbers of an arm (0 cost, 1 effect), and Σ x y of a drawn sample. */
interface DrawnEquation {
  readonly equation: BootstrapEquation;
  readonly offset: number;
  readonly xy: Float64Array;
}

/** Sums of a drawn sample's cross-products with one design: Σ x xᵀ, and Σ x y of cost and effect as far as they have this design. */
interface Sums {
  readonly design: OrthonormalDesign;
  readonly equations: readonly DrawnEquation[];
  readonly xx: Float64Array;
  /** Per cluster: Σ x xᵀ (p × p) and Σ x (p). */
  readonly clusterXx: Float64Array;
  readonly clusterX: Float64Array;
}

function estimatorOf(
  arrangement: Arrangement,
  cost: BootstrapEquation,
  effect: BootstrapEquation,
): TwoStageBootstrap["estimate"] {
  const { starts, clusters } = arrangement;
  const equations = [cost, effect].map(
    (equation, offset): DrawnEquation => ({
      equation,
      offset,
      xy: new Float64Array(equation.design.width),
    }),
  );
  const sums = [...new Set([cost.design, effect.design])].map(
    (design): Sums => ({
      design,
      equations: equations.filter(({ equation }) => equation.design === design),
      xx: new Float64Array(design.width ** 2),
      ...clusterSums(design, starts),
    }),
  );
  const arms = cost.weights.length;
  return (drawn, residuals, out, at) => {
    for (const { design, equations: own, xx, clusterXx, clusterX } of sums) {
      const p = design.width;
      xx.fill(0);
      for (const { equation, xy } of own) {
        xy.fill(0);
        const { means } = equation.parts;
        for (let s = 0; s < clusters.length; s++) {
          const j = drawn[s]!;
          for (let k = 0; k < p; k++) xy[k]! += means[j]! * clusterX[j * p + k]!;
        }
      }
      const [first, second] = own;
      let row = 0;
      for (let s = 0; s < clusters.length; s++) {
        const from = starts[drawn[s]!]!;
        const to = starts[drawn[s]! + 1]!;
        if (second === undefined) addResiduals(design, from, to, first!, residuals, row);
        else addBothResiduals(design, from, to, first!, second, residuals, row);
        row += to - from;
      }
      for (let s = 0; s < clusters.length; s++) {
        const from = drawn[s]! * p * p;
        for (let e = 0; e < p * p; e++) xx[e]! += clusterXx[from + e]!;
      }
      if (!cholesky(xx, p, xx) || smallestPivot(xx, p) < SINGULAR) {
        out.fill(Number.NaN, at, at + 2 * arms);
        return;
      }
      for (const { equation, offset, xy } of own) {
        choleskySolve(xx, p, xy, xy);
        for (let a = 0; a < arms; a++) {
          const weights = equation.weights[a]!;
          let value = equation.offsets[a]!;
          for (let k = 0; k < p; k++) value += weights[k]! * xy[k]!;
          out[at + 2 * a + offset] = value;
        }
      }
    }
  };
}

/** Adds Σ xᵢ rᵢ of the rows from … to − 1, which have drawn the residuals from place `row` on. */
function addResiduals(
  { basis, width: p }: OrthonormalDesign,
  from: number,
  to: number,
  { equation, xy }: DrawnEquation,
  residuals: Int32Array,
  row: number,
): void {
  const pool = equation.parts.residuals;
  for (let i = from; i < to; i++) {
    const residual = pool[residuals[row + i - from]!]!;
    for (let k = 0, x = i * p; k < p; k++, x++) xy[k]! += basis[x]! * residual;
  }
}

/** The same for two equations with one design, in one go. */
function addBothResiduals(
  { basis, width: p }: OrthonormalDesign,
  from: number,
  to: number,
  one: DrawnEquation,
  two: DrawnEquation,
  residuals: Int32Array,
  row: number,
): void {
  const poolOne = one.equation.parts.residuals;
  const poolTwo = two.equation.parts.residuals;
  const xyOne = one.xy;
  const xyTwo = two.xy;
  for (let i = from; i < to; i++) {
    const place = residuals[row + i - from]!;
    const residualOne = poolOne[place]!;
    const residualTwo = poolTwo[place]!;
    for (let k = 0, x = i * p; k < p; k++, x++) {
      xyOne[k]! += basis[x]! * residualOne;
      xyTwo[k]! += basis[x]! * residualTwo;
    }
  }
}

function clusterSums({ basis, width: p }: OrthonormalDesign, starts: Int32Array) {
  const count = starts.length - 1;
  const clusterXx = new Float64Array(count * p * p);
  const clusterX = new Float64Array(count * p);
  for (let j = 0; j < count; j++)
    for (let x = starts[j]! * p; x < starts[j + 1]! * p; x += p)
      for (let k = 0; k < p; k++) {
        clusterX[j * p + k]! += basis[x + k]!;
        for (let l = 0; l < p; l++) clusterXx[(j * p + k) * p + l]! += basis[x + k]! * basis[x + l]!;
      }
  return { clusterXx, clusterX };
}

function smallestPivot(factor: Float64Array, p: number): number {
  let smallest = Number.POSITIVE_INFINITY;
  for (let k = 0; k < p; k++) smallest = Math.min(smallest, factor[k * p + k]! ** 2);
  return smallest;
}
