import { describe, expect, it } from "vitest";
import { coefficientDraws } from "../../../src/models/jointNormal/drawCoefficients.ts";
import { covarianceDraws } from "../../../src/models/jointNormal/drawCovariances.ts";
import { missingDraws } from "../../../src/models/jointNormal/drawMissing.ts";
import { drawTwoLevel } from "../../../src/models/jointNormal/twoLevelChain.ts";
import {
  type TwoLevelData,
  type TwoLevelPrior,
  twoLevelStatistics,
} from "../../../src/models/jointNormal/twoLevelData.ts";
import { startingState } from "../../../src/models/jointNormal/twoLevelState.ts";
import { normal } from "../../../src/numerics/distributions/index.ts";
import { cholesky, choleskyInverse, choleskySolve } from "../../../src/numerics/matrix/cholesky.ts";
import { randomStream } from "../../../src/numerics/random/randomStream.ts";

const sizes = [4, 4, 7, 3, 9];
const codes = Int32Array.from(sizes.flatMap((size, j) => Array<number>(size).fill(j)));
const n = codes.length;
const prior: TwoLevelPrior = { withinDf: 2, withinScale: 1, betweenDf: 2, betweenScale: 0.1, binaryVariance: 100 };

/** Some data with p variables and k predictors. */
function dataOf(
  p: number,
  k: number,
  binaries = 0,
  missing: (i: number, c: number) => boolean = () => false,
): TwoLevelData {
  const stream = randomStream(77, p * 10 + k);
  const design = Float64Array.from({ length: n * k }, (_, at) => (at % k === 0 ? 1 : stream.normal()));
  const values = Float64Array.from({ length: n * p }, (_, at) => {
    const y = stream.normal() + 0.5 * codes[Math.floor(at / p)]!;
    return at % p < binaries ? (y > 1 ? 1 : 0) : y;
  });
  const observed = Uint8Array.from({ length: n * p }, (_, at) => (missing(Math.floor(at / p), at % p) ? 0 : 1));
  return {
    rows: n,
    variables: p,
    binaries,
    values,
    observed,
    predictors: k,
    design,
    cluster: { codes, labels: sizes.map(String) },
  };
}

/** Means and covariances of repeated vectors. */
function momentsOf(draws: readonly Float64Array[]) {
  const q = draws[0]!.length;
  const mean = Float64Array.from({ length: q }, (_, a) => draws.reduce((s, d) => s + d[a]!, 0) / draws.length);
  const covariance = new Float64Array(q * q);
  for (const d of draws)
    for (let a = 0; a < q; a++)
      for (let b = 0; b < q; b++) covariance[a * q + b]! += ((d[a]! - mean[a]!) * (d[b]! - mean[b]!)) / draws.length;
  return { mean, covariance };
}

/** Every mean and covariance within 4.5 Monte Carlo errors of a normal with those. */
function expectNormal(draws: readonly Float64Array[], mean: ArrayLike<number>, covariance: ArrayLike<number>): void {
  const q = mean.length;
  const found = momentsOf(draws);
  const at = (a: number, b: number) => covariance[a * q + b]!;
  for (let a = 0; a < q; a++) {
    expect(Math.abs(found.mean[a]! - mean[a]!)).toBeLessThan(4.5 * Math.sqrt(at(a, a) / draws.length));
    for (let b = 0; b <= a; b++) {
      const error = Math.sqrt((at(a, a) * at(b, b) + at(a, b) ** 2) / draws.length);
      expect(Math.abs(found.covariance[a * q + b]! - at(a, b))).toBeLessThan(4.5 * error);
    }
  }
}

const within = Float64Array.of(1, 0.4, 0.4, 0.8);
const between = Float64Array.of(0.5, -0.2, -0.2, 0.3);

function stateWith(data: TwoLevelData) {
  const statistics = twoLevelStatistics(data);
  const state = startingState(statistics, 0.1);
  const p = data.variables;
  state.within.set(within);
  state.between.set(between);
  for (const [matrix, inverse] of [
    [within, state.precision],
    [between, state.betweenPrecision],
  ] as const) {
    cholesky(matrix, p, inverse);
    choleskyInverse(inverse, p, inverse);
  }
  return { statistics, state };
}

describe("coefficients and cluster effects", () => {
  it("are drawn from their exact joint posterior given both covariance matrices", () => {
    const data = dataOf(2, 2);
    const { statistics, state } = stateWith(data);
    const draw = coefficientDraws(statistics, 100);
    const stream = randomStream(5);
    const draws = Array.from({ length: 20000 }, () => {
      draw(state, stream);
      return Float64Array.of(...state.coefficients, ...state.effects);
    });
    // Dense: unknowns (B by predictor and variable, u by cluster and variable), prior precision 0 for B and Ψ⁻¹ for u.
    const q = 4 + 2 * sizes.length;
    const information = new Float64Array(q * q);
    const right = new Float64Array(q);
    for (let i = 0; i < n; i++) {
      const row = (c: number) => {
        const z = new Float64Array(q);
        for (let a = 0; a < 2; a++) z[a * 2 + c] = data.design[i * 2 + a]!;
        z[4 + codes[i]! * 2 + c] = 1;
        return z;
      };
      const rows = [row(0), row(1)];
      for (let c = 0; c < 2; c++)
        for (let d = 0; d < 2; d++)
          for (let a = 0; a < q; a++) {
            right[a]! += rows[c]![a]! * state.precision[c * 2 + d]! * data.values[i * 2 + d]!;
            for (let b = 0; b < q; b++)
              information[a * q + b]! += rows[c]![a]! * state.precision[c * 2 + d]! * rows[d]![b]!;
          }
    }
    for (let j = 0; j < sizes.length; j++)
      for (let c = 0; c < 2; c++)
        for (let d = 0; d < 2; d++)
          information[(4 + j * 2 + c) * q + 4 + j * 2 + d]! += state.betweenPrecision[c * 2 + d]!;
    cholesky(information, q, information);
    const mean = new Float64Array(q);
    choleskySolve(information, q, right, mean);
    choleskyInverse(information, q, information);
    expectNormal(draws, mean, information);
  });
});

describe("missing values", () => {
  it("are drawn from their conditional distribution given what is known of the row", () => {
    const data = dataOf(2, 2, 0, (i, c) => i === 2 && c === 1);
    const { statistics, state } = stateWith(data);
    state.coefficients.set([0.3, -0.2, 0.7, 0.1]);
    state.effects.set([0.4, -0.6]);
    const draw = missingDraws(statistics);
    const stream = randomStream(6);
    const draws = Array.from({ length: 20000 }, () => {
      draw(state, stream);
      return Float64Array.of(state.values[5]!);
    });
    const meanOf = (c: number) =>
      state.effects[c]! + [0, 1].reduce((s, a) => s + data.design[4 + a]! * state.coefficients[a * 2 + c]!, 0);
    const mean = meanOf(1) + (0.4 / 1) * (data.values[4]! - meanOf(0));
    expectNormal(draws, [mean], [0.8 - 0.16]);
    // Sums over rows are those of the values as they stand.
    const sum = [...data.values].reduce((s, y, at) => (at % 2 === 1 && at !== 5 ? s + y : s), state.values[5]!);
    expect([...state.sums].reduce((s, x, at) => (at % 2 === 1 ? s + x : s), 0)).toBeCloseTo(sum, 10);
    expect(state.cross[1]).toBeCloseTo(sum, 10);
  });

  it("keep latent values on the side of their outcomes, with the moments of truncated normals", () => {
    const data = dataOf(2, 1, 1);
    const { statistics, state } = stateWith(data);
    const draw = missingDraws(statistics);
    const stream = randomStream(7);
    let sum = 0;
    let strayed = 0;
    const times = 20000;
    for (let t = 0; t < times; t++) {
      draw(state, stream);
      for (let i = 0; i < n; i++) if (state.values[i * 2]! > 0 !== (data.values[i * 2] === 1)) strayed++;
      sum += state.values[0]!;
    }
    expect(strayed).toBe(0);
    const mean = (0.4 / 0.8) * data.values[1]!;
    const spread = Math.sqrt(1 - 0.4 ** 2 / 0.8);
    const side = data.values[0] === 1 ? 1 : -1;
    const hazard = normal.density(mean / spread) / normal.lower((side * mean) / spread);
    expect(sum / times).toBeCloseTo(mean + side * spread * hazard, 1);
  });
});

describe("covariance matrices", () => {
  const residuals = (data: TwoLevelData, effects: Float64Array, coefficients: Float64Array) => {
    const p = data.variables;
    const r = new Float64Array(p * p);
    for (let i = 0; i < n; i++) {
      const e = Array.from({ length: p }, (_, c) => {
        let value = data.values[i * p + c]! - effects[codes[i]! * p + c]!;
        for (let a = 0; a < data.predictors; a++)
          value -= data.design[i * data.predictors + a]! * coefficients[a * p + c]!;
        return value;
      });
      for (let c = 0; c < p; c++) for (let d = 0; d < p; d++) r[c * p + d]! += e[c]! * e[d]!;
    }
    return r;
  };
  const meanOfDraws = (data: TwoLevelData, pick: "within" | "between", times = 20000) => {
    const statistics = twoLevelStatistics(data);
    const state = startingState(statistics, 0.1);
    const stream = randomStream(8);
    state.coefficients.forEach((_, at) => {
      state.coefficients[at] = 0.2 * stream.normal();
    });
    state.effects.forEach((_, at) => {
      state.effects[at] = stream.normal();
    });
    const draw = covarianceDraws(statistics, prior);
    const draws = Array.from({ length: times }, () => {
      draw(state, stream);
      return state[pick].slice();
    });
    return { ...momentsOf(draws), draws, state };
  };

  it("of residuals and cluster effects have the means of their inverse Wishart distributions", () => {
    const data = dataOf(2, 2);
    const inside = meanOfDraws(data, "within");
    const r = residuals(data, inside.state.effects, inside.state.coefficients);
    const outside = meanOfDraws(data, "between");
    const u = outside.state.effects;
    for (let c = 0; c < 2; c++)
      for (let d = 0; d < 2; d++) {
        const at = c * 2 + d;
        const own = c === d ? 1 : 0;
        const close = (found: typeof inside, value: number) =>
          expect(Math.abs(found.mean[at]! - value)).toBeLessThan(
            4.5 * Math.sqrt(found.covariance[at * 4 + at]! / 20000),
          );
        close(inside, (r[at]! + own) / (2 + n - 3));
        const squares = sizes.reduce((s, _, j) => s + u[j * 2 + c]! * u[j * 2 + d]!, 0);
        close(outside, (squares + 0.1 * own) / (2 + sizes.length - 3));
      }
  });

  it("of two latent variables and a continuous one have unit conditional variances and conjugate slopes", () => {
    const data = dataOf(3, 1, 2);
    const statistics = twoLevelStatistics(data);
    const { state, draws } = meanOfDraws(data, "within");
    // Latent values start where `startingState` puts them.
    const e = residuals({ ...data, values: startingState(statistics, 0.1).values }, state.effects, state.coefficients);
    const s = e.map((value, at) => value + (at % 4 === 0 ? 1 : 0));
    const slopes: Float64Array[] = [];
    for (const draw of draws) {
      expect(draw[0]).toBe(1);
      const slope = draw[3]!;
      expect(draw[4]).toBeCloseTo(1 + slope * slope, 10);
      const [a, b, c] = [1, slope, draw[4]!];
      const determinant = a * c - b * b;
      const first = (c * draw[6]! - b * draw[7]!) / determinant;
      const second = (a * draw[7]! - b * draw[6]!) / determinant;
      slopes.push(Float64Array.of(slope, first, second, draw[8]! - first * draw[6]! - second * draw[7]!));
    }
    const { mean, covariance } = momentsOf(slopes);
    const determinant = s[0]! * s[4]! - s[1]! ** 2;
    const first = (s[4]! * s[6]! - s[1]! * s[7]!) / determinant;
    const second = (s[0]! * s[7]! - s[1]! * s[6]!) / determinant;
    const rest = s[8]! - first * s[6]! - second * s[7]!;
    [s[3]! / s[0]!, first, second, rest / (prior.withinDf + n - 2)].forEach((value, at) => {
      expect(Math.abs(mean[at]! - value)).toBeLessThan(4.5 * Math.sqrt(covariance[at * 4 + at]! / draws.length));
    });
    expect(Math.abs(covariance[0]! * s[0]! - 1)).toBeLessThan(0.05);
  });
});

describe("a chain", () => {
  it("imputes from the exact predictive distribution when both variances are known", () => {
    const [sigma, tau] = [1.3, 0.6];
    const known: TwoLevelPrior = {
      ...prior,
      withinDf: 1e10,
      withinScale: 1e10 * sigma,
      betweenDf: 1e10,
      betweenScale: 1e10 * tau,
    };
    // A row of cluster 0, and all of cluster 3.
    const gone = (i: number) => i === 1 || codes[i] === 3;
    const data = dataOf(1, 2, 0, gone);
    const statistics = twoLevelStatistics(data);
    const missing = Array.from({ length: n }, (_, i) => i).filter(gone);
    const present = Array.from({ length: n }, (_, i) => i).filter((i) => !gone(i));
    const draws = Array.from({ length: 4000 }, (_, k) => {
      const { state } = drawTwoLevel(statistics, known, randomStream(9, k), 3);
      return Float64Array.from(missing, (i) => state.values[i]!);
    });
    // Kriging with an estimated mean: ŷ = X_m β̂ + C V⁻¹ (y − X β̂), var = V_mm − C V⁻¹ Cᵀ + D (XᵀV⁻¹X)⁻¹ Dᵀ, D = X_m − C V⁻¹ X.
    const v = (i: number, j: number) => (i === j ? sigma : 0) + (codes[i] === codes[j] ? tau : 0);
    const x = (i: number, a: number) => data.design[i * 2 + a]!;
    const o = present.length;
    const root = Float64Array.from({ length: o * o }, (_, at) => v(present[Math.floor(at / o)]!, present[at % o]!));
    cholesky(root, o, root);
    const solve = (b: Float64Array) => {
      const out = new Float64Array(o);
      choleskySolve(root, o, b, out);
      return out;
    };
    const dot = (a: ArrayLike<number>, b: ArrayLike<number>) =>
      Array.from(a).reduce((s, value, at) => s + value * b[at]!, 0);
    const columns = [0, 1].map((a) => Float64Array.from(present, (i) => x(i, a)));
    const solved = columns.map(solve);
    const y = Float64Array.from(present, (i) => data.values[i]!);
    const m = [0, 1].map((a) => [0, 1].map((b) => dot(columns[a]!, solved[b]!)));
    const determinant = m[0]![0]! * m[1]![1]! - m[0]![1]! ** 2;
    const inverse = [
      [m[1]![1]! / determinant, -m[0]![1]! / determinant],
      [-m[0]![1]! / determinant, m[0]![0]! / determinant],
    ];
    const right = solved.map((column) => dot(column, y));
    const beta = inverse.map((row) => dot(row, right));
    const rest = y.map((value, r) => value - dot(beta, [x(present[r]!, 0), x(present[r]!, 1)]));
    const weights = missing.map((i) => solve(Float64Array.from(present, (j) => v(i, j))));
    const gaps = missing.map((i, r) => [0, 1].map((a) => x(i, a) - dot(weights[r]!, columns[a]!)));
    const mean = missing.map((i, r) => dot(beta, [x(i, 0), x(i, 1)]) + dot(weights[r]!, rest));
    const covariance = missing.flatMap((i, r) =>
      missing.map(
        (j, t) =>
          v(i, j) -
          dot(
            weights[r]!,
            present.map((h) => v(j, h)),
          ) +
          dot(
            gaps[r]!,
            inverse.map((row) => dot(row, gaps[t]!)),
          ),
      ),
    );
    expectNormal(draws, mean, covariance);
  });

  it("has the exact posterior variance when clusters hardly differ and nothing is missing", () => {
    const data = dataOf(1, 2);
    const flat: TwoLevelPrior = { ...prior, betweenDf: 1e10, betweenScale: 1, withinDf: 1, withinScale: 1 };
    const { trace } = drawTwoLevel(twoLevelStatistics(data), flat, randomStream(10), 40000);
    const x = data.design;
    const y = data.values;
    const s = { x: 0, xx: 0, y: 0, xy: 0, yy: 0 };
    for (let i = 0; i < n; i++) {
      const z = x[i * 2 + 1]!;
      s.x += z;
      s.xx += z * z;
      s.y += y[i]!;
      s.xy += z * y[i]!;
      s.yy += y[i]! ** 2;
    }
    const slope = (s.xy - (s.x * s.y) / n) / (s.xx - s.x ** 2 / n);
    const residual = s.yy - s.y ** 2 / n - slope * (s.xy - (s.x * s.y) / n);
    // Flat coefficients take two degrees of freedom: Σ ~ IG((1 + n − 2)/2, (1 + RSS)/2).
    const df = 1 + n - 2;
    const mean = (1 + residual) / (df - 2);
    const error = (mean * Math.sqrt(2 / (df - 4))) / Math.sqrt(40000);
    expect(Math.abs((trace.sums[1]! + trace.sums[4]!) / 40000 - mean)).toBeLessThan(4.5 * error);
  });

  it("imputes a yes-or-no variable with its posterior probability", () => {
    // 200 rows, no cluster differences, 3 in 10 yes: P(yes) = E Φ(β), β from the probit posterior.
    const rows = 200;
    const data: TwoLevelData = {
      rows,
      variables: 1,
      binaries: 1,
      values: Float64Array.from({ length: rows }, (_, i) => (i % 10 < 3 ? 1 : 0)),
      observed: Uint8Array.from({ length: rows }, (_, i) => (i < 40 ? 0 : 1)),
      predictors: 1,
      design: new Float64Array(rows).fill(1),
      cluster: { codes: Int32Array.from({ length: rows }, (_, i) => i % 4), labels: ["a", "b", "c", "d"] },
    };
    const alike: TwoLevelPrior = { ...prior, betweenDf: 1e10, betweenScale: 1 };
    const statistics = twoLevelStatistics(data);
    const chains = 600;
    let yes = 0;
    for (let k = 0; k < chains; k++) {
      const { state } = drawTwoLevel(statistics, alike, randomStream(21, k), 60);
      for (let i = 0; i < 40; i++) if (state.values[i]! > 0) yes += 1 / (40 * chains);
    }
    let total = 0;
    let mean = 0;
    let second = 0;
    for (let b = -2; b <= 1; b += 0.001) {
      const density = Math.exp(48 * Math.log(normal.lower(b)) + 112 * Math.log(normal.upper(b)) - (b * b) / 200);
      total += density;
      mean += density * normal.lower(b);
      second += density * normal.lower(b) ** 2;
    }
    mean /= total;
    const error = Math.sqrt((second / total - mean ** 2 + (mean * (1 - mean)) / 40) / chains);
    expect(Math.abs(yes - mean)).toBeLessThan(4.5 * error);
  });
});
