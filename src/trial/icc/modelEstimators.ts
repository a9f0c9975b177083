import { type Notice, notice } from "../../contract/notice.ts";
import { DesignProblem } from "../../contract/problem.ts";
import type { Frame } from "../../data/frame.ts";
import { fitMixedModel } from "../../models/mixed/fitMixedModel.ts";
import type { MixedStructure } from "../../models/mixed/mixedStructure.ts";
import { mixedStructureOf } from "../../models/mixed/mixedStructureOf.ts";
import { iccProfile } from "../../models/mixed/profileLikelihood.ts";
import { trigamma } from "../../numerics/special/trigamma.ts";
import { type ArmCounts, fitArmModel, QUADRATURE } from "./armModel.ts";
import { clusterEvents, isDichotomous, sumsOfEvents } from "./clusterEvents.ts";
import { clusterRates } from "./clusterRates.ts";
import type { ClusterSums } from "./clusterSums.ts";
import { component, type Found, type IccEstimator, strataOf } from "./estimator.ts";
import type { Strata } from "./oneWayAnova.ts";
import { type ModelQuantity, profileQuantity } from "./profileQuantity.ts";
import { proportionScale } from "./proportionScale.ts";

/** σ²ᵤ/(σ²ᵤ + σ²ₑ) of the linear mixed model with the arm, by REML. */
export const reml: IccEstimator = {
  outcomes: ["continuous", "binary", "grouped"],
  measure: "icc",
  estimand: { population: "precision-weighted", contrast: "marginal" },
  needsArm: false,
  aboutArms: true,
  intervals: () => ["profile"],
  defaultInterval: () => "profile",
  find({ frame, level }) {
    const events = frame.outcome.kind === "grouped" ? clusterEvents(frame.outcome, frame.cluster) : null;
    const structure =
      events === null ? mixedStructureOf(frame, []) : structureOfSums(frame, sumsOfEvents(events), strataOf(frame));
    const fit = fitMixedModel(structure, { estimation: "reml", covariance: "bounded" });
    const between = fit.covariances[0]![0]!;
    const value = between / (between + fit.residualVariance);
    return {
      numbers: [{ term: "icc", value, interval: iccProfile(fit, level), working: null, test: null }],
      scale: isDichotomous(frame.outcome) ? "proportion" : "identity",
      variant: {},
      variances: [component(frame.cluster.name, between), component("residual", fit.residualVariance)],
      summary: {
        logLikelihood: -fit.criterion / 2,
        criterion: fit.criterion,
        residualStandardDeviation: Math.sqrt(fit.residualVariance),
        iterations: fit.iterations,
      },
      notices: boundary(frame, between),
    };
  },
};

/** The mixed model of rows of events out of trials, as if each trial were a row. */
function structureOfSums(
  { cluster, outcome }: Frame,
  { sizes, means, within }: ClusterSums,
  strata: Strata | null,
): MixedStructure {
  const p = strata?.levels ?? 1;
  const q = p + 1;
  const groups = sizes.length;
  const cross = new Float64Array(groups * q * q);
  for (let j = 0; j < groups; j++) {
    const arm = strata === null ? 0 : strata.ofCluster[j]!;
    const columns = Float64Array.from({ length: q }, (_, k) => (k === 0 || k === arm ? 1 : 0));
    columns[p] = means[j]!;
    for (let a = 0; a < q; a++)
      for (let b = 0; b < q; b++) cross[(j * q + a) * q + b] = sizes[j]! * columns[a]! * columns[b]!;
    cross[(j * q + p) * q + p]! += within[j]!;
  }
  return {
    moments: {
      columns: ["intercept", ...Array.from({ length: p - 1 }, (_, k) => `arm ${k + 1}`), `outcome ${outcome.name}`],
      groups,
      sizes: Int32Array.from(sizes),
      shift: new Float64Array(q),
      cross,
    },
    coefficients: p,
    levels: [
      { name: cluster.name, groups, parent: null, blocks: [{ columns: [0], terms: ["intercept"], origins: [0] }] },
    ],
    rows: sizes.reduce((sum, n) => sum + n, 0),
    logWeights: 0,
  };
}

const conditional = { population: "precision-weighted", contrast: "cluster-specific" } as const;

/** Variance of the standard logistic distribution. */
const LOGISTIC = Math.PI ** 2 / 3;

/** σ²/(σ² + π²/3) of the logistic mixed model with the arm. */
export const latent: IccEstimator = {
  outcomes: ["binary", "grouped"],
  measure: "icc",
  estimand: conditional,
  needsArm: false,
  aboutArms: true,
  intervals: () => ["profile"],
  defaultInterval: () => "profile",
  find: ({ frame, level }) => {
    const quantity: ModelQuantity = (_, sigma) => sigma ** 2 / (sigma ** 2 + LOGISTIC);
    return fromModel(frame, binaryCounts(frame), [["icc", quantity]], "latent", level);
  },
};

/**
 * On the scale of proportions, from the logistic mixed model with the arm: with u ~ N(0, σ²), pₐ(u) = expit(ηₐ + u) and
 * πₐ = E pₐ(u),
 *
 *   ρ = Σₐ Nₐ Var pₐ(u) / Σₐ Nₐ πₐ(1 − πₐ)
 *
 * the correlation of two members of a cluster, pooled over arms by their participants as the moment estimators pool it.
 * Var pₐ(u) = πₐ(1 − πₐ) − E pₐ(u)(1 − pₐ(u)), by quadrature (Goldstein, Browne & Rasbash 2002; Eldridge et al. 2009).
 */
export const proportion: IccEstimator = {
  outcomes: ["binary", "grouped"],
  measure: "icc",
  estimand: { population: "precision-weighted", contrast: "marginal" },
  needsArm: false,
  aboutArms: true,
  intervals: () => ["profile"],
  defaultInterval: () => "profile",
  find: ({ frame, level }) => {
    const modelled = binaryCounts(frame);
    const quantity = proportionScale(sumsByArm(modelled.counts, modelled.counts.rows));
    return fromModel(frame, modelled, [["icc", quantity]], "proportion", level);
  },
};

/**
 * Of counts, from the Poisson mixed model with the arm, on its log scale (Nakagawa, Johnson & Schielzeth 2017):
 *
 *   ρ = σ²/(σ² + ω),   ω = log(1 + 1/λ) (lognormal),  1/λ (delta),  ψ′(λ) (trigamma)
 *
 * with λ the mean count of a row under the model, Σₐ nₐ exp(ηₐ + σ²/2)/Σₐ nₐ over the nₐ rows of the arms; where rows have
 * an exposure, the rate per unit of it, so that the correlation is that of counts over one unit.
 */
export const nakagawa: IccEstimator = {
  outcomes: ["count"],
  measure: "icc",
  estimand: conditional,
  needsArm: false,
  aboutArms: true,
  intervals: () => ["profile"],
  defaultInterval: () => "profile",
  find: ({ frame, level }) => {
    const { events, exposures } = clusterRates(frame);
    const sizes = Float64Array.from(frame.cluster.sizes);
    const modelled = armCounts({ family: "poisson", events, exposures, rows: sizes }, frame);
    const { counts } = modelled;
    const rows = sumsByArm(counts, counts.rows);
    const all = rows.reduce((sum, n) => sum + n, 0);
    const quantities = observationVariances.map(([name, variance]): NamedQuantity => {
      const quantity: ModelQuantity = (predictors, sigma) => {
        const half = sigma ** 2 / 2;
        const mean = predictors.reduce((sum, eta, a) => sum + rows[a]! * Math.exp(eta + half), 0) / all;
        return sigma ** 2 / (sigma ** 2 + variance(mean));
      };
      return [`icc[${name}]`, quantity];
    });
    const found = fromModel(frame, modelled, quantities, "latent", level);
    const { outcome } = frame;
    const unit = outcome.kind === "count" && outcome.exposure !== null;
    return unit ? { ...found, notices: [...found.notices, notice("icc-per-unit-of-exposure", {})] } : found;
  },
};

/** Variance of a count of mean λ on the log scale, three ways. */
const observationVariances: readonly (readonly [string, (mean: number) => number])[] = [
  ["lognormal", (mean) => Math.log1p(1 / mean)],
  ["delta", (mean) => 1 / mean],
  ["trigamma", trigamma],
];

type NamedQuantity = readonly [term: string, quantity: ModelQuantity];

function fromModel(
  frame: Frame,
  { counts, lost }: Modelled,
  quantities: readonly NamedQuantity[],
  scale: string,
  level: number,
): Found {
  const model = fitArmModel(counts, frame.cluster.name);
  const predictors = model.predictors(model.point);
  const sigma = model.point.at(-1)!;
  const [first, ...others] = quantities.map(([term, quantity]) => ({
    term,
    value: quantity(predictors, sigma),
    interval: profileQuantity(model, quantity, level),
    working: null,
    test: null,
  }));
  const variance = sigma ** 2;
  return {
    numbers: [first!, ...others],
    scale,
    variant: { quadrature: QUADRATURE },
    variances: [component(frame.cluster.name, variance)],
    summary: { iterations: model.iterations },
    notices: [...lost.map((arm) => notice("icc-arm-without-variation", { arm })), ...boundary(frame, variance)],
  };
}

/** Counts for the model, and the arms that are not in it. */
interface Modelled {
  readonly counts: ArmCounts;
  readonly lost: readonly string[];
}

/** Participants and events of a yes-or-no outcome. */
function binaryCounts(frame: Frame): Modelled {
  const { events, sizes } = clusterEvents(frame.outcome, frame.cluster)!;
  if (sizes.every((n) => n === 1)) throw new DesignProblem("clusters-of-one", { clusters: sizes.length });
  const modelled = armCounts({ family: "binomial", events, exposures: sizes, rows: sizes }, frame);
  const { counts } = modelled;
  if (counts.events.every((x, j) => x === 0 || x === counts.exposures[j]))
    throw new DesignProblem("cluster-variance-unbounded", { group: frame.cluster.name });
  return modelled;
}

/**
 * The clusters of arms in which the outcome varies. One without events, or with nothing else, has no finite predictor and
 * fits perfectly whatever σ is.
 *
 * @throws DesignProblem `outcome-without-variation` when none is left, `no-degrees-of-freedom` when each has one cluster.
 */
function armCounts(all: Omit<ArmCounts, "arms" | "armOf">, { arm }: Pick<Frame, "arm">): Modelled {
  const levels = arm?.levels.length ?? 1;
  const ofCluster = arm?.ofCluster ?? new Int32Array(all.events.length);
  const events = sumsByArm({ arms: levels, armOf: ofCluster }, all.events);
  const most = sumsByArm({ arms: levels, armOf: ofCluster }, all.exposures);
  const varies = Array.from(events, (x, a) => x > 0 && (all.family === "poisson" || x < most[a]!));
  const kept = [...ofCluster.keys()].filter((j) => varies[ofCluster[j]!]);
  if (kept.length === 0) throw new DesignProblem("outcome-without-variation", {});
  const coefficients = varies.filter(Boolean).length;
  if (kept.length <= coefficients)
    throw new DesignProblem("no-degrees-of-freedom", { clusters: kept.length, coefficients });
  const code = varies.map((_, a) => varies.slice(0, a).filter(Boolean).length);
  const at = (values: Float64Array) => Float64Array.from(kept, (j) => values[j]!);
  const counts: ArmCounts = {
    family: all.family,
    events: at(all.events),
    exposures: at(all.exposures),
    rows: at(all.rows),
    arms: coefficients,
    armOf: Int32Array.from(kept, (j) => code[ofCluster[j]!]!),
  };
  return { counts, lost: arm === null ? [] : arm.levels.filter((_, a) => !varies[a]) };
}

function sumsByArm({ arms, armOf }: Pick<ArmCounts, "arms" | "armOf">, values: Float64Array): Float64Array {
  const sums = new Float64Array(arms);
  for (let j = 0; j < values.length; j++) sums[armOf[j]!]! += values[j]!;
  return sums;
}

const boundary = ({ cluster }: Frame, variance: number): readonly Notice[] =>
  variance === 0 ? [notice("variance-at-boundary", { group: cluster.name, term: "intercept" })] : [];
