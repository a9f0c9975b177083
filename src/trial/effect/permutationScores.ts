import { concatenateColumns } from "../../data/columnSource.ts";
import type { Term } from "../../data/design.ts";
import type { ClusterFactor, Frame } from "../../data/frame.ts";
import { responseOf } from "../../models/family/response.ts";
import { fitMixedModel } from "../../models/mixed/fitMixedModel.ts";
import { mixedLayoutOf, structureFor } from "../../models/mixed/mixedStructureOf.ts";
import type { ComparedArm } from "./permutationSpace.ts";
import { independentColumns, pickColumns, strataColumns, strataNames } from "./summaryStage1.ts";

/**
 * Scores of an arm under a mixed model without it, one per cluster: with y made δ lower throughout the arm,
 *
 *   q_j = 1ᵀV_j⁻¹(y_j − X_j β̂) = (Σᵢ wᵢ rᵢ)/(1 + ψ Σᵢ wᵢ)   up to σ²,   ψ = σ²ᵤ/σ²
 *
 * by restricted maximum likelihood of a random intercept per cluster, X being covariates, strata and the arms that are not
 * compared. The score statistic of an allocation is the sum of q over its arm. Events are taken as numbers 0 and 1, counts
 * as rates weighted by exposure. From moments of the clusters: one pass over the rows per δ.
 *
 * @throws DesignProblem `no-replication`, `no-residual-variation`, `too-few-rows`; NumericalProblem `not-converged`
 */
export function clusterScores(
  frame: Frame,
  { clusters, arm, term }: ComparedArm,
  strata: ClusterFactor | null,
): (shift: number) => Float64Array {
  const { cluster, design, outcome } = frame;
  const kept = design.terms.flatMap(({ name, role }, k) =>
    name === term || (arm === null && role === "arm") ? [] : [k],
  );
  const own = pickColumns(design, kept);
  const names = kept.map((k) => design.terms[k]!.name);
  const all =
    strata === null
      ? { names, source: own }
      : independentColumns(
          [...names, ...strataNames(strata)],
          concatenateColumns(
            own,
            strataColumns(strata, (row) => strata.ofCluster[cluster.codes[row]!]!, frame.rows),
          ),
        );
  const terms = all.names.map((name): Term => ({ name, source: name, role: "covariate", variesWithinClusters: false }));
  const layout = mixedLayoutOf(
    {
      cluster,
      design: { ...all.source, terms, under: () => all.source },
      extraColumns: new Map(),
      extraGroupings: new Map(),
    },
    [],
  );
  const { values, weights } = responseOf(outcome, { id: "gaussian" }, "identity", null, null);
  const inArm = Uint8Array.from(frame.arm!.ofCluster, (code) => (code === arm ? 1 : 0));
  return (shift) => {
    const shifted = shift === 0 ? values : values.map((y, i) => y - shift * inArm[cluster.codes[i]!]!);
    const structure = structureFor(layout, { name: outcome.name, values: shifted }, weights);
    const fit = fitMixedModel(structure, { estimation: "reml", covariance: "bounded" });
    const psi = fit.covariances[0]![0]! / fit.residualVariance;
    const { cross, columns } = structure.moments;
    const q = columns.length;
    return Float64Array.from(clusters, (j) => {
      const base = j * q * q;
      let sum = cross[base + q - 1]!;
      for (let k = 0; k < q - 1; k++) sum -= fit.algebra.beta[k]! * cross[base + k]!;
      return sum / (1 + psi * cross[base]!);
    });
  };
}
