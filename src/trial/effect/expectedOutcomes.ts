import { DesignProblem } from "../../contract/problem.ts";
import type { Frame } from "../../data/frame.ts";
import { binomial, type Family, poisson } from "../../models/family/family.ts";
import { logitLink, logLink } from "../../models/family/link.ts";
import { type Response, responseOf } from "../../models/family/response.ts";
import { fitGeneralisedLinear } from "../../models/generalised/fitGeneralisedLinear.ts";
import type { Stage1Design } from "./summaryStage1.ts";

/** What the first stage expects of each cluster, J numbers each. */
export interface ExpectedOutcomes {
  /** E: events expected. */
  readonly totals: Float64Array;
  /** Σ of squared residuals of participants (every trial of a grouped outcome is one); of counts, of rows. */
  readonly squares: Float64Array;
}

/** The regression of a first stage, by its canonical link, and what it takes as known. */
export interface Stage1Model {
  /** Binomial or Poisson. */
  readonly family: Family;
  /** On the scale of the link, one per row; null for none. */
  readonly offset: Float64Array | null;
}

/**
 * Events expected of each cluster by logistic regression of a binary or grouped outcome, Poisson regression with log
 * exposure of a count, on the columns of the first stage. Rows that the first stage settles without a regression are
 * expected to be as they are.
 *
 * @throws DesignProblem `first-stage-separation`, `rank-deficient`, `too-few-rows`; NumericalProblem `not-converged`
 */
export function expectedOutcomes(
  frame: Frame,
  stage1: Stage1Design,
  model: Stage1Model = { family: frame.outcome.kind === "count" ? poisson : binomial, offset: null },
): ExpectedOutcomes {
  const { cluster, outcome, rows } = frame;
  const { family } = model;
  const count = family === poisson;
  const response = responseOf(outcome, family, count ? "log" : "logit", null, model.offset);
  const { values, weights } = response;
  const means = values.slice();
  if (stage1.source.rows > 0) {
    const fitted = fittedMeans(stage1, rowsOf(response, stage1.rows), count);
    if (stage1.rows === null) means.set(fitted);
    else
      stage1.rows.forEach((row, i) => {
        means[row] = fitted[i]!;
      });
  }
  const totals = new Float64Array(cluster.sizes.length);
  const squares = new Float64Array(cluster.sizes.length);
  for (let i = 0; i < rows; i++) {
    const j = cluster.codes[i]!;
    const weight = weights === null ? 1 : weights[i]!;
    const [y, mean] = [values[i]!, means[i]!];
    totals[j]! += weight * mean;
    squares[j]! += count ? (y - mean) ** 2 : weight * (y * (1 - mean) ** 2 + (1 - y) * mean ** 2);
  }
  return { totals, squares };
}

function fittedMeans({ names, source }: Stage1Design, response: Response, count: boolean): Float64Array {
  // Nothing is asked cluster by cluster, so that equal rows of different clusters may be taken together.
  const cluster = {
    name: "all",
    labels: ["all"],
    codes: new Int32Array(source.rows),
    sizes: Int32Array.of(source.rows),
  };
  const [family, link] = count ? [poisson, logLink] : [binomial, logitLink];
  try {
    return fitGeneralisedLinear({ terms: names, design: source, response, cluster }, family, link).means();
  } catch (problem) {
    if (!(problem instanceof DesignProblem) || problem.code !== "separation") throw problem;
    const { term, reason } = problem.facts;
    throw new DesignProblem("first-stage-separation", { term: String(term), reason: String(reason) });
  }
}

function rowsOf({ values, weights, offset }: Response, rows: Int32Array | null): Response {
  if (rows === null) return { values, weights, offset };
  const pick = (column: Float64Array | null) => column && Float64Array.from(rows, (row) => column[row]!);
  return { values: pick(values)!, weights: pick(weights), offset: pick(offset) };
}
