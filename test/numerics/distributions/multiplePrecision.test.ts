import { describe, expect, it } from "vitest";
import { central, counts, type Family, functions, noncentral, readTable, relativeError, Worst } from "./goldenTable.ts";

const families: [string, Family, number][] = [
  ...Object.entries({ ...central, ...counts }).map(
    ([name, family]) => [name, family, 1e-12] as [string, Family, number],
  ),
  ...Object.entries(noncentral).map(([name, family]) => [name, family, 1e-10] as [string, Family, number]),
];

/**
 * Degrees of freedom 0.5 to 1e6, shapes 0.01 to 5e5, noncentralities to 1e4, both tails down to 1e-300, their logarithms far beyond:
 * fixtures/oracles/distributions.py. The worst errors are in the reporter's annotations (vitest run --reporter=verbose).
 */
describe.each(families)("%s", (name, family, tolerance) => {
  const { points } = readTable(name);

  it(`has relative errors below ${tolerance} in density, both tails and their logarithms`, async ({ annotate }) => {
    for (const [i, method] of functions.entries()) {
      const worst = new Worst();
      for (const { x, parameters, values } of points) {
        const truth = values[i]!;
        if (truth === null) continue;
        const value = family[method](x, ...parameters);
        worst.add(
          relativeError(value, truth, method === "logDensity" ? 1 : 0),
          () => `${name}.${method}(${[x, ...parameters].join(", ")}) = ${value}, not ${truth}`,
        );
      }
      await annotate(`${name}.${method}: ${points.length} points, worst relative error ${worst}`);
      expect(worst.error, worst.where).toBeLessThan(tolerance);
    }
  });

  it("returns quantiles that are the tabulated arguments, to the digits that the tails determine", async ({
    annotate,
  }) => {
    const worst = new Worst();
    for (const { x, parameters, values } of points) {
      const [density, lower, upper] = values;
      for (const [tail, method] of [
        [lower, "quantile"],
        [upper, "quantileUpper"],
      ] as const) {
        // A tail above 1/2 is known to 1e-16, not to 16 digits: the other tail says what it determines.
        if (!tail || !density || tail === 1) continue;
        const found = family[method](tail, ...parameters);
        if (name in counts) {
          // The step is found again unless its height is lost in the rounding of the tail.
          if (density > 1e-11 * tail) expect(found, `${name}.${method}(${tail}, ${parameters})`).toBe(x);
          continue;
        }
        const condition = tail / (Math.abs(x) * density);
        worst.add(
          relativeError(found, x) / Math.max(1, condition),
          () => `${name}.${method}(${[tail, ...parameters].join(", ")}) = ${found}, not ${x}`,
        );
      }
    }
    await annotate(`${name}: worst error of a quantile over its condition ${worst}`);
    expect(worst.error, worst.where).toBeLessThan(tolerance);
  });
});
