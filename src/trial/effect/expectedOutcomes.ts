import { NumericalProblem } from "../../contract/problem.ts";
import type { Frame } from "../../data/frame.ts";
import { binomial, poisson } from "../../models/family/family.ts";
import { logitLink, logLink } from "../../models/family/link.ts";
import { responseOf } from "../../models/family/response.ts";
import { fitLinear } from "../../models/linear/fitLinear.ts";
import type { Stage1Design } from "./summaryStage1.ts";

/** What the first stage expects of each cluster, J numbers each. */
export interface ExpectedOutcomes {
  /** E: events expected. */
  readonly totals: Float64Array;
  /** Σ of squared residuals of participants (every trial of a grouped outcome is one); of counts, of rows. */
  readonly squares: Float64Array;
}

const maxIterations = 50;

export function expectedOutcomes({ cluster, outcome, rows }: Frame, { names, source }: Stage1Design): ExpectedOutcomes {
  const count = outcome.kind === "count";
  const family = count ? poisson : binomial;
  const link = count ? logLink : logitLink;
  const { values, weights, offset } = responseOf(outcome, family, link.id, null, null);
  const eta = Float64Array.from(values, (y, i) => link.predictor(family.start(y, weights?.[i] ?? 1)));
  const working = new Float64Array(rows);
  const precision = new Float64Array(rows);
  const row = new Float64Array(names.length);
  let before = Number.POSITIVE_INFINITY;
  for (let iteration = 0; iteration < maxIterations; iteration++) {
    for (let i = 0; i < rows; i++) {
      const slope = link.slope(eta[i]!);
      precision[i] = (weights?.[i] ?? 1) * slope;
      working[i] = eta[i]! - (offset?.[i] ?? 0) + (values[i]! - link.mean(eta[i]!)) / slope;
    }
    const { coefficients } = fitLinear({ terms: names, design: source, outcome: working, cluster, weights: precision });
    let change = 0;
    for (let i = 0; i < rows; i++) {
      source.fill(i, i + 1, row, names.length, 0);
      let next = offset?.[i] ?? 0;
      for (let k = 0; k < row.length; k++) next += row[k]! * coefficients[k]!;
      change = Math.max(change, Math.abs(next - eta[i]!));
      eta[i] = next;
    }
    if (change < 1e-10 || (change < 1e-7 && change >= before)) break;
    before = change;
    if (iteration === maxIterations - 1)
      throw new NumericalProblem("not-converged", {
        what: "The first stage",
        iterations: iteration + 1,
        gradient: change,
      });
  }
  const totals = new Float64Array(cluster.sizes.length);
  const squares = new Float64Array(cluster.sizes.length);
  for (let i = 0; i < rows; i++) {
    const j = cluster.codes[i]!;
    const weight = weights?.[i] ?? 1;
    const mean = link.mean(eta[i]!);
    totals[j]! += weight * mean;
    squares[j]! += count
      ? (values[i]! - mean) ** 2
      : weight * (values[i]! * (1 - mean) ** 2 + (1 - values[i]!) * mean ** 2);
  }
  return { totals, squares };
}
