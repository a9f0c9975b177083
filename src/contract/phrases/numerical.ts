/** Sentences for arithmetic that failed, by code. */
export const numericalPhrases = {
  "imputation-not-positive": (_: Readonly<Record<string, never>>) =>
    "A covariance matrix of the imputation model lost its positive definiteness on the way; variables that say the same thing twice do that, so leave one out",
  "not-converged": ({ what, iterations, gradient }: { what: string; iterations: number; gradient: number }) =>
    `${what} did not converge in ${iterations} iterations (largest gradient ${gradient})`,
  "no-valid-start": ({ family, link }: { family: string; link: string }) =>
    `No starting value keeps the means of the ${family} model with ${link} link in their range, because its offsets differ too much; use another link`,
  "not-bracketed": ({
    what,
    lower,
    upper,
  }: {
    what: string;
    lower: number;
    upper: number;
    atLower: string;
    atUpper: string;
  }) =>
    `${what} was sought between ${lower} and ${upper}, but the function has the same sign at both; widen the interval`,
  "not-finite": ({ what }: { what: string }) =>
    `${what} is not a finite number; look for missing, infinite or extremely large values in the input`,
  "information-not-positive": ({ coefficients }: { coefficients: number }) =>
    `The information matrix of the ${coefficients} coefficients is not positive definite in double precision; rescale the covariates or drop those that nearly repeat others`,
  "quantile-overflow": ({ family }: { family: string }) =>
    `The quantile of the ${family} distribution is larger than the largest number (1.8e308); ask for a less extreme probability`,
  "variance-out-of-scale": ({ variance }: { variance: string }) =>
    `The residual variance is ${variance}, outside the range that double precision can square and cube; give the outcome in another unit`,
} as const;
