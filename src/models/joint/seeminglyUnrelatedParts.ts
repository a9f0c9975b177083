import type { ClusterParts } from "../../contract/clusterParts.ts";
import { compress } from "../linear/compress.ts";
import { inverseOfTwo, type SeeminglyUnrelatedFit } from "./seeminglyUnrelated.ts";

/**
 * Cluster parts of two regressions stacked upon each other. The target is Σ ⊗ I: rows independent, the two outcomes of a row
 * correlated. Outcomes are in units of their residual standard deviations: what cr2 makes of one equation would otherwise
 * depend, a little, on the unit of the other.
 *
 * A cluster's rows of each equation are seen in orthonormal coordinates U of the span of [x̂₁ x̂₂] (with weights also of
 * [wx̂₁ wx̂₂]), which Σ ⊗ I maps into itself: 2r coordinates, those of equation 1 first.
 *
 * Generalised least squares has working weights Σ⁻¹ ⊗ W. Least squares, each equation by itself, has I ⊗ W; its
 * adjustment is then each equation's own (as clubSandwich makes it for either), while the degrees of freedom know of Σ.
 * With the same columns in both equations all of these are the same.
 */
export function seeminglyUnrelatedParts(fit: SeeminglyUnrelatedFit): ClusterParts {
  const { moments, canonical, canonicalRoot, canonicalCovariance, root, weighting } = fit;
  const { equations, columns: q, plain, once, twice, weighted, clusters, rows } = moments;
  const separate = weighting === "least-squares";
  // Units in which Σ is a correlation matrix: those of the moments unless Σ was iterated.
  const units = [Math.sqrt(canonicalCovariance[0]!), Math.sqrt(canonicalCovariance[3]!)] as const;
  const correlation = canonicalCovariance[1]! / (units[0] * units[1]);
  const sigma = Float64Array.of(1, correlation, correlation, 1);
  const p = canonical.length;
  const [one, two] = equations;
  const columns = [one, two].flatMap(({ at, coefficients }) => Array.from({ length: coefficients }, (_, a) => at + a));
  const s = weighted ? 2 * p : p;
  const gram = new Float64Array(s * s);
  const scratch = new Float64Array(s * s);
  const products = new Float64Array(s);
  const coordinates = new Float64Array(s * s);
  const lengths = new Float64Array(s);
  const residuals = new Float64Array(s);
  // Working weights between equations.
  const weights = separate ? Float64Array.of(1, 0, 0, 1) : inverseOfTwo(sigma);

  /** Σ over rows of column a (times w^power) with the residual of equation k. */
  const residualProduct = (cross: Float64Array, base: number, a: number, k: number): number => {
    const { at, residual, coefficients } = equations[k]!;
    const from = k * one.coefficients;
    let value = cross[base + columns[a]! * q + residual]!;
    for (let b = 0; b < coefficients; b++) value -= cross[base + columns[a]! * q + at + b]! * canonical[from + b]!;
    return value;
  };

  return {
    clusters,
    observations: rows,
    coefficients: p,
    root,
    maxRows: 2 * s,
    target: separate || weighted ? "general" : "inverse-weight",
    ...(separate && !weighted ? { adjustedFor: "identity" as const } : {}),
    fill(cluster, block) {
      const base = cluster * q * q;
      for (let a = 0; a < p; a++)
        for (let b = 0; b < p; b++) {
          const at = base + columns[a]! * q + columns[b]!;
          gram[a * s + b] = plain[at]!;
          if (!weighted) continue;
          gram[a * s + p + b] = once[at]!;
          gram[(p + a) * s + b] = once[at]!;
          gram[(p + a) * s + p + b] = twice[at]!;
        }
      let rank = 0;
      for (let k = 0; k < 2; k++) {
        for (let a = 0; a < p; a++) {
          products[a] = residualProduct(plain, base, a, k);
          if (weighted) products[p + a] = residualProduct(once, base, a, k);
        }
        scratch.set(gram);
        rank = compress(scratch, products, s, coordinates, residuals, lengths);
        for (let i = 0; i < rank; i++) block.residual[k * rank + i] = residuals[i]! / units[k]!;
      }
      block.rows = 2 * rank;
      const { design, weightedDesign, target } = block;
      equations.forEach(({ coefficients }, k) => {
        const from = k * one.coefficients;
        for (let i = 0; i < rank; i++)
          for (let c = 0; c < p; c++) {
            let plainValue = 0;
            let weightedValue = 0;
            for (let b = 0; b < coefficients; b++) {
              const turn = canonicalRoot[(from + b) * p + c]!;
              plainValue += coordinates[i * s + from + b]! * turn;
              weightedValue += coordinates[i * s + (s - p) + from + b]! * turn;
            }
            design[(k * rank + i) * p + c] = plainValue / units[k]!;
            weightedDesign[(k * rank + i) * p + c] = weightedValue / units[k]!;
          }
      });
      for (let i = 0; i < rank; i++)
        for (let c = 0; c < p; c++) {
          const top = weightedDesign[i * p + c]!;
          const bottom = weightedDesign[(rank + i) * p + c]!;
          weightedDesign[i * p + c] = weights[0]! * top + weights[1]! * bottom;
          weightedDesign[(rank + i) * p + c] = weights[2]! * top + weights[3]! * bottom;
        }
      const r = 2 * rank;
      target.fill(0, 0, r * r);
      for (let k = 0; k < 2; k++)
        for (let l = 0; l < 2; l++)
          for (let i = 0; i < rank; i++) target[(k * rank + i) * r + l * rank + i] = sigma[2 * k + l]!;
    },
  };
}
