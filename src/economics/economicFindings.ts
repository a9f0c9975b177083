import type { Curve, Findings } from "../contract/analysis.ts";
import type { Estimate, Quantity } from "../contract/estimate.ts";
import { type Notice, notice } from "../contract/notice.ts";
import type { Frame } from "../data/frame.ts";
import { waldEstimate } from "../inference/wald/waldEstimate.ts";
import { normal, studentT } from "../numerics/distributions/index.ts";
import { decideBy, netBenefit } from "./decision.ts";
import { fieller } from "./fieller.ts";
import { frontier, type Strategy } from "./frontier.ts";
import type { JointFit } from "./jointFit.ts";

/** What an economic evaluation is asked besides the increments themselves. */
export interface EconomicQuestion {
  readonly thresholds: readonly number[];
  /** People whom the decision concerns; null: per person only. */
  readonly population: number | null;
  readonly level: number;
  /** Are the draws the bootstrap's, or made from the model's covariance? */
  readonly resampled: boolean;
  /** Draws kept in the result. */
  readonly kept: number;
}

/** Thresholds at which the acceptability curve is drawn, besides those asked for. */
const GRID = 100;

/**
 * Everything that follows from increments in cost and effect and their joint uncertainty: net benefits, ratio, quadrants,
 * probabilities of being worth the cost, value of information.
 *
 * @param draws replicates without failures, cost 1, effect 1, cost 2, … each
 */
export function economicFindings(
  frame: Frame,
  fit: JointFit,
  draws: Float64Array,
  question: EconomicQuestion,
): Pick<Findings, "estimates" | "draws" | "curves" | "notices"> {
  const cost = frame.outcome.name;
  const effect = frame.further[0]!.outcome.name;
  const [control, ...arms] = frame.arm!.levels as readonly [string, ...string[]];
  const { thresholds, level, population } = question;
  const several = arms.length > 1;
  /** The arm stands in a term only where there are several. */
  const term = (name: string, arm: string, ...rest: readonly (string | number)[]) => {
    const inside = [...(several ? [arm] : []), ...rest];
    return inside.length === 0 ? name : `${name}[${inside.join(",")}]`;
  };
  const n = 2 * arms.length;
  const unit = (k: number) => Float64Array.from({ length: n }, (_, l) => (l === k ? 1 : 0));
  const increment = (a: number, which: 0 | 1): Estimate => {
    const k = 2 * a + which;
    const { cost: c, effect: e } = fit.increments[a]!;
    return waldEstimate(
      {
        term: term(which === 0 ? "incremental-cost" : "incremental-effect", arms[a]!),
        measure: "mean-difference",
        scale: "identity",
        unit: which === 0 ? cost : effect,
      },
      which === 0 ? c : e,
      Math.sqrt(fit.covariance[k * n + k]!),
      fit.df(unit(k)),
      level,
    );
  };
  const decide = decideBy(fit, draws, question.resampled);
  const decisions = thresholds.map(decide);
  const armsCompared = several ? [control, ...arms] : arms;
  const probabilityOf = (best: readonly number[]) => (several ? best : best.slice(1));
  const ratios = arms.map((arm, a) => ratioOf(fit, a, term("icer", arm), `${cost}/${effect}`, level));
  const strategies = [{ arm: control, cost: 0, effect: 0 }, ...arms.map((arm, a) => ({ arm, ...fit.increments[a]! }))];
  const efficient = frontier(strategies);

  const estimates: readonly Estimate[] = [
    ...arms.map((_, a) => increment(a, 0)),
    ...arms.map((_, a) => increment(a, 1)),
    ...ratios.flatMap(({ estimate }) => (estimate === null ? [] : [estimate])),
    ...arms.flatMap((arm, a) =>
      thresholds.map((threshold) => {
        const { value, standardError, df } = netBenefit(fit, a, threshold);
        return waldEstimate(
          { term: term("net-benefit", arm, threshold), measure: "net-benefit", scale: "identity", unit: cost },
          value,
          standardError,
          df,
          level,
        );
      }),
    ),
    ...thresholds.flatMap((threshold, t) =>
      probabilityOf(decisions[t]!.best).map((probability, a) =>
        plain(term("probability-cost-effective", armsCompared[a]!, threshold), probability, PROBABILITY),
      ),
    ),
    ...arms.flatMap((arm, a) =>
      quadrants(draws, n, a).map(([name, share]) => plain(term("quadrant", arm, name), share, PROBABILITY)),
    ),
    ...thresholds.flatMap((threshold, t) => {
      const { information } = decisions[t]!;
      if (information === null) return [];
      const value = { measure: "value-of-information", scale: "identity", unit: cost } as const;
      return [
        plain(`evpi[${threshold}]`, information, value),
        ...(population === null ? [] : [plain(`evpi-population[${threshold}]`, population * information, value)]),
      ];
    }),
    ...arms.flatMap((arm, a) => covariances(fit, a, (name) => term(name, arm), `${cost}·${effect}`)),
    ...(several
      ? efficient.strategies.flatMap(({ arm, ratio }) =>
          ratio === null ? [] : [plain(`frontier-icer[${arm}]`, ratio, { ...RATIO, unit: `${cost}/${effect}` })],
        )
      : []),
  ];
  return {
    estimates,
    draws: { terms: estimateTerms(arms, term), values: keptDraws(draws, n, question.kept) },
    curves: [
      ...acceptability(decide, thresholds, armsCompared, probabilityOf, several, `${cost} per ${effect}`),
      ...information(decide, thresholds, `${cost} per ${effect}`, cost),
      ...(several ? [acceptabilityFrontier(decide, thresholds, strategies, `${cost} per ${effect}`)] : []),
      ...(several
        ? [
            {
              name: "frontier",
              x: effect,
              y: cost,
              points: efficient.strategies.map((each) => [each.effect, each.cost] as const),
              labels: efficient.strategies.map(({ arm }) => arm),
            },
          ]
        : []),
    ],
    notices: [
      ...ratios.flatMap(({ notices }) => notices),
      ...(several
        ? efficient.dominated.map(({ arm, by, kind }) => notice("strategy-dominated", { arm, by: [...by], kind }))
        : []),
      ...(decisions.some(({ information: value }) => value === null) ? [notice("information-infinite", {})] : []),
    ],
  };
}

const PROBABILITY = { measure: "probability", scale: "probability", unit: "1" } as const;
const RATIO = { measure: "cost-effectiveness-ratio", scale: "identity" } as const;

const plain = (term: string, value: number, quantity: Omit<Quantity, "term">): Estimate => ({
  quantity: { term, ...quantity },
  value,
  working: null,
  interval: null,
  test: null,
});

const estimateTerms = (arms: readonly string[], term: (name: string, arm: string) => string): readonly string[] =>
  arms.flatMap((arm) => [term("incremental-cost", arm), term("incremental-effect", arm)]);

/** ΔC/ΔE with Fieller's interval; without one, and with a notice, where the set is not an interval. */
function ratioOf(
  fit: JointFit,
  arm: number,
  term: string,
  unit: string,
  level: number,
): { readonly estimate: Estimate | null; readonly notices: readonly Notice[] } {
  const { cost, effect } = fit.increments[arm]!;
  const value = cost / effect;
  if (!Number.isFinite(value)) return { estimate: null, notices: [notice("icer-undefined", { term })] };
  const n = 2 * fit.increments.length;
  const c = 2 * arm;
  const own = [c, c + 1].flatMap((k) => [c, c + 1].map((l) => fit.covariance[k * n + l]!));
  // Degrees of freedom of C − R E at the estimate of R, the only combination that the ratio is about.
  const weights = new Float64Array(n);
  weights[c] = 1;
  weights[c + 1] = -value;
  const df = fit.df(weights);
  const tail = (1 - level) / 2;
  const set = fieller(cost, effect, own, df === null ? normal.quantileUpper(tail) : studentT.quantileUpper(tail, df));
  const interval = set.form === "interval" ? { level, lower: set.lower, upper: set.upper, method: "fieller" } : null;
  const dominance: readonly Notice[] = value < 0 ? [notice("icer-negative", { term, dominates: cost < 0 })] : [];
  return {
    estimate: { quantity: { term, ...RATIO, unit }, value, working: null, interval, test: null },
    notices: [
      ...dominance,
      ...(set.form === "interval"
        ? []
        : [
            notice("fieller-unbounded", {
              term,
              form: set.form,
              lower: set.form === "outside" ? set.lower : null,
              upper: set.form === "outside" ? set.upper : null,
            }),
          ]),
    ],
  };
}

/** Shares of the draws: east is more effective than the control, north more costly. */
function quadrants(draws: Float64Array, n: number, arm: number): readonly (readonly [string, number])[] {
  const counts = { "north-east": 0, "south-east": 0, "south-west": 0, "north-west": 0 };
  for (let k = 2 * arm; k < draws.length; k += n) {
    const north = draws[k]! > 0;
    const east = draws[k + 1]! > 0;
    counts[`${north ? "north" : "south"}-${east ? "east" : "west"}`] += 1;
  }
  return Object.entries(counts).map(([name, count]) => [name, (count * n) / draws.length]);
}

function covariances(
  { increments, covariance }: JointFit,
  arm: number,
  term: (name: string) => string,
  unit: string,
): readonly Estimate[] {
  const n = 2 * increments.length;
  const c = 2 * arm;
  const both = covariance[c * n + c + 1]!;
  const spread = Math.sqrt(covariance[c * n + c]! * covariance[(c + 1) * n + c + 1]!);
  return [
    plain(term("covariance-of-increments"), both, { measure: "covariance", scale: "identity", unit }),
    ...(spread > 0
      ? [
          plain(term("correlation-of-increments"), both / spread, {
            measure: "correlation",
            scale: "correlation",
            unit: "1",
          }),
        ]
      : []),
  ];
}

function keptDraws(draws: Float64Array, n: number, kept: number): readonly (readonly number[])[] {
  const rows = Math.min(kept, draws.length / n);
  return Array.from({ length: rows }, (_, k) => Array.from(draws.subarray(k * n, (k + 1) * n)));
}

/** 0 to twice the largest threshold asked for. */
function gridOf(thresholds: readonly number[]): readonly number[] {
  const end = 2 * (thresholds.at(-1)! > 0 ? thresholds.at(-1)! : 1);
  return Array.from({ length: GRID + 1 }, (_, k) => (k * end) / GRID);
}

function acceptability(
  decide: ReturnType<typeof decideBy>,
  thresholds: readonly number[],
  arms: readonly string[],
  probabilityOf: (best: readonly number[]) => readonly number[],
  several: boolean,
  x: string,
): readonly Curve[] {
  const grid = gridOf(thresholds);
  const found = grid.map((threshold) => probabilityOf(decide(threshold).best));
  return arms.map((arm, a) => ({
    name: several ? `acceptability[${arm}]` : "acceptability",
    x,
    y: "probability",
    points: grid.map((threshold, t) => [threshold, found[t]![a]!] as const),
    labels: null,
  }));
}

/** The probability of the arm with the highest expected net benefit, which need not be the one most probably best. */
function acceptabilityFrontier(
  decide: ReturnType<typeof decideBy>,
  thresholds: readonly number[],
  strategies: readonly Strategy[],
  x: string,
): Curve {
  const grid = gridOf(thresholds);
  const bestAt = grid.map((threshold) => {
    const benefits = strategies.map(({ cost, effect }) => threshold * effect - cost);
    return benefits.indexOf(Math.max(...benefits));
  });
  return {
    name: "acceptability-frontier",
    x,
    y: "probability",
    points: grid.map((threshold, t) => [threshold, decide(threshold).best[bestAt[t]!]!] as const),
    labels: bestAt.map((k) => strategies[k]!.arm),
  };
}

function information(
  decide: ReturnType<typeof decideBy>,
  thresholds: readonly number[],
  x: string,
  y: string,
): readonly Curve[] {
  const points = gridOf(thresholds).flatMap((threshold) => {
    const value = decide(threshold).information;
    return value === null ? [] : [[threshold, value] as const];
  });
  return points.length === 0 ? [] : [{ name: "evpi", x, y, points, labels: null }];
}
