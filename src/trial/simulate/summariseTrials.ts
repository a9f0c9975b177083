import { designPhrases } from "../../contract/phrases/design.ts";
import { numericalPhrases } from "../../contract/phrases/numerical.ts";

/** Numbers kept of each trial: estimate, standard error, both limits, P value, and how it ended. */
export const WIDTH = 6;

/** Problems that an analysis can end in; the last number of a trial is 0, or 1 + the position here. */
const codes: readonly string[] = [...Object.keys(designPhrases), ...Object.keys(numericalPhrases)];

/** How a trial ended whose analysis had that problem. */
export const endingOf = (code: string): number => 1 + codes.indexOf(code);

/** A share or a mean with its Monte Carlo standard error. */
interface MonteCarlo {
  readonly value: number;
  readonly monteCarloError: number;
}

/** How an analysis did over simulated trials; ratios on the log scale. Null where there is nothing to tell. */
export interface Performance {
  /** Trials simulated. */
  readonly trials: number;
  /** Trials whose analysis gave an estimate; the rest of this is about them. */
  readonly answered: number;
  /** Trials without an answer, by the code of the problem. */
  readonly failures: Readonly<Record<string, number>>;
  readonly truth: number | null;
  readonly mean: MonteCarlo | null;
  /** Mean less truth. */
  readonly bias: MonteCarlo | null;
  /** Standard deviation of the estimates. */
  readonly empiricalStandardError: MonteCarlo | null;
  /** Root of the mean squared standard error. */
  readonly modelStandardError: MonteCarlo | null;
  /** Share of P values at or below 1 − level: type I error without an effect, power with one. */
  readonly rejected: MonteCarlo | null;
  /** Share of intervals that hold the truth. */
  readonly coverage: MonteCarlo | null;
}

/**
 * Performance measures with their Monte Carlo standard errors as Morris, White and Crowther (2019, Stat Med 38, 2074–2102)
 * define them.
 *
 * @param numbers `WIDTH` per trial
 */
export function summariseTrials(numbers: Float64Array, level: number, truth: number | null): Performance {
  const trials = numbers.length / WIDTH;
  const failures: Record<string, number> = {};
  const estimates = running();
  const variances = running();
  const rejected = running();
  const covered = running();
  // 1 − 0.95 is a little more than 0.05.
  const size = Number((1 - level).toPrecision(12));
  for (let k = 0; k < trials; k++) {
    const [estimate, standardError, lower, upper, p, ending] = numbers.subarray(k * WIDTH, (k + 1) * WIDTH);
    if (ending !== 0) {
      const code = codes[ending! - 1]!;
      failures[code] = (failures[code] ?? 0) + 1;
      continue;
    }
    estimates.add(estimate!);
    if (!Number.isNaN(standardError)) variances.add(standardError! ** 2);
    if (!Number.isNaN(p)) rejected.add(p! <= size ? 1 : 0);
    if (truth !== null && !Number.isNaN(lower)) covered.add(lower! <= truth && truth <= upper! ? 1 : 0);
  }
  const n = estimates.count();
  const deviation = Math.sqrt(estimates.variance());
  const mean = n < 2 ? null : { value: estimates.mean(), monteCarloError: deviation / Math.sqrt(n) };
  const model = Math.sqrt(variances.mean());
  return {
    trials,
    answered: n,
    failures,
    truth,
    mean,
    bias: mean === null || truth === null ? null : { ...mean, value: mean.value - truth },
    empiricalStandardError: n < 2 ? null : { value: deviation, monteCarloError: deviation / Math.sqrt(2 * (n - 1)) },
    modelStandardError:
      variances.count() < 2
        ? null
        : {
            value: model,
            monteCarloError: Math.sqrt(variances.variance() / (4 * variances.count() * variances.mean())),
          },
    rejected: share(rejected),
    coverage: share(covered),
  };
}

type Running = ReturnType<typeof running>;

/** Mean and variance of numbers as they come (Welford). */
function running() {
  let count = 0;
  let mean = 0;
  let squares = 0;
  return {
    add(value: number) {
      count += 1;
      const gap = value - mean;
      mean += gap / count;
      squares += gap * (value - mean);
    },
    count: () => count,
    mean: () => mean,
    /** Divisor n − 1. */
    variance: () => squares / (count - 1),
  };
}

function share(of: Running): MonteCarlo | null {
  if (of.count() === 0) return null;
  const value = of.mean();
  return { value, monteCarloError: Math.sqrt((value * (1 - value)) / of.count()) };
}
