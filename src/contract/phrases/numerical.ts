/** Sentences for arithmetic that failed, by code. */
export const numericalPhrases = {
  "not-converged": ({ what, iterations, gradient }: { what: string; iterations: number; gradient: number }) =>
    `${what} did not converge in ${iterations} iterations (largest gradient ${gradient})`,
} as const;
