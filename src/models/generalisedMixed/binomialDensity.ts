import { scaledErfc } from "../../numerics/special/scaledErfc.ts";
import { cloglogLink, logitLink, probitLink } from "../family/link.ts";
import type { ClusterCells } from "./clusterCells.ts";
import { type ConditionalDensity, nothingOfCounts } from "./conditionalDensity.ts";

/** Y events of T trials: ℓ = Y log μ + (T − Y) log(1 − μ), without the binomial coefficient. */
const binomialTrials = {
  dispersed: false,
  ofSingleTrials: ({ starts, size }: ClusterCells) =>
    starts.every((start, j) => {
      let total = 0;
      for (let c = start; c < (starts[j + 1] ?? start); c++) total += size[c]!;
      return total <= 1;
    }),
  decidedByClusters: ({ starts, events, size }: ClusterCells) =>
    starts.every((start, j) => {
      let none = true;
      let all = true;
      for (let c = start; c < (starts[j + 1] ?? start); c++) {
        none &&= events[c] === 0;
        all &&= events[c] === size[c];
      }
      return none || all;
    }),
  risesForEver: ({ events, size }: ClusterCells, c: number) => events[c] === size[c],
  fallsForEver: ({ events }: ClusterCells, c: number) => events[c] === 0,
  ofCounts: () => nothingOfCounts,
} as const satisfies Partial<ConditionalDensity>;

/** Share of events among all trials. */
const overallShare = ({ events, size }: ClusterCells): number =>
  events.reduce((sum, y) => sum + y, 0) / size.reduce((sum, t) => sum + t, 0);

/** Products of factors up to e^600 are kept below the largest number. */
const LARGE = 1e40;

/** μ = 1/(1 + e^−η): ℓ = Yη − T log(1 + e^η). */
export const logitDensity: ConditionalDensity = {
  ...binomialTrials,
  overall: (cells) => logitLink.predictor(overallShare(cells)),
  fill(part, { events, size }, from, to, eta, _, out) {
    const { value, first, second, third, fourth } = out;
    for (let c = from, i = 0; c < to; c++, i++) {
      const y = events[c]!;
      const t = size[c]!;
      const h = eta[i]!;
      const e = Math.exp(h >= 0 ? -h : h);
      // Of μ and 1 − μ the smaller one; the larger loses digits when it is taken from 1.
      const tail = e / (1 + e);
      const spread = tail / (1 + e);
      first[i] = h >= 0 ? y - t + t * tail : y - t * tail;
      second[i] = -t * spread;
      if (part === "slope") continue;
      value[i] = (h >= 0 ? (y - t) * h : y * h) - t * Math.log1p(e);
      if (part === "node") continue;
      const skew = (h >= 0 ? e - 1 : 1 - e) / (1 + e);
      third[i] = -t * spread * skew;
      fourth[i] = -t * spread * (1 - 6 * spread);
    }
  },
  shifted(part, { events, size }, from, to, eta, growth, shift, { first, second, third, fourth }) {
    const factor = Math.exp(shift);
    let sum = 0;
    // Π (1 + e^η) over single trials: one logarithm for many.
    let product = 1;
    for (let c = from, i = 0; c < to; c++, i++) {
      const y = events[c]!;
      const t = size[c]!;
      const odds = growth[i]! * factor;
      const none = 1 / (1 + odds);
      // y − tμ without taking a mean near 1 from 1
      first[i] = (y - (t - y) * odds) * none;
      const spread = odds * none * none;
      second[i] = -t * spread;
      if (part === "slope") continue;
      if (part === "mode") {
        third[i] = -t * spread * (1 - odds) * none;
        fourth[i] = -t * spread * (1 - 6 * spread);
      }
      sum += y * (eta[i]! + shift);
      if (t !== 1) {
        sum -= t * Math.log1p(odds);
        continue;
      }
      product *= 1 + odds;
      if (product > LARGE) {
        sum -= Math.log(product);
        product = 1;
      }
    }
    return sum - Math.log(product);
  },
};

const SQRT_HALF = Math.SQRT1_2;
const SQRT_2_OVER_PI = Math.sqrt(2 / Math.PI);

/** Scratch of one cell. */
const at = new Float64Array(5);

/** Adds `count` times log Φ(±η) and its first four derivatives to `at`: with m = φ(η)/Φ(η), m′ = −m(η + m). */
function addLogNormal(part: "slope" | "node" | "mode", sign: 1 | -1, count: number, h: number): void {
  if (count === 0) return;
  const x = sign * h;
  let mills: number;
  let log: number;
  if (x < 0) {
    const scaled = scaledErfc(-x * SQRT_HALF);
    mills = SQRT_2_OVER_PI / scaled;
    log = -0.5 * x * x + Math.log(0.5 * scaled);
  } else {
    // Φ(−x) = e^(−x²/2) erfcx(x/√2)/2
    const gauss = Math.exp(-0.5 * x * x);
    const upper = 0.5 * gauss * scaledErfc(x * SQRT_HALF);
    mills = (gauss * SQRT_2_OVER_PI * 0.5) / (1 - upper);
    log = Math.log1p(-upper);
  }
  const m1 = -mills * (x + mills);
  at[1]! += sign * count * mills;
  at[2]! += count * m1;
  if (part === "slope") return;
  at[0]! += count * log;
  if (part === "node") return;
  const m2 = -m1 * (x + mills) - mills * (1 + m1);
  const m3 = -m2 * (x + mills) - 2 * m1 * (1 + m1) - mills * m2;
  at[3]! += sign * count * m2;
  at[4]! += count * m3;
}

/** μ = Φ(η) */
export const probitDensity: ConditionalDensity = {
  ...binomialTrials,
  overall: (cells) => probitLink.predictor(overallShare(cells)),
  fill(part, { events, size }, from, to, eta, _, out) {
    for (let c = from, i = 0; c < to; c++, i++) {
      at.fill(0);
      addLogNormal(part, 1, events[c]!, eta[i]!);
      addLogNormal(part, -1, size[c]! - events[c]!, eta[i]!);
      out.value[i] = at[0]!;
      out.first[i] = at[1]!;
      out.second[i] = at[2]!;
      out.third[i] = at[3]!;
      out.fourth[i] = at[4]!;
    }
  },
};

/** μ = 1 − exp(−e^η): with λ = e^η and q = λ/(e^λ − 1), the derivative of log μ is q, q′ = q(1 − λ − q). */
export const cloglogDensity: ConditionalDensity = {
  ...binomialTrials,
  overall: (cells) => cloglogLink.predictor(overallShare(cells)),
  fill(part, { events, size }, from, to, eta, _, out) {
    const { value, first, second, third, fourth } = out;
    for (let c = from, i = 0; c < to; c++, i++) {
      const y = events[c]!;
      const none = size[c]! - y;
      const lambda = Math.exp(eta[i]!);
      const grown = Math.expm1(lambda);
      const q = lambda === 0 ? 1 : grown === Number.POSITIVE_INFINITY ? 0 : lambda / grown;
      const q1 = q === 0 ? 0 : q * (1 - lambda - q);
      // Without a failure the λ that overflowed must not turn 0 into NaN.
      const hazard = none === 0 ? 0 : none * lambda;
      first[i] = y * q - hazard;
      second[i] = y * q1 - hazard;
      if (part === "slope") continue;
      value[i] = (y === 0 ? 0 : y * logEvent(eta[i]!, lambda)) - hazard;
      if (part === "node") continue;
      const q2 = q === 0 ? 0 : q1 * (1 - lambda - q) - q * (lambda + q1);
      const q3 = q === 0 ? 0 : q2 * (1 - lambda - q) - 2 * q1 * (lambda + q1) - q * (lambda + q2);
      third[i] = y * q2 - hazard;
      fourth[i] = y * q3 - hazard;
    }
  },
};

/** log(1 − e^−λ), also where λ is too small for a double. */
const logEvent = (eta: number, lambda: number): number =>
  lambda < 1e-16 ? eta : lambda > 1 ? Math.log1p(-Math.exp(-lambda)) : Math.log(-Math.expm1(-lambda));
