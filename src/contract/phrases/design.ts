/** Sentences for questions that the data cannot answer, by code. */
export const designPhrases = {
  "one-cluster": ({ clusters }: { clusters: number }) =>
    `Inference about clusters needs at least two of them; the analysed rows have ${clusters}`,
  "no-degrees-of-freedom": ({ clusters, coefficients }: { clusters: number; coefficients: number }) =>
    `${clusters} clusters leave no degrees of freedom for ${coefficients} cluster-level coefficients; drop a cluster-level covariate or pool strata`,
  "no-variation": ({ term }: { term: string }) =>
    `The standard error of ${term} is zero: the outcome is fitted exactly, so the data hold no variation to judge the estimate by; look for a constant outcome or a covariate that repeats it`,
  "no-degrees-of-freedom-left": ({ term, df }: { term: string; df: number }) =>
    `Inference about ${term} has ${df} degrees of freedom, too few for an interval; use fewer covariates or pool strata`,
} as const;
