import type { EstimatingParts } from "../../contract/estimatingParts.ts";
import { DesignProblem } from "../../contract/problem.ts";
import { symmetricEigen } from "../../numerics/matrix/eigen.ts";
import { sandwich } from "../../numerics/matrix/product.ts";
import { fayGraubard } from "./fayGraubard.ts";

/**
 * Variances of the solution of estimating equations, with what is done to the score uⱼ of a cluster, Gⱼ its information:
 *
 * robust: uⱼ (Liang–Zeger) · df: robust · J/(J − p) · kauermann-carroll: (I − GⱼM)^(−½) uⱼ, the principal root (SAS ROOT) ·
 * mancl-derouen: (I − GⱼM)⁻¹ uⱼ · average: the mean of these two (Ford–Westgate) · fay-graubard: its k-th element times
 * (1 − min(¾, (GⱼM)ₖₖ))^(−½) · morel: Morel–Bokossa–Neerchal, robust and model-based together · model: φM, which takes the
 * working covariance to be right
 */
export const estimatingVariances = [
  "kauermann-carroll",
  "robust",
  "df",
  "mancl-derouen",
  "fay-graubard",
  "average",
  "morel",
  "model",
] as const;
export type EstimatingVarianceName = (typeof estimatingVariances)[number];

export interface EstimatingVariance {
  /** Covariance of β, p × p. */
  readonly covariance: Float64Array;
  /** Clusters that alone determine some coefficient, where the correction is a Moore–Penrose inverse. */
  readonly determiningClusters: readonly number[];
}

/** 1 less an eigenvalue of a cluster's share of the information; below this the cluster alone determines a direction. */
const NULL_DIRECTION = 1e-12;

/** Turns Tᵀuⱼ into the corrected one, in place, knowing TᵀGⱼT; true where the cluster alone determines a direction. */
export type ScoreCorrection = (score: Float64Array, information: Float64Array) => boolean;

/**
 * Sandwich covariance T (Σⱼ ŝⱼŝⱼᵀ) Tᵀ of the solution of estimating equations with small-sample correction, through p × p
 * matrices alone: (I − Hⱼ)^(−½) on the nⱼ residuals of a cluster is (I − TᵀGⱼT)^(−½) on its score, by the push-through
 * identity (DERIVATIONS §5).
 *
 * morel: k LZ + δ ξ φ M, k = (N − 1)/(N − p) · J/(J − 1), δ = min(½, p/(J − p)), ξ = max(1, k tr(M Σuuᵀ)/(pφ)).
 *
 * @throws DesignProblem `one-cluster`, `too-few-clusters-for-correction` for "df" with J ≤ p.
 */
export function estimatingVariance(parts: EstimatingParts, variance: EstimatingVarianceName): EstimatingVariance {
  const { clusters, coefficients: p, observations, root, dispersion } = parts;
  if (clusters < 2) throw new DesignProblem("one-cluster", { clusters });
  const inOriginal = (middle: Float64Array): Float64Array => {
    const out = new Float64Array(p * p);
    sandwich(root, middle, p, p, out);
    return out;
  };
  const plain = (middle: Float64Array): EstimatingVariance => ({
    covariance: inOriginal(middle),
    determiningClusters: [],
  });
  switch (variance) {
    case "model":
      return plain(identity(p, dispersion));
    case "robust":
      return plain(meat(parts, () => false).middle);
    case "df": {
      if (clusters <= p)
        throw new DesignProblem("too-few-clusters-for-correction", { correction: "df", clusters, coefficients: p });
      const factor = clusters / (clusters - p);
      return plain(meat(parts, () => false).middle.map((v) => factor * v));
    }
    case "morel": {
      const { middle } = meat(parts, () => false);
      const k = (((observations - 1) / (observations - p)) * clusters) / (clusters - 1);
      const delta = clusters > p ? Math.min(0.5, p / (clusters - p)) : 0.5;
      let trace = 0;
      for (let i = 0; i < p; i++) trace += middle[i * p + i]!;
      const xi = Math.max(1, (k * trace) / (p * dispersion));
      return plain(middle.map((v, i) => k * v + (i % (p + 1) === 0 ? delta * xi * dispersion : 0)));
    }
    case "fay-graubard":
      return plain(meat(parts, fayGraubard(root, p)).middle);
    default: {
      const { middle, determining } = meat(parts, leverage(p, powers[variance]), variance === "average");
      return { covariance: inOriginal(middle), determiningClusters: determining };
    }
  }
}

/** Powers of I − TᵀGⱼT; two of them are averaged as variances. */
const powers = { "kauermann-carroll": [-0.5], "mancl-derouen": [-1], average: [-0.5, -1] } as const;

/** Σ ŝŝᵀ over clusters. With `paired`, the correction leaves two scores behind each other and their squares are averaged. */
function meat(parts: EstimatingParts, correct: ScoreCorrection, paired = false) {
  const { clusters, coefficients: p } = parts;
  const middle = new Float64Array(p * p);
  const score = new Float64Array(paired ? 2 * p : p);
  const information = new Float64Array(p * p);
  const determining: number[] = [];
  const weight = paired ? 0.5 : 1;
  for (let j = 0; j < clusters; j++) {
    parts.fill(j, score, information);
    if (correct(score, information)) determining.push(j);
    for (let from = 0; from < score.length; from += p)
      for (let a = 0; a < p; a++)
        for (let b = 0; b < p; b++) middle[a * p + b]! += weight * score[from + a]! * score[from + b]!;
  }
  return { middle, determining };
}

/** (I − TᵀGT)^e on the score by its eigenvectors, one result behind the other for several e. */
function leverage(p: number, exponents: readonly number[]): ScoreCorrection {
  const values = new Float64Array(p);
  const vectors = new Float64Array(p * p);
  const work = new Float64Array(p * p);
  const along = new Float64Array(p);
  return (score, information) => {
    symmetricEigen(information, p, values, vectors, work);
    let determines = false;
    for (let k = 0; k < p; k++) {
      let value = 0;
      for (let i = 0; i < p; i++) value += vectors[i * p + k]! * score[i]!;
      along[k] = value;
      if (1 - values[k]! <= NULL_DIRECTION) determines = true;
    }
    exponents.forEach((exponent, e) => {
      for (let i = 0; i < p; i++) {
        let value = 0;
        for (let k = 0; k < p; k++) {
          const left = 1 - values[k]!;
          if (left > NULL_DIRECTION)
            value += vectors[i * p + k]! * along[k]! * (exponent === -1 ? 1 / left : 1 / Math.sqrt(left));
        }
        score[e * p + i] = value;
      }
    });
    return determines;
  };
}

function identity(p: number, scale: number): Float64Array {
  const out = new Float64Array(p * p);
  for (let k = 0; k < p; k++) out[k * p + k] = scale;
  return out;
}
