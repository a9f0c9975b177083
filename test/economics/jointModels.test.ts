import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { buildFrame } from "../../src/data/buildFrame.ts";
import { bivariateMixedModel } from "../../src/economics/bivariateMixed.ts";
import type { JointData, JointEquation } from "../../src/economics/jointFit.ts";
import { jointGee } from "../../src/economics/jointGee.ts";
import { iteratedSur, leastSquares, sur } from "../../src/economics/sur.ts";
import { fitBivariateMixed } from "../../src/models/joint/bivariateMixed.ts";
import { jointMoments } from "../../src/models/joint/jointMoments.ts";
import { fitSeeminglyUnrelated } from "../../src/models/joint/seeminglyUnrelated.ts";
import { sandwich } from "../../src/numerics/matrix/product.ts";
import { trialTable } from "../support/trials.ts";

interface Golden {
  readonly trial: string;
  readonly cluster: string;
  readonly arm: string;
  readonly control: string | null;
  readonly cost: string;
  readonly effect: string;
  readonly costCovariates: readonly string[];
  readonly effectCovariates: readonly string[];
  readonly cases: readonly {
    readonly id: string;
    readonly estimator: string;
    readonly choice: Readonly<Record<string, string>>;
    readonly expect: Readonly<Record<string, { readonly value: number; readonly absolute: number }>>;
  }[];
}

const folder = new URL("../../fixtures/golden/joint-models/", import.meta.url);
const files = readdirSync(folder)
  .filter((name) => name.endsWith(".json"))
  .map((name) => ({ name, ...(JSON.parse(readFileSync(new URL(name, folder), "utf8")) as Golden) }));

const estimators = new Map(
  [sur, iteratedSur, leastSquares, jointGee, bivariateMixedModel].map((each) => [each.id, each]),
);

function dataOf(golden: Golden): JointData {
  const frameOf = (outcome: string, covariates: readonly string[]) =>
    buildFrame(trialTable(golden.trial), {
      cluster: golden.cluster,
      arm: golden.arm,
      control: golden.control,
      outcome,
      covariates: [...covariates],
    });
  const [cost, effect] = [frameOf(golden.cost, golden.costCovariates), frameOf(golden.effect, golden.effectCovariates)];
  const equation = (name: JointEquation["name"], frame: typeof cost): JointEquation => ({
    name,
    column: frame.outcome.name,
    values: frame.outcome.values,
    design: frame.design,
    increments: frame.effects.map(({ weights }) => weights),
  });
  const { cluster, arm, stratum, pair } = cost;
  return { cost: equation("cost", cost), effect: equation("effect", effect), cluster, arm: arm!, stratum, pair };
}

/** Numbers by the paths that golden files use. */
function numbersOf(golden: Golden, { estimator, choice }: Golden["cases"][number]): ReadonlyMap<string, number> {
  const data = dataOf(golden);
  const out = new Map<string, number>();
  const setAll = (name: string, values: Float64Array) => {
    values.forEach((value, k) => {
      out.set(`${name}.${k}`, value);
    });
  };
  if (choice["estimation"] === "ml") {
    const fit = fitBivariateMixed(jointMoments([data.cost, data.effect], data.cluster), "ml");
    const p = fit.coefficients.length;
    const covariance = new Float64Array(p * p);
    sandwich(fit.toCoefficients, fit.parts.covariance, p, p, covariance);
    fit.coefficients.forEach((value, k) => {
      out.set(`coefficients.${k}`, value);
      out.set(`standardErrors.${k}`, Math.sqrt(covariance[k * p + k]!));
    });
    setAll("betweenCovariance", fit.betweenCovariance);
    setAll("residualCovariance", fit.residualCovariance);
    return out.set("logLikelihood", -fit.criterion / 2);
  }
  const fit = estimators.get(estimator)!.fit(data, choice);
  const p = fit.coefficients!.values.length;
  fit.coefficients!.values.forEach((value, k) => {
    out.set(`coefficients.${k}`, value);
    out.set(`standardErrors.${k}`, Math.sqrt(fit.coefficients!.covariance[k * p + k]!));
  });
  fit.increments.forEach(({ cost, effect }, a) => {
    out.set(`increments.${2 * a}`, cost);
    out.set(`increments.${2 * a + 1}`, effect);
  });
  const rows = 2 * fit.increments.length;
  fit.covariance.forEach((value, e) => {
    out.set(`covariance.${Math.floor(e / rows)}.${e % rows}`, value);
  });
  for (let a = 0; a < fit.increments.length; a++)
    for (const threshold of [0, 20000, 30000]) {
      const weights = new Float64Array(rows);
      weights[2 * a] = -1;
      weights[2 * a + 1] = threshold;
      let variance = 0;
      for (let i = 0; i < rows; i++)
        for (let k = 0; k < rows; k++) variance += weights[i]! * fit.covariance[i * rows + k]! * weights[k]!;
      out.set(`netBenefit.${a}.${threshold}.standardError`, Math.sqrt(variance));
      out.set(`netBenefit.${a}.${threshold}.df`, fit.df(weights)!);
    }
  if (fit.summary.logLikelihood != null) out.set("logLikelihood", fit.summary.logLikelihood);
  const component = (group: (name: string) => boolean, term: string, other: string | null) =>
    fit.variances.find((each) => group(each.group) && each.term === term && each.with === other)?.variance;
  for (const [name, group] of [
    ["betweenCovariance", (each: string) => each !== "residual"],
    ["residualCovariance", (each: string) => each === "residual"],
  ] as const) {
    const found = [
      component(group, "cost", null),
      component(group, "cost", "effect"),
      component(group, "effect", null),
    ];
    found.forEach((value, k) => {
      if (value !== undefined) out.set(`${name}.${[0, 1, 3][k]!}`, value);
    });
  }
  const weighting = { sur: "generalised", "iterated-sur": "iterated", "least-squares": "least-squares" } as const;
  if (estimator in weighting) {
    const plain = fitSeeminglyUnrelated(
      jointMoments([data.cost, data.effect], data.cluster),
      weighting[estimator as keyof typeof weighting],
    );
    for (let k = 0; k < p; k++)
      out.set(`modelStandardErrors.${k}`, Math.hypot(...plain.root.subarray(k * p, (k + 1) * p)));
  }
  return out;
}

describe.each(files)("$name beside R", (golden) => {
  test.each(golden.cases)("$id", (one) => {
    const numbers = numbersOf(golden, one);
    const off = Object.entries(one.expect).flatMap(([path, { value, absolute }]) => {
      const actual = numbers.get(path);
      return actual !== undefined && Math.abs(actual - value) <= absolute
        ? []
        : [`${path}: ${actual} instead of ${value} ± ${absolute}`];
    });
    expect(off).toEqual([]);
  });
});
