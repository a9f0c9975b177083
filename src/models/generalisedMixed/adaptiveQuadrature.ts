import { gaussHermite } from "../../numerics/quadrature/gaussHermite.ts";
import type { ClusterCells } from "./clusterCells.ts";
import { type ConditionalDensity, type Jet, type JetPart, jetOf } from "./conditionalDensity.ts";

/**
 * The approximated log-likelihood and its exact derivatives at one point (β, σ[, a]); the arrays are those of the
 * evaluator and change with its next call.
 */
interface LikelihoodAt {
  readonly value: number;
  /** q */
  readonly gradient: Float64Array;
  /** q × q */
  readonly hessian: Float64Array;
}

export interface QuadratureLikelihood {
  /** q = p + 1 (+ 1): β, σ, a = log dispersion. */
  readonly parameters: number;
  evaluate(point: Float64Array): LikelihoodAt;
  /** Of the last evaluation: derivative of each cluster's log-likelihood, J × q. */
  readonly scores: Float64Array;
  /** Modes v̂ⱼ of the standardised random effects, and curvatures −g″(v̂ⱼ) ≥ about 1. */
  readonly modes: Float64Array;
  readonly curvatures: Float64Array;
}

/** |η| for which neither e^η nor a product of a few of them overflows. */
const MODERATE = 600;
/** Share of the integral below which a node cannot move the last digit. */
const NEGLIGIBLE = 1e-32;

/**
 * Marginal log-likelihood of a generalised linear mixed model with one random intercept σv, v ~ N(0, 1), by adaptive
 * Gauss–Hermite quadrature (Pinheiro & Bates 1995; Liu & Pierce 1994). Per cluster, with gⱼ(v) = Σ ℓᵢ(xᵢᵀβ + oᵢ + σv) − v²/2,
 * v̂ its maximiser, τ = (−g″(v̂))^(−1/2), and nodes x, weights w of the K-point rule for exp(−x²):
 *
 *   log Lⱼ ≈ log τ + log Σₖ wₖ exp(xₖ²) π^(−1/2) exp(gⱼ(v̂ + √2 τ xₖ))
 *
 * K = 1 is the Laplace approximation. Gradient and Hessian are those of this approximation, exactly: v̂ and τ are
 * differentiated implicitly, v̂_θ = g_vθ/c, c_θ = −(g_vvθ + g_vvv v̂_θ) with c = −g″(v̂), and once more. In σ the function
 * is even and smooth, so σ = 0 is an ordinary point.
 *
 * @param nodes K, odd
 */
export function quadratureLikelihood(
  cells: ClusterCells,
  density: ConditionalDensity,
  nodes: number,
): QuadratureLikelihood {
  const { clusters, coefficients: p, starts } = cells;
  const design = byColumn(cells);
  const { dispersed } = density;
  const q = p + (dispersed ? 2 : 1);
  const rule = gaussHermite(nodes);
  const spots = rule.nodes.map((x) => Math.SQRT2 * x);
  const logWeights = rule.weights.map((w, k) => Math.log(w) + rule.nodes[k]! ** 2 - 0.5 * Math.log(Math.PI));
  let largest = 0;
  for (let j = 0; j < clusters; j++) largest = Math.max(largest, starts[j + 1]! - starts[j]!);

  const fixed = new Float64Array(largest);
  const eta = new Float64Array(largest);
  const growth = new Float64Array(largest);
  const atMode = jetOf(largest, dispersed);
  const atNodes: Jet[] = Array.from(spots, (spot) => (spot === 0 ? atMode : jetOf(largest, dispersed)));
  const sums = modeSums(p, dispersed);

  const gradient = new Float64Array(q);
  const hessian = new Float64Array(q * q);
  const scores = new Float64Array(clusters * q);
  const modes = new Float64Array(clusters);
  const curvatures = new Float64Array(clusters);
  // v̂_θ of every cluster and the point where the modes are: the next ones are not far from where these lead.
  const modesBy = new Float64Array(clusters * q);
  const before = new Float64Array(q);
  // Vectors over (β, σ, a): derivatives of g_v, g_vv and g_vvv at the mode, of v̂ and of c.
  const slope = new Float64Array(q);
  const bend = new Float64Array(q);
  const twist = new Float64Array(q);
  const modeBy = new Float64Array(q);
  const curvatureBy = new Float64Array(q);
  // Per node: derivatives of g, of g_v and of the node itself, and the total derivative of g along it.
  const share = new Float64Array(nodes);
  const own = Array.from({ length: nodes }, () => new Float64Array(q));
  const cross = Array.from({ length: nodes }, () => new Float64Array(q));
  const nodeBy = new Float64Array(q);
  const total = new Float64Array(q);
  const score = new Float64Array(q);
  const averaged = new Float64Array(p);
  const weightOf = new Float64Array(largest);
  const bothSums = new Float64Array(2);

  const evaluate = (point: Float64Array): LikelihoodAt => {
    const sigma = point[p]!;
    const logDispersion = dispersed ? point[p + 1]! : 0;
    const [countValue, countFirst, countSecond] = density.ofCounts(cells, logDispersion);
    let value = cells.constant + countValue;
    gradient.fill(0);
    hessian.fill(0);
    if (dispersed) {
      gradient[p + 1] = countFirst;
      hessian[q * q - 1] = countSecond;
    }

    for (let j = 0; j < clusters; j++) {
      const from = starts[j]!;
      const to = starts[j + 1]!;
      const n = to - from;
      fixedPredictors(cells, design, from, n, point, fixed);
      const near = predictMode(modes[j]!, modesBy, j * q, q, point, before);
      const extent = density.shifted === undefined ? Number.POSITIVE_INFINITY : exponentials(fixed, n, growth);
      const v = findMode(density, cells, from, to, fixed, growth, extent, sigma, logDispersion, near, eta, atMode);
      modes[j] = v;
      const atModeValue = place(
        "mode",
        density,
        cells,
        from,
        to,
        fixed,
        growth,
        extent,
        sigma * v,
        logDispersion,
        eta,
        atMode,
      );
      sums.take(atMode, design, from, n);

      // Derivatives of g at the mode.
      const { s1, s2, s3, s4, a1, a2, a3, twice1, twice2, x2, x3, x4, ax2, ax3 } = sums;
      const c = 1 - sigma * sigma * s2[0]!;
      curvatures[j] = c;
      const third = sigma ** 3 * s3[0]!;
      const fourth = sigma ** 4 * s4[0]!;
      for (let k = 0; k < p; k++) {
        slope[k] = sigma * x2[k]!;
        bend[k] = sigma * sigma * x3[k]!;
        twist[k] = sigma ** 3 * x4[k]!;
      }
      slope[p] = s1[0]! + sigma * v * s2[0]!;
      bend[p] = 2 * sigma * s2[0]! + sigma * sigma * v * s3[0]!;
      twist[p] = 3 * sigma * sigma * s3[0]! + sigma ** 3 * v * s4[0]!;
      if (dispersed) {
        slope[p + 1] = sigma * a1[0]!;
        bend[p + 1] = sigma * sigma * a2[0]!;
        twist[p + 1] = sigma ** 3 * a3[0]!;
      }
      for (let k = 0; k < q; k++) {
        modeBy[k] = slope[k]! / c;
        curvatureBy[k] = -(bend[k]! + third * modeBy[k]!);
        modesBy[j * q + k] = modeBy[k]!;
      }

      // The integrand at the nodes.
      const tau = 1 / Math.sqrt(c);
      let top = Number.NEGATIVE_INFINITY;
      for (let k = 0; k < nodes; k++) {
        const jet = atNodes[k]!;
        const at = v + spots[k]! * tau;
        const values =
          jet === atMode
            ? atModeValue
            : place("node", density, cells, from, to, fixed, growth, extent, sigma * at, logDispersion, eta, jet);
        const g = values - 0.5 * at * at + logWeights[k]!;
        share[k] = g;
        if (g > top) top = g;
      }
      let all = 0;
      for (let k = 0; k < nodes; k++) {
        share[k] = Math.exp(share[k]! - top);
        all += share[k]!;
      }
      value += top + Math.log(all) - 0.5 * Math.log(c);

      weightOf.fill(0, 0, n);
      averaged.fill(0);
      score.fill(0);
      let m1 = 0;
      let m2 = 0;
      let averagedSigma = 0;
      let averagedCross = 0;
      let averagedTwice = 0;
      for (let k = 0; k < nodes; k++) {
        share[k]! /= all;
        const p0 = share[k]!;
        if (p0 < NEGLIGIBLE) continue;
        const jet = atNodes[k]!;
        const at = v + spots[k]! * tau;
        const first = own[k]!;
        const mixed = cross[k]!;
        sumBoth(jet.first, jet.second, n, bothSums);
        const f1 = bothSums[0]!;
        const f2 = bothSums[1]!;
        sumColumns(jet.first, jet.second, f1, f2, design, from * p, n, p, first, mixed);
        addScaled(jet.second, p0, n, weightOf);
        const g1 = sigma * f1 - at;
        const g2 = sigma * sigma * f2 - 1;
        // βσ of g_θθ is v X₂: before X₂ turns into g_vβ.
        for (let l = 0; l < p; l++) {
          averaged[l]! += p0 * at * mixed[l]!;
          mixed[l]! *= sigma;
        }
        averagedSigma += p0 * at * at * f2;
        first[p] = at * f1;
        mixed[p] = f1 + sigma * at * f2;
        if (dispersed) {
          let d0 = 0;
          let d1 = 0;
          let d00 = 0;
          for (let i = 0; i < n; i++) {
            d0 += jet.dispersion[i]!;
            d1 += jet.dispersion1[i]!;
            d00 += jet.dispersionTwice[i]!;
          }
          first[p + 1] = d0;
          mixed[p + 1] = sigma * d1;
          averagedCross += p0 * at * d1;
          averagedTwice += p0 * d00;
          for (let l = 0, e = from * p; l < p; l++) {
            let sum = 0;
            for (let i = 0; i < n; i++) sum += jet.dispersion1[i]! * design[e++]!;
            hessian[l * q + p + 1]! += p0 * sum;
          }
        }
        m1 += p0 * g1;
        m2 += p0 * g1 * spots[k]! * tau;
        // τ_θ = −τ c_θ/2c
        const spread = (-0.5 * spots[k]! * tau) / c;
        for (let l = 0; l < q; l++) {
          nodeBy[l] = modeBy[l]! + spread * curvatureBy[l]!;
          total[l] = first[l]! + g1 * nodeBy[l]!;
          score[l]! += p0 * total[l]!;
        }
        addNode(hessian, q, p0, g2, mixed, nodeBy, total);
      }

      // c_θθ enters through log τ and the nodes, v̂_θθ through the nodes and c_θθ.
      const ofCurvature = (-0.5 * (1 + m2)) / c;
      const ofMode = (m1 - ofCurvature * third) / c;
      const square = (0.5 * (1 + m2) + 0.25 * m2) / (c * c);
      const both = ofMode * third - ofCurvature * fourth;
      for (let l = 0; l < q; l++) {
        const right = ofMode * bend[l]! - ofCurvature * twist[l]!;
        for (let m = l; m < q; m++) {
          const other = ofMode * bend[m]! - ofCurvature * twist[m]!;
          hessian[l * q + m]! +=
            right * modeBy[m]! +
            other * modeBy[l]! +
            both * modeBy[l]! * modeBy[m]! +
            square * curvatureBy[l]! * curvatureBy[m]! -
            score[l]! * score[m]!;
        }
      }
      const w3 = ofMode * sigma;
      const w4 = -ofCurvature * sigma * sigma;
      for (let i = 0; i < n; i++) weightOf[i]! += w3 * atMode.third[i]! + w4 * atMode.fourth[i]!;
      addSquares(hessian, q, weightOf, design, from * p, n, p);
      for (let l = 0; l < p; l++)
        hessian[l * q + p]! +=
          averaged[l]! +
          ofMode * (x2[l]! + sigma * v * x3[l]!) -
          ofCurvature * (2 * sigma * x3[l]! + sigma * sigma * v * x4[l]!);
      hessian[p * q + p]! +=
        averagedSigma +
        ofMode * v * (2 * s2[0]! + sigma * v * s3[0]!) -
        ofCurvature * (2 * s2[0]! + 4 * sigma * v * s3[0]! + (sigma * v) ** 2 * s4[0]!);
      if (dispersed) {
        for (let l = 0; l < p; l++) hessian[l * q + p + 1]! += w3 * ax2[l]! + w4 * ax3[l]!;
        hessian[p * q + p + 1]! +=
          averagedCross +
          ofMode * (a1[0]! + sigma * v * a2[0]!) -
          ofCurvature * (2 * sigma * a2[0]! + sigma * sigma * v * a3[0]!);
        hessian[q * q - 1]! += averagedTwice + w3 * twice1[0]! + w4 * twice2[0]!;
      }

      for (let l = 0; l < q; l++) {
        const each = score[l]! - (0.5 * curvatureBy[l]!) / c;
        scores[j * q + l] = each;
        gradient[l]! += each;
      }
    }
    for (let l = 0; l < q; l++) for (let m = 0; m < l; m++) hessian[l * q + m] = hessian[m * q + l]!;
    before.set(point);
    return { value, gradient, hessian };
  };
  return { parameters: q, evaluate, scores, modes, curvatures };
}

// Small functions in the inner loops: V8 compiles them early and keeps their numbers unboxed.

/** The design with each cluster's block (n × p) column by column: sums over its cells then stay in registers. */
function byColumn({ clusters, coefficients: p, starts, design }: ClusterCells): Float64Array {
  const out = new Float64Array(design.length);
  for (let j = 0; j < clusters; j++) {
    const from = starts[j]!;
    const n = starts[j + 1]! - from;
    for (let i = 0; i < n; i++) for (let k = 0; k < p; k++) out[from * p + k * n + i] = design[(from + i) * p + k]!;
  }
  return out;
}

/** offset + xᵀβ of a cluster's cells. */
function fixedPredictors(
  { coefficients: p, offset }: ClusterCells,
  design: Float64Array,
  from: number,
  n: number,
  point: Float64Array,
  out: Float64Array,
): void {
  for (let i = 0; i < n; i++) out[i] = offset[from + i]!;
  for (let k = 0, at = from * p; k < p; k++) {
    const coefficient = point[k]!;
    for (let i = 0; i < n; i++) out[i]! += design[at++]! * coefficient;
  }
}

/** A mode moves no further than this on the word of its derivatives. */
const FAR = 1;

/** v̂ + v̂_θᵀ(θ − θ before), unless that leads far away. */
function predictMode(
  mode: number,
  derivatives: Float64Array,
  at: number,
  q: number,
  point: Float64Array,
  before: Float64Array,
): number {
  let move = 0;
  for (let k = 0; k < q; k++) move += derivatives[at + k]! * (point[k]! - before[k]!);
  return Math.abs(move) < FAR ? mode + move : mode;
}

/**
 * Jets of a cluster's cells at predictors fixed + shift, and the sum of their values (for "slope" of no meaning); by way of
 * growth = exp(fixed) where |η| stays moderate.
 *
 * @param extent the largest |fixed|, or infinity where the density has no such way
 * @param eta scratch
 */
function place(
  part: JetPart,
  density: ConditionalDensity,
  cells: ClusterCells,
  from: number,
  to: number,
  fixed: Float64Array,
  growth: Float64Array,
  extent: number,
  shift: number,
  logDispersion: number,
  eta: Float64Array,
  jet: Jet,
): number {
  if (extent + Math.abs(shift) < MODERATE) return density.shifted!(part, cells, from, to, fixed, growth, shift, jet);
  const n = to - from;
  for (let i = 0; i < n; i++) eta[i] = fixed[i]! + shift;
  density.fill(part, cells, from, to, eta, logDispersion, jet);
  return part === "slope" ? 0 : sumOf(jet.value, n);
}

/** Writes exp(η); returns the largest |η|. */
function exponentials(eta: Float64Array, n: number, out: Float64Array): number {
  let largest = 0;
  for (let i = 0; i < n; i++) {
    out[i] = Math.exp(eta[i]!);
    largest = Math.max(largest, Math.abs(eta[i]!));
  }
  return largest;
}

function sumOf(values: Float64Array, n: number): number {
  let sum = 0;
  for (let i = 0; i < n; i++) sum += values[i]!;
  return sum;
}

function sumBoth(a: Float64Array, b: Float64Array, n: number, out: Float64Array): void {
  let first = 0;
  let second = 0;
  for (let i = 0; i < n; i++) {
    first += a[i]!;
    second += b[i]!;
  }
  out[0] = first;
  out[1] = second;
}

/**
 * Σ ax and Σ bx over a cluster's cells, for each column x; the first column is constant. Two columns at a time: four sums
 * that do not wait for each other.
 */
function sumColumns(
  a: Float64Array,
  b: Float64Array,
  sumOfA: number,
  sumOfB: number,
  design: Float64Array,
  at: number,
  n: number,
  p: number,
  ofA: Float64Array,
  ofB: Float64Array,
): void {
  ofA[0] = sumOfA * design[at]!;
  ofB[0] = sumOfB * design[at]!;
  let l = 1;
  for (; l + 1 < p; l += 2) {
    let a1 = 0;
    let b1 = 0;
    let a2 = 0;
    let b2 = 0;
    for (let i = 0, e = at + l * n, f = e + n; i < n; i++, e++, f++) {
      const x = design[e]!;
      const z = design[f]!;
      const slope = a[i]!;
      const bend = b[i]!;
      a1 += slope * x;
      b1 += bend * x;
      a2 += slope * z;
      b2 += bend * z;
    }
    ofA[l] = a1;
    ofB[l] = b1;
    ofA[l + 1] = a2;
    ofB[l + 1] = b2;
  }
  if (l < p) {
    let first = 0;
    let second = 0;
    for (let i = 0, e = at + l * n; i < n; i++, e++) {
      first += a[i]! * design[e]!;
      second += b[i]! * design[e]!;
    }
    ofA[l] = first;
    ofB[l] = second;
  }
}

function addScaled(values: Float64Array, share: number, n: number, into: Float64Array): void {
  for (let i = 0; i < n; i++) into[i]! += share * values[i]!;
}

/** A node's share of second derivatives: p (g_vθ v_θᵀ + v_θ g_vθᵀ + g_vv v_θ v_θᵀ + Dg Dgᵀ). */
function addNode(
  hessian: Float64Array,
  q: number,
  share: number,
  bend: number,
  cross: Float64Array,
  nodeBy: Float64Array,
  total: Float64Array,
): void {
  for (let l = 0; l < q; l++) {
    const left = share * (cross[l]! + 0.5 * bend * nodeBy[l]!);
    const along = share * nodeBy[l]!;
    const swing = share * total[l]!;
    for (let m = l; m < q; m++)
      hessian[l * q + m]! += left * nodeBy[m]! + along * (cross[m]! + 0.5 * bend * nodeBy[m]!) + swing * total[m]!;
  }
}

/** Σ weight x xᵀ, upper triangle. */
function addSquares(
  hessian: Float64Array,
  q: number,
  weight: Float64Array,
  design: Float64Array,
  at: number,
  n: number,
  p: number,
): void {
  for (let l = 0; l < p; l++) {
    for (let m = l; m < p; m++) {
      let sum = 0;
      for (let i = 0, e = at + l * n, f = at + m * n; i < n; i++, e++, f++) sum += weight[i]! * design[e]! * design[f]!;
      hessian[l * q + m]! += sum;
    }
  }
}

/** Sums of the derivatives of a cluster's cells at the mode, bare and with the design's columns. */
function modeSums(p: number, dispersed: boolean) {
  const one = () => new Float64Array(1);
  const sums = {
    s1: one(),
    s2: one(),
    s3: one(),
    s4: one(),
    a1: one(),
    a2: one(),
    a3: one(),
    twice1: one(),
    twice2: one(),
    x2: new Float64Array(p),
    x3: new Float64Array(p),
    x4: new Float64Array(p),
    ax2: new Float64Array(p),
    ax3: new Float64Array(p),
    take(jet: Jet, design: Float64Array, from: number, n: number): void {
      let s1 = 0;
      let s2 = 0;
      let s3 = 0;
      let s4 = 0;
      const { x2, x3, x4, ax2, ax3 } = sums;
      for (let i = 0; i < n; i++) {
        s1 += jet.first[i]!;
        s2 += jet.second[i]!;
        s3 += jet.third[i]!;
        s4 += jet.fourth[i]!;
      }
      sumColumns(jet.second, jet.third, s2, s3, design, from * p, n, p, x2, x3);
      sumColumns(jet.fourth, jet.fourth, s4, s4, design, from * p, n, p, x4, x4);
      sums.s1[0] = s1;
      sums.s2[0] = s2;
      sums.s3[0] = s3;
      sums.s4[0] = s4;
      if (!dispersed) return;
      const bare = [0, 0, 0, 0, 0];
      for (let i = 0; i < n; i++) {
        bare[0]! += jet.dispersion1[i]!;
        bare[1]! += jet.dispersion2[i]!;
        bare[2]! += jet.dispersion3[i]!;
        bare[3]! += jet.dispersionTwice1[i]!;
        bare[4]! += jet.dispersionTwice2[i]!;
      }
      sumColumns(jet.dispersion2, jet.dispersion3, bare[1]!, bare[2]!, design, from * p, n, p, ax2, ax3);
      sums.a1[0] = bare[0]!;
      sums.a2[0] = bare[1]!;
      sums.a3[0] = bare[2]!;
      sums.twice1[0] = bare[3]!;
      sums.twice2[0] = bare[4]!;
    },
  };
  return sums;
}

/** A Newton step this small leaves an error of its square. */
const CLOSE = 1e-9;
const MAX_STEPS = 200;

/**
 * The maximiser of g(v) = Σ ℓᵢ(fixedᵢ + σv) − v²/2 by Newton's method inside a shrinking bracket. Steps are limited on the
 * predictor's scale: from the flat side of a log link a Newton step would land where exp() overflows.
 */
function findMode(
  density: ConditionalDensity,
  cells: ClusterCells,
  from: number,
  to: number,
  fixed: Float64Array,
  growth: Float64Array,
  extent: number,
  sigma: number,
  logDispersion: number,
  start: number,
  eta: Float64Array,
  jet: Jet,
): number {
  if (sigma === 0) return 0;
  const n = to - from;
  const longest = Math.max(0.5, 4 / Math.abs(sigma));
  let v = Number.isFinite(start) ? start : 0;
  let low = Number.NEGATIVE_INFINITY;
  let high = Number.POSITIVE_INFINITY;
  for (let step = 0; step < MAX_STEPS; step++) {
    place("slope", density, cells, from, to, fixed, growth, extent, sigma * v, logDispersion, eta, jet);
    let s1 = 0;
    let s2 = 0;
    for (let i = 0; i < n; i++) {
      s1 += jet.first[i]!;
      s2 += jet.second[i]!;
    }
    const slope = sigma * s1 - v;
    if (slope === 0) return v;
    if (slope > 0) low = v;
    else if (slope < 0) high = v;
    else return Number.NaN;
    const curvature = 1 - sigma * sigma * s2;
    let move = curvature > 0 ? slope / curvature : Math.sign(slope) * longest;
    if (!(Math.abs(move) <= longest)) move = Math.sign(slope) * longest;
    if (Math.abs(move) <= CLOSE * (1 + Math.abs(v))) return v + move;
    const next = v + move;
    v = next > low && next < high ? next : 0.5 * (low + high);
  }
  return v;
}
