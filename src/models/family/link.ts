import { normal } from "../../numerics/distributions/index.ts";

/** A link function g with η = g(μ), as a value: no model asks for its name. */
export interface Link {
  readonly id: LinkName;
  /** η = g(μ) */
  predictor(mean: number): number;
  /** μ = g⁻¹(η) */
  mean(predictor: number): number;
  /** dμ/dη */
  slope(predictor: number): number;
  /** d²μ/dη² */
  curvature(predictor: number): number;
}

export const linkNames = ["identity", "log", "logit", "probit", "cloglog"] as const;
export type LinkName = (typeof linkNames)[number];

/** e^η/(1 + e^η) without overflow. */
const expit = (eta: number): number => (eta >= 0 ? 1 / (1 + Math.exp(-eta)) : Math.exp(eta) / (1 + Math.exp(eta)));

const logitSlope = (eta: number): number => {
  const e = Math.exp(-Math.abs(eta));
  return e / (1 + e) ** 2;
};

export const identityLink: Link = {
  id: "identity",
  predictor: (mean) => mean,
  mean: (eta) => eta,
  slope: () => 1,
  curvature: () => 0,
};

export const logLink: Link = {
  id: "log",
  predictor: Math.log,
  mean: Math.exp,
  slope: Math.exp,
  curvature: Math.exp,
};

export const logitLink: Link = {
  id: "logit",
  predictor: (mean) => Math.log(mean) - Math.log1p(-mean),
  mean: expit,
  slope: logitSlope,
  curvature: (eta) => -logitSlope(eta) * Math.tanh(eta / 2),
};

export const probitLink: Link = {
  id: "probit",
  predictor: (mean) => normal.quantile(mean),
  mean: (eta) => normal.lower(eta),
  slope: (eta) => normal.density(eta),
  curvature: (eta) => -eta * normal.density(eta),
};

/** η = log(−log(1 − μ)) */
export const cloglogLink: Link = {
  id: "cloglog",
  predictor: (mean) => Math.log(-Math.log1p(-mean)),
  mean: (eta) => -Math.expm1(-Math.exp(eta)),
  slope: (eta) => Math.exp(eta - Math.exp(eta)),
  curvature: (eta) => Math.exp(eta - Math.exp(eta)) * -Math.expm1(eta),
};

export const links: Readonly<Record<LinkName, Link>> = {
  identity: identityLink,
  log: logLink,
  logit: logitLink,
  probit: probitLink,
  cloglog: cloglogLink,
};
