/** Near the solution, in standard errors, a long step along a slow direction is to be trusted. */
const NEAR = 0.1;
const LARGEST_SHARE = { near: 1000, far: 5 };

/**
 * Anderson's (1965) acceleration of depth one, for steps of length p. Scoring steps converge fast in β for a given α, but
 * α moves with β, and that coupling can be slow or swing; it is one direction, and a secant through two steps takes it out.
 *
 * @returns (β, step at β, its length in standard errors) → the step to take, in an array of its own
 */
export function secantSteps(p: number) {
  const lastBeta = new Float64Array(p);
  const lastStep = new Float64Array(p);
  const out = new Float64Array(p);
  let known = false;
  return (beta: Float64Array, step: Float64Array, length: number): Float64Array => {
    let along = 0;
    let size = 0;
    for (let k = 0; k < p; k++) {
      const change = step[k]! - lastStep[k]!;
      along += change * step[k]!;
      size += change * change;
    }
    const share = known && size > 0 ? along / size : 0;
    const taken = Math.abs(share) < (length < NEAR ? LARGEST_SHARE.near : LARGEST_SHARE.far) ? share : 0;
    for (let k = 0; k < p; k++) {
      out[k] = step[k]! - taken * (beta[k]! - lastBeta[k]! + step[k]! - lastStep[k]!);
      lastBeta[k] = beta[k]!;
      lastStep[k] = step[k]!;
    }
    known = true;
    return out;
  };
}
