import { sha256 } from "../../src/data/sha256.ts";
import type { Table } from "../../src/data/table.ts";
import { tableFromColumns } from "../../src/data/tableFromColumns.ts";
import { methods as list } from "../../src/economics/methods.ts";
import type { WorkerHost } from "../../src/inference/replicates/workerHost.ts";
import { gammaDraw } from "../../src/numerics/random/gammaDraw.ts";
import { poissonDraw } from "../../src/numerics/random/poissonDraw.ts";
import { type RandomStream, randomStream } from "../../src/numerics/random/randomStream.ts";
import { type Plan, parseScript } from "../../src/plan/parsePlan.ts";
import type { RegisteredMethod } from "../../src/trial/method.ts";

/** Draws of every kind from several streams, as SHA-256 of their bits. */
export function drawsByKind(): Readonly<Record<string, string>> {
  const kinds: Readonly<Record<string, (stream: RandomStream) => number>> = {
    uint32: (stream) => stream.uint32(),
    uniform: (stream) => stream.uniform(),
    normal: (stream) => stream.normal(),
    exponential: (stream) => stream.exponential(),
    "integer below 23": (stream) => stream.integer(23),
    "integer below 2^53 - 1": (stream) => stream.integer(Number.MAX_SAFE_INTEGER),
    "first of a shuffle": (stream) => {
      const order = [0, 1, 2, 3, 4, 5, 6];
      stream.shuffle(order);
      return order[0]!;
    },
    "gamma 0.3": (stream) => gammaDraw(stream, 0.3),
    "gamma 2.4": (stream) => gammaDraw(stream, 2.4),
    "Poisson 40.5": (stream) => poissonDraw(stream, 40.5),
  };
  const streams = [
    [1, 0],
    [20230420, 12_345],
    [-7, 2 ** 40 + 1],
  ] as const;
  return Object.fromEntries(
    Object.entries(kinds).map(([kind, draw]) => {
      const hash = sha256();
      for (const [seed, number] of streams) {
        const stream = randomStream(seed, number);
        const values = Float64Array.from({ length: 20_000 }, () => draw(stream));
        hash.update(new Uint8Array(values.buffer));
      }
      return [kind, hash.digest()];
    }),
  );
}

/** 16 practices of unequal size in two strata, with an outcome of every kind. */
export function trial(): Table {
  const stream = randomStream(20230420);
  const columns: Record<string, number[]> = {
    practice: [],
    arm: [],
    region: [],
    score: [],
    well: [],
    relapses: [],
    cost: [],
    qaly: [],
  };
  for (let j = 0; j < 16; j++) {
    const arm = j % 2;
    const effect = 0.4 * stream.normal();
    for (let size = 4 + stream.integer(9); size > 0; size--) {
      const score = 10 + 0.5 * arm + effect + stream.normal();
      const values = {
        practice: j + 1,
        arm,
        region: j < 8 ? 1 : 2,
        score,
        well: stream.uniform() < 0.4 + 0.1 * arm + 0.2 * effect ? 1 : 0,
        relapses: poissonDraw(stream, 0.8 + 0.5 * effect * effect),
        cost: 800 + 100 * arm + 50 * effect + 200 * stream.exponential(),
        qaly: 0.6 + 0.01 * score + 0.1 * stream.normal(),
      };
      for (const [name, value] of Object.entries(values)) columns[name]!.push(value);
    }
  }
  return tableFromColumns(columns);
}

const methods: readonly RegisteredMethod[] = list;
const outcomes = { continuous: "score", binary: { name: "well", event: 1 }, count: "relapses" } as const;

/** Every method with every kind of outcome that it may take; of these the analyses with the given ids. */
export function plan(ids: readonly string[] | null = null): Plan {
  const whole = parseScript({
    trial: { cluster: "practice", arm: "arm", control: 0 },
    seed: 20230420,
    analyses: methods.flatMap(({ id, outcomes: kinds }): object[] => {
      if (kinds.length === 0) return [{ id, method: id, options: { cost: "cost", effect: "qaly" } }];
      return Object.entries(outcomes)
        .filter(([kind]) => kinds.some((each) => each === kind))
        .map(([kind, outcome]) => ({ id: `${id}, ${kind}`, method: id, outcome }));
    }),
  });
  return { ...whole, analyses: whole.analyses.filter(({ id }) => ids === null || ids.includes(id)) };
}

/**
 * A host that believes replicates to take long, so that its workers are used whatever the machine, and counts the answers
 * with numbers.
 */
export function eager(host: WorkerHost): WorkerHost & { readonly portions: () => number } {
  let time = 0;
  let portions = 0;
  return {
    parallelism: host.parallelism,
    portions: () => portions,
    now: () => {
      time += 5;
      return time;
    },
    start: ({ heard, lost }) =>
      host.start({
        lost,
        heard: (message) => {
          if ((message as { readonly kind: string }).kind === "numbers") portions += 1;
          heard(message);
        },
      }),
  };
}
