import { type Place, sayPlace } from "../place.ts";
import { costingPhrases } from "./costing.ts";
import { dataPhrases } from "./data.ts";
import { missingInputPhrases } from "./missing.ts";

/** `path` is the key of the plan that names the column; absent when a function was asked directly. */
interface UnknownColumn {
  readonly column: string;
  readonly nearest: string | null;
  readonly source: string;
  readonly path?: string;
}

interface UnknownMethod {
  readonly path: string;
  readonly method: string;
  readonly nearest: string | null;
  readonly methods: readonly string[];
}

interface FeatureNotAccepted {
  readonly path: string;
  readonly method: string;
  /** In words, with the column: "the weights w". */
  readonly feature: string;
  readonly remedy: string;
}

interface OutcomeNotForMethod {
  readonly path: string;
  readonly method: string;
  readonly kind: string;
  readonly accepted: readonly string[];
}

interface MeasureNotForMethod {
  readonly path: string;
  readonly method: string;
  readonly measure: string;
  readonly accepted: readonly string[];
}

/** Sentences for problems that the caller can mend, by code: what is wrong, where, and the remedy. */
export const inputPhrases = {
  ...dataPhrases,
  ...missingInputPhrases,
  ...costingPhrases,
  "quadrature-order": ({ order, largest }: { order: string; largest: number }) =>
    `A quadrature rule needs a whole number of nodes from 1 to ${largest}; got ${order}`,
  "quadrature-order-even": ({ order }: { order: number }) =>
    `quadrature is ${order}; adaptive quadrature takes an odd number of nodes, so that one lies at the mode (1 is the Laplace approximation)`,
  "quadrature-needs-one-intercept": ({ quadrature, random }: { quadrature: number; random: string }) =>
    `quadrature ${quadrature} is for one random intercept per cluster, not for ${random}; use quadrature 1, the Laplace approximation, or leave random out`,
  "quadrature-with-pseudo-likelihood": ({ quadrature }: { quadrature: number }) =>
    `Pseudo-likelihood has no integrals, so quadrature ${quadrature} means nothing to it; leave quadrature out, or use estimation ml`,
  "kenward-roger-needs-pseudo-likelihood": ({ estimation }: { estimation: string }) =>
    `The inference "kenward-roger" of a generalised linear mixed model is that of its working linear model, which estimation "${estimation}" does not have; use estimation restricted-pseudo-likelihood, or inference between-within`,
  "not-a-seed": ({ what, found }: { what: string; found: string }) =>
    `${what} must be a whole number between -9007199254740991 and 9007199254740991; got ${found}`,
  "not-a-range": ({ found }: { found: string }) =>
    `A random choice needs a whole number of possibilities from 1 to 9007199254740991; got ${found}`,
  "unknown-column": ({ column, nearest, source, path }: UnknownColumn) =>
    `${path === undefined ? "" : `${path}: `}${source} has no column "${column}"${nearest === null ? "" : `; did you mean "${nearest}"?`}`,
  "crossed-random-effects": ({ first, second }: { first: string; second: string }) =>
    `Random effects of "${first}" and "${second}" are crossed, which this release does not fit; nest one in the other (1 | ${first}/${second}) or analyse one of them as a covariate`,
  "unknown-key": ({
    path,
    key,
    nearest,
    choices,
  }: {
    path: string;
    key: string;
    nearest: string | null;
    choices: readonly string[];
  }) =>
    `${path === "" ? "The plan" : path} has no key "${key}"${nearest === null ? `; it takes ${choices.join(", ")}` : `; did you mean "${nearest}"?`}`,
  "missing-key": ({ path, expected }: { path: string; expected: string }) =>
    `${path === "" ? "The plan" : path} is missing; it must be ${expected}`,
  "invalid-value": ({
    path,
    found,
    expected,
    nearest,
  }: {
    path: string;
    found: string;
    expected: string;
    nearest: string | null;
  }) =>
    `${path === "" ? "The plan" : path} is ${found}, but must be ${expected}${nearest === null ? "" : `; did you mean "${nearest}"?`}`,
  "plan-syntax": ({ source, line, column, detail }: { source: string; line: number; column: number; detail: string }) =>
    `${source}, line ${line}, column ${column}: not YAML or JSON (${detail})`,
  "plan-alias": ({ source, detail }: { source: string; detail: string }) =>
    `${source}: an alias (*name) cannot be resolved (${detail}); write the value out`,
  "unknown-method": ({ path, method, nearest, methods }: UnknownMethod) =>
    `${path} is "${method}", which is not a method; ${nearest === null ? `the methods are ${methods.join(", ")}` : `did you mean "${nearest}"?`}`,
  "duplicate-id": ({ path, id }: { path: string; id: string }) =>
    `${path} is "${id}", as another analysis is called already; give each its own id`,
  "pairs-and-strata": ({ pairs, strata }: { pairs: string; strata: readonly string[] }) =>
    `trial has both pairs ("${pairs}") and strata (${strata.join(", ")}); clusters are matched in pairs or randomised within strata, so keep one`,
  "effect-with-arm": ({ path, effect, arm }: { path: string; effect: string; arm: string }) =>
    `${path} names "${effect}", but the trial's effect is that of its arm "${arm}"; leave one of the two out`,
  "feature-not-accepted": ({ path, method, feature, remedy }: FeatureNotAccepted) =>
    `${path}: the method ${method} makes no use of ${feature}; ${remedy}`,
  "arm-needed": ({ path, method, methods }: { path: string; method: string; methods: readonly string[] }) =>
    `${path}: the method ${method} compares arms, and trial.arm names none; name the column of the arms${methods.length === 0 ? "" : `, or use ${methods.join(" or ")}`}`,
  "outcome-not-for-method": ({ path, method, kind, accepted }: OutcomeNotForMethod) =>
    `${path} is a ${kind} outcome, and the method ${method} takes ${accepted.join(", ")} outcomes`,
  "thresholds-not-ascending": ({ first, second }: { first: number; second: number }) =>
    `The thresholds must ascend, and ${second} follows ${first}; list each once, the smallest first`,
  "choice-not-for-estimator": (f: { option: string; found: string; estimator: string; accepted: readonly string[] }) =>
    `${f.option} "${f.found}" is not one that the estimator ${f.estimator} has${f.accepted.length === 0 ? "" : ` (it has ${f.accepted.join(", ")})`}; leave ${f.option} out, or use another estimator`,
  "outcome-in-options": (f: { path: string; method: string; options: readonly string[] }) =>
    `${f.path}: ${f.method} finds its outcomes in its options (${f.options.join(", ")}); leave the outcome of the analysis out`,
  "measure-not-for-method": ({ path, method, measure, accepted }: MeasureNotForMethod) =>
    `${path} is "${measure}", which the method ${method} does not give; it gives ${accepted.join(", ")}`,
  "effect-without-levels": ({ effect }: { effect: string }) =>
    `standardisation compares arms, or levels of a covariate (a factor, or a column of 0 and 1), and ${effect} is neither; name trial.arm, such a covariate as effect, or declare its column categorical`,
  "no-delta-method": ({ model }: { model: string }) =>
    `options.model: ${model} as given has no covariance of all that marginal means depend on, so the delta method cannot judge them; use augmentation model-robust, or estimation ml`,
  "printed-number": ({ text, decimalComma }: { text: string; decimalComma: boolean }) =>
    `"${text}" is not a printed number${decimalComma ? "; write a decimal point instead of the comma" : ', such as "0.30", "−0.25", "1,250", "£63", "85.3%" or "<0.001"'}`,
  "unknown-arm": ({
    path,
    arm,
    nearest,
    arms,
  }: {
    path: string;
    arm: string;
    nearest: string | null;
    arms: readonly string[];
  }) =>
    `${path}: no arm is called "${arm}"; ${nearest === null ? `the arms are ${arms.join(", ")}` : `did you mean "${nearest}"?`}`,
  "unknown-command": ({
    command,
    nearest,
    commands,
  }: {
    command: string;
    nearest: string | null;
    commands: readonly string[];
  }) =>
    `clustrial has no command "${command}"; ${nearest === null ? `its commands are ${commands.join(", ")}` : `did you mean "${nearest}"?`}`,
  "unknown-option": ({ command, option, nearest }: { command: string; option: string; nearest: string | null }) =>
    `${command} has no option "${option}"; ${nearest === null ? `see ${command} --help` : `did you mean "${nearest}"?`}`,
  "bad-usage": ({ command, detail }: { command: string; detail: string }) => `${detail}; see ${command} --help`,
  "unreadable-file": ({ file, reason }: { file: string; reason: string }) => `${file} cannot be read: ${reason}`,
  "unwritable-file": ({ file, reason }: { file: string; reason: string }) => `${file} cannot be written: ${reason}`,
  "would-replace-rows": ({ file }: { file: string }) =>
    `${file} is there already and was not rebuilt from figures, so it is left alone; choose another folder`,
  "unknown-rebuilt-trial": ({
    trial,
    nearest,
    bundled,
  }: {
    trial: string;
    nearest: string | null;
    bundled: readonly string[];
  }) =>
    `"${trial}" is neither a bundled trial (${bundled.join(", ")}) nor a folder made by rebuild${nearest === null ? "" : `; did you mean "${nearest}"?`}`,
  "no-matching-file": ({ pattern }: { pattern: string }) => `No file matches "${pattern}"`,
  "no-claims": ({ plan }: { plan: string }) =>
    `${plan} claims nothing to check; write published figures under expect in one of its analyses`,
  "random-term-malformed": ({ term }: { term: string }) =>
    `The random term "${term}" cannot be read; write "1 | practice", "time | id", "0 + time | id" or "1 | practice/id"`,
  "random-term-repeated": ({ effect, group }: { effect: string; group: string }) =>
    `The random effect "${effect}" of "${group}" is named twice; name it in one random term`,
  "kenward-roger-needs-reml": ({ inference }: { inference: string }) =>
    `The inference "${inference}" is defined for estimation "reml" only; choose estimation reml, or inference satterthwaite, between-within or wald`,
  "compound-symmetry-needs-one-intercept": ({ random }: { random: string }) =>
    `The covariance "compound-symmetry" is for one random intercept per cluster, not for ${random}; use covariance bounded, or leave random out`,
  "weights-with-cr2": (_: Readonly<Record<string, never>>) =>
    "Row weights together with inference cr2 are not defined for the mixed model; use kenward-roger, or cluster-robust with weights",
  "measure-needs-standardisation": (f: { measure: string; family: string; link: string; direct: string }) =>
    `A ${f.family} model with ${f.link} link gives the measure "${f.direct}" directly, not "${f.measure}"; state a link that gives it, or use the method standardisation`,
  "family-not-available": ({
    method,
    family,
    link,
    available,
  }: {
    method: string;
    family: string;
    link: string;
    available: string;
  }) => `${method} does not fit family "${family}" with link "${link}" in this release; it has ${available}`,
  "outcome-outside-family": ({ family, range, value }: { family: string; range: string; value: number }) =>
    family === "gamma" && value === 0
      ? "The family gamma is for amounts above 0, and the outcome holds zeros; method two-part models whether there is any cost and then how much, or choose family gaussian, which asks for no distribution"
      : `The family ${family} is for outcomes ${range}, and the outcome holds ${value}; choose a family that allows it`,
  "amount-negative": ({ column, value }: { column: string; value: number }) =>
    `Column "${column}" holds ${value}, and a two-part model is for amounts of at least 0; for net costs that may be negative use least squares (cluster-robust, linear-mixed-model)`,
  "distribution-parameter": ({
    family,
    parameter,
    value,
    requirement,
  }: {
    family: string;
    parameter: string;
    value: string;
    requirement: string;
  }) => `The ${parameter} of the ${family} distribution is ${value}, but must be ${requirement}`,
  "distribution-argument": ({ family }: { family: string }) =>
    `The ${family} distribution was asked at NaN, which is not a number; look for a missing value in what was computed before`,
  "probability-out-of-range": ({ family, value }: { family: string; value: string }) =>
    `A quantile of the ${family} distribution was asked at ${value}; a probability lies between 0 and 1`,
  "icc-estimator-not-available": ({
    estimator,
    kind,
    available,
  }: {
    estimator: string;
    kind: string;
    available: readonly string[];
  }) => `The estimator "${estimator}" is not for a ${kind} outcome; there it is one of ${available.join(", ")}`,
  "icc-estimator-needs-arm": ({ estimator }: { estimator: string }) =>
    `The estimator "${estimator}" takes out the means of arms, but no arm is given; name trial.arm or use "anova"`,
  "outcome-options": ({ given }: { given: readonly string[] }) =>
    `An outcome is a yes or no (--event), a count over time (--exposure) or events out of participants (--trials), but ${given.join(" and ")} are given; leave all but one out`,
  "icc-measure": ({ estimator, gives, measure }: { estimator: string; gives: string; measure: string }) =>
    `The estimator "${estimator}" gives the measure "${gives}", not "${measure}"; leave the measure out or name another estimator`,
  "icc-interval-not-available": ({
    interval,
    estimator,
    available,
  }: {
    interval: string;
    estimator: string;
    available: readonly string[];
  }) =>
    `The interval "${interval}" does not belong to the estimator "${estimator}", which has ${available.length === 0 ? "none" : available.join(", ")}`,
  "welch-needs-plain-means": ({ given }: { given: string }) =>
    `Variances "welch" compare unweighted cluster summaries of arms without strata; ${given} cannot go with it; use variances "pooled"`,
  "arm-interaction-in-summary": ({ term, arm }: { term: string; arm: string }) =>
    `Cluster summaries have covariates taken out before arms are compared, so they know no interaction of "${arm}" (${term}); use cluster-robust or linear-mixed-model for it`,
  "measure-not-for-outcome": (f: { measure: string; outcome: string; kind: string; accepted: readonly string[] }) =>
    `The measure "${f.measure}" is not for a ${f.kind} outcome such as "${f.outcome}", which has ${f.accepted.join(", ")}; ask for one of these, or say what kind the outcome is (event, exposure, or events and trials)`,
  "summary-measure-with-covariates": (f: { measure: string; alternatives: readonly string[] }) =>
    `Cluster summaries given covariates compare observed with expected outcomes, as a difference or as a ratio of observed to expected, and neither is "${f.measure}"; ask for ${f.alternatives.join(" or ")}, leave the covariates out, or use a regression method or standardisation`,
  "inverse-variance-for-differences": (f: { measure: string }) =>
    `Weights "inverse-variance" rest on the intracluster correlation of means and proportions, so they are not defined for "${f.measure}"; use weights "none" or "size"`,
  "allocation-needs-arm": (_: Readonly<Record<string, never>>) =>
    "The allocations that were possible are those of clusters to arms, and no arm is given; name trial.arm",
  minimisation: ({ reason }: { reason: string }) => `This minimisation cannot be run: ${reason}`,
  "allocation-key": ({
    path,
    key,
    scheme,
    takes,
  }: {
    path: string;
    key: string;
    scheme: string;
    takes: readonly string[];
  }) =>
    `${path}: scheme ${scheme} has no key "${key}"; it takes ${takes.length === 0 ? "none but scheme" : takes.join(", ")}`,
  "allocation-keys-exclude": ({ path, first, second }: { path: string; first: string; second: string }) =>
    `${path} has both ${first} and ${second}, which say the same thing in two ways; keep one`,
  "allocation-weights": ({
    path,
    weights,
    of,
    needed,
  }: {
    path: string;
    weights: number;
    of: string;
    needed: number;
  }) => `${path} has ${weights} weights for ${needed} ${of}; give one for each, or leave them out`,
  "allocations-not-read": ({ path, file }: { path: string; file: string }) =>
    `${path} names the file "${file}", which only the command line reads; in a script give the allocations themselves, one object of clusters and arms each`,
  "allocations-empty": (_: Readonly<Record<string, never>>) =>
    "The list of allocations is empty; give at least the one that was made",
  "allocations-cluster-missing": ({ source, clusters }: { source: string; clusters: readonly string[] }) =>
    `${source} has no column for ${clusters.length === 1 ? "cluster" : `${clusters.length} clusters:`} ${clusters
      .slice(0, 6)
      .map((label) => `"${label}"`)
      .join(", ")}${clusters.length > 6 ? ", …" : ""}; a list of allocations has a column named after every cluster`,
  "allocations-cell": (f: Place & { cluster: string; cell: string; arms: readonly string[] }) =>
    `${sayPlace(f)}, column "${f.cluster}": ${f.cell === "" ? "no arm" : `"${f.cell}"`}, where the arms are ${f.arms.map((arm) => `"${arm}"`).join(", ")}; write the arms as the data do`,
  "entry-order-tied": ({ column, clusters, value }: { column: string; clusters: readonly string[]; value: string }) =>
    `Clusters ${clusters.map((label) => `"${label}"`).join(" and ")} have the same place in the order of entry ("${value}" in column "${column}"), and minimisation takes them one after the other; number them`,
  "arm-sizes": ({ found, reason }: { found: string; reason: string }) =>
    `The numbers of clusters per arm ${found} cannot be: ${reason}`,
  "statistic-not-for-measure": (f: { statistic: string; measure: string; statistics: readonly string[] }) =>
    `The permutation statistic "${f.statistic}" says nothing of "${f.measure}"; use statistic ${f.statistics.join(" or ")}, or ask for a difference`,
  "allocations-not-enumerable": (f: { scheme: string; count: string | null; most: number }) =>
    `draws "complete" needs every allocation visited, and ${f.count === null ? `those of ${f.scheme} randomisation can only be drawn here` : `there are ${f.count} of them, more than ${f.most}`}; give the number of random draws, or leave draws out`,
  "jointly-outcome": (f: { column: string; kind: string; reason: string }) =>
    `options.jointly: column "${f.column}" cannot be tested beside a ${f.kind} outcome: ${f.reason}; outcomes tested together are of one kind`,
  "statistics-shape": (f: { hypotheses: number; statistics: number }) =>
    `${f.statistics} statistics are not a whole number of allocations, one at least, of ${f.hypotheses} hypotheses`,
  "figures-incomplete": ({ path, needed }: { path: string; needed: string }) => `${path} is missing; ${needed}`,
  "bootstrap-without-simulation": ({ method }: { method: string }) =>
    `options.resample is "parametric", which draws outcomes from a fitted mixed model, and ${method} has none; use of: linear-mixed-model, or resample cases`,
  "bca-needs-cases": (_: Readonly<Record<string, never>>) =>
    `options.interval is "bca", whose acceleration is that of drawn clusters; with resample parametric use percentile, basic or studentised`,
  "parametric-has-no-stages": (_: Readonly<Record<string, never>>) =>
    `options.stages is "two", but with resample parametric no participants are drawn; leave stages out`,
  "studentised-needs-standard-errors": ({ method }: { method: string }) =>
    `options.interval is "studentised", and ${method} gives an estimate without a standard error; use bca, percentile or basic`,
} as const;
