/**
 * Share of a column's own squared length below which what is left of it, after projection on the columns already
 * taken, is rounding noise. Keeping noise does no harm (its coordinates are as small as it is), losing signal would.
 */
const NOISE = 1e-14;

/** Share of another column's squared length by which a pivot may overdraw it and still be taken for rounding. */
const OVERDRAWN = 1e-10;

/**
 * Coordinates of a cluster's columns U (n × s) and residuals e, from their cross-products alone.
 *
 *   UᵀU = RᵀR,  Rᵀẽ = Uᵀe
 *
 * With Q orthonormal, U = QR and ẽ = Qᵀe. By Cholesky with symmetric pivoting: the next pivot is the column that kept
 * the largest share of its squared length, so that units do not matter.
 *
 * @param gram UᵀU, s × s row-major; destroyed
 * @param products Uᵀe, length s; destroyed
 * @param coordinates receives R, rank × s row-major
 * @param residual receives ẽ, length rank
 * @param lengths scratch of length s
 * @returns the rank
 */
export function compress(
  gram: Float64Array,
  products: Float64Array,
  s: number,
  coordinates: Float64Array,
  residual: Float64Array,
  lengths: Float64Array,
): number {
  for (let k = 0; k < s; k++) lengths[k] = gram[k * s + k]!;
  let rank = 0;
  for (; rank < s; rank++) {
    let pivot = -1;
    let most = NOISE;
    for (let k = 0; k < s; k++) {
      // Written so that a column of zeros, 0/0, is passed over, and one that rounding made negative.
      const share = gram[k * s + k]! / lengths[k]!;
      if (share > most && gram[k * s + k]! > 0) {
        most = share;
        pivot = k;
      }
    }
    if (pivot < 0) break;
    if (!withoutNoise(gram, lengths, s, pivot)) {
      rank--;
      continue;
    }
    const row = rank * s;
    const length = Math.sqrt(gram[pivot * s + pivot]!);
    for (let k = 0; k < s; k++) coordinates[row + k] = gram[pivot * s + k]! / length;
    const along = products[pivot]! / length;
    residual[rank] = along;
    for (let k = 0; k < s; k++) {
      const coordinate = coordinates[row + k]!;
      products[k]! -= along * coordinate;
      for (let l = 0; l < s; l++) gram[k * s + l]! -= coordinate * coordinates[row + l]!;
    }
    // What is left of the pivot is zero by construction; rounding must not call it up again.
    remove(gram, s, pivot);
  }
  return rank;
}

/**
 * Takes out columns of nothing but rounding (such that the cluster does not have): the product of two columns is larger
 * than their lengths allow (Cauchy–Schwarz) when the shorter of them is one, and taken for a coordinate it would swallow
 * the others.
 *
 * @returns whether the pivot itself is still there
 */
function withoutNoise(gram: Float64Array, lengths: Float64Array, s: number, pivot: number): boolean {
  const own = gram[pivot * s + pivot]!;
  for (let k = 0; k < s; k++) {
    const left = gram[k * s + k]!;
    const taken = (gram[pivot * s + k]! * gram[pivot * s + k]!) / own;
    if (k === pivot || !(taken > left + OVERDRAWN * Math.abs(lengths[k]!))) continue;
    remove(gram, s, left < own ? k : pivot);
    if (left >= own) return false;
  }
  return true;
}

function remove(gram: Float64Array, s: number, pivot: number): void {
  for (let k = 0; k < s; k++) {
    gram[pivot * s + k] = 0;
    gram[k * s + pivot] = 0;
  }
}
