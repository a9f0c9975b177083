/** c₀/2 + Σ cₖ Tₖ(t), t in [−1, 1], by Clenshaw's recurrence. */
export function chebyshev(coefficients: Float64Array, t: number): number {
  const twice = 2 * t;
  let next = 0;
  let afterNext = 0;
  for (let k = coefficients.length - 1; k > 0; k--) {
    const current = coefficients[k]! + twice * next - afterNext;
    afterNext = next;
    next = current;
  }
  return coefficients[0]! / 2 + t * next - afterNext;
}
