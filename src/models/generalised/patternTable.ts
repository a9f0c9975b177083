/** Keys of some numbers and a cluster each, numbered as they come. */
export interface PatternTable {
  /** Write the numbers of a key here, then ask for its index. */
  readonly key: Float64Array;
  /** Keys met so far. */
  size(): number;
  /** The number of the key in `key` for that cluster; a new one when it is met for the first time. */
  indexOf(cluster: number): number;
  clusterOf(index: number): number;
  keyOf(index: number): Float64Array;
}

/**
 * A hash table with open addressing, at most half full.
 *
 * @param width numbers of a key; none is NaN or −0
 */
export function patternTable(width: number): PatternTable {
  const key = new Float64Array(width);
  const words = new Uint32Array(key.buffer);
  let capacity = 64;
  let size = 0;
  let keys = new Float64Array(capacity * width);
  let clusters = new Int32Array(capacity);
  let hashes = new Int32Array(capacity);
  /** Index + 1 of the key in each slot, 0 where empty. */
  let slots = new Int32Array(2 * capacity);

  const grow = () => {
    const [oldKeys, oldClusters, oldHashes] = [keys, clusters, hashes];
    capacity *= 2;
    keys = new Float64Array(capacity * width);
    keys.set(oldKeys);
    clusters = new Int32Array(capacity);
    clusters.set(oldClusters);
    hashes = new Int32Array(capacity);
    hashes.set(oldHashes);
    slots = new Int32Array(2 * capacity);
    const mask = slots.length - 1;
    for (let index = 0; index < size; index++) {
      let slot = hashes[index]! & mask;
      while (slots[slot] !== 0) slot = (slot + 1) & mask;
      slots[slot] = index + 1;
    }
  };
  const same = (index: number) => {
    const at = index * width;
    for (let k = 0; k < width; k++) if (keys[at + k] !== key[k]) return false;
    return true;
  };

  return {
    key,
    size: () => size,
    clusterOf: (index) => clusters[index]!,
    keyOf: (index) => keys.subarray(index * width, (index + 1) * width),
    indexOf(cluster) {
      if (size === capacity) grow();
      const hash = hashOf(words, cluster);
      const mask = slots.length - 1;
      for (let slot = hash & mask; ; slot = (slot + 1) & mask) {
        const index = slots[slot]! - 1;
        if (index < 0) {
          slots[slot] = size + 1;
          keys.set(key, size * width);
          clusters[size] = cluster;
          hashes[size] = hash;
          return size++;
        }
        if (hashes[index] === hash && clusters[index] === cluster && same(index)) return index;
      }
    },
  };
}

/** The key's 32-bit words mixed as MurmurHash3 (A. Appleby, public domain) mixes them. */
function hashOf(words: Uint32Array, seed: number): number {
  let h = seed;
  for (let k = 0; k < words.length; k++) {
    let word = Math.imul(words[k]!, 0xcc9e2d51);
    word = (word << 15) | (word >>> 17);
    h ^= Math.imul(word, 0x1b873593);
    h = (h << 13) | (h >>> 19);
    h = (Math.imul(h, 5) + 0xe6546b64) | 0;
  }
  h ^= h >>> 16;
  h = Math.imul(h, 0x85ebca6b);
  h ^= h >>> 13;
  h = Math.imul(h, 0xc2b2ae35);
  return h ^ (h >>> 16);
}
