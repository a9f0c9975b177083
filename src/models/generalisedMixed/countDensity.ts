import { logOnePlusMinus } from "../../numerics/special/logOnePlus.ts";
import type { ClusterCells } from "./clusterCells.ts";
import { type ConditionalDensity, nothingOfCounts } from "./conditionalDensity.ts";
import { logRisingFactorial } from "./risingFactorial.ts";

/** log of the events over what they are out of. */
function logRate(events: Float64Array, { size, offset }: ClusterCells): number {
  let total = 0;
  let out = 0;
  for (let c = 0; c < events.length; c++) {
    total += events[c]!;
    out += size[c]! * Math.exp(offset[c]!);
  }
  return Math.log(total / out);
}

/** A count that is zero wants a mean of zero; no count wants one without end. */
const counts: Pick<ConditionalDensity, "overall" | "risesForEver" | "fallsForEver"> = {
  overall: (cells) => logRate(cells.events, cells),
  risesForEver: () => false,
  fallsForEver: ({ events }: ClusterCells, c: number) => events[c] === 0,
};

/** Y events in size T: ℓ = Yη − T e^η, without factorials. */
export const poissonDensity: ConditionalDensity = {
  ...counts,
  dispersed: false,
  ofCounts: () => nothingOfCounts,
  fill(part, { events, size }, from, to, eta, _, out) {
    const { value, first, second, third, fourth } = out;
    for (let c = from, i = 0; c < to; c++, i++) {
      const y = events[c]!;
      const mean = size[c]! * Math.exp(eta[i]!);
      first[i] = y - mean;
      second[i] = -mean;
      if (part === "slope") continue;
      value[i] = y * eta[i]! - mean;
      if (part === "node") continue;
      third[i] = -mean;
      fourth[i] = -mean;
    }
  },
  shifted(part, { events, size }, from, to, eta, growth, shift, { first, second, third, fourth }) {
    const factor = Math.exp(shift);
    let sum = 0;
    for (let c = from, i = 0; c < to; c++, i++) {
      const y = events[c]!;
      const mean = size[c]! * growth[i]! * factor;
      first[i] = y - mean;
      second[i] = -mean;
      if (part === "slope") continue;
      sum += y * (eta[i]! + shift) - mean;
      if (part === "node") continue;
      third[i] = -mean;
      fourth[i] = -mean;
    }
    return sum;
  },
};

/** Scratch of one count. */
const rising = new Float64Array(5);

/**
 * NB2, Var = μ + μ²/θ, θ = e^a. With π = μ/(θ + μ) and cells of Y = Σwy, W = Σw:
 *
 *   ℓ = Σ w R(y, θ) + Yη − (Y + Wθ) log(1 + e^(η − a)),   ∂π/∂η = −∂π/∂a = π(1 − π)
 *
 * R: the rising factorial, which is of counts and a alone (`ofCounts`).
 */
export const nb2Density: ConditionalDensity = {
  ...counts,
  dispersed: true,
  poissonLimit: true,
  ofCounts({ counts: { values, weights } }, logDispersion) {
    const theta = Math.exp(logDispersion);
    let value = 0;
    let first = 0;
    let second = 0;
    for (let k = 0; k < values.length; k++) {
      logRisingFactorial(values[k]!, theta, rising);
      value += weights[k]! * rising[0]!;
      first += weights[k]! * rising[1]!;
      second += weights[k]! * rising[2]!;
    }
    return [value, first, second];
  },
  fill(part, { events, size }, from, to, eta, logDispersion, out) {
    const theta = Math.exp(logDispersion);
    for (let c = from, i = 0; c < to; c++, i++) {
      const y = events[c]!;
      const w = size[c]! * theta;
      const z = eta[i]! - logDispersion;
      const e = Math.exp(z >= 0 ? -z : z);
      const share = z >= 0 ? 1 / (1 + e) : e / (1 + e);
      const spread = e / (1 + e) ** 2;
      out.first[i] = y - (y + w) * share;
      out.second[i] = -(y + w) * spread;
      if (part === "slope") continue;
      const softplus = Math.log1p(e) + Math.max(z, 0);
      out.value[i] = y * eta[i]! - (y + w) * softplus;
      // π − log(1 + e^z), which is of order e^2z near the Poisson limit.
      const gap = z >= 0 ? share - softplus : -e * share - logOnePlusMinus(e);
      out.dispersion[i] = y * share + w * gap;
      out.dispersion1[i] = y * spread - w * share * share;
      out.dispersionTwice[i] = w * (gap + share * share) - y * spread;
      if (part === "node") continue;
      const spread1 = spread * (1 - 2 * share);
      const spread2 = spread * (1 - 6 * spread);
      out.third[i] = -(y + w) * spread1;
      out.fourth[i] = -(y + w) * spread2;
      out.dispersion2[i] = y * spread1 - 2 * w * share * spread;
      out.dispersion3[i] = y * spread2 - 2 * w * (spread * spread + share * spread1);
      out.dispersionTwice1[i] = w * (2 * share * spread - share * share) - y * spread1;
      out.dispersionTwice2[i] = 2 * w * (spread * spread + share * spread1 - share * spread) - y * spread2;
    }
  },
};

/**
 * NB1, Var = μ(1 + α), α = e^a: a negative binomial of size r = μ/α. Per count y of weight w, with L = log(1 + α) and
 * R the rising factorial:
 *
 *   ℓ = w [yη − yL + R(y, r) − rL]
 */
export const nb1Density: ConditionalDensity = {
  ...counts,
  overall: (cells) =>
    logRate(
      cells.events.map((y, c) => y * cells.size[c]!),
      cells,
    ),
  dispersed: true,
  poissonLimit: true,
  ofCounts: () => nothingOfCounts,
  fill(part, { events, size }, from, to, eta, logDispersion, out) {
    const alpha = Math.exp(logDispersion);
    const log = Math.log1p(alpha);
    const odds = alpha / (1 + alpha);
    // L − α/(1 + α), of order α² near the Poisson limit.
    const gap = logOnePlusMinus(alpha) + alpha * odds;
    for (let c = from, i = 0; c < to; c++, i++) {
      const y = events[c]!;
      const w = size[c]!;
      const r = Math.exp(eta[i]! - logDispersion);
      if (y > 1) logRisingFactorial(y, r, rising, part === "slope");
      else rising.fill(0);
      const [r0, r1, r2, r3, r4] = rising as unknown as readonly [number, number, number, number, number];
      const mean = r * log;
      out.first[i] = w * (y + r1 - mean);
      out.second[i] = w * (r2 - mean);
      if (part === "slope") continue;
      out.value[i] = w * (y * (eta[i]! - log) + r0 - mean);
      out.dispersion[i] = w * (r * gap - y * odds - r1);
      out.dispersion1[i] = w * (r * gap - r2);
      out.dispersionTwice[i] = w * (r2 + r * (odds * odds - gap) - y * odds * (1 - odds));
      if (part === "node") continue;
      out.third[i] = w * (r3 - mean);
      out.fourth[i] = w * (r4 - mean);
      out.dispersion2[i] = w * (r * gap - r3);
      out.dispersion3[i] = w * (r * gap - r4);
      out.dispersionTwice1[i] = w * (r3 + r * (odds * odds - gap));
      out.dispersionTwice2[i] = w * (r4 + r * (odds * odds - gap));
    }
  },
};
