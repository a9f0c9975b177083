import type { ClusterParts } from "../../src/contract/clusterParts.ts";
import { cholesky, choleskyInverse, choleskySolve } from "../../src/numerics/matrix/cholesky.ts";

/** One cluster with its full matrices: X (n × p), Θ and W (n × n), e. */
export interface DenseCluster {
  readonly rows: number;
  readonly design: Float64Array;
  readonly weight: Float64Array;
  readonly target: Float64Array;
  readonly residual: Float64Array;
}

/** Cluster parts without any compression (Q = I): what compressed parts must agree with. */
export function denseParts(clusters: readonly DenseCluster[], p: number, target: ClusterParts["target"]): ClusterParts {
  const information = new Float64Array(p * p);
  for (const { rows, design, weight } of clusters) {
    const weighted = product(weight, design, rows, rows, p);
    for (let a = 0; a < p; a++)
      for (let b = 0; b < p; b++)
        for (let i = 0; i < rows; i++) information[a * p + b]! += weighted[i * p + a]! * design[i * p + b]!;
  }
  const lower = new Float64Array(p * p);
  if (!cholesky(information, p, lower)) throw new Error("singular design");
  // T = L⁻ᵀ gives T Tᵀ = (LLᵀ)⁻¹.
  const inverse = new Float64Array(p * p);
  choleskyInverse(lower, p, inverse);
  const root = product(inverse, lower, p, p, p);
  return {
    clusters: clusters.length,
    observations: clusters.reduce((sum, { rows }) => sum + rows, 0),
    coefficients: p,
    root,
    maxRows: Math.max(...clusters.map(({ rows }) => rows)),
    target,
    fill(j, block) {
      const { rows, design, weight, target: theta, residual } = clusters[j]!;
      const canonical = product(design, root, rows, p, p);
      block.rows = rows;
      block.design.set(canonical);
      block.weightedDesign.set(product(weight, canonical, rows, rows, p));
      block.target.set(theta);
      block.residual.set(residual);
    },
  };
}

/** A⁻¹ of a positive definite matrix. */
export function inverseOf(a: Float64Array, n: number): Float64Array {
  const lower = new Float64Array(n * n);
  if (!cholesky(a, n, lower)) throw new Error("not positive definite");
  const out = new Float64Array(n * n);
  for (let i = 0; i < n; i++) out[i * n + i] = 1;
  choleskySolve(lower, n, out, out, n);
  return out;
}

/** A B, n × k by k × m. */
export function product(a: Float64Array, b: Float64Array, n: number, k: number, m: number): Float64Array {
  const out = new Float64Array(n * m);
  for (let i = 0; i < n; i++)
    for (let l = 0; l < k; l++) for (let j = 0; j < m; j++) out[i * m + j]! += a[i * k + l]! * b[l * m + j]!;
  return out;
}
