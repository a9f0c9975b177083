/**
 * Every choice of t out of n, each once, one leaving as another enters: starts from 0 … t − 1 and says for each of the
 * C(n, t) − 1 steps which number enters and which leaves.
 *
 * Order of Payne and Nijenhuis and Wilf's revolving door, by the rules R of Knuth, The Art of Computer Programming 4A,
 * 7.2.1.3. Time O(1) per step on average.
 *
 * @param n 0 ≤ t ≤ n
 */
export function revolvingDoor(n: number, t: number, step: (entering: number, leaving: number) => void): void {
  if (t === 0 || t === n) return;
  // chosen[1] < chosen[2] < … < chosen[t] < chosen[t + 1] = n
  const chosen = Int32Array.from({ length: t + 2 }, (_, j) => j - 1);
  chosen[t + 1] = n;
  const odd = t % 2 === 1;
  for (;;) {
    const first = chosen[1]!;
    if (odd && first + 1 < chosen[2]!) {
      chosen[1] = first + 1;
      step(first + 1, first);
      continue;
    }
    if (!odd && first > 0) {
      chosen[1] = first - 1;
      step(first - 1, first);
      continue;
    }
    let decrease = odd;
    let j = 2;
    for (; j <= t; j++, decrease = !decrease) {
      const old = chosen[j]!;
      if (decrease && old >= j) {
        chosen[j] = chosen[j - 1]!;
        chosen[j - 1] = j - 2;
        step(j - 2, old);
        break;
      }
      if (!decrease && old + 1 < chosen[j + 1]!) {
        chosen[j - 1] = old;
        chosen[j] = old + 1;
        step(old + 1, j - 2);
        break;
      }
    }
    if (j > t) return;
  }
}
