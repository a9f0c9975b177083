import { decayOver } from "../special/decay.ts";
import { betaExcess, betaExponent, betaFactor, incompleteBeta } from "../special/incompleteBeta.ts";
import type { Distribution } from "./distribution.ts";
import { requireNumber, requireProbability, requireShape } from "./domain.ts";
import { normal } from "./normal.ts";
import { quantileOfPositive } from "./quantileSearch.ts";

const FAMILY = "beta";

function check(x: number, a: number, b: number): void {
  requireNumber(FAMILY, x);
  requireShape(FAMILY, "a", a);
  requireShape(FAMILY, "b", b);
}

function tail(x: number, a: number, b: number, upper: boolean, log: boolean): number {
  check(x, a, b);
  const inside = Math.min(1, Math.max(0, x));
  return incompleteBeta(a, b, inside, 1 - inside, betaExcess(a, b, inside), upper, log);
}

/** Limit of the density at an end of the support where the shape there is `shape` and the other `other`. */
function densityAtEnd(shape: number, other: number): number {
  return shape < 1 ? Number.POSITIVE_INFINITY : shape > 1 ? 0 : other;
}

function density(x: number, a: number, b: number, log: boolean): number {
  check(x, a, b);
  if (x <= 0 || x >= 1) {
    const value = x === 0 ? densityAtEnd(a, b) : x === 1 ? densityAtEnd(b, a) : 0;
    return log ? Math.log(value) : value;
  }
  const y = 1 - x;
  return decayOver(x, betaExponent(a, b, x, y, betaExcess(a, b, x)), betaFactor(a, b) / y, log);
}

/**
 * Quantile of the odds x/(1 − x) from the lower or the upper tail: the odds keep their digits where x rounds to 1.
 *
 * Newton from R. A. Fisher's normal approximation of the log odds, held back by the first term of the tail's power series, beyond
 * which the quantile cannot lie.
 */
export function betaOddsQuantile(family: string, p: number, a: number, b: number, upper: boolean): number {
  if (p === 0) return upper ? Number.POSITIVE_INFINITY : 0;
  if (p === 1) return upper ? 0 : Number.POSITIVE_INFINITY;
  if (p > 0.5) return betaOddsQuantile(family, 1 - p, a, b, !upper);
  const target = Math.log(p);
  const logFactor = Math.log(betaFactor(a, b));
  const peak = a * Math.log1p(b / a) + b * Math.log1p(a / b);
  const shape = upper ? b : a;
  // xᵃ/(a B(a, b)) = p, or y likewise
  const bound = (target - logFactor - peak + Math.log(shape)) / shape;
  const z = upper ? normal.quantileUpper(p) : normal.quantile(p);
  const fisher = Math.log(a / b) + z * Math.sqrt(1 / a + 1 / b) + (1 / b - 1 / a) / 2;
  const start = upper ? Math.min(fisher, -bound) : Math.max(fisher, bound);
  return quantileOfPositive(
    {
      family,
      logTail: (odds, upper) => {
        const y = 1 / (1 + odds);
        const x = odds > 1 ? 1 / (1 + 1 / odds) : odds * y;
        return incompleteBeta(a, b, x, y, oddsExcess(a, b, odds), upper, true);
      },
      logSlope: (odds) => {
        const y = 1 / (1 + odds);
        const x = odds > 1 ? 1 / (1 + 1 / odds) : odds * y;
        return logFactor - betaExponent(a, b, x, y, oddsExcess(a, b, odds));
      },
    },
    target,
    upper,
    Math.exp(start),
  );
}

/** b x − a y where x/y is known. */
function oddsExcess(a: number, b: number, odds: number): number {
  return odds > 1 ? (b - a / odds) / (1 + 1 / odds) : (b * odds - a) / (1 + odds);
}

function quantile(p: number, a: number, b: number, upper: boolean): number {
  requireProbability(FAMILY, p);
  check(0, a, b);
  const odds = betaOddsQuantile(FAMILY, p, a, b, upper);
  return odds > 1 ? 1 / (1 + 1 / odds) : odds / (1 + odds);
}

/**
 * The beta distribution, f(x) = xᵃ⁻¹(1 − x)ᵇ⁻¹/B(a, b) on [0, 1], shapes a, b in (0, 1e12].
 *
 * P(X ≤ x) = I_x(a, b), the regularised incomplete beta function: 12 digits in the smaller tail for shapes ≥ 0.01. Near x = 1 the
 * argument itself has few digits of 1 − x: exchange a and b there.
 * @throws distribution-parameter, distribution-argument, probability-out-of-range, quantile-overflow
 */
export const beta: Distribution<[a: number, b: number]> = {
  density: (x, a, b) => density(x, a, b, false),
  logDensity: (x, a, b) => density(x, a, b, true),
  lower: (x, a, b) => tail(x, a, b, false, false),
  upper: (x, a, b) => tail(x, a, b, true, false),
  logLower: (x, a, b) => tail(x, a, b, false, true),
  logUpper: (x, a, b) => tail(x, a, b, true, true),
  quantile: (p, a, b) => quantile(p, a, b, false),
  quantileUpper: (q, a, b) => quantile(q, a, b, true),
};
