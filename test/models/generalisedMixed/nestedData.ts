import { buildFrame } from "../../../src/data/buildFrame.ts";
import type { Frame } from "../../../src/data/frame.ts";
import { tableFromColumns } from "../../../src/data/tableFromColumns.ts";
import type { MixedFamilyName } from "../../../src/models/generalisedMixed/generalisedMixedFit.ts";
import { expandRandomTerm, parseRandomTerm } from "../../../src/models/mixed/randomFormula.ts";
import { randomStream } from "../../../src/numerics/random/randomStream.ts";

/** Rows of a simulated study; region holds practices, practices hold ids. */
export interface NestedRows {
  readonly region: string[];
  readonly practice: string[];
  readonly id: string[];
  readonly x: number[];
  readonly time: number[];
  readonly y: number[];
  readonly years: number[];
  readonly w: number[];
}

/** Ragged groups, some of one row; y is 0/1 for the binomial family, a count otherwise. */
export function nestedRows(seed: number, family: MixedFamilyName, practices = 12, spread = 0.8): NestedRows {
  const stream = randomStream(seed);
  const rows: NestedRows = { region: [], practice: [], id: [], x: [], time: [], y: [], years: [], w: [] };
  for (let j = 0, person = 0; j < practices; j++) {
    const own = spread * stream.normal();
    const trend = 0.4 * spread * stream.normal();
    const people = 1 + stream.integer(6);
    for (let g = 0; g < people; g++, person++) {
      const ownPerson = 0.7 * spread * stream.normal();
      const size = 1 + stream.integer(5);
      for (let i = 0; i < size; i++) {
        const time = stream.normal();
        const x = stream.normal();
        const eta = -0.2 + 0.5 * x + 0.3 * time + own + trend * time + ownPerson;
        rows.region.push(`r${Math.floor(j / 4)}`);
        rows.practice.push(`p${j}`);
        rows.id.push(`i${person}`);
        rows.x.push(x);
        rows.time.push(time);
        rows.years.push(0.5 + stream.uniform());
        rows.w.push(1 + stream.integer(3));
        if (family === "binomial") rows.y.push(stream.uniform() < 1 / (1 + Math.exp(-eta)) ? 1 : 0);
        else {
          let count = 0;
          const mean = Math.exp(eta) * (family === "poisson" ? 1 : 0.5 + stream.exponential());
          for (let left = mean - stream.exponential(); left > 0; left -= stream.exponential()) count++;
          rows.y.push(count);
        }
      }
    }
  }
  return rows;
}

export function nestedFrame(
  rows: NestedRows,
  family: MixedFamilyName,
  random: readonly string[],
  roles: {
    readonly weights?: string;
    readonly exposure?: boolean;
    readonly cluster?: string;
    readonly covariates?: string[];
  } = {},
): Frame {
  const terms = random.map(parseRandomTerm).flatMap(expandRandomTerm);
  return buildFrame(tableFromColumns({ ...rows }), {
    outcome: roles.exposure === true ? { name: "y", exposure: "years" } : "y",
    outcomeKinds: [family === "binomial" ? "binary" : "count"],
    cluster: roles.cluster ?? "practice",
    covariates: roles.covariates ?? ["x", "time"],
    weights: roles.weights ?? null,
    groupings: terms.map(({ path }) => path),
    extraColumns: [...new Set(terms.flatMap(({ effects }) => effects))].filter((effect) => effect !== "intercept"),
  });
}
