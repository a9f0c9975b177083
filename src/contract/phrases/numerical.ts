/** Sentences for arithmetic that failed, by code. */
export const numericalPhrases = {
  "not-converged": ({ what, iterations, gradient }: { what: string; iterations: number; gradient: number }) =>
    `${what} did not converge in ${iterations} iterations (largest gradient ${gradient})`,
  "not-finite": ({ what }: { what: string }) =>
    `${what} is not a finite number; look for missing, infinite or extremely large values in the input`,
} as const;
