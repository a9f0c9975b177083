import { DesignProblem } from "../../contract/problem.ts";
import { designIn, type ImputationGroups } from "../../data/missing/imputationGroups.ts";
import type { TwoLevelDraw } from "../../models/jointNormal/twoLevelChain.ts";
import type { TwoLevelStatistics } from "../../models/jointNormal/twoLevelData.ts";
import { cholesky, choleskySolve, solveLowerTransposed } from "../../numerics/matrix/cholesky.ts";
import type { RandomStream } from "../../numerics/random/randomStream.ts";

/** A predictor of the other arm may differ from what the reference arm's dependence makes of it by this much (in SD). */
const SLACK = 1e-6;

/**
 * Draws the missing outcomes of group `g` again as if its members had fared like the reference arm from then on (jump to
 * reference: Carpenter, Roger & Kenward 2013, J Biopharm Stat 23, 1352-1371), in place:
 *
 *   y_m | y_o ~ N(B_refᵀx + u_j + Σ_mo Σ_oo⁻¹ (y_o − Bᵀx − u_j)_o, Σ_m·o),   Σ of the reference arm
 *
 * with coefficients B_ref of the reference arm for what is missing, the own arm's for what is known. The cluster keeps its
 * effect, its deviation from its own arm. Missing covariates stay as they are.
 *
 * @throws DesignProblem `reference-not-identified` when the reference arm says nothing about some predictor of this one.
 */
export function jumpToReference(
  { variables, groups }: ImputationGroups,
  statistics: readonly TwoLevelStatistics[],
  draws: readonly TwoLevelDraw[],
  g: number,
  reference: number,
  stream: RandomStream,
): void {
  const p = variables.length;
  const own = groups[g]!;
  const other = groups[reference]!;
  const n = own.rows.length;
  const { state } = draws[g]!;
  const from = draws[reference]!.state;
  const design = statistics[g]!.data.design;
  const k = own.basis.rank;
  const elsewhere = designIn(other.basis, own.raw, n, own.width);
  const h = other.basis.rank;
  const root = new Float64Array(p * p);
  const pull = new Float64Array(p * p);
  const rest = new Float64Array(p);
  const drawn = new Float64Array(p);
  for (let i = 0; i < n; i++) {
    const missing = variables.flatMap(({ isOutcome }, c) => (isOutcome && own.observed[i * p + c] === 0 ? [c] : []));
    if (missing.length === 0) continue;
    for (const { column, weights } of other.basis.dependent) {
      let gap = own.raw[i * own.width + column]!;
      for (let a = 0; a < own.width; a++) gap -= weights[a]! * own.raw[i * own.width + a]!;
      if (Math.abs(gap) > SLACK)
        throw new DesignProblem("reference-not-identified", { arm: own.arm, reference: other.arm });
    }
    const j = own.cluster.codes[i]!;
    const known = variables.flatMap((_, c) => (missing.includes(c) ? [] : [c]));
    for (const c of known) {
      let mean = state.effects[j * p + c]!;
      for (let a = 0; a < k; a++) mean += design[i * k + a]! * state.coefficients[a * p + c]!;
      rest[c] = state.values[i * p + c]! - mean;
    }
    // Precision form, as in `missingDraws`.
    const m = missing.length;
    for (let r = 0; r < m; r++)
      for (let s = 0; s < m; s++) root[r * m + s] = from.precision[missing[r]! * p + missing[s]!]!;
    cholesky(root, m, root);
    for (let r = 0; r < m; r++) {
      let value = 0;
      for (const c of known) value += from.precision[missing[r]! * p + c]! * rest[c]!;
      pull[r] = value;
    }
    choleskySolve(root, m, pull, pull);
    for (let s = 0; s < m; s++) drawn[s] = stream.normal();
    solveLowerTransposed(root, m, drawn, drawn);
    missing.forEach((c, s) => {
      let mean = state.effects[j * p + c]!;
      for (let a = 0; a < h; a++) mean += elsewhere[i * h + a]! * from.coefficients[a * p + c]!;
      state.values[i * p + c] = mean - pull[s]! + drawn[s]!;
    });
  }
}
