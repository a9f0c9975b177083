import { cholesky, solveLower } from "../../numerics/matrix/cholesky.ts";
import type { WildPieces } from "./wildPieces.ts";

/** Numbers that a vector of weights gives, written to `out` from `at` on. */
export interface WildStatistic {
  readonly width: number;
  write(weights: Float64Array, out: Float64Array, at: number): void;
  /** The same after the sign of one cluster has turned since the last `write` or `flip`. */
  flip(cluster: number, weights: Float64Array, out: Float64Array, at: number): void;
}

/** The studentised statistic t* = aᵀS/√(factor · Σⱼ rⱼ²) of pieces with one contrast, O(J p) a vector; ∞ where no cluster varies. */
export function studentised({
  clusters,
  coefficients: p,
  directions: a,
  scores,
  own,
  pull,
  factor,
}: WildPieces): WildStatistic {
  const moved = new Float64Array(p);
  const write: WildStatistic["write"] = (weights, out, at) => {
    moved.fill(0);
    for (let j = 0, e = 0; j < clusters; j++) {
      const v = weights[j]!;
      for (let k = 0; k < p; k++, e++) moved[k]! += v * scores[e]!;
    }
    let squares = 0;
    for (let j = 0, e = 0; j < clusters; j++) {
      let r = weights[j]! * own[j]!;
      for (let k = 0; k < p; k++, e++) r -= pull[e]! * moved[k]!;
      squares += r * r;
    }
    let shift = 0;
    for (let k = 0; k < p; k++) shift += a[k]! * moved[k]!;
    out[at] = squares > 0 ? shift / Math.sqrt(factor * squares) : Number.POSITIVE_INFINITY;
  };
  return { width: 1, write, flip: (_, weights, out, at) => write(weights, out, at) };
}

/** Numbers that {@link restrictedTerms} keeps of each vector of weights. */
export const TERMS = 5;
/** Share of what clusters contribute one by one below which what they contribute together is rounding. */
const ROUNDING = 1e-24;

/**
 * The restricted statistic of a linear model as a function of the null value δ, m = cᵀβ̂ − δ:
 *
 *   t*(m) = (n₀ + n₁m)/√(factor · (q₀ + q₁m + q₂m²)),   ũⱼ = ûⱼ + m wⱼ,   wⱼ = Gⱼa/(aᵀa)
 *
 * Writes n₀, n₁, q₀, q₁, q₂: O(J p) a vector of weights, O(J) where only one sign has turned.
 */
export function restrictedTerms(pieces: WildPieces, information: Float64Array): WildStatistic {
  const { clusters, coefficients: p, directions: a, scores, own, pull } = pieces;
  let length = 0;
  for (let k = 0; k < p; k++) length += a[k]! * a[k]!;
  const shifts = new Float64Array(clusters * p);
  const ownShift = new Float64Array(clusters);
  let alone = 0;
  for (let j = 0; j < clusters; j++) {
    for (let k = 0; k < p; k++) {
      for (let l = 0; l < p; l++) shifts[j * p + k]! += (information[(j * p + k) * p + l]! * a[l]!) / length;
      // bᵀwⱼ = bᵀGⱼ a/(aᵀa)
      ownShift[j]! += (pull[j * p + k]! * a[k]!) / length;
    }
    alone += ownShift[j]! ** 2;
  }
  const rounding = ROUNDING * alone;
  const moved = new Float64Array(2 * p);
  const r = new Float64Array(2 * clusters);
  let n0 = 0;
  let n1 = 0;
  const finish = (out: Float64Array, at: number) => {
    let q0 = 0;
    let q1 = 0;
    let q2 = 0;
    for (let i = 0; i < 2 * clusters; i += 2) {
      const constant = r[i]!;
      const slope = r[i + 1]!;
      q0 += constant * constant;
      q1 += constant * slope;
      q2 += slope * slope;
    }
    const still = q2 <= rounding;
    out[at] = n0;
    out[at + 1] = n1;
    out[at + 2] = q0;
    out[at + 3] = still ? 0 : 2 * q1;
    out[at + 4] = still ? 0 : q2;
  };
  const write: WildStatistic["write"] = (weights, out, at) => {
    // Copies that the compiler knows to stay the same within the loops.
    const [J, P, sums, rest, u, w, g] = [clusters, p, moved, r, scores, shifts, pull];
    sums.fill(0);
    for (let j = 0, e = 0; j < J; j++) {
      const v = weights[j]!;
      for (let k = 0; k < P; k++, e++) {
        sums[k]! += v * u[e]!;
        sums[P + k]! += v * w[e]!;
      }
    }
    let first = 0;
    let second = 0;
    for (let k = 0; k < P; k++) {
      first += a[k]! * sums[k]!;
      second += a[k]! * sums[P + k]!;
    }
    n0 = first;
    n1 = second;
    for (let j = 0, e = 0; j < J; j++) {
      const v = weights[j]!;
      let constant = v * own[j]!;
      let slope = v * ownShift[j]!;
      for (let k = 0; k < P; k++, e++) {
        constant -= g[e]! * sums[k]!;
        slope -= g[e]! * sums[P + k]!;
      }
      rest[2 * j] = constant;
      rest[2 * j + 1] = slope;
    }
    finish(out, at);
  };
  // What weight k adds to every r: own at j = k, less pullⱼᵀuₖ.
  let columns: Float64Array | null = null;
  const flip: WildStatistic["flip"] = (cluster, weights, out, at) => {
    columns ??= influences(clusters, p, pull, scores, own, shifts, ownShift);
    const change = 2 * weights[cluster]!;
    for (let i = 0, e = cluster * 2 * clusters; i < 2 * clusters; i++, e++) r[i]! += change * columns[e]!;
    for (let k = 0, e = cluster * p; k < p; k++, e++) {
      n0 += change * a[k]! * scores[e]!;
      n1 += change * a[k]! * shifts[e]!;
    }
    finish(out, at);
  };
  return { width: TERMS, write, flip };
}

/** r of weight k alone, constant and slope side by side, 2J numbers from k · 2J on. */
function influences(
  clusters: number,
  p: number,
  pull: Float64Array,
  scores: Float64Array,
  own: Float64Array,
  shifts: Float64Array,
  ownShift: Float64Array,
): Float64Array {
  const out = new Float64Array(2 * clusters * clusters);
  for (let k = 0; k < clusters; k++)
    for (let j = 0; j < clusters; j++) {
      let constant = j === k ? own[j]! : 0;
      let slope = j === k ? ownShift[j]! : 0;
      for (let l = 0; l < p; l++) {
        constant -= pull[j * p + l]! * scores[k * p + l]!;
        slope -= pull[j * p + l]! * shifts[k * p + l]!;
      }
      out[(k * clusters + j) * 2] = constant;
      out[(k * clusters + j) * 2 + 1] = slope;
    }
  return out;
}

/** The Wald statistic (AS)ᵀ(factor · Σⱼ rⱼrⱼᵀ)⁻¹(AS)/q of q contrasts at once; ∞ where their variance is singular. */
export function waldStatistic(pieces: WildPieces): WildStatistic {
  const { clusters, coefficients: p, contrasts: q, directions, scores, own, pull, factor } = pieces;
  const moved = new Float64Array(p);
  const shift = new Float64Array(q);
  const r = new Float64Array(q);
  const spread = new Float64Array(q * q);
  const write: WildStatistic["write"] = (weights, out, at) => {
    moved.fill(0);
    for (let j = 0, e = 0; j < clusters; j++) for (let k = 0; k < p; k++, e++) moved[k]! += weights[j]! * scores[e]!;
    spread.fill(0);
    for (let j = 0, e = 0; j < clusters; j++) {
      for (let s = 0; s < q; s++) {
        let value = weights[j]! * own[j * q + s]!;
        for (let k = 0; k < p; k++, e++) value -= pull[e]! * moved[k]!;
        r[s] = value;
      }
      for (let s = 0; s < q; s++) for (let t = 0; t < q; t++) spread[s * q + t]! += factor * r[s]! * r[t]!;
    }
    for (let s = 0; s < q; s++) {
      shift[s] = 0;
      for (let k = 0; k < p; k++) shift[s]! += directions[s * p + k]! * moved[k]!;
    }
    out[at] = waldOf(shift, spread);
  };
  return { width: 1, write, flip: (_, weights, out, at) => write(weights, out, at) };
}

/** The Wald statistic of the contrasts at the solution, where they have these values; ∞ where their variance is singular. */
export function observedWald({ clusters, contrasts: q, own, factor }: WildPieces, values: Float64Array): number {
  const spread = new Float64Array(q * q);
  for (let j = 0; j < clusters; j++)
    for (let s = 0; s < q; s++)
      for (let t = 0; t < q; t++) spread[s * q + t]! += factor * own[j * q + s]! * own[j * q + t]!;
  return waldOf(values.slice(), spread);
}

/** xᵀV⁻¹x/q; overwrites both. */
function waldOf(x: Float64Array, spread: Float64Array): number {
  const q = x.length;
  if (!cholesky(spread, q, spread)) return Number.POSITIVE_INFINITY;
  solveLower(spread, q, x, x);
  let total = 0;
  for (let s = 0; s < q; s++) total += x[s]! * x[s]!;
  return total / q;
}
