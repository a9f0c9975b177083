import { cholesky, choleskyInverse, solveLowerTransposed } from "../../numerics/matrix/cholesky.ts";
import { inverseWishart } from "../../numerics/random/inverseWishart.ts";
import type { RandomStream } from "../../numerics/random/randomStream.ts";
import { notPositive } from "./drawCoefficients.ts";
import type { TwoLevelPrior, TwoLevelStatistics } from "./twoLevelData.ts";
import { invert, type TwoLevelState } from "./twoLevelState.ts";

/** Draws both covariance matrices; has its workspace and allocates no more. */
export type DrawCovariances = (state: TwoLevelState, stream: RandomStream) => void;

/**
 * Ψ ~ IW(ν + J, S + Σⱼ uⱼuⱼᵀ) and Σ ~ IW(ν + n, S + Σᵢ eᵢeᵢᵀ), from sums alone.
 *
 * A yes-or-no variable is a latent normal one above or below 0, whose unit is free. It is fixed by giving each, given those
 * before it, residual variance 1: e₁ ~ N(0, 1), e₂ = γ e₁ + N(0, 1), …, and the continuous ones e = Γ(e₁, …) + ε with
 * cov(ε) free. Given that convention the inverse Wishart prior splits into a normal for γ, matrix normal for Γ and an
 * inverse Wishart for cov(ε), all of them conjugate, so that every step is a direct draw.
 */
export function covarianceDraws(statistics: TwoLevelStatistics, prior: TwoLevelPrior): DrawCovariances {
  const { data, active, sizes, clusterDesign, squares: designSquares } = statistics;
  const { variables: p, predictors: k, binaries: b, cluster } = data;
  const clusters = cluster.labels.length;
  const used = sizes.reduce((count, size) => count + (size > 0 ? 1 : 0), 0);
  const wishart = inverseWishart(p);
  const residual = residualDraws(p, b, prior, active);
  const scale = new Float64Array(p * p);
  const rest = new Float64Array(p);
  const half = new Float64Array(k * p);

  return (state, stream) => {
    const { effects, between, betweenPrecision, coefficients, cross, squares, sums, within, precision } = state;
    for (let c = 0; c < p; c++)
      for (let d = 0; d <= c; d++) {
        let value = c === d ? prior.betweenScale : 0;
        for (let j = 0; j < clusters; j++) value += effects[j * p + c]! * effects[j * p + d]!;
        scale[c * p + d] = value;
      }
    if (!wishart.draw(stream, prior.betweenDf + used, scale, between)) throw notPositive();
    if (!invert(between, p, betweenPrecision)) throw notPositive();

    // Σᵢ eᵢeᵢᵀ with e = y − Bᵀx − u: YᵀY − BᵀXᵀY − (BᵀXᵀY)ᵀ + BᵀXᵀXB − Σⱼ (uⱼrⱼᵀ + rⱼuⱼᵀ − nⱼuⱼuⱼᵀ), rⱼ = tⱼ − Bᵀsⱼ.
    for (let a = 0; a < k; a++)
      for (let c = 0; c < p; c++) {
        let value = -2 * cross[a * p + c]!;
        for (let e = 0; e < k; e++) value += designSquares[a * k + e]! * coefficients[e * p + c]!;
        half[a * p + c] = value;
      }
    for (let c = 0; c < p; c++)
      for (let d = 0; d <= c; d++) {
        let value = squares[c * p + d]!;
        for (let a = 0; a < k; a++)
          value += 0.5 * (coefficients[a * p + c]! * half[a * p + d]! + coefficients[a * p + d]! * half[a * p + c]!);
        scale[c * p + d] = value;
      }
    for (let j = 0; j < clusters; j++) {
      const n = sizes[j]!;
      if (n === 0) continue;
      for (let c = 0; c < p; c++) {
        let value = sums[j * p + c]! - (n / 2) * effects[j * p + c]!;
        for (let a = 0; a < k; a++) value -= coefficients[a * p + c]! * clusterDesign[j * k + a]!;
        rest[c] = value;
      }
      for (let c = 0; c < p; c++)
        for (let d = 0; d <= c; d++)
          scale[c * p + d] = scale[c * p + d]! - (effects[j * p + c]! * rest[d]! + effects[j * p + d]! * rest[c]!);
    }
    if (!residual(scale, stream, within) || !invert(within, p, precision)) throw notPositive();
  };
}

/** Σ from the residual cross-products R (lower triangle); see `covarianceDraws`. */
function residualDraws(p: number, b: number, { withinDf, withinScale }: TwoLevelPrior, active: number) {
  const q = p - b;
  const wishart = inverseWishart(q);
  const full = new Float64Array(p * p);
  const root = new Float64Array(p * p);
  const inverse = new Float64Array(p * p);
  const slope = new Float64Array(p);
  const continuous = new Float64Array(q * q);
  const lower = new Float64Array(q * q);
  const slopes = new Float64Array(b * q);
  const noise = new Float64Array(Math.max(b, p) * Math.max(q, 1));
  const column = new Float64Array(p);

  /** A = leading n × n block of S + R: its root and inverse, packed n × n. */
  const invertLeading = (n: number): boolean => {
    for (let c = 0; c < n; c++) for (let d = 0; d < n; d++) root[c * n + d] = full[c * p + d]!;
    if (!cholesky(root, n, root)) return false;
    choleskyInverse(root, n, inverse);
    return true;
  };
  /** Slopes of latent variable i on those before it. */
  const drawSlopes = (i: number, stream: RandomStream): boolean => {
    if (!invertLeading(i)) return false;
    for (let c = 0; c < i; c++) noise[c] = stream.normal();
    solveLowerTransposed(root, i, noise, noise);
    for (let c = 0; c < i; c++) {
      let value = noise[c]!;
      for (let d = 0; d < i; d++) value += inverse[c * i + d]! * full[d * p + i]!;
      slope[c] = value;
    }
    return true;
  };

  return (residuals: Float64Array, stream: RandomStream, out: Float64Array): boolean => {
    for (let c = 0; c < p; c++)
      for (let d = 0; d <= c; d++) {
        const value = residuals[c * p + d]! + (c === d ? withinScale : 0);
        full[c * p + d] = value;
        full[d * p + c] = value;
      }
    // Latent variables one after the other: slopes on those before, residual variance 1.
    for (let i = 0; i < b; i++) {
      if (i > 0 && !drawSlopes(i, stream)) return false;
      let variance = 1;
      for (let c = 0; c < i; c++) {
        let covariance = 0;
        for (let d = 0; d < i; d++) covariance += out[c * p + d]! * slope[d]!;
        out[i * p + c] = covariance;
        out[c * p + i] = covariance;
        variance += covariance * slope[c]!;
      }
      out[i * p + i] = variance;
    }
    if (q === 0) return true;
    if (b === 0) return wishart.draw(stream, withinDf + active, full, out);

    if (!invertLeading(b)) return false;
    for (let s = 0; s < q; s++)
      for (let c = 0; c < b; c++) {
        let value = 0;
        for (let d = 0; d < b; d++) value += inverse[c * b + d]! * full[d * p + b + s]!;
        slopes[c * q + s] = value;
      }
    for (let s = 0; s < q; s++)
      for (let t = 0; t < q; t++) {
        let value = full[(b + s) * p + b + t]!;
        for (let c = 0; c < b; c++) value -= full[(b + s) * p + c]! * slopes[c * q + t]!;
        continuous[s * q + t] = value;
      }
    if (!wishart.draw(stream, withinDf + active, continuous, continuous) || !cholesky(continuous, q, lower))
      return false;
    // Γ = mean + L_A⁻ᵀ Z L_ψᵀ, A = leading block of S + R.
    for (let s = 0; s < q; s++) {
      for (let c = 0; c < b; c++) column[c] = stream.normal();
      solveLowerTransposed(root, b, column, column);
      for (let c = 0; c < b; c++) noise[c * q + s] = column[c]!;
    }
    for (let c = 0; c < b; c++)
      for (let s = 0; s < q; s++) {
        let value = 0;
        for (let t = 0; t <= s; t++) value += noise[c * q + t]! * lower[s * q + t]!;
        slopes[c * q + s] = slopes[c * q + s]! + value;
      }
    for (let s = 0; s < q; s++) {
      for (let c = 0; c < b; c++) {
        let value = 0;
        for (let d = 0; d < b; d++) value += out[c * p + d]! * slopes[d * q + s]!;
        out[c * p + b + s] = value;
        out[(b + s) * p + c] = value;
      }
    }
    for (let s = 0; s < q; s++)
      for (let t = 0; t < q; t++) {
        let value = continuous[s * q + t]!;
        for (let c = 0; c < b; c++) value += slopes[c * q + s]! * out[c * p + b + t]!;
        out[(b + s) * p + b + t] = value;
      }
    return true;
  };
}
