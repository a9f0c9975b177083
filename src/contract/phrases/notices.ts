/** Sentences for results that are valid but odd, by code. */
export const noticePhrases = {
  "variance-at-boundary": ({ group, term }: { group: string; term: string }) =>
    `The variance of "${term}" between ${group} groups is estimated as zero, its smallest possible value; the clusters stay in the analysis`,
  "icc-below-zero": ({ icc }: { icc: number }) =>
    `The intracluster correlation is ${icc.toPrecision(3)}, below zero: members of a cluster differ more than chance; it is reported as found`,
  "few-clusters": ({ clusters }: { clusters: number }) =>
    `There are only ${clusters} clusters; degrees of freedom are few and the interval is wide for that reason`,
  "strata-not-in-model": ({ strata }: { analysis: string; strata: readonly string[] }) =>
    `The clusters were randomised within strata (${strata.join(", ")}) that this analysis does not use, so its interval is probably wider than it need be; list them among the covariates to use them`,
  "correlation-at-boundary": ({ group, term, other }: { group: string; term: string; other: string }) =>
    `The correlation of the random effects "${term}" and "${other}" between ${group} groups is estimated at its limit; the data hold too little to tell them apart`,
  "satterthwaite-at-boundary": ({ term }: { term: string }) =>
    `A variance is at its boundary, where observed-information Satterthwaite degrees of freedom jump; ${term} uses between–within degrees of freedom instead`,
} as const;
