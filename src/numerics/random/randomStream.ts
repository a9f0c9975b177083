import { InputProblem } from "../../contract/problem.ts";
import { portableLog } from "./elementary.ts";
import { philox } from "./philox.ts";
import { portableNormalQuantile } from "./portableNormalQuantile.ts";

const WORD = 4294967296;

/** An endless sequence of random numbers that depends on nothing but its seed and its number. */
export interface RandomStream {
  /** A whole number from 0 to 2³² − 1; takes one word. */
  uint32(): number;
  /** Uniform in the open interval (0, 1), a multiple of 2⁻⁵³ symmetric about ½; takes two words. */
  uniform(): number;
  /** Standard normal, by inversion of one uniform: takes two words. */
  normal(): number;
  /** Exponential with mean 1, by inversion of one uniform: takes two words. */
  exponential(): number;
  /**
   * A whole number from 0 to n − 1, each equally likely.
   *
   * @throws not-a-range unless n is a whole number from 1 to 2⁵³ − 1
   */
  integer(n: number): number;
  /** Puts an array in random order, in place, every order equally likely. */
  shuffle<T>(array: { readonly length: number; [index: number]: T }): void;
  /**
   * Becomes stream number `stream` of the same seed, at its beginning: the numbers of `randomStream(seed, stream)`, for
   * loops over replicates, where a stream made anew for each costs more than its first numbers.
   *
   * @throws not-a-seed unless a whole number, |stream| < 2⁵³
   */
  restart(stream: number): void;
}

/**
 * Stream number `stream` of `seed`: the same numbers on every engine, in every worker, in whatever order the streams are
 * made; different streams, and different seeds, are independent for all purposes. Give replicate k stream k.
 *
 * The seed is the key of Philox 4×32-10, the stream the upper half of its counter, the lower half counts blocks of four
 * words.
 *
 * @param seed a whole number, |seed| < 2⁵³
 * @param stream likewise; default 0
 * @throws not-a-seed otherwise
 */
export function randomStream(seed: number, stream = 0): RandomStream {
  const key = new Uint32Array(2);
  const counter = new Uint32Array(4);
  split("A seed", seed, key, 0);
  const block = new Uint32Array(4);
  let used = 4;
  const restart = (next: number): void => {
    split("The number of a random stream", next, counter, 2);
    counter[0] = 0;
    counter[1] = 0;
    used = 4;
  };
  restart(stream);

  const uint32 = (): number => {
    if (used === 4) {
      philox(counter, key, block);
      counter[0]!++;
      if (counter[0] === 0) counter[1]!++;
      used = 0;
    }
    return block[used++]!;
  };
  // 52 bits and a half: never 0 or 1, and 1 − u is as likely as u.
  const uniform = (): number => {
    const high = uint32();
    return (high * 1048576 + (uint32() >>> 12) + 0.5) / 4503599627370496;
  };
  const integer = (n: number): number => {
    if (!(Number.isSafeInteger(n) && n > 0)) throw new InputProblem("not-a-range", { found: String(n) });
    // Draws in the last, incomplete multiple of n would favour small remainders: draw again.
    if (n <= WORD) {
      const complete = WORD - (WORD % n);
      for (;;) {
        const draw = uint32();
        if (draw < complete) return draw % n;
      }
    }
    const whole = 2097152 * WORD;
    const complete = whole - (whole % n);
    for (;;) {
      const draw = (uint32() >>> 11) * WORD + uint32();
      if (draw < complete) return draw % n;
    }
  };

  return {
    uint32,
    uniform,
    normal: () => portableNormalQuantile(uniform()),
    exponential: () => -portableLog(uniform()),
    integer,
    shuffle(array) {
      for (let i = array.length - 1; i > 0; i--) {
        const j = integer(i + 1);
        const entry = array[i]!;
        array[i] = array[j]!;
        array[j] = entry;
      }
    },
    restart,
  };
}

/** A safe integer as two words in two's complement, least significant first. */
function split(what: string, value: number, out: Uint32Array, at: number): void {
  if (!Number.isSafeInteger(value)) throw new InputProblem("not-a-seed", { what, found: String(value) });
  out[at] = value % WORD;
  out[at + 1] = Math.floor(value / WORD);
}
