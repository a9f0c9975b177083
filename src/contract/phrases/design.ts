import { missingDesignPhrases } from "./missing.ts";

/** Sentences for questions that the data cannot answer, by code. */
export const designPhrases = {
  ...missingDesignPhrases,
  "one-cluster": ({ clusters }: { clusters: number }) =>
    `Inference about clusters needs at least two of them; the analysed rows have ${clusters}`,
  "no-degrees-of-freedom": ({ clusters, coefficients }: { clusters: number; coefficients: number }) =>
    `${clusters} clusters leave no degrees of freedom for ${coefficients} cluster-level coefficients; drop a cluster-level covariate or pool strata`,
  "no-variation": ({ term }: { term: string }) =>
    `The standard error of ${term} is zero: the outcome is fitted exactly, so the data hold no variation to judge the estimate by; look for a constant outcome or a covariate that repeats it`,
  "no-degrees-of-freedom-left": ({ term, df }: { term: string; df: number }) =>
    `Inference about ${term} has ${df} degrees of freedom, too few for an interval; use fewer covariates or pool strata`,
  "too-few-clusters-for-correction": ({
    correction,
    clusters,
    coefficients,
  }: {
    correction: string;
    clusters: number;
    coefficients: number;
  }) =>
    `The correction ${correction} is not defined for ${clusters} clusters and ${coefficients} coefficients; use cr2, or fewer covariates`,
  "too-few-rows": ({ rows, coefficients }: { rows: number; coefficients: number }) =>
    `${rows} analysed rows cannot determine ${coefficients} coefficients and a residual variance; drop covariates`,
  "no-replication": ({ group, groups, rows }: { group: string; groups: number; rows: number }) =>
    `Every "${group}" group has a single row (${groups} groups, ${rows} rows), so that its variance cannot be told from the residual; name the grouping that repeats`,
  "arm-without-amounts": ({ arm, rows, column }: { arm: string; rows: number; column: string }) =>
    `Nobody of the ${rows} analysed in arm "${arm}" has any "${column}", so that nothing tells how much there would be; check the column, or compare means with cluster-summary`,
  "outcomes-proportional": ({ first, second }: { first: string; second: string }) =>
    `"${first}" and "${second}" say the same thing once their covariates are taken out, so that they have no joint model; one of them may have been computed from the other`,
  "no-residual-variation": (_: Readonly<Record<string, never>>) =>
    "The outcome does not vary within clusters once the covariates are taken out, so that there is no residual variance to estimate; check the outcome column",
  "no-rows": ({ source, reason, excluded }: { source: string; reason: string; excluded: number }) =>
    `No row of ${source} is left to analyse (${excluded} are left out as "${reason}"); look at that column, at where and at missingCodes`,
  "outcome-constant": ({ column, cell, rows }: { column: string; cell: string; rows: number }) =>
    `The outcome "${column}" is the same in all ${rows} analysed rows (${cell}), so nothing can be estimated from it; look for a wrong column or a wrong row filter`,
  "outcome-too-large": ({ column, largest }: { column: string; largest: number }) =>
    `The outcome "${column}" reaches ${largest}, whose square is more than a number can hold; divide the column by a power of ten, or look for a wrong cell`,
  "covariate-constant": ({ column, cell }: { column: string; cell: string }) =>
    `The covariate "${column}" is "${cell}" in every analysed row, so it has no effect to estimate; take it off the list`,
  "too-few-arms": ({ column, arms }: { column: string; arms: readonly string[] }) =>
    `The analysed rows have only one arm in column "${column}" (${arms.map((arm) => `"${arm}"`).join(", ")}), and a comparison needs two; look at where and at the excluded rows, or leave the arm out`,
  "arm-of-one-cluster": ({ arm }: { arm: string }) =>
    `Arm "${arm}" has a single cluster, so that nothing tells the arm's effect from the cluster's; costs and effects need at least two clusters in every arm`,
  "stratum-of-one-cluster": ({ arm, stratum }: { arm: string; stratum: string }) =>
    `Arm "${arm}" has a single cluster in stratum "${stratum}", so there is nothing to draw from; pool strata, leave trial.strata out, or use the estimator sur with the strata as covariates`,
  "rows-repeat-participants": (f: { column: string; rows: number; participants: number }) =>
    `${f.rows} rows hold ${f.participants} participants (column "${f.column}"), and costs and effects are compared per participant; add the costs of each participant up to one row, or choose rows with where`,
  "arm-without-rows": (f: { column: string; arm: string; reasons: readonly string[]; rows: number }) =>
    `Arm "${f.arm}" of column "${f.column}" has no row to analyse: all ${f.rows} are left out (${f.reasons.join(", ")}); fill those columns, or leave the arm out with where`,
  "allocation-impossible": ({ scheme, reason }: { scheme: string; reason: string }) =>
    `The allocation that was made is not one that ${scheme} randomisation could make: ${reason}; correct trial.allocation or the column it names, or look for clusters without analysed rows`,
  "strata-without-comparison": ({ factor, arms }: { factor: string; arms: readonly string[] }) =>
    `No level of ${factor} has clusters of both ${arms.map((arm) => `"${arm}"`).join(" and ")}, so nothing is compared within them; leave trial.strata or trial.pairs out, or pool levels`,
  "constraint-too-tight": ({ cutoff, tried }: { cutoff: number; tried: string }) =>
    `None of ${tried} allocations has a balance score of ${cutoff} or less; raise trial.allocation.score, or list the allocations that were allowed`,
  "constraint-constant": ({ column, value }: { column: string; value: string }) =>
    `Column "${column}" is "${value}" in every analysed cluster, so no allocation is better balanced on it than another; take it off trial.allocation.covariates`,
  "pair-incomplete": ({ column, pair, clusters }: { column: string; pair: string; clusters: readonly string[] }) =>
    `Pair "${pair}" of column "${column}" has ${clusters.length} analysed ${clusters.length === 1 ? "cluster" : "clusters"} (${clusters.slice(0, 6).join(", ")}) and needs exactly two; leave the pair out with where, or correct the column`,
  "pair-same-arm": (f: { column: string; pair: string; clusters: readonly string[]; arm: string }) =>
    `Both clusters of pair "${f.pair}" of column "${f.column}" (${f.clusters.join(", ")}) are in arm "${f.arm}", so the pair compares nothing; correct the column or leave the pair out with where`,
  "rank-deficient": ({ columns, dependencies }: { columns: readonly string[]; dependencies: readonly string[] }) =>
    `The covariates say the same thing twice (${dependencies.join("; ")}), so their coefficients cannot be told apart; leave ${columns.length === 1 ? "one of these columns" : `${columns.length} of these columns`} out`,
  "clusters-of-one": ({ clusters }: { clusters: number }) =>
    `Each of the ${clusters} clusters has a single member, so nothing tells variation within clusters from variation between them; check the cluster column`,
  "levels-coincide": ({ first, second, effect }: { first: string; second: string; effect: string }) =>
    `Every group of "${first}" holds a single group of "${second}", so the two variances of ${effect} cannot be told apart; leave one of the levels out of the random terms`,
  "outcome-without-variation": (_: Readonly<Record<string, never>>) =>
    "The outcome does not vary, so that no correlation is defined; check the outcome column",
  "interval-needs-clusters": ({ interval, needed, df }: { interval: string; needed: number; df: number }) =>
    `The ${interval} interval needs at least ${needed} degrees of freedom between clusters; there is ${df}; use searle`,
  "bootstrap-failed": ({ draws, failures }: { draws: number; failures: number }) =>
    `${failures} of ${draws} bootstrap resamples have no variation between or within clusters; there are too few clusters for a bootstrap, use searle`,
  "one-cluster-in-arm": ({ arm }: { arm: string }) =>
    `Arm "${arm}" has a single cluster, so that its variance between clusters cannot be estimated; use variances "pooled"`,
  "ratio-without-events": (f: { arm: string; what: string; measure: string }) =>
    `No cluster of arm "${f.arm}" has any ${f.what}, so the data cannot tell its ${f.measure} from 0 or infinity; ask for a difference instead`,
  "first-stage-separation": ({ term, reason }: { term: string; reason: string }) =>
    `The first stage, which takes covariates out of the outcome, has no fit: ${reason}, so that the coefficient of ${term} runs off to infinity; leave that covariate out, pool its levels, or compare summaries without covariates`,
  "expected-none": (f: { cluster: string; measure: string }) =>
    `The first stage expects no events in cluster "${f.cluster}", so its ratio of observed to expected events (${f.measure}) is not defined; ask for a difference, or use fewer covariates or strata`,
  "mean-not-positive": (f: { of: string; mean: number }) =>
    `The mean of ${f.of} is ${f.mean}, and a ratio of means needs means above 0; ask for mean-difference`,
  "cluster-sizes-equal": (_: Readonly<Record<string, never>>) =>
    "The clusters of each arm are of one size, so the averages over participants and over clusters are the same and there is no gap to test",
  "too-few-unequal-clusters": ({ arm, clusters }: { arm: string; clusters: number }) =>
    `Whether cluster size is informative in arm "${arm}" cannot be told from its ${clusters} clusters: it takes at least three, more than one of which differs in size from the others`,
  "figures-infeasible": ({ what, reason }: { what: string; reason: string }) =>
    `${what}: no rows can meet these figures and assumptions (${reason})`,
  "compound-symmetry-singular": (_: Readonly<Record<string, never>>) =>
    "Cluster means vary so little that the compound-symmetric covariance is estimated as singular; use covariance bounded, or cluster-summary",
  "cluster-variance-unbounded": ({ group }: { group: string }) =>
    `The variance between ${group} groups grows without limit: outcomes hardly differ within a group, so the groups decide them; compare cluster summaries with cluster-summary, or check that the outcome is measured on participants`,
  separation: ({ term, reason }: { term: string; reason: string }) =>
    `The likelihood has no maximum: ${reason}, so that the coefficient of ${term} runs off to infinity; leave that term out, pool its levels, or compare cluster summaries with cluster-summary`,
  "mean-at-boundary": ({
    family,
    link,
    bound,
    rows,
    alternative,
  }: {
    family: string;
    link: string;
    bound: number;
    rows: number;
    alternative: string;
  }) =>
    `The ${family} model with ${link} link fits best with means of exactly ${bound} (in ${rows} rows), the edge of what it allows, where it has no standard errors; ${alternative}`,
  "marginal-mean-out-of-range": ({ arm, mean, scale }: { arm: string; mean: number; scale: string }) =>
    `The marginal mean of arm "${arm}" comes out as ${Number(mean.toPrecision(6))}, where the ${scale} is not defined, so no ratio can be made of it; ask for the difference, or use a link that keeps means in range`,
  "one-cluster-left-out-of-arm": ({ arm }: { arm: string }) =>
    `Arm "${arm}" has a single cluster, and the jackknife leaves clusters out one by one; it needs two in every arm`,
  "left-out-fits-failed": ({ failures, clusters, reason }: { failures: number; clusters: number; reason: string }) =>
    `The working model could not be fitted for ${failures} of the ${clusters} sets of clusters that leave one out (${reason}); use fewer covariates, or augmentation none`,
  "correlation-out-of-range": (f: {
    correlation: string;
    alpha: number;
    lower: number;
    upper: number;
    largest: number;
  }) =>
    `The ${f.correlation} working correlation is estimated as ${f.alpha.toPrecision(6)}, outside ${f.lower.toPrecision(3)} to ${f.upper.toPrecision(3)}, where it is a correlation for a cluster of ${f.largest} rows; use correlation independence`,
  "too-few-pairs": ({ pairs, coefficients }: { pairs: number; coefficients: number }) =>
    `${pairs} pairs of rows within clusters leave nothing for a correlation once ${coefficients} coefficients are taken off; use moments "n" or correlation independence`,
  "nothing-to-draw-from": ({ group, cluster, stratified }: { group: string; cluster: string; stratified: boolean }) =>
    `The bootstrap draws clusters within arm and stratum, and "${cluster}" is alone in ${group}, so that every draw there is the same; ${stratified ? "leave trial.strata out, or match clusters in pairs with trial.pairs" : "use permutation or cluster-summary instead"}`,
  "replicates-failed": ({ draws, failures, share }: { draws: number; failures: number; share: number }) =>
    `${failures} of ${draws} resampled trials could not be analysed, more than ${100 * share} %, so what is left is not a bootstrap distribution; there are too few clusters or events for this model, use fewer covariates or another method`,
} as const;
