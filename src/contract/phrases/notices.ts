import { missingNoticePhrases } from "./missing.ts";

/** Sentences for results that are valid but odd, by code. */
export const noticePhrases = {
  ...missingNoticePhrases,
  "variance-at-boundary": ({ group, term }: { group: string; term: string }) =>
    `The variance of "${term}" between ${group} groups is estimated as zero, its smallest possible value; the clusters stay in the analysis`,
  "no-zero-amounts": (_: Readonly<Record<string, never>>) =>
    "Nobody's outcome is zero, so the first part of the two-part model has nothing to say and the second is the whole of it",
  "no-zero-amounts-in-arm": ({ arm }: { arm: string }) =>
    `Nobody's outcome is zero in arm "${arm}", so the first part of the two-part model takes an amount for certain there and is fitted to the other arms`,
  "icc-below-zero": ({ icc }: { icc: number }) =>
    `The intracluster correlation is ${icc.toPrecision(3)}, below zero: members of a cluster differ more than chance; it is reported as found`,
  "independence-instead": (f: { correlation: string; alpha: number; lower: number; upper: number; largest: number }) =>
    `The ${f.correlation} working correlation comes out as ${f.alpha.toPrecision(3)}, outside ${f.lower.toPrecision(3)} to ${f.upper.toPrecision(3)}, where it is a correlation for a cluster of ${f.largest} rows; independence was used instead, which is valid but answers the average over participants`,
  "few-clusters": ({ clusters }: { clusters: number }) =>
    `There are only ${clusters} clusters; degrees of freedom are few and the interval is wide for that reason`,
  "sparse-events": (f: { arm: string | null; what: string; events: number; clusters: number }) =>
    `${f.arm === null ? "The data have" : `Arm "${f.arm}" has`} ${f.events} ${f.what} in ${f.clusters} clusters, fewer than two each: tests and intervals miss their level with so few, in either direction (type I error 0.002 to 0.08 at a nominal 0.05 in our simulations)`,
  "mixed-model-with-few-clusters": ({
    clusters,
    lowest,
    highest,
  }: {
    clusters: number;
    lowest: number;
    highest: number;
  }) =>
    `With ${clusters} clusters this model's tests reject too seldom when clusters are much alike and too often when they are not (type I error ${lowest} to ${highest} at a nominal 0.05 in our simulations); cluster-summary and cluster-robust keep their level`,
  "fieller-unbounded": (f: { term: string; form: string; lower: number | null; upper: number | null }) =>
    f.form === "outside"
      ? `The difference in effect is not clearly different from zero, so the confidence set of ${f.term} is no interval: it holds everything up to ${f.lower!.toPrecision(6)} and everything from ${f.upper!.toPrecision(6)}; read the net benefits instead`
      : `Neither the difference in cost nor that in effect is clearly different from zero, so the confidence set of ${f.term} holds every number; read the net benefits instead`,
  "icer-undefined": ({ term }: { term: string }) =>
    `The difference in effect is zero, so ${term} is not defined; read the net benefits instead`,
  "icer-negative": ({ term, dominates }: { term: string; dominates: boolean }) =>
    dominates
      ? `${term} is negative because by these estimates the arm costs less than the control and does more: it dominates, and the size of the ratio means nothing`
      : `${term} is negative because by these estimates the arm costs more than the control and does less: it is dominated, and the size of the ratio means nothing`,
  "strategy-dominated": ({ arm, by, kind }: { arm: string; by: readonly string[]; kind: string }) =>
    kind === "strong"
      ? `Arm "${arm}" is dominated: "${by[0]}" costs no more and does no less`
      : `Arm "${arm}" is dominated by extension: a mixture of "${by.join('" and "')}" costs no more and does no less`,
  "information-infinite": (_: Readonly<Record<string, never>>) =>
    "With one degree of freedom or fewer the expected value of perfect information is infinite; it is left out",
  "arm-costs-zero": ({ arm, column }: { arm: string; column: string }) =>
    `Every cost of arm "${arm}" in column "${column}" is zero; if costs were not collected there, leave the cells empty`,
  "strata-not-in-model": ({ strata }: { analysis: string; strata: readonly string[] }) =>
    `The clusters were randomised within strata (${strata.join(", ")}) that this analysis does not use, so its interval is probably wider than it need be; list them among the covariates to use them`,
  "pairs-not-in-model": ({ pairs }: { pairs: string }) =>
    `The clusters were matched in pairs ("${pairs}") that this analysis does not use, so its interval is probably wider than it need be; cluster-summary uses them, or list the column among the covariates`,
  "correlation-at-boundary": ({ group, term, other }: { group: string; term: string; other: string }) =>
    `The correlation of the random effects "${term}" and "${other}" between ${group} groups is estimated at its limit; the data hold too little to tell them apart`,
  "satterthwaite-at-boundary": ({ term }: { term: string }) =>
    `A variance is at its boundary, where observed-information Satterthwaite degrees of freedom jump; ${term} uses between–within degrees of freedom instead`,
  "coefficient-without-variance": ({ term }: { term: string }) =>
    `The coefficient of ${term} is left out of the table: one cluster alone determines it, or outcomes that are all the same, so its variance cannot be estimated`,
  "cluster-determines-coefficient": ({ clusters, first }: { clusters: number; first: string }) =>
    `In ${clusters} clusters (${first} is the first) a coefficient depends on that cluster alone; there the correction is a generalised inverse, as in clubSandwich, and variances of such coefficients are too small`,
  "few-clusters-for-inference": ({
    clusters,
    variance,
    inference,
    better,
  }: {
    clusters: number;
    variance: string;
    inference: string;
    better: string;
  }) =>
    `With ${clusters} clusters the variance "${variance}" with inference "${inference}" tends to reject too often; ${better} holds its level better`,
  "few-degrees-of-freedom": ({ term, df }: { term: string; df: number }) =>
    `Inference about ${term} rests on ${df.toFixed(1)} degrees of freedom, because few clusters carry it; tests with so few are approximate and mostly reject too seldom (type I error 0.017 to 0.054 at a nominal 0.05 in our simulations)`,
  "weights-change-estimand": (_: Readonly<Record<string, never>>) =>
    "Rows are weighted, so the effect is an average over participants as weighted, not over those analysed",
  "icc-truncated": ({ icc }: { icc: number }) =>
    `The intracluster correlation is ${icc.toPrecision(3)}, below zero, and is reported as 0 because truncation was asked for`,
  "icc-without-within-variation": (_: Readonly<Record<string, never>>) =>
    "Members of a cluster are identical, so the intracluster correlation is 1 and has no interval; check that the outcome belongs to participants",
  "icc-arm-without-variation": ({ arm }: { arm: string }) =>
    `In arm "${arm}" nobody or everybody had the event, so it holds nothing about the intracluster correlation, which is that of the other clusters`,
  "interval-covers-less": ({
    interval,
    estimator,
    least,
    greatest,
  }: {
    interval: string;
    estimator: string;
    least: number;
    greatest: number;
  }) =>
    `With a yes-or-no outcome like this the nominal 95 % ${interval} interval of ${estimator} held the truth in ${Math.round(100 * least)} to ${Math.round(100 * greatest)} % of our simulated trials (docs/simulation/icc-binary.md), so take it as a rough guide; there the profile interval of proportion did best with rare events, searle of anova with others`,
  "icc-per-unit-of-exposure": (_: Readonly<Record<string, never>>) =>
    "The intracluster correlation is that of counts over one unit of the exposure column, and is another number in another unit; the coefficient of variation k (estimator rate-k) does not depend on it",
  "variation-below-chance": ({ squared }: { squared: number }) =>
    `Rates vary less between clusters than chance alone makes them (k² is ${squared.toPrecision(3)}); the coefficient of variation is reported as 0`,
  "bootstrap-failures": ({ draws, failures }: { draws: number; failures: number }) =>
    `${failures} of ${draws} bootstrap resamples had no variation between or within clusters and were left out`,
  "icc-below-zero-in-weights": ({ icc }: { icc: number }) =>
    `The intracluster correlation is ${icc.toPrecision(3)}, below zero, so clusters were weighted as if it were 0, by their sizes`,
  "interval-out-of-reach": ({ term, level, smallest }: { term: string; level: number; smallest: number }) =>
    `${term} has no interval at level ${level}: with these allocations no shift, however large, has a P value below ${Number(smallest.toPrecision(3))}; ask for a lower level`,
  "allocations-without-comparison": ({ failures, of }: { failures: number; of: number }) =>
    `${failures} of ${of} allocations leave an arm without clusters to compare; P values are given that this did not happen`,
  "few-allocations": ({ allocations, level }: { allocations: number; level: number }) =>
    `The randomisation had a choice of ${allocations} only, so that P values come in steps of 1/${allocations}, mostly two at a time; an interval of level ${level}, where there is one, covers rather more`,
  "groups-of-one-arm": ({
    within,
    groups,
    clusters,
  }: {
    within: string;
    groups: readonly string[];
    clusters: number;
  }) =>
    `All clusters of ${groups.join(", ")} (${within}) are in one arm, so they say nothing about the effect within ${within}: ${clusters} clusters do not enter the comparison`,
  "arms-compared-jointly": ({ scheme }: { scheme: string }) =>
    `Allocations of ${scheme} randomisation cannot be drawn with the other arms held as they were, so with more than two arms only the joint test is given`,
  "zero-clusters": (f: { clusters: number; of: number; what: string }) =>
    `${f.clusters} of ${f.of} clusters have no ${f.what}; because logarithms are taken, ${f.what === "events" ? "0.5 was added to the events of every cluster, as Stata's clan does" : "0.5 was added to the events and to the non-events of every cluster"}; with many such clusters the ratio depends on that choice`,
  "arm-without-events": ({ arm, what, measure }: { arm: string; what: string; measure: string }) =>
    `No cluster of arm "${arm}" has any ${what}, so the ${measure} rests on the 0.5 that was added and not on the data; report a difference instead`,
  "summaries-alike-in-arm": ({ arm }: { arm: string }) =>
    `All clusters of arm "${arm}" have the same summary, so only the other arm's clusters say how much summaries vary`,
  "informative-cluster-size": (f: {
    term: string;
    measure: string;
    participantAverage: number;
    clusterAverage: number;
    gap: number;
    lower: number;
    upper: number;
    pValue: number;
  }) =>
    `Cluster size seems to be informative: the ${f.measure} of ${f.term} is ${f.participantAverage.toPrecision(3)} averaged over participants and ${f.clusterAverage.toPrecision(3)} averaged over clusters (P = ${f.pValue.toPrecision(2)} for no gap), and this method answers neither; choose one: cluster-robust for participants, cluster-summary without weights for clusters`,
  "conservative-test": ({ clusters }: { clusters: number }) =>
    `With ${clusters} clusters and an intracluster correlation near zero, mixed-model tests reject too seldom and intervals are too wide (type I error 0.001 to 0.04 at a nominal 0.05 in our simulations); cluster-summary keeps its level`,
  "unequal-arms": ({
    most,
    fewest,
    lowest,
    highest,
  }: {
    most: number;
    fewest: number;
    lowest: number;
    highest: number;
  }) =>
    `The arms have ${most} and ${fewest} clusters, and this method assumes that they vary alike; if they do not, it rejects too seldom when the larger arm varies more and too often when the smaller one does (${lowest} to ${highest} at a nominal 0.05 in our simulations); compare cluster-summary with welch variances`,
  "effect-averaged-over-interaction": ({ term }: { term: string }) =>
    `The model lets the effect ${term} vary with a covariate; the effect reported is its average over the participants analysed`,
  "working-model-weighs-by-precision": ({ model }: { model: string }) =>
    `The working model ${model} weighs clusters by precision, so that with cluster sizes related to outcome or effect its standardised means are those of no population; augmentation model-robust, or a model that takes rows as independent, keeps to the population asked for`,
  "risk-outside-range": ({ quantity, risk }: { quantity: string; risk: number }) =>
    `${quantity} comes out as ${Number(risk.toPrecision(4))}, which no risk can be: the model's link does not keep means between 0 and 1, or residuals carry the augmented mean past them; use the logit link, or fewer covariates`,
  "left-out-fits-not-used": ({ failures, clusters, first }: { failures: number; clusters: number; first: string }) =>
    `Without one of ${failures} of the ${clusters} clusters (${first} is the first) the working model could not be fitted; the jackknife leaves them out, and its standard error may be too small`,
  "means-outside-range": ({ below, above }: { below: number; above: number }) =>
    `Fitted probabilities lie below 0 for ${below} participants and above 1 for ${above}: the family does not bound them; the effect is an average that may do well all the same, single predictions are not probabilities`,
  "variance-depends-on-coding": ({ control }: { control: string }) =>
    `The Fay–Graubard variance depends on how columns are coded: here 0/1 indicators with "${control}" as the control and covariates about their own zero; another control or origin gives another standard error`,
  "few-events": ({ events, coefficients, without }: { events: number; coefficients: number; without: boolean }) =>
    `There are ${events} ${without ? "participants without the event" : "events"} for ${coefficients} ${coefficients === 1 ? "coefficient" : "coefficients"} besides the intercept, fewer than 10 each: ratios are biased away from 1 and their intervals are rough, whatever the variance`,
  "clusters-decide-outcome": ({ group, standardDeviation }: { group: string; standardDeviation: number }) =>
    `The standard deviation between ${group} groups is ${standardDeviation.toPrecision(3)} on the link's scale: outcomes hardly differ within a group, and estimates conditional on the group are then unstable and say little; compare cluster summaries or a marginal method`,
  "bootstrap-without-interval": ({ term, level, reason }: { term: string; level: number; reason: string }) =>
    `There is no ${100 * level} % interval of ${term} by this bootstrap: ${reason}`,
  "no-sample-as-extreme": ({ term, vectors }: { term: string; vectors: number }) =>
    `None of the ${vectors} enumerated samples has a statistic as large as that of ${term}; their share, 0, is reported as P and says that P is below ${Number((1 / vectors).toPrecision(3))}, not that it is nothing`,
  "least-attainable-p": (f: { clusters: number; vectors: number; least: number }) =>
    `With ${f.clusters} clusters there are ${f.vectors} ways to give each a sign, two of which reproduce the data or their mirror image, so that P cannot be below ${Number(f.least.toPrecision(3))}; draw webb has more points, and is the default with so few clusters`,
  "few-clusters-in-arm": ({ arm, clusters, tends }: { arm: string; clusters: number; tends: string }) =>
    `Arm "${arm}" has ${clusters} ${clusters === 1 ? "cluster" : "clusters"}, too few for a wild bootstrap to imitate how they vary; it then tends to reject too ${tends}; compare permutation or cluster-summary`,
  "no-overdispersion": (_: Readonly<Record<string, never>>) =>
    "The counts vary no more than Poisson counts with these means, so the negative binomial dispersion is at its limit (θ infinite) and the model fitted is the Poisson model",
  "qalys-without-baseline": ({ column, baseline }: { column: string; baseline: string }) =>
    `The utility at baseline ("${baseline}") is part of the QALYs "${column}" and is not among the covariates, so that a difference between arms at baseline counts as an effect; list it among them`,
  "follow-up-varies": ({ column, least, most }: { column: string; least: number; most: number }) =>
    `The QALYs "${column}" of those who lived cover ${Number(least.toPrecision(4))} to ${Number(most.toPrecision(4))} years, each participant's own; state until to end them all at one time`,
  "replicates-left-out": ({ draws, failures }: { draws: number; failures: number }) =>
    `${failures} of ${draws} resampled trials could not be analysed (no event in an arm, say, or a covariate that no longer varies) and were left out`,
  "limit-beyond-replicates": ({ draws }: { draws: number }) =>
    `A limit of the interval lies beyond all but the last of ${draws} replicates, which stands for it; ask for more draws, or another interval`,
  "bootstrap-of-few-clusters": ({ within, fewest, percent }: { within: string; fewest: number; percent: number }) =>
    `Draws are made within groups of clusters (${within}; the smallest has ${fewest}), and drawing n from n understates their spread: the standard error is short by about ${percent} %, and the interval too narrow (bca and percentile intervals missed the truth in 8 to 21 % of simulated trials of 8 to 20 clusters, at a nominal 5 %); studentised intervals make up for it, and so does a larger trial`,
  "dominating-cluster": (f: { cluster: string; term: string; value: number; without: number; errors: number }) =>
    `Cluster "${f.cluster}" dominates ${f.term}: without it the estimate is ${f.without.toPrecision(3)} instead of ${f.value.toPrecision(3)}, a change of ${Math.abs(f.errors).toFixed(1)} standard errors; look at its data, and report the analysis without it as well`,
} as const;
