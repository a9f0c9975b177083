import { DesignProblem } from "../../contract/problem.ts";
import { findRoot } from "../../numerics/optimize/findRoot.ts";
import { portableExp } from "../../numerics/random/elementary.ts";
import { type RandomStream, randomStream } from "../../numerics/random/randomStream.ts";
import { printedInterval } from "../printedNumber.ts";
import { type ArmScatter, armScatter, correlated, leastIcc, scores } from "./armScatter.ts";
import { analysedRows, type Layout, streams } from "./layout.ts";
import type { Values } from "./outcomeAnalysis.ts";
import type { OutcomeTarget } from "./recipe.ts";

/** What may be changed without touching any arm's mean, standard deviation or numbers. */
export interface Knobs {
  /** Intracluster correlation within arms, as the analysis of variance finds it. */
  readonly icc: number;
  /** Of outcome and baseline, within arms. */
  readonly correlation: number;
  /** Baseline of the treated minus that of the controls, in its standard deviations. */
  readonly imbalance: number;
  /**
   * Without a baseline: up to ±1 the arms' means move apart or together within what their rounding leaves open; beyond
   * that, cluster means follow cluster size, against the sign in the treated and with it in the controls, so that
   * averages over clusters move on while averages over participants stay.
   */
  readonly shift: number;
}

export interface Rows {
  readonly outcome: Values;
  readonly baseline: Values | null;
}

/** Makes the rows of one outcome for any setting of the knobs: continuous in them, and always the same for the same. */
export interface RowMaker {
  readonly leastIcc: number;
  readonly make: (knobs: Knobs) => Rows;
}

/**
 * Rows whose arms have exactly the means and standard deviations that were printed:
 *
 *   y = mean + SD · z,   z of mean 0 and variance 1 (`scores`);   lognormal: y = c exp(k z), c and k solved for both
 *
 * @throws DesignProblem `figures-infeasible` when an arm cannot have its standard deviation.
 */
export function continuousRows(target: OutcomeTarget, index: number, layout: Layout, seed: number): RowMaker {
  const { arms, assumed, published, name } = target;
  const stream = randomStream(seed, streams.outcomes + index);
  const rows = analysedRows(layout, seed, [arms[0].analysed, arms[1].analysed]);
  const shape = assumed.shape ?? (published.type === "cost" ? "lognormal" : "normal");
  const parts = ([0, 1] as const).map((code) => {
    const scatter = armScatter(
      rows[code].map((row) => layout.clusterCode[row]!),
      layout.sizes[code].length,
      stream,
    );
    return { scatter, rows: rows[code], ...moments(target, code, scatter), sign: code === 0 ? 1 : -1 };
  });
  const spare = baselineOfUnanalysed(layout, rows, stream);
  return {
    leastIcc: Math.max(...parts.map(({ scatter }) => leastIcc(scatter))),
    make: ({ icc, correlation, imbalance, shift }) => {
      const within = Math.min(1, Math.max(-1, shift));
      const outcome = new Float64Array(layout.rows).fill(Number.NaN);
      const baseline = assumed.baseline === undefined ? null : Float64Array.from(spare);
      for (const { scatter, rows: own, mean: centre, room, sd, sign } of parts) {
        const mean = centre + sign * within * room;
        const z = scores(scatter, icc, -sign * (shift - within));
        const y = shape === "normal" ? z.map((value) => mean + sd * value) : lognormal(z, mean, sd, name);
        own.forEach((row, i) => {
          outcome[row] = y[i]!;
        });
        const x = baseline === null ? null : correlated(scatter, z, correlation);
        own.forEach((row, i) => {
          if (baseline !== null && x !== null) baseline[row] = x[i]!;
        });
      }
      return { outcome, baseline: onScale(baseline, assumed.baseline, layout, imbalance) };
    },
  };
}

/** Share of the rounding of a mean that may be used: the rest is kept for rounding the rows. */
const usable = 0.95;

function moments(
  { arms, name }: OutcomeTarget,
  code: 0 | 1,
  { n, sizes }: ArmScatter,
): { readonly mean: number; readonly room: number; readonly sd: number } {
  const { arm, mean, sd, events } = arms[code];
  if (sd === null)
    throw new DesignProblem("figures-infeasible", {
      what: `${name}, ${arm}`,
      reason: "no standard deviation is published or assumed",
    });
  const spread = printedInterval(sd).value;
  if (spread <= 0 || n < 2 || (sizes.length < 2 && n < 3)) {
    throw new DesignProblem("figures-infeasible", {
      what: `${name}, ${arm}`,
      reason: `a standard deviation of ${sd} cannot be made with ${n} participants`,
    });
  }
  if (mean === null) return { mean: printedInterval(events ?? "0").value / n, room: 0, sd: spread };
  const { value, low, high } = printedInterval(mean);
  return { mean: value, room: low === null || high === null ? 0 : (usable * (high - low)) / 2, sd: spread };
}

/** c exp(k z) with the wanted mean and sample standard deviation: k sets their ratio, c the size. */
function lognormal(z: Float64Array, mean: number, sd: number, name: string): Float64Array {
  const n = z.length;
  const ratioAt = (k: number) => {
    const raw = z.map((value) => portableExp(k * value));
    const centre = raw.reduce((a, b) => a + b, 0) / n;
    return Math.sqrt(raw.reduce((sum, value) => sum + (value - centre) ** 2, 0) / (n - 1)) / centre;
  };
  const most = 20;
  if (!(mean > 0) || ratioAt(most) < sd / mean) {
    throw new DesignProblem("figures-infeasible", {
      what: name,
      reason: `values above zero cannot have mean ${mean} and standard deviation ${sd} in ${n} participants; assume the shape "normal" or other figures`,
    });
  }
  const k = findRoot((x) => ratioAt(x) - sd / mean, 0, most).argument[0]!;
  const raw = z.map((value) => portableExp(k * value));
  const scale = (mean * n) / raw.reduce((a, b) => a + b, 0);
  return raw.map((value) => value * scale);
}

/** Participants without an outcome have a baseline all the same. */
function baselineOfUnanalysed(
  layout: Layout,
  rows: readonly [Int32Array, Int32Array],
  stream: RandomStream,
): Float64Array {
  const analysed = new Set([...rows[0], ...rows[1]]);
  return Float64Array.from({ length: layout.rows }, (_, row) => (analysed.has(row) ? 0 : stream.normal()));
}

function onScale(
  scores: Float64Array | null,
  baseline: OutcomeTarget["assumed"]["baseline"],
  layout: Layout,
  imbalance: number,
): Float64Array | null {
  if (scores === null || baseline === undefined) return null;
  return scores.map(
    (score, row) => baseline.mean + baseline.sd * (score + (layout.armCode[row] === 0 ? imbalance : -imbalance) / 2),
  );
}
