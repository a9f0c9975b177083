import type { Estimand } from "../../contract/analysis.ts";
import type { OutcomeKind } from "../../data/frame.ts";
import { portableExp } from "../../numerics/random/elementary.ts";
import { poissonDraw } from "../../numerics/random/poissonDraw.ts";
import type { RandomStream } from "../../numerics/random/randomStream.ts";
import { logisticTruth } from "./logisticTrial.ts";
import type { BinaryModel, ContinuousModel, CountModel, OutcomeModel } from "./simulationSettings.ts";

/** Outcomes that arise by a model, and what an analysis of them should find. */
export interface OutcomeDraw {
  readonly kind: OutcomeKind;
  /** Writes the outcomes of one cluster's n participants to out[at …]. */
  draw(stream: RandomStream, treated: boolean, n: number, out: Float64Array, at: number): void;
  /** The true effect, a ratio as its log; null where the model has none in closed form. */
  truth(estimand: Estimand): number | null;
}

export function outcomeDraw(model: OutcomeModel): OutcomeDraw {
  switch (model.kind) {
    case "continuous":
      return continuousDraw(model);
    case "binary":
      return binaryDraw(model);
    case "count":
      return countDraw(model);
  }
}

/** y = mean + effect·arm + sd (√ρ u + √(1 − ρ) e), sd times `sdRatio` in the intervention arm; u and e of mean 0, variance 1. */
function continuousDraw({ icc, effect, mean, sd, shape, sdRatio }: ContinuousModel): OutcomeDraw {
  const between = sd * Math.sqrt(icc);
  const within = sd * Math.sqrt(1 - icc);
  const draw =
    shape === "normal" ? (stream: RandomStream) => stream.normal() : (stream: RandomStream) => stream.exponential() - 1;
  return {
    kind: "continuous",
    draw(stream, treated, n, out, at) {
      const centre = mean + (treated ? effect : 0);
      const scale = treated ? sdRatio : 1;
      const shift = between * draw(stream);
      for (let i = at; i < at + n; i++) out[i] = centre + scale * (shift + within * draw(stream));
    },
    truth: ({ measure }) => {
      if (measure === "mean-difference" || measure === "coefficient") return effect;
      if (measure === "mean-ratio" && mean > 0 && mean + effect > 0) return Math.log((mean + effect) / mean);
      return measure === "icc" && sdRatio === 1 ? icc : null;
    },
  };
}

/** Logistic with a normal intercept per cluster. */
function binaryDraw({ risk, icc, effect }: BinaryModel): OutcomeDraw {
  const truth = logisticTruth(risk, icc, effect);
  return {
    kind: "binary",
    draw(stream, treated, n, out, at) {
      const predictor = truth.intercept + (treated ? effect : 0) + truth.deviation * stream.normal();
      const own = 1 / (1 + portableExp(-predictor));
      for (let i = at; i < at + n; i++) out[i] = stream.uniform() < own ? 1 : 0;
    },
    truth: ({ measure, contrast }) => {
      if (measure === "odds-ratio")
        return contrast === "marginal" ? truth.marginalLogOddsRatio : truth.conditionalLogOddsRatio;
      if (contrast !== "marginal") return null;
      return measure === "risk-ratio"
        ? truth.logRiskRatio
        : measure === "risk-difference"
          ? truth.riskDifference
          : null;
    },
  };
}

/** Poisson given the cluster, whose rate is log-normal: rate · exp(effect·arm + σz − σ²/2) with σ² = log(1 + cv²). */
function countDraw({ rate, cv, effect }: CountModel): OutcomeDraw {
  const variance = Math.log1p(cv * cv);
  const deviation = Math.sqrt(variance);
  return {
    kind: "count",
    draw(stream, treated, n, out, at) {
      const own = rate * portableExp((treated ? effect : 0) + deviation * stream.normal() - variance / 2);
      for (let i = at; i < at + n; i++) out[i] = poissonDraw(stream, own);
    },
    // Clusters' rates are multiplied, so the ratio is the same given the cluster and over all.
    truth: ({ measure }) =>
      measure === "rate-ratio" ? effect : measure === "rate-difference" ? rate * Math.expm1(effect) : null,
  };
}
