/**
 * Between–within degrees of freedom: a coefficient that is constant within clusters has
 * J − (number of such coefficients), one that varies within clusters n − J − (number of those).
 *
 * @param clusters J
 * @param rows n
 * @param variesWithin per coefficient, intercept included
 */
function betweenWithin(clusters: number, rows: number, variesWithin: readonly boolean[]) {
  const within = variesWithin.filter(Boolean).length;
  return { between: clusters - (variesWithin.length - within), within: rows - clusters - within };
}

/** Degrees of freedom of a contrast: those between clusters as soon as a coefficient constant within clusters enters. */
export function betweenWithinDf(
  clusters: number,
  rows: number,
  variesWithin: readonly boolean[],
  contrast: ArrayLike<number>,
): number {
  const { between, within } = betweenWithin(clusters, rows, variesWithin);
  return variesWithin.some((varies, k) => !varies && contrast[k] !== 0) ? between : within;
}
