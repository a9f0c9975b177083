/** Stirling's series 1/(12a) − 1/(360a³) + …, for a ≥ 10. */
export function stirlingSeries(a: number): number {
  const s = 1 / (a * a);
  if (a > 1000) return (1 / 12 - s * (1 / 360 - s / 1260)) / a;
  return (
    (1 / 12 -
      s *
        (1 / 360 -
          s *
            (1 / 1260 - s * (1 / 1680 - s * (1 / 1188 - s * (691 / 360360 - s * (1 / 156 - (s * 3617) / 122400))))))) /
    a
  );
}
