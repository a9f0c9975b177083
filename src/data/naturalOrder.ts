import { parseNumber } from "./parseNumber.ts";

/**
 * Order in which people expect labels: numbers by their value ("2" before "10"), then words, letters before their
 * capitals decide and runs of digits inside words by their value ("practice 2" before "practice 10").
 * It does not depend on the reader's locale, so that a reference level is the same on every machine.
 */
export function compareNatural(a: string, b: string): number {
  const x = parseNumber(a);
  const y = parseNumber(b);
  if (!Number.isNaN(x) && !Number.isNaN(y)) return x - y || compareText(a, b);
  if (!Number.isNaN(x)) return -1;
  if (!Number.isNaN(y)) return 1;
  return compareText(wordKey(a), wordKey(b)) || compareText(a, b);
}

/** Permutation that sorts the labels naturally: result[k] is the index of the k-th label. */
export function naturalOrder(labels: readonly string[]): Int32Array {
  const numbers = Float64Array.from(labels, parseNumber);
  const keys = labels.map((label, i) => (!Number.isNaN(numbers[i]!) ? label : wordKey(label)));
  const order = Int32Array.from(labels, (_, i) => i);
  return order.sort((i, j) => {
    const x = numbers[i]!;
    const y = numbers[j]!;
    if (!Number.isNaN(x) && !Number.isNaN(y)) return x - y || compareText(labels[i]!, labels[j]!);
    if (!Number.isNaN(x)) return -1;
    if (!Number.isNaN(y)) return 1;
    return compareText(keys[i]!, keys[j]!) || compareText(labels[i]!, labels[j]!);
  });
}

const compareText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

// A run of digits is written with its length in front, so that comparing characters compares values.
const wordKey = (word: string): string => {
  const plain = (isAscii.test(word) ? word : word.normalize("NFD").replace(/\p{M}/gu, "")).toLowerCase();
  return plain.replace(/\d+/g, (digits) => {
    const significant = digits.replace(/^0+(?=.)/, "");
    return `0${String.fromCharCode(32 + Math.min(significant.length, 90))}${significant}`;
  });
};

const isAscii = /^[\x20-\x7e]*$/;
