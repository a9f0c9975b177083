/** Doublings of the first step after which a limit is taken to lie nowhere. */
const FARTHEST = 40;
/** Halvings of the last step: its last bit, nearly. */
const HALVINGS = 44;

/**
 * The limits of the shifts about an estimate that a test does not reject, where P(δ) has to be computed anew for every δ:
 * out from the estimate by doubled steps until δ is rejected, and so is a δ twice as far; then by bisection between the
 * last shift that was not rejected and the first one that was.
 *
 * @param accepts is P(δ) > 1 − level?
 * @param step order of magnitude of the interval, above 0
 * @param reach shifts farther than that from the estimate are not looked at
 * @returns null when nothing within reach is rejected on some side
 */
export function searchShifts(
  accepts: (shift: number) => boolean,
  estimate: number,
  step: number,
  reach = Number.POSITIVE_INFINITY,
): { readonly lower: number; readonly upper: number } | null {
  const upper = limit(accepts, estimate, step, reach);
  if (upper === null) return null;
  const lower = limit(accepts, estimate, -step, reach);
  return lower === null ? null : { lower, upper };
}

function limit(accepts: (shift: number) => boolean, estimate: number, step: number, reach: number): number | null {
  let inside = 0;
  let outside = step;
  for (let k = 0; ; k++) {
    if (k === FARTHEST || Math.abs(outside) > reach) return null;
    if (accepts(estimate + outside)) inside = outside;
    else if (!accepts(estimate + 2 * outside)) break;
    else inside = 2 * outside;
    outside = 2 * (inside === 0 ? outside : inside);
  }
  for (let k = 0; k < HALVINGS; k++) {
    const middle = (inside + outside) / 2;
    if (middle === inside || middle === outside) break;
    if (accepts(estimate + middle)) inside = middle;
    else outside = middle;
  }
  return estimate + inside;
}
