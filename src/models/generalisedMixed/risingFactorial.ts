import { stirlingSeries } from "../../numerics/special/stirlingSeries.ts";

/** Terms are added one by one up to here; beyond, asymptotic series of the gamma function take over. */
const TERMS = 32;

/**
 * R(z) = log[r(r + 1)…(r + y − 1)/rʸ] = Σ_{k<y} log(1 + k/r), r = e^z, with its derivatives in z:
 * out = [R, R′, R″, R‴, R⁗]. Near r = ∞ nothing cancels, so that the Poisson limit of negative binomial counts is smooth.
 *
 * @param y a whole number ≥ 0
 * @param r > 0
 * @param out length 5
 * @param slope only R′ and R″ are wanted
 */
export function logRisingFactorial(y: number, r: number, out: Float64Array, slope = false): void {
  if (slope && y <= TERMS) {
    let first = 0;
    let second = 0;
    for (let k = 1; k < y; k++) {
      const share = k / (r + k);
      first -= share;
      second += share * (1 - share);
    }
    out[1] = first;
    out[2] = second;
    return;
  }
  let value = 0;
  let s1 = 0;
  let s2 = 0;
  let s3 = 0;
  let s4 = 0;
  const last = Math.min(y, TERMS);
  for (let k = 1; k < last; k++) {
    const share = k / (r + k);
    const spread = share * (r / (r + k));
    value += Math.log1p(k / r);
    s1 += share;
    s2 += spread;
    s3 += spread * (1 - 2 * share);
    s4 += spread * (1 - 6 * spread);
  }
  out[0] = value;
  out[1] = -s1;
  out[2] = s2;
  out[3] = -s3;
  out[4] = s4;
  if (y > TERMS) addTail(y, r, out);
}

/** The terms k = TERMS … y − 1, as log Γ(b) − log Γ(a) − (b − a) log r with a = r + TERMS, b = r + y. */
function addTail(y: number, r: number, out: Float64Array): void {
  const a = r + TERMS;
  const b = r + y;
  const n = y - TERMS;
  const value =
    (b - 0.5) * Math.log1p(y / r) - (a - 0.5) * Math.log1p(TERMS / r) - n + stirlingSeries(b) - stirlingSeries(a);
  const r1 = r * (Math.log1p(n / a) + digammaRest(b) - digammaRest(a));
  const r2 = r * r * (trigamma(b) - trigamma(a));
  const r3 = r ** 3 * (tetragamma(b) - tetragamma(a));
  const r4 = r ** 4 * (pentagamma(b) - pentagamma(a));
  out[0]! += value;
  out[1]! += r1 - n;
  out[2]! += r1 + r2;
  out[3]! += r1 + 3 * r2 + r3;
  out[4]! += r1 + 7 * r2 + 6 * r3 + r4;
}

// Asymptotic series for x ≥ 32 (Abramowitz & Stegun 6.3.18, 6.4.11–6.4.14): the first term left out is below 1e-14 of the first, in log Γ and ψ below 1e-17.

/** ψ(x) − log x */
const digammaRest = (x: number): number => {
  const w = 1 / (x * x);
  return -0.5 / x - w * (1 / 12 - w * (1 / 120 - w * (1 / 252 - w / 240)));
};

/** ψ′ */
const trigamma = (x: number): number => {
  const w = 1 / (x * x);
  return (1 + 0.5 / x + w * (1 / 6 - w * (1 / 30 - w * (1 / 42 - w / 30)))) / x;
};

/** ψ″ */
const tetragamma = (x: number): number => {
  const w = 1 / (x * x);
  return -w * (1 + 1 / x + w * (1 / 2 - w * (1 / 6 - w * (1 / 6 - 0.3 * w))));
};

/** ψ‴ */
const pentagamma = (x: number): number => {
  const w = 1 / (x * x);
  return (w / x) * (2 + 3 / x + w * (2 - w * (1 - w * (4 / 3 - 3 * w))));
};
