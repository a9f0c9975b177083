/**
 * The choice that `word` was probably meant to be, or null when none is close.
 *
 * Distance is Damerau–Levenshtein (insertions, deletions, substitutions, neighbouring letters swapped), in lower case
 * and without separators; close is at most a third of the longer word, and at least one edit is always forgiven.
 * A choice that begins with the word, or the word with it, is close as well.
 */
export function nearest(word: string, choices: Iterable<string>): string | null {
  const plain = bare(word);
  let best: string | null = null;
  let least = Number.POSITIVE_INFINITY;
  for (const choice of choices) {
    const other = bare(choice);
    const length = Math.max(plain.length, other.length);
    const begins = Math.min(plain.length, other.length) >= 3 && (other.startsWith(plain) || plain.startsWith(other));
    const distance = begins ? Math.min(1, editDistance(plain, other)) : editDistance(plain, other);
    if (distance <= Math.max(1, Math.floor(length / 3)) && distance < length && distance < least) {
      best = choice;
      least = distance;
    }
  }
  return best;
}

const bare = (word: string) => word.toLowerCase().replace(/[\s_.-]/g, "");

function editDistance(a: string, b: string): number {
  let twoAbove: number[] = [];
  let above = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1] ? 0 : 1;
      let least = Math.min(above[j]! + 1, row[j - 1]! + 1, above[j - 1]! + same);
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1])
        least = Math.min(least, twoAbove[j - 2]! + 1);
      row.push(least);
    }
    twoAbove = above;
    above = row;
  }
  return above[b.length]!;
}
