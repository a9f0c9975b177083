import { expect, test } from "vitest";
import { columnSource } from "../../../src/data/columnSource.ts";
import { groupingFromLabels } from "../../../src/data/groupingOf.ts";
import { sandwichVariance } from "../../../src/inference/sandwich/sandwichVariance.ts";
import { fitLinear } from "../../../src/models/linear/fitLinear.ts";
import { modelCovariance } from "../../../src/models/linear/linearFit.ts";
import { randomStream } from "../../../src/numerics/random/randomStream.ts";
import { rowsByCluster } from "../../support/clusteredData.ts";
import { denseParts } from "../../support/denseParts.ts";

const terms = ["intercept", "v", "w", "x"];

/** Four to nine rows, a factor of three levels and a covariate: many clusters in which a column does not vary at all. */
function handful(seed: number) {
  const stream = randomStream(seed);
  const rows = 4 + stream.integer(6);
  const level = Array.from({ length: rows }, () => stream.integer(3));
  const columns = [
    level.map(() => 1),
    level.map((g) => Number(g === 1)),
    level.map((g) => Number(g === 2)),
    level.map(() => stream.normal()),
  ];
  const cluster = groupingFromLabels(
    "practice",
    level.map(() => stream.integer(4)),
  );
  return { columns, cluster, outcome: Float64Array.from(level, () => stream.exponential()) };
}

test("clusters seen through cross-products are the clusters themselves, on a handful of rows", () => {
  let compared = 0;
  for (let seed = 1; seed <= 400; seed++) {
    const { columns, cluster, outcome } = handful(seed);
    let fit: ReturnType<typeof fitLinear>;
    try {
      fit = fitLinear({ terms, design: columnSource(columns), outcome, cluster });
    } catch {
      // Some level has no row, or rows are too few.
      continue;
    }
    if (fit.clusters < 2 || fit.residualDf === 0) continue;
    const dense = denseParts(
      rowsByCluster(cluster).map((own) => {
        const identity = Float64Array.from({ length: own.length ** 2 }, (_, i) => (i % (own.length + 1) === 0 ? 1 : 0));
        return {
          rows: own.length,
          design: Float64Array.from(own.flatMap((i) => columns.map((column) => column[i]!))),
          weight: identity,
          target: identity,
          residual: Float64Array.from(
            own,
            (i) => outcome[i]! - columns.reduce((sum, column, k) => sum + column[i]! * fit.coefficients[k]!, 0),
          ),
        };
      }),
      4,
      "identity",
    );
    for (const correction of ["cr0", "cr2", "cr3"] as const) {
      const found = sandwichVariance(fit.clusterParts, correction).covariance;
      const expected = sandwichVariance(dense, correction).covariance;
      // A variance that is zero but for rounding is compared on the scale of what it would be for independent rows.
      const scale = Math.max(...expected.map(Math.abs), ...modelCovariance(fit)!.map(Math.abs));
      found.forEach((value, k) => {
        expect(Math.abs(value - expected[k]!), `seed ${seed} ${correction}`).toBeLessThan(1e-7 * scale);
      });
    }
    compared++;
  }
  expect(compared).toBeGreaterThan(200);
});
