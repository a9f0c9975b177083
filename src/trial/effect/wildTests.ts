import type { JointTest } from "../../contract/analysis.ts";
import type { ClusterScores } from "../../contract/clusterScores.ts";
import type { Estimate, Interval, Quantity } from "../../contract/estimate.ts";
import { type Notice, notice } from "../../contract/notice.ts";
import { DesignProblem, NumericalProblem } from "../../contract/problem.ts";
import type { EffectContrast, Frame } from "../../data/frame.ts";
import { inScoreCoordinates, restrictLinear } from "../../inference/wildBootstrap/clusterScores.ts";
import { exceedance, TIE, tally } from "../../inference/wildBootstrap/exceedance.ts";
import { solveRestricted } from "../../inference/wildBootstrap/restrictedScores.ts";
import type { WildDraws } from "../../inference/wildBootstrap/wildDraws.ts";
import {
  robustStandardError,
  type Studentisation,
  type WildPieces,
  wildPieces,
} from "../../inference/wildBootstrap/wildPieces.ts";
import {
  observedWald,
  restrictedTerms,
  studentised,
  type WildStatistic,
  waldStatistic,
} from "../../inference/wildBootstrap/wildStatistic.ts";
import { effectQuantity } from "./linkMeasure.ts";
import type { Equations, ScoredModel } from "./scoredModel.ts";
import {
  type EndsOfInterval,
  intervalByQuantile,
  intervalByScores,
  intervalByTerms,
  sizesOf,
} from "./wildIntervals.ts";

export interface WildChoice {
  readonly null: "restricted" | "unrestricted";
  readonly studentise: Studentisation;
}

/** Where one statistic's numbers are among those of all replicates. */
interface Numbers {
  readonly numbers: Float64Array;
  readonly at: number;
  readonly stride: number;
}

/** A test that asks for replicates of a statistic and makes of them what it found. */
export interface WildTest<Found> {
  readonly statistic: WildStatistic;
  finish(of: Numbers): Found;
}

export interface EffectTest {
  readonly estimate: Estimate;
  readonly equalTailed: number;
  readonly monteCarloError: number | null;
  readonly determiningClusters: readonly number[];
  readonly notices: readonly Notice[];
}

/** Below this share of the variance under the model, a variance is rounding. */
const NO_VARIANCE = 1e-24;

/** One effect, tested on its own with the null on its contrast. */
export function wildEffect(
  frame: Frame,
  model: ScoredModel,
  { term, weights }: EffectContrast,
  choice: WildChoice,
  draws: WildDraws,
  level: number,
): WildTest<EffectTest> {
  const { equations } = model;
  const value = dot(weights, model.coefficients);
  const solution = solve(equations, term);
  const contrast = equations.linear ? weights : equations.fromContrast(weights);
  const fitted = piecesAt(solution.scores, contrast, choice.studentise);
  const standardError = robustStandardError(fitted);
  const scale = weights.reduce((sum, weight, k) => sum + Math.abs(weight) * model.scales[k]!, 0);
  if (!(scale > 0 && standardError ** 2 > NO_VARIANCE * scale ** 2)) throw new DesignProblem("no-variation", { term });
  const t = value / standardError;
  const counted = exceedance(draws);
  const vectors = draws.count * draws.each;

  const answer = (twoSided: number, above: number, below: number, ends: EndsOfInterval, method: string): EffectTest => {
    const pValue = counted.pValue(draws.each * twoSided);
    // The opposite of every vector gives −t*, so that all vectors together have equal tails.
    const oneTail = draws.complete ? pValue / 2 : counted.pValue(Math.min(above, below));
    const quantity = effectQuantity(term, model.estimand.measure, frame);
    const { interval, notices } = intervalOf(quantity, ends, value, standardError, level, method);
    const ratio = quantity.scale === "ratio";
    return {
      estimate: {
        quantity,
        value: ratio ? Math.exp(value) : value,
        working: { scale: ratio ? "log" : "identity", value, standardError },
        interval,
        test: {
          nullValue: ratio ? 1 : 0,
          alternative: "two-sided",
          statistic: t,
          reference: {
            name: "bootstrap",
            df: null,
            draws: vectors,
            complete: draws.complete,
          },
          pValue,
        },
      },
      equalTailed: Math.min(1, 2 * oneTail),
      monteCarloError: counted.monteCarloError(pValue),
      determiningClusters: fitted.determiningClusters,
      notices: pValue > 0 ? notices : [...notices, notice("no-sample-as-extreme", { term, vectors })],
    };
  };
  const needed = Math.ceil(counted.needed(1 - level) / draws.each);

  if (choice.null === "unrestricted")
    return {
      statistic: studentised(fitted),
      finish({ numbers, at, stride }) {
        const { twoSided, above, below } = tally(numbers, at, stride, t);
        const ends = intervalByQuantile(numbers, at, stride, needed);
        return answer(twoSided, above, below, ends, "wild-bootstrap-t");
      },
    };
  if (equations.linear)
    return {
      statistic: restrictedTerms(fitted, solution.scores.information),
      finish({ numbers, at, stride }) {
        const { twoSided, above, below, ends } = intervalByTerms(
          numbers,
          at,
          stride,
          standardError,
          fitted.factor,
          value,
          needed,
        );
        return answer(twoSided, above, below, ends, "wild-bootstrap-inversion");
      },
    };
  const under = (nullValue: number): WildPieces | null => {
    const restricted = solveRestricted(equations.at, solution.beta, contrast, Float64Array.of(nullValue));
    return restricted === null ? null : piecesAt(restricted.scores, contrast, choice.studentise);
  };
  const pieces = under(0);
  if (pieces === null) throw notFitted(term);
  return {
    statistic: studentised(pieces),
    finish({ numbers, at, stride }) {
      const { twoSided, above, below } = tally(numbers, at, stride, t);
      const from = (distance: number) => under(value + distance * standardError);
      const ends = intervalByScores(draws, from, sizesOf(numbers, at, stride), needed);
      return answer(twoSided, above, below, ends, "wild-bootstrap-inversion");
    },
  };
}

/** All effects at once, with the null that there are none. */
export function wildJointTest(
  frame: Frame,
  model: ScoredModel,
  choice: WildChoice,
  draws: WildDraws,
): WildTest<JointTest | null> | null {
  const { equations } = model;
  const { effects } = frame;
  const q = effects.length;
  const p = model.coefficients.length;
  const terms = effects.map(({ term }) => term);
  const contrasts = new Float64Array(q * p);
  effects.forEach(({ weights }, s) => {
    contrasts.set(equations.linear ? weights : equations.fromContrast(weights), s * p);
  });
  const values = Float64Array.from(effects, ({ weights }) => dot(weights, model.coefficients));
  const solution = solve(equations, terms[0]!);
  const fitted = piecesAt(solution.scores, contrasts, choice.studentise);
  const statistic = observedWald(fitted, values);
  if (!(statistic < Number.POSITIVE_INFINITY)) return null;
  const pieces = choice.null === "unrestricted" ? fitted : piecesUnderNone();
  const counted = exceedance(draws);
  return {
    statistic: waldStatistic(pieces),
    finish({ numbers, at, stride }) {
      // Squares of statistics: ties are as close as those of the statistics themselves.
      const limit = statistic * (1 - 2 * TIE);
      let exceeding = 0;
      for (let i = at; i < numbers.length; i += stride) if (numbers[i]! >= limit) exceeding++;
      return {
        terms,
        statistic,
        reference: { name: "bootstrap", df: null, draws: draws.count * draws.each, complete: draws.complete },
        pValue: counted.pValue(draws.each * exceeding),
      };
    },
  };

  function piecesUnderNone(): WildPieces {
    const restricted = equations.linear
      ? restrictLinear(equations.scores, inScoreCoordinates(equations.scores, contrasts), values)
      : (solveRestricted(equations.at, solution.beta, contrasts, new Float64Array(q))?.scores ?? null);
    if (restricted === null) throw notFitted(terms.join(", "));
    return piecesAt(restricted, contrasts, choice.studentise);
  }
}

/** The model's own solution, to rounding. */
function solve(equations: Equations, term: string): { readonly beta: Float64Array; readonly scores: ClusterScores } {
  if (equations.linear) return { beta: new Float64Array(0), scores: equations.scores };
  const solution = solveRestricted(equations.at, equations.start, new Float64Array(0), new Float64Array(0));
  if (solution === null) throw notFitted(term);
  return solution;
}

const notFitted = (term: string) =>
  new NumericalProblem("not-converged", {
    what: `The model without an effect (${term})`,
    iterations: 200,
    gradient: 0,
  });

const piecesAt = (scores: ClusterScores, contrasts: Float64Array, studentise: Studentisation): WildPieces =>
  wildPieces(scores, inScoreCoordinates(scores, contrasts), studentise);

function intervalOf(
  quantity: Quantity,
  ends: EndsOfInterval,
  value: number,
  standardError: number,
  level: number,
  method: string,
): { readonly interval: Interval | null; readonly notices: readonly Notice[] } {
  const without = (reason: string) => ({
    interval: null,
    notices: [notice("bootstrap-without-interval", { term: quantity.term, level, reason })],
  });
  if (!ends.found) return without(ends.reason);
  const reported = quantity.scale === "ratio" ? Math.exp : (x: number) => x;
  const lower = reported(value - ends.below * standardError);
  const upper = reported(value + ends.above * standardError);
  if (!(Number.isFinite(lower) && Number.isFinite(upper))) return without("its ends leave the range of numbers");
  return { interval: { level, lower, upper, method }, notices: [] };
}

function dot(a: Float64Array, b: Float64Array): number {
  let value = 0;
  for (let k = 0; k < a.length; k++) if (a[k] !== 0) value += a[k]! * b[k]!;
  return value;
}
