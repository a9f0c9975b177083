import { describe, expect, test } from "vitest";
import { buildFrame } from "../../../src/data/buildFrame.ts";
import type { Frame } from "../../../src/data/frame.ts";
import type { Roles } from "../../../src/data/roles.ts";
import { tableFromColumns } from "../../../src/data/tableFromColumns.ts";
import { randomStream } from "../../../src/numerics/random/randomStream.ts";
import { resampledEstimates } from "../../../src/trial/effect/resampledEstimates.ts";
import type { RegisteredMethod } from "../../../src/trial/method.ts";
import { methods } from "../../../src/trial/methods.ts";

/** 12 practices of unlike size, in pairs and strata, with weights, visits of participants, and a ward that one practice alone has. */
const columns = (() => {
  const stream = randomStream(77);
  const rows: Record<string, string | number>[] = [];
  for (let j = 0; j < 12; j++) {
    const effect = stream.normal();
    const size = 2 + stream.integer(6);
    for (let i = 0; i < size; i++) {
      const age = 40 + 10 * stream.normal();
      for (let visit = 0; visit < 2; visit++) {
        const risk = 1 / (1 + Math.exp(-(0.8 * effect + 0.3 * (j % 2))));
        rows.push({
          practice: `p${j}`,
          arm: j % 2 === 0 ? "usual" : "new",
          three: ["a", "b", "c"][j % 3]!,
          pair: `q${Math.floor(j / 2)}`,
          site: j < 6 ? "north" : "south",
          person: i,
          visit,
          age,
          ward: j === 3 && i === 0 ? "special" : i % 2 === 0 ? "one" : "two",
          w: 0.5 + stream.uniform(),
          base: stream.normal(),
          base2: 0.1 * stream.normal(),
          y: 1e3 + effect + 0.05 * age + stream.normal() + (j % 2),
          well: stream.uniform() < risk ? "yes" : "no",
          falls: stream.uniform() < 0.15 ? 1 : 0,
        });
      }
    }
  }
  return Object.fromEntries(Object.keys(rows[0]!).map((name) => [name, rows.map((row) => row[name]!)]));
})();

interface Case {
  readonly name: string;
  readonly method: string;
  readonly options: object;
  readonly roles: Partial<Roles>;
  readonly paired?: boolean;
}

const cases: readonly Case[] = [
  { name: "random intercept", method: "linear-mixed-model", options: {}, roles: { covariates: ["age"] } },
  {
    name: "weights and offset",
    method: "linear-mixed-model",
    options: { inference: "satterthwaite" },
    roles: { covariates: ["age"], weights: "w", offset: "base" },
  },
  { name: "maximum likelihood", method: "linear-mixed-model", options: { estimation: "ml" }, roles: {} },
  { name: "compound symmetry", method: "linear-mixed-model", options: { covariance: "compound-symmetry" }, roles: {} },
  { name: "cr2", method: "linear-mixed-model", options: { inference: "cr2" }, roles: { covariates: ["age"] } },
  {
    name: "a category of one practice",
    method: "linear-mixed-model",
    options: {},
    roles: { covariates: ["ward", "age"] },
  },
  {
    name: "effect averaged over participants",
    method: "linear-mixed-model",
    options: {},
    roles: { covariates: ["age", "arm:age"], participant: "person" },
  },
  { name: "three arms", method: "linear-mixed-model", options: {}, roles: { arm: "three", control: "b" } },
  {
    name: "people in practices",
    method: "linear-mixed-model",
    options: { random: ["1 | practice/person"] },
    roles: { covariates: ["visit"], groupings: [["practice", "person"]] },
  },
  {
    name: "random slope",
    method: "linear-mixed-model",
    options: { random: ["visit | practice"] },
    roles: { covariates: ["visit"], groupings: [["practice"]], extraColumns: ["visit"] },
  },
  {
    name: "no arm",
    method: "linear-mixed-model",
    options: {},
    roles: { arm: null, control: null, covariates: ["base", "age"], effect: "age" },
  },
  { name: "least squares", method: "cluster-robust", options: {}, roles: { covariates: ["age"] } },
  {
    name: "weighted least squares",
    method: "cluster-robust",
    options: { variance: "cr3" },
    roles: { covariates: ["age"], weights: "w", offset: "base" },
  },
  {
    name: "a category of one practice, least squares",
    method: "cluster-robust",
    options: { variance: "cr1" },
    roles: { covariates: ["ward"] },
  },
  {
    name: "average over participants, least squares",
    method: "cluster-robust",
    options: {},
    roles: { covariates: ["age", "arm:age"] },
  },
  {
    name: "risk difference",
    method: "cluster-robust",
    options: { family: "gaussian", link: "identity" },
    roles: { outcome: { name: "well", event: "yes" } },
  },
  {
    name: "logistic",
    method: "cluster-robust",
    options: {},
    roles: { outcome: { name: "well", event: "yes" }, covariates: ["age", "ward"], weights: "w" },
  },
  {
    name: "logistic, average over participants",
    method: "cluster-robust",
    options: {},
    roles: { outcome: { name: "well", event: "yes" }, covariates: ["base", "arm:base"] },
  },
  {
    name: "rates",
    method: "cluster-robust",
    options: {},
    roles: { outcome: { name: "falls", exposure: "w" }, covariates: ["base"], offset: "base2" },
  },
  { name: "summaries", method: "cluster-summary", options: {}, roles: {} },
  { name: "summaries by size", method: "cluster-summary", options: { weights: "size" }, roles: { strata: ["site"] } },
  { name: "summaries, welch", method: "cluster-summary", options: { variances: "welch" }, roles: {} },
  {
    name: "risk ratio with zeros",
    method: "cluster-summary",
    options: {},
    roles: { outcome: { name: "falls", event: "1" } },
  },
  { name: "pairs", method: "cluster-summary", options: {}, roles: { pairs: "pair" }, paired: true },
];

const measures: Readonly<Record<string, "risk-ratio">> = { "risk ratio with zeros": "risk-ratio" };

function frameOf(method: RegisteredMethod, { options, roles }: Case): Frame {
  return buildFrame(tableFromColumns(columns), {
    outcome: "y",
    outcomeKinds: method.needs(options).outcomes ?? method.outcomes,
    cluster: "practice",
    arm: "arm",
    control: "usual",
    ...roles,
  });
}

/** Practices drawn within arms (pairs whole), and all but one of them. */
function multiplicities({ cluster, arm, pair }: Frame, paired: boolean): Int32Array[] {
  const stream = randomStream(5);
  const clusters = cluster.labels.length;
  const unitOf = (j: number) => (paired ? pair!.ofCluster[j]! : j);
  const drawn = Array.from({ length: 12 }, () => {
    const times = new Int32Array(clusters);
    for (let j = 0; j < clusters; j++) {
      if (paired && [...pair!.ofCluster].indexOf(pair!.ofCluster[j]!) !== j) continue;
      const same = [...times.keys()].filter((k) => paired || arm === null || arm.ofCluster[k] === arm.ofCluster[j]);
      const unit = unitOf(same[stream.integer(same.length)]!);
      for (const k of times.keys()) if (unitOf(k) === unit) times[k]! += 1;
    }
    return times;
  });
  const all = new Int32Array(clusters).fill(1);
  const without = all.map((_, j) => (unitOf(j) === unitOf(3) ? 0 : 1));
  return [all, without, ...drawn];
}

describe.each(cases)("$method by how often clusters count: $name", (given) => {
  const method = methods.find(({ id }) => id === given.method)! as RegisteredMethod;
  const frame = frameOf(method, given);
  const question = { frame, options: given.options, measure: measures[given.name] ?? null, level: 0.95, seed: 1 };
  const found = method.analyse(question);
  const { reweighted, workingModel: _, ...slow } = method;
  const anew = resampledEstimates(slow, question, found, true);
  const short = reweighted!(question)!;
  const count = frame.effects.length;

  test("the effects and their errors are those of the rows analysed anew", () => {
    let answered = 0;
    for (const times of multiplicities(frame, given.paired === true)) {
      const [fast, bare, rows] = [
        new Float64Array(2 * count),
        new Float64Array(2 * count),
        new Float64Array(2 * count),
      ];
      const estimable = anew.weighted(times, rows);
      // There the whole analysis may fail for a profile interval under maximum likelihood, which no effect needs.
      if (!estimable && given.name === "compound symmetry") continue;
      // null: only the rows can tell, as they do in the end.
      const errors = short.estimate(times, fast);
      const alone = short.estimate(times, bare, false);
      if (errors !== null) expect(errors, times.join()).toBe(estimable);
      if (alone !== null && estimable) expect(alone, times.join()).toBe(true);
      if (!estimable || alone === null) continue;
      answered += 1;
      for (let e = 0; e < count; e++) {
        const scale = rows[count + e]!;
        expect(Math.abs(bare[e]! - rows[e]!) / scale, `effect alone ${times.join()}`).toBeLessThan(1e-7);
        if (errors === null) continue;
        expect(Math.abs(fast[e]! - rows[e]!) / scale, `effect ${times.join()}`).toBeLessThan(1e-7);
        expect(fast[count + e]! / scale, `error ${times.join()}`).toBeCloseTo(1, 6);
      }
    }
    expect(answered).toBeGreaterThan(6);
  });

  test("without one cluster at the ratio of variances of the data, nearly the same", () => {
    if (short.nearlyWithout === null) return;
    const clusters = frame.cluster.labels.length;
    const [near, exact] = [new Float64Array(2 * count), new Float64Array(2 * count)];
    for (let j = 0; j < clusters; j++) {
      const all = new Int32Array(clusters).fill(1);
      all[j] = 0;
      if (!short.nearlyWithout(j, near)) continue;
      expect(short.estimate(all, exact, false)).toBe(true);
      const scale = found.estimates[0]!.working!.standardError;
      const allowed = given.method === "linear-mixed-model" ? 0.3 : 1e-9;
      expect(Math.abs(near[0]! - exact[0]!) / scale, frame.cluster.labels[j]!).toBeLessThan(allowed);
    }
  });
});
