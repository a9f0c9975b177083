import type { ArmMeasure } from "../../contract/estimate.ts";
import type { OutcomeKind } from "../../data/frame.ts";
import type { OutcomeMeasure } from "../effect/outcomeMeasures.ts";

/** A transformation T of a mean, on which differences are taken and intervals are symmetric. */
export interface MeanScale {
  readonly id: "identity" | "log" | "logit";
  /** Is T defined there? */
  holds(mean: number): boolean;
  at(mean: number): number;
  /** dT/dmean */
  slope(mean: number): number;
  /** T⁻¹ */
  back(value: number): number;
}

const identity: MeanScale = {
  id: "identity",
  holds: Number.isFinite,
  at: (mean) => mean,
  slope: () => 1,
  back: (value) => value,
};

const log: MeanScale = {
  id: "log",
  holds: (mean) => mean > 0 && Number.isFinite(mean),
  at: Math.log,
  slope: (mean) => 1 / mean,
  back: Math.exp,
};

const logit: MeanScale = {
  id: "logit",
  holds: (mean) => mean > 0 && mean < 1,
  at: (mean) => Math.log(mean) - Math.log1p(-mean),
  slope: (mean) => 1 / (mean * (1 - mean)),
  back: (value) => 1 / (1 + Math.exp(-value)),
};

/** The scale on which two means are compared: ratios on the log, odds ratios on the log odds. */
export const contrastScale: Readonly<Record<OutcomeMeasure, MeanScale>> = {
  "mean-difference": identity,
  "mean-ratio": log,
  "risk-difference": identity,
  "risk-ratio": log,
  "odds-ratio": logit,
  "rate-difference": identity,
  "rate-ratio": log,
};

/** What a mean is called for a kind of outcome, and the scale on which its own interval is symmetric. */
export const meanWords: Readonly<Record<OutcomeKind, { readonly measure: ArmMeasure; readonly scale: MeanScale }>> = {
  continuous: { measure: "mean", scale: identity },
  binary: { measure: "risk", scale: logit },
  grouped: { measure: "risk", scale: logit },
  count: { measure: "rate", scale: log },
};
