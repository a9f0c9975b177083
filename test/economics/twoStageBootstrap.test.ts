import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { buildFrame } from "../../src/data/buildFrame.ts";
import { tableFromColumns } from "../../src/data/tableFromColumns.ts";
import { jointData } from "../../src/economics/jointData.ts";
import { twoStageBootstrap, twoStageReplicates } from "../../src/economics/twoStageBootstrap.ts";
import { runReplicates } from "../../src/inference/replicates/replicates.ts";
import { trialTable } from "../support/trials.ts";

interface Golden {
  readonly trial: string;
  readonly cluster: string;
  readonly arm: string;
  readonly control: string | null;
  readonly strata: readonly string[];
  readonly cost: string;
  readonly effect: string;
  readonly costCovariates: readonly string[];
  readonly effectCovariates: readonly string[];
  readonly increments: readonly number[];
  readonly centre: readonly number[];
  readonly kept: Readonly<Record<string, { readonly cost: number; readonly effect: number }>>;
  readonly replicates: readonly {
    readonly clusters: readonly string[];
    readonly residuals: readonly number[];
    readonly increments: readonly number[];
  }[];
  readonly distribution: {
    readonly draws: number;
    readonly mean: readonly number[];
    readonly standardDeviation: readonly number[];
    readonly correlation: number;
  };
}

const folder = new URL("../../fixtures/golden/two-stage-bootstrap/", import.meta.url);
const files = readdirSync(folder).map((name) => ({
  name,
  golden: JSON.parse(readFileSync(new URL(name, folder), "utf8")) as Golden,
}));

const frameOf = (golden: Golden) =>
  buildFrame(trialTable(golden.trial), {
    outcome: golden.cost,
    cluster: golden.cluster,
    arm: golden.arm,
    control: golden.control,
    strata: golden.strata,
    covariates: golden.costCovariates,
    further: [{ outcome: golden.effect, covariates: golden.effectCovariates }],
  });

describe.each(files)("the two-stage bootstrap beside the formulas written out in R: $name", ({ golden }) => {
  const frame = frameOf(golden);
  const bootstrap = twoStageBootstrap(jointData(frame));
  const { arrangement } = bootstrap;
  const width = golden.increments.length;

  test("shrinks as much, and starts from the same increments", () => {
    bootstrap.increments.forEach(({ cost, effect }, a) => {
      expect(cost / golden.increments[2 * a]!).toBeCloseTo(1, 10);
      expect(effect / golden.increments[2 * a + 1]!).toBeCloseTo(1, 10);
    });
    golden.centre.forEach((value, k) => {
      expect(bootstrap.centre[k]! / value).toBeCloseTo(1, 10);
    });
    arrangement.cells.forEach(({ arm, stratum }, k) => {
      const name = [frame.arm!.levels[arm]!, ...(stratum === null ? [] : [frame.stratum!.levels[stratum]!])].join(" ");
      expect(bootstrap.kept.cost[k]!).toBeCloseTo(golden.kept[name]!.cost, 10);
      expect(bootstrap.kept.effect[k]!).toBeCloseTo(golden.kept[name]!.effect, 10);
    });
  });

  test("gives every replicate whose indices are handed over, to 1e-10", () => {
    const placeOfCluster = new Map(Array.from(arrangement.clusters, (j, place) => [frame.cluster.labels[j]!, place]));
    const placeOfRow = new Map(Array.from(arrangement.rows, (row, place) => [row, place]));
    const cellOf = (place: number) =>
      arrangement.cells.findIndex(({ firstCluster, clusters }) => place < firstCluster + clusters);
    for (const { clusters, residuals, increments } of golden.replicates) {
      // Theirs come cell by cell in another order; residuals go with the drawn clusters.
      let row = 0;
      const drawn = clusters.map((label) => {
        const place = placeOfCluster.get(label)!;
        const size = arrangement.starts[place + 1]! - arrangement.starts[place]!;
        const own = residuals.slice(row, row + size).map((each) => placeOfRow.get(each)!);
        row += size;
        // Rows of a cluster are in another order too: residual i belongs to row i of their data.
        const rows = Array.from(arrangement.rows.subarray(arrangement.starts[place]!, arrangement.starts[place + 1]!));
        const order = rows.toSorted((a, b) => a - b);
        return { place, own: rows.map((each) => own[order.indexOf(each)]!) };
      });
      const inOrder = drawn.toSorted((a, b) => cellOf(a.place) - cellOf(b.place));
      const out = new Float64Array(width);
      bootstrap.estimate(
        Int32Array.from(inOrder, ({ place }) => place),
        Int32Array.from(inOrder.flatMap(({ own }) => own)),
        out,
        0,
      );
      increments.forEach((value, k) => {
        expect(Math.abs(out[k]! - value)).toBeLessThan(
          1e-10 * Math.max(Math.abs(value), Math.abs(golden.increments[k]!)),
        );
      });
    }
  });

  test("draws from the same distribution", () => {
    const draws = 3000;
    const numbers = runReplicates(twoStageReplicates(bootstrap, draws, 7));
    for (let k = 0; k < width; k++) {
      const own = Array.from({ length: draws }, (_, d) => numbers[d * width + k]!);
      const mean = own.reduce((sum, value) => sum + value, 0) / draws;
      const sd = Math.sqrt(own.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (draws - 1));
      const theirs = golden.distribution.standardDeviation[k]!;
      // Four Monte Carlo errors of a mean, and of a standard deviation of near-normal numbers.
      const noise = Math.sqrt(1 / draws + 1 / golden.distribution.draws);
      expect(Math.abs(mean - golden.distribution.mean[k]!) / theirs).toBeLessThan(4 * noise);
      expect(Math.abs(sd / theirs - 1)).toBeLessThan(4 * noise * Math.SQRT1_2 * 1.2);
    }
  });
});

describe("the two-stage bootstrap", () => {
  const { golden } = files.find(({ name }) => name === "economics-adjusted.json")!;
  const bootstrap = twoStageBootstrap(jointData(frameOf(golden)));

  test("draws replicate k alone as among all", () => {
    const replicates = twoStageReplicates(bootstrap, 40, 5);
    const all = runReplicates(replicates);
    const some = new Float64Array(3 * replicates.width);
    replicates.run(17, 20, some);
    expect(Array.from(some)).toEqual(Array.from(all.subarray(17 * replicates.width, 20 * replicates.width)));
  });

  test("is centred on the estimate when no cluster size differs", () => {
    const rows = Array.from({ length: 60 }, (_, i) => ({
      practice: Math.floor(i / 6),
      arm: Math.floor(i / 6) % 2,
      cost: 100 + 17 * ((i * 7) % 11) + 5 * Math.floor(i / 6),
      effect: 0.1 * ((i * 5) % 7) + 0.02 * Math.floor(i / 6),
    }));
    const column = (name: "practice" | "arm" | "cost" | "effect") => rows.map((row) => row[name]);
    const frame = buildFrame(
      tableFromColumns({
        practice: column("practice"),
        arm: column("arm"),
        cost: column("cost"),
        effect: column("effect"),
      }),
      { outcome: "cost", cluster: "practice", arm: "arm", further: [{ outcome: "effect", covariates: [] }] },
    );
    const { centre, increments } = twoStageBootstrap(jointData(frame));
    expect(centre[0]!).toBeCloseTo(increments[0]!.cost, 10);
    expect(centre[1]!).toBeCloseTo(increments[0]!.effect, 10);
  });
});
