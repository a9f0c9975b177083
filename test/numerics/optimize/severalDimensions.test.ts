import { describe, expect, it } from "vitest";
import { bfgs } from "../../../src/numerics/optimize/bfgs.ts";
import { newton, type SecondOrder } from "../../../src/numerics/optimize/newton.ts";

/** f, its gradient, and its Hessian. */
interface TestFunction {
  readonly name: string;
  readonly start: readonly number[];
  readonly minimum: readonly number[];
  readonly value: number;
  readonly at: (x: Float64Array) => SecondOrder;
}

/** Sum of squares of residuals given residuals, their Jacobian rows, and their own Hessians. */
function leastSquares(
  n: number,
  residuals: (x: Float64Array) => { r: number; g: number[]; h: number[] }[],
): (x: Float64Array) => SecondOrder {
  return (x) => {
    let value = 0;
    const gradient = new Float64Array(n);
    const hessian = new Float64Array(n * n);
    for (const { r, g, h } of residuals(x)) {
      value += r * r;
      for (let i = 0; i < n; i++) {
        gradient[i]! += 2 * r * g[i]!;
        for (let j = 0; j < n; j++) hessian[i * n + j]! += 2 * (g[i]! * g[j]! + r * h[i * n + j]!);
      }
    }
    return { value, gradient, hessian };
  };
}

// Moré, Garbow & Hillstrom (1981), with their starting points and minima.
const functions: TestFunction[] = [
  {
    name: "Rosenbrock",
    start: [-1.2, 1],
    minimum: [1, 1],
    value: 0,
    at: leastSquares(2, (x) => [
      { r: 10 * (x[1]! - x[0]! ** 2), g: [-20 * x[0]!, 10], h: [-20, 0, 0, 0] },
      { r: 1 - x[0]!, g: [-1, 0], h: [0, 0, 0, 0] },
    ]),
  },
  {
    name: "Beale",
    start: [1, 1],
    minimum: [3, 0.5],
    value: 0,
    at: leastSquares(2, (x) =>
      [1.5, 2.25, 2.625].map((y, k) => {
        const i = k + 1;
        const [a, b] = [x[0]!, x[1]!];
        const mixed = i * b ** (i - 1);
        return {
          r: y - a * (1 - b ** i),
          g: [-(1 - b ** i), a * mixed],
          h: [0, mixed, mixed, i > 1 ? a * i * (i - 1) * b ** (i - 2) : 0],
        };
      }),
    ),
  },
  {
    name: "Freudenstein and Roth (local minimum)",
    start: [0.5, -2],
    minimum: [11.412778986902, -0.8968052532744],
    value: 48.98425367924,
    at: leastSquares(2, (x) => {
      const b = x[1]!;
      return [
        { r: -13 + x[0]! + ((5 - b) * b - 2) * b, g: [1, 10 * b - 3 * b * b - 2], h: [0, 0, 0, 10 - 6 * b] },
        { r: -29 + x[0]! + ((b + 1) * b - 14) * b, g: [1, 3 * b * b + 2 * b - 14], h: [0, 0, 0, 6 * b + 2] },
      ];
    }),
  },
  {
    name: "Wood",
    start: [-3, -1, -3, -1],
    minimum: [1, 1, 1, 1],
    value: 0,
    at: leastSquares(4, (x) => {
      const zero = Array<number>(16).fill(0);
      const at = (k: number, value: number) => zero.map((_, i) => (i === k ? value : 0));
      const s = Math.sqrt(90);
      const t = Math.sqrt(10);
      return [
        { r: 10 * (x[1]! - x[0]! ** 2), g: [-20 * x[0]!, 10, 0, 0], h: at(0, -20) },
        { r: 1 - x[0]!, g: [-1, 0, 0, 0], h: zero },
        { r: s * (x[3]! - x[2]! ** 2), g: [0, 0, -2 * s * x[2]!, s], h: at(10, -2 * s) },
        { r: 1 - x[2]!, g: [0, 0, -1, 0], h: zero },
        { r: t * (x[1]! + x[3]! - 2), g: [0, t, 0, t], h: zero },
        { r: (x[1]! - x[3]!) / t, g: [0, 1 / t, 0, -1 / t], h: zero },
      ];
    }),
  },
];

const gradientForm = (at: TestFunction["at"]) => (x: Float64Array, out: Float64Array) => {
  const { value, gradient } = at(x);
  out.set(gradient);
  return value;
};

describe.each(functions)("$name", ({ start, minimum, value, at }) => {
  it("is minimised by Newton to all digits", () => {
    const found = newton(at, Float64Array.from(start));
    expect(found).toMatchObject({ converged: true });
    // Ten or more printed digits where the minimum has no closed form.
    const digits = value > 0 ? 1e-11 : 1e-9;
    for (const [i, exact] of minimum.entries()) expect(Math.abs(found.argument[i]! / exact - 1)).toBeLessThan(digits);
    expect(Math.abs(found.value - value)).toBeLessThan(1e-10);
    expect(found.iterations).toBeLessThan(60);
  });

  it("is minimised by BFGS", () => {
    const found = bfgs(gradientForm(at), Float64Array.from(start));
    expect(found).toMatchObject({ converged: true });
    for (const [i, exact] of minimum.entries()) expect(Math.abs(found.argument[i]! / exact - 1)).toBeLessThan(1e-7);
    expect(found.evaluations).toBeLessThan(150);
  });

  it("gives the same minimum whatever the unit of f", () => {
    for (const unit of [1e-3, 1e6]) {
      const scaled = (x: Float64Array) => {
        const { value, gradient, hessian } = at(x);
        return { value: value * unit, gradient: gradient.map((g) => g * unit), hessian: hessian.map((h) => h * unit) };
      };
      const found = newton(scaled, Float64Array.from(start));
      expect(found.converged).toBe(true);
      for (const [i, exact] of minimum.entries()) expect(Math.abs(found.argument[i]! / exact - 1)).toBeLessThan(1e-6);
    }
  });
});

describe("newton", () => {
  /** Poisson regression of y on x without intercept … minus log-likelihood Σ e^{ηᵢ} − yᵢ ηᵢ; two groups have closed form. */
  const poisson = (counts: readonly [number, number], sizes: readonly [number, number]) => (x: Float64Array) => {
    const [m0, m1] = [sizes[0] * Math.exp(x[0]!), sizes[1] * Math.exp(x[0]! + x[1]!)];
    return {
      value: m0 + m1 - counts[0] * x[0]! - counts[1] * (x[0]! + x[1]!),
      gradient: Float64Array.of(m0 + m1 - counts[0] - counts[1], m1 - counts[1]),
      hessian: Float64Array.of(m0 + m1, m1, m1, m1),
    };
  };

  it("halves steps that overflow and still reaches the closed form", () => {
    const found = newton(poisson([7, 20], [100, 50]), Float64Array.of(-30, 30));
    expect(found.converged).toBe(true);
    expect(found.argument[0]).toBeCloseTo(Math.log(0.07), 12);
    expect(found.argument[1]).toBeCloseTo(Math.log(0.4 / 0.07), 12);
  });

  it("leaves a maximum and a saddle: the Hessian there is not positive definite", () => {
    const f = (x: Float64Array) => {
      const [a, b] = [x[0]!, x[1]!];
      return {
        value: a ** 4 - 2 * a ** 2 + b ** 2,
        gradient: Float64Array.of(4 * a ** 3 - 4 * a, 2 * b),
        hessian: Float64Array.of(12 * a ** 2 - 4, 0, 0, 2),
      };
    };
    const found = newton(f, Float64Array.of(0.01, 3));
    expect(found.converged).toBe(true);
    expect(Math.abs(found.argument[0]!)).toBeCloseTo(1, 12);
    // At the exact saddle there is no direction to take: not a minimum, and said so.
    expect(newton(f, Float64Array.of(0, 0))).toMatchObject({
      converged: false,
      reason: "stationary, but not a strict minimum",
    });
  });

  it("says so when a minimum is never reached", () => {
    const downhill = (x: Float64Array) => ({
      value: Math.exp(-x[0]!) * 1e10,
      gradient: Float64Array.of(-Math.exp(-x[0]!) * 1e10),
      hessian: Float64Array.of(Math.exp(-x[0]!) * 1e10),
    });
    expect(newton(downhill, Float64Array.of(0), { maxIterations: 5 })).toMatchObject({
      converged: false,
      iterations: 5,
    });
  });

  it("respects maxStep", () => {
    let furthest = 0;
    let last = 0;
    newton(
      (x) => {
        furthest = Math.max(furthest, Math.abs(x[0]! - last));
        last = x[0]!;
        return { value: (x[0]! - 10) ** 2, gradient: Float64Array.of(2 * (x[0]! - 10)), hessian: Float64Array.of(2) };
      },
      Float64Array.of(0),
      { maxStep: 2 },
    );
    expect(furthest).toBe(2);
    expect(last).toBe(10);
  });

  it("refuses a start outside the domain", () => {
    const f = (x: Float64Array) => ({
      value: Math.log(x[0]!),
      gradient: Float64Array.of(1 / x[0]!),
      hessian: Float64Array.of(0),
    });
    expect(() => newton(f, Float64Array.of(-1))).toThrow(expect.objectContaining({ code: "not-finite" }));
  });
});

describe("bfgs with lower bounds", () => {
  const quadratic = (centre: readonly number[]) => (x: Float64Array, g: Float64Array) => {
    let value = 0;
    for (let i = 0; i < x.length; i++) {
      const d = x[i]! - centre[i]!;
      const next = i + 1 < x.length ? x[i + 1]! - centre[i + 1]! : 0;
      value += (i + 1) * d * d + 0.5 * d * next;
      g[i] = 2 * (i + 1) * d + 0.5 * next + (i > 0 ? 0.5 * (x[i - 1]! - centre[i - 1]!) : 0);
    }
    return value;
  };

  it("stops exactly at a bound that the minimum lies beyond, the rest at their conditional minimum", () => {
    const found = bfgs(quadratic([-1, 2]), Float64Array.of(5, 5), { lowerBounds: Float64Array.of(0, 0) });
    expect(found.converged).toBe(true);
    expect(found.argument[0]).toBe(0);
    // d f/dx₂ = 4 (x₂ − 2) + ½ (0 + 1) = 0.
    expect(found.argument[1]).toBeCloseTo(2 - 1 / 8, 8);
  });

  it("ignores bounds that do not bind, and moves a start inside", () => {
    const found = bfgs(quadratic([1, 2, 3]), Float64Array.of(-9, -9, -9), { lowerBounds: new Float64Array(3) });
    expect(found.converged).toBe(true);
    for (let i = 0; i < 3; i++) expect(found.argument[i]).toBeCloseTo(i + 1, 8);
  });

  it("leaves a bound at which it starts when the minimum is inside", () => {
    const found = bfgs(quadratic([3, 3]), new Float64Array(2), { lowerBounds: new Float64Array(2) });
    expect(found.argument[0]).toBeCloseTo(3, 8);
    expect(found.argument[1]).toBeCloseTo(3, 8);
  });

  it("shortens steps that leave the domain", () => {
    const f = (x: Float64Array, g: Float64Array) => {
      g[0] = 1 - 3 / x[0]!;
      return x[0]! - 3 * Math.log(x[0]!);
    };
    expect(bfgs(f, Float64Array.of(0.01)).argument[0]).toBeCloseTo(3, 8);
    expect(() => bfgs(f, Float64Array.of(-1))).toThrow(expect.objectContaining({ code: "not-finite" }));
  });
});
