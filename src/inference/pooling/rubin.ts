/** One number estimated from each of m completed data sets, as one estimate (Rubin 1987). */
export interface Pooled {
  /** Q̄, the mean of the estimates. */
  readonly value: number;
  /** Ū, the mean of their squared standard errors. */
  readonly within: number;
  /** B, their variance, divisor m − 1. */
  readonly between: number;
  /** T = Ū + (1 + 1/m) B. */
  readonly total: number;
  /** Degrees of freedom of t; null where there is no limit to them. */
  readonly df: number | null;
  /** r = (1 + 1/m) B / Ū. */
  readonly relativeIncrease: number;
  /** (r + 2/(df + 3))/(1 + r), the share of the information that was lost with the missing values. */
  readonly missingInformation: number;
  /** 1/(1 + share/m), the variance with endlessly many imputations over this one. */
  readonly efficiency: number;
}

/**
 * Rubin's rules with the degrees of freedom of Barnard & Rubin (1999, Biometrika 86, 948-955):
 *
 *   1/ν = 1/ν_m + 1/ν_obs,   ν_m = (m − 1)/λ²,   ν_obs = ν_com (ν_com + 1)/(ν_com + 3) (1 − λ),   λ = (1 + 1/m) B/T
 *
 * With few clusters ν_com is what counts: that of the analysis had nothing been missing.
 *
 * @param values estimates of the m completed data sets, m ≥ 2, on a scale where they are about normal
 * @param variances their squared standard errors, not all 0
 * @param completeDf ν_com; null for a normal reference
 */
export function poolRubin(values: ArrayLike<number>, variances: ArrayLike<number>, completeDf: number | null): Pooled {
  const m = values.length;
  const value = meanOf(values);
  const within = meanOf(variances);
  let squares = 0;
  for (let k = 0; k < m; k++) squares += (values[k]! - value) ** 2;
  const between = squares / (m - 1);
  const added = (1 + 1 / m) * between;
  const total = within + added;
  const share = total > 0 ? added / total : 0;
  const ofImputations = share === 0 ? 0 : share ** 2 / (m - 1);
  const ofSample =
    completeDf === null
      ? 0
      : (completeDf + 3) / ((completeDf + 1) * completeDf * Math.max(Number.MIN_VALUE, 1 - share));
  const df = ofImputations + ofSample === 0 ? null : 1 / (ofImputations + ofSample);
  const relativeIncrease = added / within;
  const missingInformation =
    added === 0 ? 0 : (relativeIncrease + (df === null ? 0 : 2 / (df + 3))) / (1 + relativeIncrease);
  return {
    value,
    within,
    between,
    total,
    df,
    relativeIncrease,
    missingInformation,
    efficiency: 1 / (1 + missingInformation / m),
  };
}

/** About the first, so that equal numbers have exactly their own value as mean. */
export function meanOf(values: ArrayLike<number>): number {
  const first = values[0]!;
  let sum = 0;
  for (let k = 1; k < values.length; k++) sum += values[k]! - first;
  return first + sum / values.length;
}
