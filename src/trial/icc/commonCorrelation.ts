/**
 * Var(αX² + βX) for X events among n members of a cluster under the common correlation model: with probability ρ all
 * members are alike (n events with probability π, else none), with probability 1 − ρ they are independent, so that
 *
 *   E Xᵏ = ρ π nᵏ + (1 − ρ) E Bᵏ,   B binomial(n, π)
 *
 * Its first two moments are those of any exchangeable outcome with correlation ρ; the third and fourth are the model's
 * (Bloch & Kraemer 1989; Zou & Donner 2004). For ρ in [0, 1].
 */
export function varianceOfQuadratic(
  n: number,
  proportion: number,
  rho: number,
  square: number,
  linear: number,
): number {
  const p = proportion;
  const f1 = n * p;
  const f2 = f1 * (n - 1) * p;
  const f3 = f2 * (n - 2) * p;
  const f4 = f3 * (n - 3) * p;
  const moment = (independent: number, power: number) => rho * p * n ** power + (1 - rho) * independent;
  const m1 = f1;
  const m2 = moment(f2 + f1, 2);
  const m3 = moment(f3 + 3 * f2 + f1, 3);
  const m4 = moment(f4 + 6 * f3 + 7 * f2 + f1, 4);
  return square ** 2 * (m4 - m2 * m2) + 2 * square * linear * (m3 - m2 * m1) + linear ** 2 * (m2 - m1 * m1);
}
