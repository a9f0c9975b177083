import type { ClusterParts } from "../../contract/clusterParts.ts";
import { cholesky } from "../../numerics/matrix/cholesky.ts";
import { randomEffectClusterParts } from "../linear/randomEffectClusterParts.ts";
import type { MixedFit } from "./fitMixedModel.ts";
import { effectsOf } from "./mixedStructure.ts";

/** One random effect of one group inside a cluster. */
interface EffectAt {
  readonly level: number;
  readonly group: number;
  readonly position: number;
}

/**
 * Cluster parts of a mixed model: working weights V⁻¹ and target V (CR2 on top of the model, as clubSandwich defines it).
 * Coefficients are those of the shifted columns; clusters are the coarsest groups of the random effects. The columns of
 * a cluster are [X Z], Z with one column for each effect of each group inside it.
 */
export function mixedClusterParts(fit: MixedFit): ClusterParts {
  const { structure, residualVariance, covariances, algebra } = fit;
  const { levels, moments, coefficients: p, rows } = structure;
  const q = moments.columns.length;
  const columns = levels.map((level) => level.blocks.flatMap((block) => block.columns));
  const effects = effectsByCluster(fit);
  const finest = finestByCluster(fit);
  const maxEffects = effects.reduce((most, list) => Math.max(most, list.length), 0);
  const basis = new Float64Array(p * p);
  cholesky(
    algebra.covariance.map((v) => v * residualVariance),
    p,
    basis,
  );

  return randomEffectClusterParts({
    clusters: levels[0]!.groups,
    observations: rows,
    coefficients: p,
    basis,
    root: basis,
    residualVariance,
    maxColumns: p + maxEffects,
    maxEffects,
    fill(cluster, into) {
      const own = effects[cluster]!;
      const s = p + own.length;
      into.columns = s;
      into.effects = own.length;
      into.gram.fill(0, 0, s * s);
      into.products.fill(0, 0, s);
      for (const { group, ancestors } of finest[cluster]!) {
        const base = group * q * q;
        const present = (k: number) => k < p || ancestors[own[k - p]!.level] === own[k - p]!.group;
        const columnOf = (k: number) => (k < p ? k : columns[own[k - p]!.level]![own[k - p]!.position]!);
        for (let a = 0; a < s; a++) {
          if (!present(a)) continue;
          const row = base + columnOf(a) * q;
          let residual = moments.cross[row + q - 1]!;
          for (let c = 0; c < p; c++) residual -= moments.cross[row + c]! * algebra.beta[c]!;
          into.products[a]! += residual;
          for (let b = 0; b < s; b++) if (present(b)) into.gram[a * s + b]! += moments.cross[row + columnOf(b)]!;
        }
      }
      own.forEach((effect, a) => {
        into.effectColumns[a] = p + a;
        const matrix = covariances[effect.level]!;
        const r = Math.round(Math.sqrt(matrix.length));
        own.forEach((other, b) => {
          const together = other.level === effect.level && other.group === effect.group;
          into.covariance[a * own.length + b] = together ? matrix[effect.position * r + other.position]! : 0;
        });
      });
    },
  });
}

/** Every random effect inside each coarsest group. */
function effectsByCluster({ structure: { levels } }: MixedFit): EffectAt[][] {
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
function finestByCluster({ structure: { levels } }: MixedFit) {
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
