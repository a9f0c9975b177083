import { decay, deviance, fromLog } from "../special/decay.ts";
import { logSumExp } from "../special/logOnePlus.ts";
import { scaledErfc } from "../special/scaledErfc.ts";
import { stirlingError } from "../special/stirlingError.ts";
import type { Distribution } from "./distribution.ts";
import { requireNumber, requireProbability, requireShape, requireWithin } from "./domain.ts";
import { betaKernel } from "./noncentralF.ts";
import { normal } from "./normal.ts";
import { logMixtureTail } from "./poissonMixture.ts";
import { quantileOfPositive } from "./quantileSearch.ts";
import { approximateQuantile, studentT } from "./studentT.ts";

const FAMILY = "noncentral t";

/** Below TINY an argument cannot be told from 0, above HUGE from infinity, but for a power of it; squares stay finite. */
const TINY = 1e-100;
const HUGE = 1e100;

function check(t: number, df: number, ncp: number): void {
  requireNumber(FAMILY, t);
  requireShape(FAMILY, "df", df);
  requireWithin(FAMILY, "ncp", ncp, -1e6, 1e6);
}

/**
 * ∫ exp(g(k)) factor(eᵏ) dk over the real line, g(k) = m k − (m + B)(e²ᵏ − 1)/2 + B(eᵏ − 1), which is 0 and greatest at k = 0;
 * `sum` = m + B > 0 is given because B may nearly cancel m.
 *
 * The trapezoidal rule: for an integrand analytic about the line its error falls exponentially with 1/step. The step suits both the
 * normal shape of a large m or B and the double exponential shape of small ones.
 */
function integrate(m: number, b: number, sum: number, factor: (growth: number) => number): number {
  const step = 0.6 / Math.sqrt(m + sum + 20);
  let total = factor(1);
  for (const direction of [step, -step]) {
    for (let i = 1; ; i++) {
      const k = i * direction;
      const less = -Math.expm1(k);
      const log =
        b > 0
          ? m * (k + less - (less * less) / 2) - (b / 2) * less * less
          : m * k + sum * (less - (less * less) / 2) - b * less;
      const term = Math.exp(log) * factor(1 - less);
      total += term;
      if (term < 1e-17 * total) break;
    }
  }
  return step * total;
}

/**
 * log P(T > t), t > 0, for ncp = −δ < 0: ∫ P(Z > t s + δ) dP(S ≤ s), where S² is χ²/df, in the variable log s about the maximum.
 *
 * The mixture's terms would alternate in sign here; this integrand is positive.
 */
function logUpperAgainst(t: number, df: number, delta: number): number {
  const half = df / 2;
  const root = Math.hypot(t * delta, 2 * Math.sqrt(df) * Math.hypot(Math.sqrt(df), t));
  const s = (2 * df) / (t * delta + root);
  const z = t * s + delta;
  const area = integrate(df, -t * s * delta, (df + t * t) * s * s, (growth) =>
    scaledErfc((t * s * growth + delta) * Math.SQRT1_2),
  );
  const factor = Math.sqrt(half / (2 * Math.PI)) * Math.exp(-stirlingError(half)) * area;
  return Math.log(factor) - half * deviance((-t * s * z) / df, s * s) - (z * z) / 2;
}

/** log of a tail for t > 0 and ncp > 0; accurate for the smaller of the two. */
function logTailWith(t: number, df: number, ncp: number, upper: boolean): number {
  const lambda = (ncp * ncp) / 2;
  const odds = (t / df) * t;
  const whole = logMixtureTail(lambda, 0, betaKernel(0.5, df / 2, odds), upper);
  const halves = logMixtureTail(lambda, 0.5, betaKernel(1, df / 2, odds), upper);
  const positive = logSumExp(whole, halves) - Math.LN2;
  return upper ? positive : logSumExp(positive, normal.logLower(-ncp));
}

function tail(t: number, df: number, ncp: number, upper: boolean, log: boolean): number {
  check(t, df, ncp);
  if (t < 0) return tail(-t, df, -ncp, !upper, log);
  if (t < TINY) {
    if (log) return upper ? normal.logUpper(-ncp) : normal.logLower(-ncp);
    return upper ? normal.upper(-ncp) : normal.lower(-ncp);
  }
  if (Math.abs(ncp) < 1e-50 || t === Number.POSITIVE_INFINITY) {
    if (log) return upper ? studentT.logUpper(t, df) : studentT.logLower(t, df);
    return upper ? studentT.upper(t, df) : studentT.lower(t, df);
  }
  // From here on the tail is a power of t.
  if (t > HUGE) return fromLog(tail(HUGE, df, ncp, true, true) - df * Math.log(t / HUGE), !upper, log);
  if (ncp < 0) return fromLog(logUpperAgainst(t, df, -ncp), !upper, log);
  const small = t * t > 1 + ncp * ncp;
  return fromLog(logTailWith(t, df, ncp, small), small !== upper, log);
}

function logDensity(t: number, df: number, ncp: number): number {
  check(t, df, ncp);
  if (t < 0) return logDensity(-t, df, -ncp);
  if (Math.abs(ncp) < 1e-50 || t === Number.POSITIVE_INFINITY) return studentT.logDensity(t, df);
  if (t > HUGE) return logDensity(HUGE, df, ncp) - (df + 1) * Math.log(t / HUGE);
  const half = df / 2;
  const root = Math.hypot(t * ncp, 2 * Math.sqrt(df + 1) * Math.hypot(Math.sqrt(df), t));
  const s = ncp > 0 ? (t * ncp + root) / (2 * (df + t * t)) : (2 * (df + 1)) / (root - t * ncp);
  const z = t * s - ncp;
  const area = integrate(df + 1, t * s * ncp, (df + t * t) * s * s, () => 1);
  const factor = (Math.sqrt(half) / Math.PI) * s * Math.exp(-stirlingError(half)) * area;
  return decay(half * deviance((1 - t * s * z) / df, s * s) + (z * z) / 2, factor, true);
}

/** The t > 0 with that tail. */
function positiveQuantile(p: number, df: number, ncp: number, upper: boolean): number {
  if (p > 0.5) return positiveQuantile(1 - p, df, ncp, !upper);
  const z = upper ? normal.quantileUpper(p) : normal.quantile(p);
  const spread = 1 - (z * z) / (2 * df);
  const radicand = spread + (ncp * ncp) / (2 * df);
  // N. L. Johnson and B. L. Welch's normal approximation (1940) where it exists
  const approximate = spread > 0.1 && radicand > 0 ? (ncp + z * Math.sqrt(radicand)) / spread : 0;
  const rough = upper ? Math.hypot(1, ncp) * approximateQuantile(z, df) : Math.abs(ncp) / (1 - z / Math.sqrt(df));
  return quantileOfPositive(
    {
      family: FAMILY,
      logTail: (t, upper) => tail(t, df, ncp, upper, true),
      logSlope: (t) => Math.log(t) + logDensity(t, df, ncp),
    },
    Math.log(p),
    upper,
    approximate > 0 ? approximate : rough,
  );
}

function quantile(p: number, df: number, ncp: number, upper: boolean): number {
  requireProbability(FAMILY, p);
  check(0, df, ncp);
  if (p === 0 || p === 1) return (p === 0) === upper ? Number.POSITIVE_INFINITY : Number.NEGATIVE_INFINITY;
  const atZero = upper ? normal.upper(-ncp) : normal.lower(-ncp);
  if (p === atZero) return 0;
  const positive = upper ? p < atZero : p > atZero;
  return positive ? positiveQuantile(p, df, ncp, upper) : -positiveQuantile(p, df, -ncp, !upper);
}

/**
 * The noncentral t distribution: the law of (Z + δ)/√(χ²/ν), Z standard normal, with real ν = df in (0, 1e12] and |δ| = |ncp| ≤ 1e6. It gives
 * the power of t tests.
 *
 * For t and δ of one sign, P(0 < T ≤ t) = ½ Σⱼ [w(j) I_x(j + ½, ν/2) + w(j + ½) I_x(j + 1, ν/2)] with w(r) = (δ²/2)ʳ exp(−δ²/2)/Γ(r + 1) and
 * x = t²/(ν + t²) (R. V. Lenth, AS 243, 1989), summed from the largest term outwards; the tail beyond t of the other sign, and the
 * density, are integrals over the denominator. 10 digits in the smaller tail, and in its logarithm beyond underflow.
 * @throws distribution-parameter, distribution-argument, probability-out-of-range, quantile-overflow
 */
export const noncentralT: Distribution<[df: number, ncp: number]> = {
  density: (t, df, ncp) => Math.exp(logDensity(t, df, ncp)),
  logDensity,
  lower: (t, df, ncp) => tail(t, df, ncp, false, false),
  upper: (t, df, ncp) => tail(t, df, ncp, true, false),
  logLower: (t, df, ncp) => tail(t, df, ncp, false, true),
  logUpper: (t, df, ncp) => tail(t, df, ncp, true, true),
  quantile: (p, df, ncp) => quantile(p, df, ncp, false),
  quantileUpper: (q, df, ncp) => quantile(q, df, ncp, true),
};
