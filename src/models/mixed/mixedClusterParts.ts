import type { ClusterParts } from "../../contract/clusterParts.ts";
import { cholesky, choleskyInverse } from "../../numerics/matrix/cholesky.ts";
import { compress } from "../linear/compress.ts";
import type { MixedFit } from "./fitMixedModel.ts";
import { effectsOf } from "./mixedStructure.ts";

/** One random effect of one group inside a cluster: its group, level and position. */
interface EffectAt {
  readonly level: number;
  readonly group: number;
  readonly position: number;
}

/**
 * Cluster parts of a mixed model: working weights V⁻¹, target V (CR2 on top of the model, as clubSandwich defines it).
 * V maps the span of [Z X] into itself, so that a cluster's basis is made from the cross-products of those columns. The
 * coefficients are those of the shifted columns. Clusters are the coarsest groups of the random effects.
 */
export function mixedClusterParts(fit: MixedFit): ClusterParts {
  const { structure, residualVariance, covariances, algebra } = fit;
  const { levels, moments, coefficients: p, rows } = structure;
  const q = moments.columns.length;
  const clusters = levels[0]!.groups;
  const columns = levels.map((level) => level.blocks.flatMap((block) => block.columns));
  const effects = effectsByCluster(fit);
  const finest = finestByCluster(fit);
  const most = effects.reduce((m, list) => Math.max(m, list.length), 0);
  const s = most + p;
  const root = new Float64Array(p * p);
  cholesky(
    algebra.covariance.map((v) => v * residualVariance),
    p,
    root,
  );

  const gram = new Float64Array(s * s);
  const products = new Float64Array(s);
  const coordinates = new Float64Array(s * s);
  const lengths = new Float64Array(s);
  const weights = new Float64Array(s * s);
  return {
    clusters,
    observations: rows,
    coefficients: p,
    root,
    maxRows: s,
    target: "inverse-weight",
    fill(cluster, block) {
      const own = effects[cluster]!;
      const m = own.length;
      const width = m + p;
      gram.fill(0, 0, width * width);
      products.fill(0, 0, width);
      const member = (k: number, ancestors: Int32Array) => k >= m || ancestors[own[k]!.level] === own[k]!.group;
      const columnOf = (k: number) => (k < m ? columns[own[k]!.level]![own[k]!.position]! : k - m);
      for (const { group, ancestors } of finest[cluster]!) {
        const base = group * q * q;
        for (let a = 0; a < width; a++) {
          if (!member(a, ancestors)) continue;
          const row = base + columnOf(a) * q;
          let residual = moments.cross[row + q - 1]!;
          for (let c = 0; c < p; c++) residual -= moments.cross[row + c]! * algebra.beta[c]!;
          products[a]! += residual;
          for (let b = 0; b < width; b++) {
            if (member(b, ancestors)) gram[a * width + b]! += moments.cross[row + columnOf(b)]!;
          }
        }
      }
      const rank = compress(gram, products, width, coordinates, block.residual, lengths);
      block.rows = rank;
      for (let i = 0; i < rank; i++) {
        for (let k = 0; k < rank; k++) {
          let value = i === k ? residualVariance : 0;
          for (let a = 0; a < m; a++) {
            const left = coordinates[i * width + a]!;
            if (left === 0) continue;
            const { level, group, position } = own[a]!;
            const r = Math.round(Math.sqrt(covariances[level]!.length));
            for (let b = 0; b < m; b++) {
              const other = own[b]!;
              if (other.level !== level || other.group !== group) continue;
              value += left * covariances[level]![position * r + other.position]! * coordinates[k * width + b]!;
            }
          }
          block.target[i * rank + k] = value;
        }
      }
      cholesky(block.target, rank, weights);
      choleskyInverse(weights, rank, weights);
      for (let i = 0; i < rank; i++) {
        for (let a = 0; a < p; a++) {
          let value = 0;
          for (let b = 0; b < p; b++) value += coordinates[i * width + m + b]! * root[b * p + a]!;
          block.design[i * p + a] = value;
        }
      }
      for (let i = 0; i < rank; i++) {
        for (let a = 0; a < p; a++) {
          let value = 0;
          for (let k = 0; k < rank; k++) value += weights[i * rank + k]! * block.design[k * p + a]!;
          block.weightedDesign[i * p + a] = value;
        }
      }
    },
  };
}

/** Every random effect inside each coarsest group. */
function effectsByCluster({ structure }: MixedFit): EffectAt[][] {
  const { levels } = structure;
  const out: EffectAt[][] = Array.from({ length: levels[0]!.groups }, () => []);
  levels.forEach((level, l) => {
    const r = effectsOf(level);
    for (let g = 0; g < level.groups; g++) {
      let ancestor = g;
      for (let k = l; k > 0; k--) ancestor = levels[k]!.parent![ancestor]!;
      for (let position = 0; position < r; position++) out[ancestor]!.push({ level: l, group: g, position });
    }
  });
  return out;
}

/** The finest groups inside each coarsest one, with the group of each level that holds them. */
function finestByCluster({ structure }: MixedFit) {
  const { levels } = structure;
  const last = levels.length - 1;
  const out: { group: number; ancestors: Int32Array }[][] = Array.from({ length: levels[0]!.groups }, () => []);
  for (let g = 0; g < levels[last]!.groups; g++) {
    const ancestors = new Int32Array(levels.length);
    ancestors[last] = g;
    for (let l = last; l > 0; l--) ancestors[l - 1] = levels[l]!.parent![ancestors[l]!]!;
    out[ancestors[0]!]!.push({ group: g, ancestors });
  }
  return out;
}
