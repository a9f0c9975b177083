/** A SHA-256 (FIPS 180-4) in the making; synchronous, unlike that of the browser. */
export interface Sha256 {
  update(bytes: Uint8Array): void;
  /** The digest in hexadecimal; nothing may be added afterwards. */
  digest(): string;
}

export function sha256(): Sha256 {
  const state = Int32Array.from(initial);
  const schedule = new Int32Array(64);
  const pending = new Uint8Array(64);
  let pendingLength = 0;
  let bytesSeen = 0;

  return {
    update(bytes) {
      bytesSeen += bytes.length;
      let at = 0;
      if (pendingLength > 0) {
        at = Math.min(64 - pendingLength, bytes.length);
        pending.set(bytes.subarray(0, at), pendingLength);
        pendingLength += at;
        if (pendingLength < 64) return;
        compress(state, schedule, new DataView(pending.buffer), 0);
        pendingLength = 0;
      }
      const words = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
      for (; at + 64 <= bytes.length; at += 64) compress(state, schedule, words, at);
      pending.set(bytes.subarray(at), 0);
      pendingLength = bytes.length - at;
    },
    digest() {
      const tail = new Uint8Array(pendingLength < 56 ? 64 : 128);
      tail.set(pending.subarray(0, pendingLength));
      tail[pendingLength] = 0x80;
      const bits = new DataView(tail.buffer);
      bits.setUint32(tail.length - 8, Math.floor(bytesSeen / 0x20000000));
      bits.setUint32(tail.length - 4, (bytesSeen % 0x20000000) * 8);
      for (let at = 0; at < tail.length; at += 64) compress(state, schedule, bits, at);
      return Array.from(state, (word) => (word >>> 0).toString(16).padStart(8, "0")).join("");
    },
  };
}

function compress(state: Int32Array, w: Int32Array, words: DataView, from: number): void {
  for (let t = 0; t < 16; t++) w[t] = words.getInt32(from + 4 * t);
  for (let t = 16; t < 64; t++) {
    const x = w[t - 15]!;
    const y = w[t - 2]!;
    const small0 = ((x >>> 7) | (x << 25)) ^ ((x >>> 18) | (x << 14)) ^ (x >>> 3);
    const small1 = ((y >>> 17) | (y << 15)) ^ ((y >>> 19) | (y << 13)) ^ (y >>> 10);
    w[t] = (w[t - 16]! + small0 + w[t - 7]! + small1) | 0;
  }
  let a = state[0]!;
  let b = state[1]!;
  let c = state[2]!;
  let d = state[3]!;
  let e = state[4]!;
  let f = state[5]!;
  let g = state[6]!;
  let h = state[7]!;
  for (let t = 0; t < 64; t++) {
    const big1 = ((e >>> 6) | (e << 26)) ^ ((e >>> 11) | (e << 21)) ^ ((e >>> 25) | (e << 7));
    const first = (h + big1 + (g ^ (e & (f ^ g))) + rounds[t]! + w[t]!) | 0;
    const big0 = ((a >>> 2) | (a << 30)) ^ ((a >>> 13) | (a << 19)) ^ ((a >>> 22) | (a << 10));
    const second = (big0 + ((a & b) | (c & (a | b)))) | 0;
    h = g;
    g = f;
    f = e;
    e = (d + first) | 0;
    d = c;
    c = b;
    b = a;
    a = (first + second) | 0;
  }
  state[0]! += a;
  state[1]! += b;
  state[2]! += c;
  state[3]! += d;
  state[4]! += e;
  state[5]! += f;
  state[6]! += g;
  state[7]! += h;
}

// The first 32 bits of the fractional parts of the cube and square roots of the first primes (FIPS 180-4, 4.2.2, 5.3.3);
// whole-number arithmetic, since a root in double precision lacks the last bits.
const primes: readonly bigint[] = ((): bigint[] => {
  const found: bigint[] = [];
  for (let k = 2n; found.length < 64; k++) if (found.every((prime) => k % prime !== 0n)) found.push(k);
  return found;
})();

function rootBits(prime: bigint, degree: bigint): number {
  const target = prime << (32n * degree);
  let low = 0n;
  let high = 1n << 40n;
  while (high - low > 1n) {
    const middle = (low + high) >> 1n;
    if (middle ** degree <= target) low = middle;
    else high = middle;
  }
  return Number(low & 0xffffffffn);
}

const rounds = Int32Array.from(primes, (prime) => rootBits(prime, 3n) | 0);
const initial = Int32Array.from(primes.slice(0, 8), (prime) => rootBits(prime, 2n) | 0);
