import type { ClusterParts } from "../../contract/clusterParts.ts";
import { compress } from "./compress.ts";

/**
 * Cluster cross-products of (x̂, e) in a canonical basis, J × q × q each: without weights one set; with weights those
 * with weights to the power 0, 1 and 2.
 */
export type CanonicalMoments =
  | { readonly weighted: false; readonly plain: Float64Array }
  | {
      readonly weighted: true;
      readonly plain: Float64Array;
      readonly once: Float64Array;
      readonly twice: Float64Array;
    };

/**
 * Cluster parts of a least-squares fit. The target covariance is I (homoscedastic rows); with weights W the basis of a
 * cluster is [X̂, WX̂], whose Gram matrix is made of cross-products with weights to the power 0, 1 and 2.
 *
 * @param root T, p × p
 */
export function linearClusterParts(
  moments: CanonicalMoments,
  clusters: number,
  observations: number,
  root: Float64Array,
): ClusterParts {
  const p = Math.sqrt(root.length);
  const q = p + 1;
  const s = moments.weighted ? 2 * p : p;
  const gram = new Float64Array(s * s);
  const products = new Float64Array(s);
  const coordinates = new Float64Array(s * s);
  const lengths = new Float64Array(s);
  const { plain } = moments;
  const once = moments.weighted ? moments.once : plain;
  const twice = moments.weighted ? moments.twice : plain;

  return {
    clusters,
    observations,
    coefficients: p,
    root,
    maxRows: s,
    target: moments.weighted ? "general" : "identity",
    fill(cluster, block) {
      const base = cluster * q * q;
      for (let a = 0; a < p; a++) {
        const row = base + a * q;
        for (let b = 0; b < p; b++) {
          gram[a * s + b] = plain[row + b]!;
          if (s > p) {
            gram[a * s + p + b] = once[row + b]!;
            gram[(p + a) * s + b] = once[row + b]!;
            gram[(p + a) * s + p + b] = twice[row + b]!;
          }
        }
        products[a] = plain[row + p]!;
        if (s > p) products[p + a] = once[row + p]!;
      }
      const rank = compress(gram, products, s, coordinates, block.residual, lengths);
      block.rows = rank;
      for (let i = 0; i < rank; i++) {
        for (let a = 0; a < p; a++) {
          block.design[i * p + a] = coordinates[i * s + a]!;
          block.weightedDesign[i * p + a] = coordinates[i * s + (s - p) + a]!;
        }
        for (let k = 0; k < rank; k++) block.target[i * rank + k] = i === k ? 1 : 0;
      }
    },
  };
}
