import { describe, expect, it } from "vitest";
import { central, counts, type Family, functions, noncentral, readTable, relativeError, Worst } from "./goldenTable.ts";

/**
 * R sums noncentral tails to an absolute 1e-9 or so (pnbeta): 1.5e-8 of a tail of 0.01 is the most by which it differs here, and
 * multiple precision sides with us (multiplePrecision.test.ts).
 */
const families: [string, Family, number][] = [
  ...Object.entries({ ...central, ...counts }).map(
    ([name, family]) => [name, family, 1e-11] as [string, Family, number],
  ),
  ...Object.entries(noncentral).map(([name, family]) => [name, family, 1e-7] as [string, Family, number]),
];

/** The ordinary range (tails 1e-12 to 1) as R 4.2.2 has it: fixtures/oracles/distributions.R. */
describe.each(families)("%s in R", (name, family, tolerance) => {
  const { points, quantiles } = readTable(`${name}-r`);

  it("agrees in density, both tails and their logarithms", async ({ annotate }) => {
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
      await annotate(`${name}.${method}: worst difference ${worst}`);
      expect(worst.error, worst.where).toBeLessThan(tolerance);
    }
  });

  it("agrees in quantiles from both tails", async ({ annotate }) => {
    const worst = new Worst();
    for (const { p, parameters, quantile, quantileUpper } of quantiles) {
      for (const [method, truth] of [
        ["quantile", quantile],
        ["quantileUpper", quantileUpper],
      ] as const) {
        if (truth === null) continue;
        const value = family[method](p, ...parameters);
        worst.add(
          relativeError(value, truth, 1e-3),
          () => `${name}.${method}(${[p, ...parameters].join(", ")}) = ${value}, not ${truth}`,
        );
      }
    }
    await annotate(`${name} quantiles: worst difference ${worst}`);
    expect(worst.error, worst.where).toBeLessThan(name in counts ? 1e-15 : tolerance);
  });
});
