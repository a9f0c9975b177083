/** B₂ₖ/(2k), k = 1 … 8. */
const TERMS = [1 / 12, -1 / 120, 1 / 252, -1 / 240, 1 / 132, -691 / 32760, 1 / 12, -3617 / 8160];

/** From here on the asymptotic series is exact in double precision. */
const LARGE = 12;

/**
 * ψ(x) = d log Γ(x)/dx for x > 0: by its recurrence up to 12 and from there by
 *
 *   ψ(x) ~ log x − 1/(2x) − Σₖ B₂ₖ/(2k x^2k)
 *
 * Absolute error a few units in the last place of the larger of ψ(x) and 1 (it has a zero near 1.46).
 */
export function digamma(x: number): number {
  let at = x;
  let sum = 0;
  for (; at < LARGE; at++) sum += 1 / at;
  const square = 1 / (at * at);
  let series = 0;
  for (let k = TERMS.length - 1; k >= 0; k--) series = (series + TERMS[k]!) * square;
  return Math.log(at) - 0.5 / at - series - sum;
}
