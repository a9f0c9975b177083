import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { buildFrame } from "../../src/data/buildFrame.ts";
import type { Roles } from "../../src/data/roles.ts";
import { type BootstrapInterval, bootstrapLimits } from "../../src/inference/bootstrap/bootstrapLimits.ts";
import { jackknifeAcceleration } from "../../src/inference/jackknife/clusterJackknife.ts";
import { bootstrapUnits } from "../../src/trial/effect/bootstrapUnits.ts";
import { resampledEstimates } from "../../src/trial/effect/resampledEstimates.ts";
import { methods } from "../../src/trial/methods.ts";
import { trialTable } from "../support/trials.ts";

interface GoldenBootstrap {
  readonly trial: string;
  readonly roles: Roles;
  readonly method: string;
  readonly options: object;
  readonly level: number;
  readonly origin: { readonly source: string };
  readonly units: readonly (readonly string[])[];
  readonly drawn: readonly string[];
  readonly value: number;
  readonly replicates: readonly number[];
  readonly standardErrors: readonly number[] | null;
  readonly standardError: number | null;
  readonly leftOut: readonly number[];
  readonly acceleration: number;
  readonly spread: number;
  readonly limits: Readonly<Partial<Record<BootstrapInterval, readonly [number, number]>>>;
}

const folder = new URL("../../fixtures/golden/cluster-bootstrap/", import.meta.url);
const files = readdirSync(folder).filter((file) => file.endsWith(".json"));

describe.each(files)("cluster-bootstrap against fixtures/golden/cluster-bootstrap/%s", (file) => {
  const golden: GoldenBootstrap = JSON.parse(readFileSync(new URL(file, folder), "utf8"));
  const method = methods.find(({ id }) => id === golden.method)!;
  const outcomeKinds = method.needs(golden.options).outcomes ?? method.outcomes;
  const frame = buildFrame(trialTable(golden.trial), { outcomeKinds, ...golden.roles });
  const question = { frame, options: golden.options, measure: null, level: golden.level, seed: 1 } as const;
  const found = method.analyse(question);
  const withErrors = golden.standardErrors !== null;
  const estimates = resampledEstimates(method, question, found, withErrors);
  const clusterOf = new Map(frame.cluster.labels.map((label, j) => [label, j]));
  const members = golden.units.map((unit) => unit.map((label) => clusterOf.get(label)!));
  const out = new Float64Array(2 * estimates.estimates);

  const at = (times: (unit: number) => number): Float64Array => {
    const multiplicity = new Int32Array(frame.cluster.labels.length);
    members.forEach((unit, u) => {
      for (const j of unit) multiplicity[j] = times(u);
    });
    expect(estimates.weighted(multiplicity, out)).toBe(true);
    return out;
  };
  const scale = golden.spread;
  const near = (actual: number, expected: number, what: string) =>
    expect(Math.abs(actual - expected) / scale, `${what}: ${actual}, expected ${expected}`).toBeLessThan(1e-9);

  const replicates = golden.drawn.map((digits) => {
    const [value, error] = at((u) => Number.parseInt(digits[u]!, 36)).filter((_, k) => k % estimates.estimates === 0);
    return { value: value!, error: error! };
  });
  const leftOut = Float64Array.from(members, (_, u) => at((other) => (other === u ? 0 : 1))[0]!);

  test("the estimate, in every resample and without every unit", () => {
    near(found.estimates[0]!.working!.value, golden.value, "estimate");
    replicates.forEach(({ value }, k) => {
      near(value, golden.replicates[k]!, `replicate ${k}`);
    });
    leftOut.forEach((value, u) => {
      near(value, golden.leftOut[u]!, `without ${golden.units[u]!.join()}`);
    });
  });

  test("standard errors, where they are asked for", () => {
    if (golden.standardErrors === null) {
      expect(withErrors).toBe(false);
      return;
    }
    near(found.estimates[0]!.working!.standardError, golden.standardError!, "standard error");
    replicates.forEach(({ error }, k) => {
      near(error, golden.standardErrors![k]!, `standard error of replicate ${k}`);
    });
  });

  const units = bootstrapUnits(frame);
  const order = units.members.map((own) => members.findIndex((unit) => unit.includes(own[0]!)));
  const acceleration = jackknifeAcceleration(
    Float64Array.from(order, (u) => leftOut[u]!),
    golden.value,
    units.groups,
  );

  test("the jackknife's acceleration", () => {
    expect(acceleration).toBeCloseTo(golden.acceleration, 9);
  });

  test.each(Object.entries(golden.limits))("limits: %s", (name, [lower, upper]) => {
    const interval = name as BootstrapInterval;
    const studentised = interval === "studentised";
    const sorted = Float64Array.from(replicates, ({ value, error }) =>
      studentised ? (value - golden.value) / error : value,
    ).sort();
    const observed = found.estimates[0]!.working!.value;
    const standardError = found.estimates[0]!.working!.standardError;
    const limits = bootstrapLimits(interval, { observed, sorted, standardError, acceleration }, golden.level);
    near(limits.lower, lower!, "lower");
    near(limits.upper, upper!, "upper");
  });
});
