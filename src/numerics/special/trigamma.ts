/** B₂ₖ, k = 1 … 10. */
const BERNOULLI = [
  1 / 6,
  -1 / 30,
  1 / 42,
  -1 / 30,
  5 / 66,
  -691 / 2730,
  7 / 6,
  -3617 / 510,
  43867 / 798,
  -174611 / 330,
];

/** From here on the asymptotic series is exact in double precision. */
const LARGE = 12;

/**
 * ψ′(x) = Σ_{k≥0} 1/(x + k)², the second derivative of log Γ, for x > 0: by its recurrence up to 12 and from there by
 *
 *   ψ′(x) ~ 1/x + 1/(2x²) + Σₖ B₂ₖ/x^(2k+1)
 */
export function trigamma(x: number): number {
  let at = x;
  let sum = 0;
  for (; at < LARGE; at++) sum += 1 / (at * at);
  const inverse = 1 / at;
  const square = inverse * inverse;
  let series = 0;
  for (let k = BERNOULLI.length - 1; k >= 0; k--) series = (series + BERNOULLI[k]!) * square;
  return sum + inverse * (1 + 0.5 * inverse + series);
}
