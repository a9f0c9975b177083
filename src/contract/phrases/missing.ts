const quoted = (names: readonly string[]) => names.map((name) => `"${name}"`).join(", ");
const inArm = (arm: string | null) => (arm === null ? "" : ` in arm "${arm}"`);

/** Sentences about what a plan asks of missing values, by code: part of the input phrases. */
export const missingInputPhrases = {
  "missing-twice": ({ path }: { path: string }) =>
    `${path} has both imputation and missing, and the first is short for the second with method multiple-imputation; keep one`,
  "imputation-outcome-kind": ({ column, kind }: { column: string; kind: string }) =>
    `The outcome "${column}" is ${kind === "count" ? "a count" : "events out of trials"}, which the imputation model does not have; use method inverse-probability, or a model for means of continuous outcomes`,
  "imputation-repeated-participants": ({ column }: { column: string }) =>
    `Participants ("${column}") have several rows each, and the imputation model has one row per participant; put visits side by side as columns, or use a mixed model, which takes what is there`,
  "imputation-categorical": ({ column, levels }: { column: string; levels: readonly string[] }) =>
    `Column "${column}" misses values and has more than two categories (${quoted(levels)}), which the imputation model does not have; make it several yes-or-no columns or a score, or leave it out`,
  "imputation-cluster-level": ({ column }: { column: string }) =>
    `Column "${column}" is the same for all members of a cluster and misses values, and the imputation model fills in members, not clusters; complete it by hand, or leave it out`,
  "imputation-scale": ({ column, value, shift }: { column: string; value: number; shift: number }) =>
    `Column "${column}" has the value ${value}, and ${value}${shift === 0 ? "" : ` + ${shift}`} has no logarithm; give { scale: log, shift: … } with a shift above ${-value}, or scale identity`,
  "imputation-unknown": ({ key, name, known }: { key: string; name: string; known: readonly string[] }) =>
    `missing.${key} names "${name}", which the imputation model does not have; it has ${quoted(known)}`,
  "imputation-delta": ({ column }: { column: string }) =>
    `missing.delta shifts "${column}", which is yes or no and has no amount to add; use assumption jump-to-reference for it`,
  "imputation-reference-needs-arms": (_: Readonly<Record<string, never>>) =>
    "missing.assumption is jump-to-reference, which takes the control arm's model for the others: it needs arms, and byArm: true",
  "not-poolable": ({ method, term, what }: { method: string; term: string; what: string }) =>
    `Rubin's rules cannot pool ${term} of ${method}: ${what}; use a method with a standard error, such as cluster-robust, linear-mixed-model or cluster-summary`,
  "weighting-not-accepted": ({ path, method, methods }: { path: string; method: string; methods: readonly string[] }) =>
    `${path}: ${method}, with these options, has no variance that holds when rows are weighted by inverse probabilities; use ${methods.join(" or ")}`,
  "weighting-needs-covariates": (_: Readonly<Record<string, never>>) =>
    "Inverse probability weights need complete covariates that predict who is observed; name some in missing.covariates",
  "weighting-covariate-incomplete": ({ column }: { column: string }) =>
    `Column "${column}" is to predict who is observed and misses values itself; leave it out of missing.covariates`,
} as const;

/** Sentences about data that cannot be imputed or weighted, by code: part of the design phrases. */
export const missingDesignPhrases = {
  "imputation-not-identified": (f: { column: string; arm: string | null; observed: number; predictors: number }) =>
    `"${f.column}" is known in ${f.observed} rows${inArm(f.arm)}, which do not tell the ${f.predictors} coefficients of its imputation model; leave covariates or auxiliary columns out, or set byArm: false`,
  "imputation-constant": ({ column, arm }: { column: string; arm: string | null }) =>
    `"${column}" has one value only among its known values${inArm(arm)}, from which the probability of the other cannot be learnt; set byArm: false, or leave the column out`,
  "reference-not-identified": ({ arm, reference }: { arm: string | null; reference: string | null }) =>
    `Arm "${reference}" says nothing about some covariate value that arm "${arm}" has, so that its model cannot stand in there; leave that covariate out`,
  "weighting-separation": ({ arm, term }: { arm: string | null; term: string }) =>
    `Who is observed${inArm(arm)} is known for certain from ${term}: some kind of participant is never (or always) observed, and no weight can make up for that; leave it out of missing.covariates`,
} as const;

/** Notices of analyses with imputed or weighted rows, by code: part of the notice phrases. */
export const missingNoticePhrases = {
  imputed: (f: { variable: string; arm: string | null; known: number; imputed: number }) =>
    `${f.imputed} of ${f.known + f.imputed} values of "${f.variable}"${inArm(f.arm)} were missing and are imputed`,
  "nothing-missing": (_: Readonly<Record<string, never>>) =>
    "Nothing is missing that could be imputed or weighted for, so this is the analysis of the data as they are",
  "missing-information": (f: {
    term: string;
    fraction: number;
    efficiency: number;
    imputations: number;
    df: number | null;
    completeDf: number | null;
  }) =>
    `About ${(100 * f.fraction).toFixed(0)} % of the information about ${f.term} is lost with the missing values; ${f.imputations} imputations reach ${(100 * f.efficiency).toFixed(1)} % of the precision of endlessly many${
      f.df === null || f.completeDf === null
        ? ""
        : `, and degrees of freedom fall from ${f.completeDf.toFixed(1)} to ${f.df.toFixed(1)}`
    }`,
  "imputation-not-mixed": (f: { variable: string; arm: string | null; scaleReduction: number; iterations: number }) =>
    `The imputation chains of "${f.variable}"${inArm(f.arm)} have not mixed after ${f.iterations} iterations (scale reduction ${f.scaleReduction.toFixed(2)}, 1 is perfect); raise iterations, or leave covariates out`,
  "imputation-without-interaction": ({ interactions }: { interactions: readonly string[] }) =>
    `The imputation model does not have the interaction ${interactions.join(", ")}, one of whose columns misses values, so that it is estimated closer to zero than it is`,
  "joint-test-not-pooled": ({ terms }: { terms: readonly string[] }) =>
    `The joint test of ${terms.join(", ")} is left out: it is not one of coefficients, and Rubin's rules do not pool it`,
  "delta-shifted": ({ arm, variable, shift }: { arm: string; variable: string; shift: string }) =>
    `Imputed values of "${variable}" in arm "${arm}" are shifted by ${shift}: what follows if values are not missing at random in that way`,
  "jumped-to-reference": ({ reference }: { reference: string }) =>
    `Missing outcomes are imputed as if their participants had been in arm "${reference}" (jump to reference); Rubin's variance is then larger than the variance over repeated trials`,
  "inverse-probability-weights": (f: {
    arm: string | null;
    observed: number;
    rows: number;
    smallest: number;
    largest: number;
    effective: number;
  }) =>
    `${f.observed} of ${f.rows} rows${inArm(f.arm)} are complete and weighted by the inverse of their probability of being so, ${f.smallest.toPrecision(3)} to ${f.largest.toPrecision(3)} (about the precision of ${f.effective.toFixed(0)} rows); the weights are taken as known, which is cautious`,
  "few-likely-observed": (f: { arm: string | null; probability: number; share: number }) =>
    `Some rows${inArm(f.arm)} had a probability of only ${f.probability.toPrecision(2)} of being observed, and one of them carries ${(100 * f.share).toFixed(0)} % of the arm's weight; the result rests on few participants`,
} as const;
