/** Sentences for questions that the data cannot answer, by code. */
export const designPhrases = {
  "one-cluster": ({ clusters }: { clusters: number }) =>
    `Inference about clusters needs at least two of them; the analysed rows have ${clusters}`,
  "no-degrees-of-freedom": ({ clusters, coefficients }: { clusters: number; coefficients: number }) =>
    `${clusters} clusters leave no degrees of freedom for ${coefficients} cluster-level coefficients; drop a cluster-level covariate or pool strata`,
} as const;
