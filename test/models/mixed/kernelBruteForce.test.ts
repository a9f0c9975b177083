import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { accumulateMoments } from "../../../src/data/accumulateMoments.ts";
import { columnSource } from "../../../src/data/columnSource.ts";
import type { Grouping } from "../../../src/data/grouping.ts";
import type { MixedAlgebra } from "../../../src/models/mixed/mixedAlgebra.ts";
import { type MixedStructure, type RandomLevel, varianceParameters } from "../../../src/models/mixed/mixedStructure.ts";
import { nestedAlgebra } from "../../../src/models/mixed/nestedAlgebra.ts";
import { nestedKernel } from "../../../src/models/mixed/nestedKernel.ts";
import { interceptAlgebra, interceptSums } from "../../../src/models/mixed/randomIntercept.ts";
import { pseudoInverse } from "../../../src/numerics/matrix/pseudoInverse.ts";
import { randomStream } from "../../../src/numerics/random/randomStream.ts";

/** Every sum of the kernels recomputed with n × n matrices. */
interface Example {
  readonly structure: MixedStructure;
  /** X, row-major n × p, on the shifted columns. */
  readonly x: Float64Array;
  readonly y: Float64Array;
  /** Gᵣ, n × n each. */
  readonly basis: readonly Float64Array[];
}

/** Levels coarsest first, each with an intercept or with a correlated slope beside it. */
const kinds = {
  intercept: [["practice", "intercept"]],
  slope: [["practice", "slope"]],
  nested: [
    ["practice", "intercept"],
    ["id", "intercept"],
  ],
  "slope outside": [
    ["practice", "slope"],
    ["id", "intercept"],
  ],
  "slope inside": [
    ["practice", "intercept"],
    ["id", "slope"],
  ],
  "three levels": [
    ["region", "intercept"],
    ["practice", "slope"],
    ["id", "intercept"],
  ],
} as const;

type Codes = Record<"region" | "practice" | "id", number[]>;

/** Small and ragged: groups of one row occur. */
function raggedCodes(seed: number): Codes {
  const stream = randomStream(seed);
  const codes: Codes = { region: [], practice: [], id: [] };
  const clusters = 3 + stream.integer(3);
  let id = 0;
  for (let j = 0; j < clusters; j++) {
    const inside = 1 + stream.integer(3);
    for (let g = 0; g < inside; g++, id++) {
      const size = 1 + stream.integer(4);
      for (let i = 0; i < size; i++) {
        codes.region.push(Math.floor(j / 2));
        codes.practice.push(j);
        codes.id.push(id);
      }
    }
  }
  return codes;
}

function example(seed: number, kind: keyof typeof kinds): Example {
  const stream = randomStream(seed, 1);
  const codes = raggedCodes(seed);
  const n = codes.id.length;
  const draw = () => Array.from({ length: n }, () => stream.normal() + 1);
  const time = draw();
  const y = draw();
  const one = new Array<number>(n).fill(1);
  const groupings = kinds[kind].map(([name]): Grouping => {
    const count = Math.max(...codes[name]) + 1;
    const sizes = new Int32Array(count);
    for (const code of codes[name]) sizes[code]! += 1;
    return {
      name,
      labels: Array.from({ length: count }, (_, k) => `${k}`),
      codes: Int32Array.from(codes[name]),
      sizes,
    };
  });
  const moments = accumulateMoments(
    ["intercept", "time", "random time", "y"],
    columnSource([one, time, time, y]),
    groupings.at(-1)!,
    { unshifted: ["random time"] },
  );
  const levels = kinds[kind].map(([, effects], l): RandomLevel => {
    const finer = groupings[l]!;
    const coarser = groupings[l - 1] ?? null;
    const parent = coarser === null ? null : new Int32Array(finer.labels.length);
    for (let i = 0; i < n; i++) if (coarser !== null) parent![finer.codes[i]!] = coarser.codes[i]!;
    const block =
      effects === "slope"
        ? { columns: [0, 2], terms: ["intercept", "time"], origins: [0, 0] }
        : { columns: [0], terms: ["intercept"], origins: [0] };
    return { name: finer.name, groups: finer.labels.length, parent, blocks: [block] };
  });
  const structure = { moments, coefficients: 2, levels, rows: n, logWeights: 0 };
  const columnOf = (level: number, effect: number) => (levels[level]!.blocks[0]!.columns[effect] === 0 ? one : time);
  const basis = varianceParameters(levels).map(({ level, row, column }) => {
    const left = columnOf(level, row);
    const right = columnOf(level, column);
    const own = groupings[level]!.codes;
    const out = new Float64Array(n * n);
    for (let i = 0; i < n; i++) {
      for (let k = 0; k < n; k++) {
        if (own[i] !== own[k]) continue;
        out[i * n + k] = row === column ? left[i]! * left[k]! : left[i]! * right[k]! + right[i]! * left[k]!;
      }
    }
    return out;
  });
  const x = Float64Array.from({ length: 2 * n }, (_, e) => (e % 2 === 0 ? 1 : time[(e - 1) / 2]! - moments.shift[1]!));
  return { structure, x, y: Float64Array.from(y, (v) => v - moments.shift[3]!), basis };
}

const times = (a: Float64Array, b: Float64Array, rows: number, inner: number, columns: number) => {
  const out = new Float64Array(rows * columns);
  for (let i = 0; i < rows; i++) {
    for (let k = 0; k < inner; k++) {
      for (let j = 0; j < columns; j++) out[i * columns + j]! += a[i * inner + k]! * b[k * columns + j]!;
    }
  }
  return out;
};
const transpose = (a: Float64Array, rows: number, columns: number) =>
  Float64Array.from({ length: rows * columns }, (_, e) => a[(e % rows) * columns + Math.floor(e / rows)]!);
const trace = (a: Float64Array, n: number) =>
  Array.from({ length: n }, (_, k) => a[k * n + k]!).reduce((s, v) => s + v, 0);

function bruteForce({ x, y, basis, structure }: Example, psi: readonly number[]) {
  const n = structure.rows;
  const identity = Float64Array.from({ length: n * n }, (_, e) => (e % (n + 1) === 0 ? 1 : 0));
  const v = identity.slice();
  basis.forEach((g, r) => {
    for (let e = 0; e < n * n; e++) v[e]! += psi[r]! * g[e]!;
  });
  const inverse = pseudoInverse(v, n, n);
  const xt = transpose(x, n, 2);
  const information = times(times(xt, inverse, 2, n, n), x, 2, n, 2);
  const covariance = pseudoInverse(information, 2, 2);
  const beta = times(covariance, times(times(xt, inverse, 2, n, n), y, 2, n, 1), 2, 2, 1);
  const e = y.map((value, i) => value - beta[0]! * x[2 * i]! - beta[1]! * x[2 * i + 1]!);
  const xe = Float64Array.from({ length: 3 * n }, (_, k) =>
    k % 3 === 2 ? e[(k - 2) / 3]! : x[2 * Math.floor(k / 3) + (k % 3)]!,
  );
  const half = basis.concat([identity]).map((g) => times(inverse, g, n, n, n));
  const xet = transpose(xe, n, 3);
  const first = half.map((h) =>
    times(times(xet, times(h, inverse, n, n, n), 3, n, n), xe, 3, n, 3).map((value) => -value),
  );
  const second = half.flatMap((h) =>
    half.map((k) => times(times(xet, times(times(h, k, n, n, n), inverse, n, n, n), 3, n, n), xe, 3, n, 3)),
  );
  return {
    beta,
    covariance,
    first,
    second,
    traces: half.map((h) => trace(h, n)),
    tracePairs: half.flatMap((h) => half.map((k) => trace(times(h, k, n, n, n), n))),
    residual: times(times(e, inverse, 1, n, n), e, 1, n, 1)[0]!,
  };
}

function expectSame(algebra: MixedAlgebra, expected: ReturnType<typeof bruteForce>) {
  const close = (ours: ArrayLike<number>, theirs: ArrayLike<number>, what: string) => {
    const scale = Math.max(1, ...Array.from(theirs, Math.abs));
    for (let k = 0; k < theirs.length; k++) {
      expect(Math.abs(ours[k]! - theirs[k]!) / scale, `${what}[${k}]: ${ours[k]} against ${theirs[k]}`).toBeLessThan(
        1e-9,
      );
    }
  };
  close(algebra.beta, expected.beta, "beta");
  close(algebra.covariance, expected.covariance, "covariance");
  close([algebra.residual], [expected.residual], "residual");
  close(algebra.traces, expected.traces, "traces");
  close(algebra.tracePairs, expected.tracePairs, "tracePairs");
  for (const [i, m] of expected.first.entries()) close(algebra.first[i]!, m, `first ${i}`);
  for (const [i, m] of expected.second.entries()) close(algebra.second[i]!, m, `second ${i}`);
}

const rootOf = (entries: readonly number[]) =>
  entries.length === 1 ? Float64Array.of(entries[0]!) : Float64Array.of(entries[0]!, 0, entries[1]!, entries[2]!);

describe("sums of the nested kernel equal those of n × n matrices", () => {
  for (const kind of Object.keys(kinds) as (keyof typeof kinds)[]) {
    test(kind, () => {
      fc.assert(
        fc.property(
          fc.integer({ min: 1, max: 10_000 }),
          fc.array(fc.double({ min: 0, max: 2, noNaN: true }), { minLength: 4, maxLength: 4 }),
          (seed, l) => {
            const one = example(seed, kind);
            const roots = one.structure.levels.map((level) =>
              level.blocks[0]!.columns.length === 2 ? rootOf([l[0]!, l[1]! - 1, l[2]!]) : rootOf([l[3]!]),
            );
            const psi = one.structure.levels.flatMap((level, k) => {
              const r = roots[k]!;
              return level.blocks[0]!.columns.length === 2
                ? [r[0]! ** 2, r[2]! * r[0]!, r[2]! ** 2 + r[3]! ** 2]
                : [r[0]! ** 2];
            });
            const algebra = nestedAlgebra(
              one.structure,
              nestedKernel(one.structure),
              roots,
              varianceParameters(one.structure.levels),
            );
            expectSame(algebra, bruteForce(one, psi));
          },
        ),
        { numRuns: 25, seed: 7 },
      );
    });
  }

  test("closed forms of the random intercept, negative ratios included", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 10_000 }), fc.double({ min: -0.04, max: 3, noNaN: true }), (seed, psi) => {
        const one = example(seed, "intercept");
        expectSame(interceptAlgebra(interceptSums(one.structure), psi), bruteForce(one, [psi]));
      }),
      { numRuns: 50, seed: 7 },
    );
  });
});
