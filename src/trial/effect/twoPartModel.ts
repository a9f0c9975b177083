import type { Notice } from "../../contract/notice.ts";
import { notice } from "../../contract/notice.ts";
import { DesignProblem, InputProblem } from "../../contract/problem.ts";
import { accumulateTotal } from "../../data/accumulateMoments.ts";
import type { Design } from "../../data/design.ts";
import { estimableColumns } from "../../data/estimableColumns.ts";
import type { Frame } from "../../data/frame.ts";
import type { Grouping } from "../../data/grouping.ts";
import { pilotShift } from "../../data/pilotShift.ts";
import { columnsOf, regrouped, rowsOf } from "../../data/withoutCluster.ts";
import type { Correction } from "../../inference/sandwich/correction.ts";
import { sandwichVariance } from "../../inference/sandwich/sandwichVariance.ts";
import { binomial, gamma } from "../../models/family/family.ts";
import { logitLink, logLink } from "../../models/family/link.ts";
import { fitGeneralisedLinear } from "../../models/generalised/fitGeneralisedLinear.ts";
import { fitLinear } from "../../models/linear/fitLinear.ts";
import type { MarginalMean } from "../estimand/workingModel.ts";

/** How amounts above zero are modelled. */
export const amountModels = ["gamma", "log-normal"] as const;
export type AmountModel = (typeof amountModels)[number];

/** One of the regressions: whether there is an amount, or how much. */
interface Part {
  /** Its columns among those of the frame's design. */
  readonly columns: readonly number[];
  /** Length of `columns`. */
  readonly coefficients: Float64Array;
  /** Analysed rows. */
  readonly rows: number;
  /** J × columns of the whole frame's clusters: by how much cluster j moves the coefficients, adjusted; 0 for clusters without rows here. */
  readonly influence: Float64Array;
}

/** The two regressions, and the mean that they make together. */
export interface TwoPartFit {
  /** null where every amount is above zero. */
  readonly any: Part | null;
  readonly amount: Part;
  /** ψ: coefficients of amounts, of whether there is one, and the smearing factors of the arms. */
  readonly parameters: Float64Array;
  /** J × q: by how much cluster j moves ψ; their products add up to its covariance. */
  readonly influence: Float64Array;
  readonly marginalMean: MarginalMean;
  /** Of amounts: φ of gamma, residual variance of logs. */
  readonly dispersion: number | null;
  /** Smearing factors by arm; null for gamma. */
  readonly smearing: Float64Array | null;
  readonly notices: readonly Notice[];
}

/**
 * Both parts of a two-part (hurdle) model for amounts of which some are zero:
 *
 *   logit P(yᵢ > 0) = xᵢᵀβ₁ over all rows      log E(yᵢ | yᵢ > 0) = xᵢᵀβ₂ over rows above zero
 *   m(x, a) = P(y > 0) · E(y | y > 0)
 *
 * "gamma": quasi-likelihood with variance in proportion to the squared mean, whatever the distribution. "log-normal": least
 * squares of log y and Duan's (1983) smearing by arm, E(y | y > 0, x, a) = exp(xᵀβ₂) · meanₐ exp(eᵢ), which assumes no
 * normality and lets arms differ in how much they vary.
 *
 * An arm in which everybody has an amount has P = 1, the limit of the likelihood; its rows then say nothing of β₁.
 *
 * Covariance of all parameters: clusters move β₁ and β₂ by their scores, adjusted for leverage part by part
 * (`correction`), and smearing factors by their own residuals and through β₂; products of these add up over clusters, so
 * that whatever goes together within a cluster is in it.
 *
 * @throws InputProblem `amount-negative`
 * @throws DesignProblem `arm-without-amounts`, `separation`, `rank-deficient`, `too-few-rows`, `one-cluster`
 */
export function fitTwoPart(frame: Frame, amounts: AmountModel, correction: Correction): TwoPartFit {
  const { outcome, design, arm, cluster } = frame;
  const { values } = outcome;
  const negative = values.find((value) => value < 0);
  if (negative !== undefined) throw new InputProblem("amount-negative", { column: outcome.name, value: negative });
  const levels = arm!.levels;
  const armOf = Int32Array.from(cluster.codes, (j) => arm!.ofCluster[j]!);
  const certain = levels.map((name, a) => {
    const rows = armOf.filter((each) => each === a).length;
    const above = values.filter((value, i) => value > 0 && armOf[i] === a).length;
    if (above === 0) throw new DesignProblem("arm-without-amounts", { arm: name, rows, column: outcome.name });
    return above === rows;
  });

  const any = certain.every(Boolean) ? null : fitAny(frame, armOf, certain, correction);
  const { part: amount, residuals, kept, dispersion } = fitAmounts(frame, amounts, correction);
  const smeared = residuals === null ? null : smearingOf(frame, amount, residuals, kept, armOf, levels.length);
  const q = amount.columns.length + (any?.columns.length ?? 0) + (smeared?.factors.length ?? 0);
  const clusters = cluster.labels.length;
  const parameters = new Float64Array(q);
  const influence = new Float64Array(clusters * q);
  let at = 0;
  const append = (found: Float64Array, moves: Float64Array) => {
    const width = found.length;
    parameters.set(found, at);
    for (let j = 0; j < clusters; j++)
      for (let k = 0; k < width; k++) influence[j * q + at + k] = moves[j * width + k]!;
    at += width;
  };
  append(amount.coefficients, amount.influence);
  if (any !== null) append(any.coefficients, any.influence);
  if (smeared !== null) append(smeared.factors, smeared.influence);
  return {
    any,
    amount,
    parameters,
    influence,
    marginalMean: meanOfParts(design, any, certain, smeared?.factors ?? null, levels.length),
    dispersion,
    smearing: smeared?.factors ?? null,
    notices: noticesOf(levels, certain),
  };
}

/** Whether there is an amount, over the rows of arms in which that is not certain. */
function fitAny(frame: Frame, armOf: Int32Array, certain: readonly boolean[], correction: Correction): Part {
  const { outcome, cluster, weights } = frame;
  const kept = Int32Array.from({ length: frame.rows }, (_, i) => i).filter((i) => !certain[armOf[i]!]);
  const rows = rowsOf(frame.design, kept);
  const columns = certain.some(Boolean) ? distinct(rows) : rows.terms.map((_, k) => k);
  const fit = fitGeneralisedLinear(
    {
      terms: columns.map((k) => rows.terms[k]!.name),
      design: columns.length === rows.width ? rows : columnsOf(rows, columns),
      response: {
        values: Float64Array.from(kept, (i) => (outcome.values[i]! > 0 ? 1 : 0)),
        weights: weights === null ? null : Float64Array.from(kept, (i) => weights[i]!),
        offset: null,
      },
      cluster: regrouped(cluster, kept),
    },
    binomial,
    logitLink,
  );
  const variance = sandwichVariance(fit.clusterParts, correction);
  return {
    columns,
    coefficients: fit.coefficients,
    rows: kept.length,
    influence: influenceOf(variance, regrouped(cluster, kept), cluster),
  };
}

/** Columns that those rows can tell apart. */
function distinct(design: Design): readonly number[] {
  const names = design.terms.map(({ name }) => name);
  const shift = pilotShift(names, design, []);
  return estimableColumns(names, accumulateTotal(design, shift), shift, () => false)!;
}

/** How much, over rows above zero; residuals of the log where these are smeared. */
function fitAmounts({ outcome, design, cluster, weights }: Frame, amounts: AmountModel, correction: Correction) {
  const kept = Int32Array.from({ length: outcome.values.length }, (_, i) => i).filter((i) => outcome.values[i]! > 0);
  const rows = rowsOf(design, kept);
  const grouping = regrouped(cluster, kept);
  const terms = rows.terms.map(({ name }) => name);
  const values = Float64Array.from(kept, (i) => outcome.values[i]!);
  const ofRows = weights === null ? null : Float64Array.from(kept, (i) => weights[i]!);
  const log = amounts === "log-normal";
  const fit = log
    ? fitLinear({ terms, design: rows, outcome: values.map(Math.log), cluster: grouping, weights: ofRows })
    : fitGeneralisedLinear(
        { terms, design: rows, response: { values, weights: ofRows, offset: null }, cluster: grouping },
        gamma,
        logLink,
      );
  const part: Part = {
    columns: terms.map((_, k) => k),
    coefficients: fit.coefficients,
    rows: kept.length,
    influence: influenceOf(sandwichVariance(fit.clusterParts, correction), grouping, cluster),
  };
  const spread = "dispersion" in fit ? fit.dispersion : fit.residualStandardDeviation;
  return {
    part,
    kept,
    residuals: log ? residualsOf(rows, part.coefficients, values) : null,
    dispersion: log && spread !== null ? spread ** 2 : spread,
  };
}

function residualsOf(design: Design, coefficients: Float64Array, values: Float64Array): Float64Array {
  const p = design.width;
  const row = new Float64Array(p);
  return values.map((value, i) => {
    design.fill(i, i + 1, row, p, 0);
    let residual = Math.log(value);
    for (let k = 0; k < p; k++) residual -= row[k]! * coefficients[k]!;
    return residual;
  });
}

/** T ŝⱼ of the clusters that have rows in a part, in the order of all clusters; 0 for the others. */
function influenceOf(
  { root, scores, coefficients: p }: ReturnType<typeof sandwichVariance>,
  own: Grouping,
  all: Grouping,
): Float64Array {
  const out = new Float64Array(all.labels.length * p);
  const place = new Map(all.labels.map((label, j) => [label, j]));
  own.labels.forEach((label, g) => {
    const j = place.get(label)!;
    for (let k = 0; k < p; k++) {
      let value = 0;
      for (let l = 0; l < p; l++) value += root[k * p + l]! * scores[g * p + l]!;
      out[j * p + k] = value;
    }
  });
  return out;
}

/**
 * Duan's factors Sₐ = Σ w exp(e)/Σ w over arm a's rows above zero, and what clusters move them by: their own
 * w(exp(e) − Sₐ)/Σw and, through the coefficients, −Σ w exp(e) x/Σw.
 */
function smearingOf(
  { design, cluster, weights }: Frame,
  { coefficients, influence: moves }: Part,
  residuals: Float64Array,
  kept: Int32Array,
  armOf: Int32Array,
  arms: number,
) {
  const p = coefficients.length;
  const clusters = cluster.labels.length;
  const total = new Float64Array(arms);
  const factors = new Float64Array(arms);
  const slopes = new Float64Array(arms * p);
  const row = new Float64Array(p);
  const weight = (k: number) => (weights === null ? 1 : weights[kept[k]!]!);
  residuals.forEach((residual, k) => {
    const a = armOf[kept[k]!]!;
    const smear = weight(k) * Math.exp(residual);
    design.fill(kept[k]!, kept[k]! + 1, row, p, 0);
    total[a]! += weight(k);
    factors[a]! += smear;
    for (let l = 0; l < p; l++) slopes[a * p + l]! -= smear * row[l]!;
  });
  for (let a = 0; a < arms; a++) {
    factors[a]! /= total[a]!;
    for (let l = 0; l < p; l++) slopes[a * p + l]! /= total[a]!;
  }
  const influence = new Float64Array(clusters * arms);
  residuals.forEach((residual, k) => {
    const a = armOf[kept[k]!]!;
    influence[cluster.codes[kept[k]!]! * arms + a]! += (weight(k) * (Math.exp(residual) - factors[a]!)) / total[a]!;
  });
  for (let j = 0; j < clusters; j++)
    for (let a = 0; a < arms; a++)
      for (let l = 0; l < p; l++) influence[j * arms + a]! += slopes[a * p + l]! * moves[j * p + l]!;
  return { factors, influence };
}

const BLOCK = 256;

/** m = P(any) · amount · smearing, with its derivatives in ψ. */
function meanOfParts(
  design: Design,
  any: Part | null,
  certain: readonly boolean[],
  smearing: Float64Array | null,
  arms: number,
): MarginalMean {
  const width = design.width;
  const sources = Array.from({ length: arms }, (_, a) => design.under(a));
  const block = new Float64Array(BLOCK * width);
  let held = { arm: -1, from: -1 };
  const ofAny = any?.columns.length ?? 0;
  return {
    others: ofAny + (smearing?.length ?? 0),
    at(row, arm, predictor, derivatives) {
      derivatives.fill(0, 1);
      const amount = Math.exp(predictor) * (smearing === null ? 1 : smearing[arm]!);
      let share = 1;
      if (any !== null && !certain[arm]) {
        const from = row - (row % BLOCK);
        if (held.arm !== arm || held.from !== from) {
          sources[arm]!.fill(from, Math.min(from + BLOCK, design.rows), block, width, 0);
          held = { arm, from };
        }
        const at = (row - from) * width;
        let eta = 0;
        for (let k = 0; k < ofAny; k++) eta += block[at + any.columns[k]!]! * any.coefficients[k]!;
        share = logitLink.mean(eta);
        const slope = amount * logitLink.slope(eta);
        for (let k = 0; k < ofAny; k++) derivatives[1 + k] = slope * block[at + any.columns[k]!]!;
      }
      const mean = share * amount;
      derivatives[0] = mean;
      if (smearing !== null) derivatives[1 + ofAny + arm] = mean / smearing[arm]!;
      return mean;
    },
  };
}

function noticesOf(levels: readonly string[], certain: readonly boolean[]): readonly Notice[] {
  if (certain.every(Boolean)) return [notice("no-zero-amounts", {})];
  return levels.flatMap((arm, a) => (certain[a] ? [notice("no-zero-amounts-in-arm", { arm })] : []));
}
