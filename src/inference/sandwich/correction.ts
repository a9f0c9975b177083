/**
 * Small-sample corrections of the cluster-robust variance, by their names in clubSandwich (in lower case).
 *
 * cr0: none · cr1: J/(J−1) · cr1p: J/(J−p) · cr1s: J(N−1)/((J−1)(N−p)), Stata's · cr2: Bell–McCaffrey, unbiased when the
 * target covariance holds · cr3: (I − Hⱼ)⁻¹, close to the leave-one-cluster-out jackknife (equal to it for least squares,
 * a factor apart)
 *
 * and by those of MacKinnon, Nielsen & Webb (2023): cv3: (J−1)/J · cr3, for least squares the jackknife about the estimate ·
 * cv3j: the same about the mean of the estimates without a cluster
 */
export const corrections = ["cr2", "cr0", "cr1", "cr1p", "cr1s", "cr3", "cv3", "cv3j"] as const;

export type Correction = (typeof corrections)[number];

/**
 * The factor by which a correction multiplies the uncorrected variance; 1 for those that work cluster by cluster.
 *
 * @param clusters J
 * @param observations N
 * @param coefficients p
 */
export function correctionFactor(
  correction: Correction,
  clusters: number,
  observations: number,
  coefficients: number,
): number {
  switch (correction) {
    case "cr1":
      return clusters / (clusters - 1);
    case "cr1p":
      return clusters / (clusters - coefficients);
    case "cr1s":
      return (clusters * (observations - 1)) / ((clusters - 1) * (observations - coefficients));
    case "cv3":
    case "cv3j":
      return (clusters - 1) / clusters;
    default:
      return 1;
  }
}
