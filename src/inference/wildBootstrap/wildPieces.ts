import type { ClusterScores } from "../../contract/clusterScores.ts";
import { type InversePower, inversePower } from "../sandwich/adjustment.ts";

/** cr1: J/(J − 1) · cr0 · cr3: scores of clusters multiplied by (I − Gⱼ)⁻¹, which takes out their own pull. */
export const studentisations = ["cr1", "cr3"] as const;
export type Studentisation = (typeof studentisations)[number];

/**
 * What the studentised statistics of q contrasts Cβ need of every cluster, in the coordinates γ of the scores. With weights
 * vⱼ, the bootstrap's estimates move by S = Σₖ vₖ uₖ, scores become vⱼuⱼ − GⱼS, and cluster j contributes
 *
 *   rⱼ = vⱼ ownⱼ − pullⱼ S,   own = bᵀuⱼ,   pull = bᵀGⱼ,   b = Aⱼa
 *
 * to the variance of aᵀS for each direction a = Tᵀc, Aⱼ being I (cr1) or (I − Gⱼ)⁻¹ (cr3).
 */
export interface WildPieces {
  readonly clusters: number;
  readonly coefficients: number;
  /** q */
  readonly contrasts: number;
  /** a, q × p. */
  readonly directions: Float64Array;
  /** uⱼ, J × p. */
  readonly scores: Float64Array;
  /** J × q. */
  readonly own: Float64Array;
  /** J × q × p. */
  readonly pull: Float64Array;
  /** J/(J − 1) for cr1, 1 for cr3. */
  readonly factor: number;
  /** Clusters that alone determine some coefficient, where cr3 takes a Moore–Penrose inverse. */
  readonly determiningClusters: readonly number[];
}

/** @param directions a = Tᵀc, one a row, q × p */
export function wildPieces(at: ClusterScores, directions: Float64Array, studentise: Studentisation): WildPieces {
  const { clusters, coefficients: p, scores, information } = at;
  const q = directions.length / p;
  const own = new Float64Array(clusters * q);
  const pull = new Float64Array(clusters * q * p);
  const determiningClusters: number[] = [];
  const left = new Float64Array(p * p);
  const power: InversePower | null = studentise === "cr3" ? inversePower(p) : null;
  const b = new Float64Array(p);
  for (let j = 0; j < clusters; j++) {
    const from = j * p * p;
    if (power !== null) {
      for (let e = 0; e < p * p; e++) left[e] = (e % (p + 1) === 0 ? 1 : 0) - information[from + e]!;
      if (power(left, p, 1, -1) > 0) determiningClusters.push(j);
    }
    for (let s = 0; s < q; s++) {
      const a = directions.subarray(s * p, (s + 1) * p);
      if (power === null) b.set(a);
      else
        for (let k = 0; k < p; k++) {
          b[k] = 0;
          for (let l = 0; l < p; l++) b[k]! += left[k * p + l]! * a[l]!;
        }
      for (let k = 0; k < p; k++) {
        own[j * q + s]! += b[k]! * scores[j * p + k]!;
        for (let l = 0; l < p; l++) pull[(j * q + s) * p + k]! += b[l]! * information[from + l * p + k]!;
      }
    }
  }
  const factor = studentise === "cr1" ? clusters / (clusters - 1) : 1;
  return { clusters, coefficients: p, contrasts: q, directions, scores, own, pull, factor, determiningClusters };
}

/** √ of the cluster-robust variance of the one contrast of pieces at the solution: S = 0 there. */
export const robustStandardError = ({ own, factor }: WildPieces): number =>
  Math.sqrt(factor * own.reduce((sum, value) => sum + value * value, 0));
